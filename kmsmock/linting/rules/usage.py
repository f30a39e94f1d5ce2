"""Actions that a key can never do, by its usage and spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmsmock.authorization import vocabulary
from kmsmock.kms.operations import OPERATIONS
from kmsmock.linting import asking
from kmsmock.linting.rules.rule import DEFAULT, GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, allows, patterns

_DATA_KEYS = frozenset(f"kms:{name}" for name in OPERATIONS if name.startswith("GenerateDataKey"))
_BY_USAGE: Mapping[str, frozenset[str]] = {
    usage: frozenset(f"kms:{name}" for name, row in OPERATIONS.items() if row.usage == usage)
    for usage in {row.usage for row in OPERATIONS.values() if row.usage is not None}
}
_ENCRYPTING = _BY_USAGE["ENCRYPT_DECRYPT"] | {"kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"}
_CRYPTOGRAPHIC = _ENCRYPTING.union(*_BY_USAGE.values())


def _possible(spec: str, usage: str) -> frozenset[str]:
    if usage != "ENCRYPT_DECRYPT":
        return _BY_USAGE.get(usage, _CRYPTOGRAPHIC)
    return _ENCRYPTING if spec == "SYMMETRIC_DEFAULT" else _ENCRYPTING - _DATA_KEYS


def _useless(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "other":
        return
    for statement in subject.policy.statements:
        for each in patterns(statement) + patterns(statement, "NotAction"):
            unknown = vocabulary.unknown_action(each) if each.lower().startswith("kms:") else None
            if unknown is not None:
                yield Found(f"{unknown}", statement, "Action", severity="error", fix="Write an action that exists")
    if subject.kind != "key" or not subject.usage:
        return
    possible = _possible(subject.spec, subject.usage)
    for statement in allows(subject):
        wanted = asking.covered(statement) & _CRYPTOGRAPHIC
        if patterns(statement) and wanted and not wanted & possible:
            told = f"a key of spec {subject.spec} for {subject.usage} can never do {listed(sorted(wanted))}"
            yield Found(told, statement, "Action")


USELESS = Rule(
    "KMS014",
    "warning",
    "actions that the key cannot do",
    "What a key is for is chosen when it is made, and never changed: a key for ENCRYPT_DECRYPT does not sign, one of "
    "an RSA spec makes no data keys, and the call is answered by InvalidKeyUsageException whoever may make it. Found "
    "are statements whose cryptographic actions are all such; a list that fits several kinds of keys is not. An error "
    "are actions that KMS does not have at all (kms:ReEncrypt is kms:ReEncryptFrom and kms:ReEncryptTo).",
    "Name what the key can do, or make a key of another usage",
    f"{GUIDE}kms-api-permissions-reference.html",
    (DEFAULT, allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:ReEncrypt")),
    (DEFAULT, allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:ReEncrypt*")),
    _useless,
)
