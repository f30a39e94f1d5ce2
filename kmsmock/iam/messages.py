"""The words of a denial, as KMS writes them ("Troubleshoot access denied error messages" in the IAM guide)."""

from __future__ import annotations

from kmsmock.iam.decision import Decision
from kmsmock.iam.request import article

_KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)

OF_CIPHERTEXT = " on the resource associated with this ciphertext"
_WITHOUT_RESOURCE = frozenset({"cloudtrail:LookupEvents", "kms:TagResource"})
"""Refusals that do not name the resource where it is everything."""


def denial_message(decision: Decision, *, by_ciphertext: bool = False, absent: bool = False, quote: str = "") -> str:
    """AWS's text for a denied decision. ``by_ciphertext``: the key was found from a ciphertext, not named.

    ``absent``: it is not in this Region. ``quote`` goes around the resource, as S3 writes it.
    """
    if absent:
        return key_side_denial(decision.caller, decision.action, OF_CIPHERTEXT)
    action, layer = decision.action, decision.layer.value
    where = f" on resource: {quote}{decision.resource}{quote}"
    if decision.request.cross_account:
        where = OF_CIPHERTEXT if by_ciphertext else " on this resource"
    elif decision.resource == "*" and action in _WITHOUT_RESOURCE:
        where = ""
    if decision.side == "resource":
        return key_side_denial(decision.caller, action, where)
    head = f"User: {decision.caller} is not authorized to perform: {action}{where}"
    if decision.effect == "explicitDeny":
        arn = decision.matched[0][0].arn
        return f"{head} with an explicit deny in {article(layer)} {layer}" + (f": {arn}" if arn else "")
    return f"{head} because no {layer} allows the {action} action"


def key_side_denial(caller: str, action: str, where: str = " on this resource") -> str:
    """What another account is told, which does not tell whether the key exists."""
    return f"User: {caller} is not authorized to perform: {action}{where} {_KEY_SIDE}"
