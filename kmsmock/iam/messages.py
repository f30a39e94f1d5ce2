"""The words of a denial, as KMS writes them ("Troubleshoot access denied error messages" in the IAM guide)."""

from __future__ import annotations

from kmsmock.iam.decision import Decision

_KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def denial_message(decision: Decision, *, by_ciphertext: bool = False) -> str:
    """AWS's text for a denied decision. ``by_ciphertext``: the key was found from a ciphertext, not named."""
    action, layer = decision.action, decision.layer.value
    where = f" on resource: {decision.resource}"
    if decision.request.cross_account:
        where = " on the resource associated with this ciphertext" if by_ciphertext else " on this resource"
    elif decision.resource == "*" and action == "kms:TagResource":
        where = ""
    head = f"User: {decision.caller} is not authorized to perform: {action}{where}"
    if decision.side == "resource":
        return f"{head} {_KEY_SIDE}"
    if decision.effect == "explicitDeny":
        arn = decision.matched[0][0].arn
        return f"{head} with an explicit deny in {article(layer)} {layer}" + (f": {arn}" if arn else "")
    return f"{head} because no {layer} allows the {action} action"


def article(words: str) -> str:
    """a or an."""
    return "an" if words[0] in "aeio" else "a"
