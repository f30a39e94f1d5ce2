"""Which cause a refusal has: by what lies behind the error, by the function that writes its text, else by its code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from kmsmock.authorization.documents import Rejected, TooLong
from kmsmock.call import CredentialProblem, Refused
from kmsmock.errors import AwsError
from kmsmock.faults import Fault
from kmsmock.iam import Decision
from kmsmock.iam.messages import OF_CIPHERTEXT
from kmsmock.identity.issuers import NotBelieved
from kmsmock.kms.operations import OPERATIONS
from kmsmock.model.spreading import NotYet
from kmsmock.quotas import UsedUp
from kmsmock.refusals import causes, ciphertexts, document_causes, texts
from kmsmock.refusals.causes import Cause
from kmsmock.refusals.kms_causes import INVALID_STATE, OF_KMS, Says
from kmsmock.refusals.service_causes import BY_CODE, OTHER, like
from kmsmock.store import Store


def of(store: Store, refused: Refused) -> Cause:
    """The cause of a refusal. That of a service which passes on a refusal of KMS's is the cause of that one; so is that
    of an earlier call for what it brought to nothing."""
    earlier = behind(store, refused)
    if earlier is not None:
        return of(store, earlier)
    if refused.error.message in causes.POLICIES:
        return causes.POLICIES[refused.error.message]
    if refused.within and not isinstance(refused.error.clue, (Decision, Fault)):
        return of(store, refused.within[-1])
    found = _by_account(refused) or _by_clue(refused.error)
    if found is None and refused.service == "kms":
        found = ciphertexts.cause(store, refused) or _by_place(store, refused) or by_text(refused.error)
    if found is None and refused.denials and refused.error.code in _DENIED:
        found = denial(refused.denials[-1])
    return found or texts.cause_of(refused.error) or by_code(refused.error.code)


def behind(store: Store, refused: Refused) -> Refused | None:
    """The call because of which that is missing, or failed, which a refused call names."""
    if refused.late is not None or refused.call is None or refused.denials:
        return None
    named = set(_texts(refused.call.params))
    earlier = (each for each in reversed(store.refusals) if each.late is not None and each.events <= refused.events)
    return next((each for each in earlier if each.late is not None and each.late.about in named), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
"""The codes of denials in words that do not say which."""


def _by_account(refused: Refused) -> Cause | None:
    """What no policy can allow: some operations are for the keys of one's own account."""
    clue, operation = refused.error.clue, OPERATIONS.get(refused.operation)
    if refused.service != "kms" or operation is None or operation.cross_account or not isinstance(clue, Decision):
        return None
    foreign = clue.policies.applies_resource and clue.request.cross_account and not clue.policies.fixed
    return causes.OTHER_ACCOUNT if foreign else None


def _by_clue(error: AwsError) -> Cause | None:
    for kind, find in _CLUES:
        if isinstance(error.clue, kind):
            return find(error.clue)
    return None


def denial(decision: Decision) -> Cause:
    """The cause of a denial by policies; a key without a policy is none, as all keys have one."""
    policies = decision.policies
    of_a_key = decision.action.startswith("kms:") and policies.applies_resource and not policies.fixed
    if of_a_key and not policies.resource:
        return causes.ABSENT
    return causes.EXPLICIT_DENY if decision.effect == "explicitDeny" else causes.BY_LAYER[decision.layer]


_CLUES: tuple[tuple[type, Callable[[Any], Cause | None]], ...] = (
    (Fault, lambda fault: causes.FAULT),
    (UsedUp, lambda used: causes.QUOTA),
    (NotYet, lambda late: causes.NOT_YET),
    (NotBelieved, lambda bad: causes.IDENTITY_TOKEN_EXPIRED if bad.expired else causes.IDENTITY_TOKEN),
    (CredentialProblem, lambda bad: causes.CREDENTIALS[bad.problem]),
    (Rejected, lambda rejected: document_causes.row(rejected.kind, rejected.found.reason).cause),
    (TooLong, lambda too_long: document_causes.TOO_LONG),
    (Decision, denial),
)


_DOES_NOT_EXIST = re.compile(r"Key '(.*)' does not exist")


def _by_place(store: Store, refused: Refused) -> Cause | None:
    """What KMS denies of a key for what it is or was, not for who asks."""
    missing = _DOES_NOT_EXIST.fullmatch(refused.error.message)
    if missing is not None and missing[1] in store.deleted_keys:
        return causes.KEY_DELETED
    if refused.error.code != "AccessDeniedException":
        return None
    return causes.ABSENT if OF_CIPHERTEXT in refused.error.message or not refused.keys else causes.OTHER_ACCOUNT


def by_code(code: str) -> Cause:
    """The cause that goes with a code, whatever its text."""
    return BY_CODE.get(code) or like(code) or OTHER


def by_text(error: AwsError) -> Cause | None:
    """The cause of one of KMS's own texts."""
    for function, pattern in _patterns():
        found = pattern.fullmatch(str(error))
        if found is not None:
            return causes.STATES[found["condition"]] if function is INVALID_STATE else OF_KMS[function]
    return None


_SAYS_ANYTHING = "ValidationException:\\ (?P<message>.*)"


@cache
def _patterns() -> tuple[tuple[Says, re.Pattern[str]], ...]:
    """Each function of an error with a pattern of what it says; the one with the most words of its own comes first."""
    found = {function: _pattern(function) for function in (INVALID_STATE, *OF_KMS)}
    told = [(function, text) for function, text in found.items() if text != _SAYS_ANYTHING]
    told.sort(key=lambda each: -len(re.sub(r"\(\?P<.*?>\.\*\)", "", each[1])))
    return tuple((function, re.compile(text, re.DOTALL)) for function, text in told)


def _pattern(function: Says) -> str:
    """What a function says, with a hole for each argument."""
    names = list(inspect.signature(function).parameters)
    error = function(*(_hole(str(function.__annotations__[name]), name) for name in names))
    return "".join(_with_holes(str(error), names))


_NUMBER = 7_777_777
"""Stands for numbers."""


def _hole(kind: str, name: str) -> Any:
    if kind == "int":
        return _NUMBER
    return [f"<{name}>"] if kind.startswith("Sequence") else f"<{name}>"


def _with_holes(text: str, names: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for piece in re.split("(" + "|".join(f"<{name}>" for name in [*names, ""]) + f"|{_NUMBER})", text):
        if piece == str(_NUMBER):
            yield r"\d+"
        elif piece.strip("<>") in names and piece.startswith("<"):
            yield ".*" if piece in seen else f"(?P{piece}.*)"
            seen.add(piece)
        else:
            yield re.escape(piece)
