"""Who can manage a key: nobody, or whoever can just use it."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.iam import Principal
from kmsmock.iam.document import Statement
from kmsmock.linting import asking
from kmsmock.linting.rules.rule import DEFAULT, GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, allows, patterns

_MANAGE = "kms:PutKeyPolicy"
_DELETE = "kms:ScheduleKeyDeletion"
_USE = ("kms:Decrypt", "kms:Sign", "kms:GenerateMac", "kms:DeriveSharedSecret", "kms:Decapsulate")


def _lockout(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind != "key" or not subject.policy.statements:
        return
    eased = asking.replaced(subject, asking.eased(subject.policy, lambda condition: True))
    gone = []
    for name in sorted(_candidates(subject)):
        who = asking.named(name)
        if who is None or not _may_manage(eased, who):
            continue
        if not known.is_gone(subject.bound.get(name, name)):
            return
        gone.append(name)
    why = f": it names only {listed(gone)}, which does not exist any more" if gone else ""
    yield Found(f"nobody may change the key policy again ({_MANAGE}){why}", principal=", ".join(gone))


def _candidates(subject: Subject) -> set[str]:
    """Whom the policy names, and one in each account who is named by a wildcard only."""
    named = subject.policy.principals()
    accounts = {subject.account} - {""} or {who.account for who in map(asking.named, named) if who} or {"000000000000"}
    return {*named} | {f"arn:aws:iam::{account}:{name}" for account in accounts for name in ("root", "user/any")}


def _may_manage(subject: Subject, who: Principal) -> bool:
    """Keys are managed from their own account only. Who has no account that is known is taken to be of it."""
    foreign = subject.account and who.account not in (subject.account, asking.NOBODY)
    return not foreign and asking.asked(subject, who, _MANAGE, asking.context_of(who, subject), own=True).allowed


LOCKOUT = Rule(
    "KMS002",
    "error",
    "nobody can manage the key",
    "Whoever wants to change a key policy needs kms:PutKeyPolicy by the key policy itself. Where nobody has it, "
    "the root user of the account neither, only AWS Support can help, and the key cannot be deleted. Asked are "
    "whom the policy names, the root user and anybody of the account, with every condition taken to hold. "
    "KMS looks too (the lockout safety check), but at the caller only, and not with BypassPolicyLockoutSafetyCheck.",
    "Add the statement of the default key policy, or let a role that exists do kms:PutKeyPolicy",
    f"{GUIDE}key-policy-default.html",
    (allow({"AWS": "arn:aws:iam::111122223333:role/app"}, ["kms:Decrypt", "kms:DescribeKey"]),),
    (allow({"AWS": "arn:aws:iam::111122223333:role/admin"}, ["kms:PutKeyPolicy", "kms:DescribeKey"]),),
    _lockout,
)


def _workloads(subject: Subject, known: Known) -> Iterator[Found]:
    look = {"key": _in_key_policy, "identity": _in_identity}.get(subject.kind)
    if look is not None:
        yield from look(subject, known)


def _in_key_policy(subject: Subject, known: Known) -> Iterator[Found]:
    for statement in allows(subject):
        if statement.principals is None or not _writes_everything(statement):
            continue
        found = sorted(statement.principals.aws & known.workloads.keys())
        names = [f"{name} ({known.workloads[name]} assumes it)" for name in found if _has_everything(subject, name)]
        services = [each for each in sorted(statement.principals.services) if _serves(subject, each)]
        if names or services:
            told = f"{listed(names + services)} may delete the key and write its policy, as well as use it"
            yield Found(told, statement, "Action", ", ".join(found + services))


def _in_identity(subject: Subject, known: Known) -> Iterator[Found]:
    holders = [each for each in subject.holders if each in known.workloads]
    if not holders:
        return
    key = asking.some_key("000000000000")
    by = asking.allowed_by_identity(subject, _DELETE, {}, key)
    if by is not None and _writes_everything(by):
        services = sorted({known.workloads[each] for each in holders})
        told = f"{listed(holders)} (which {listed(services)} assumes) may delete keys, as well as use them"
        yield Found(told, by, "Action", ", ".join(holders))


def _writes_everything(statement: Statement) -> bool:
    """Whether it is about KMS and has both managing and using in one pattern, such as ``kms:*``."""
    wide = [each for each in patterns(statement) if each.lower().startswith("kms:")]
    return bool(wide) and asking.covered(statement) >= {_MANAGE, _DELETE, *_USE}


def _has_everything(subject: Subject, name: str) -> bool:
    who = asking.named(name)
    if who is None:
        return False
    context = asking.context_of(who, subject)
    return all(asking.asked(subject, who, each, context, own=True).allowed for each in (_MANAGE, _DELETE, _USE[0]))


def _serves(subject: Subject, name: str) -> bool:
    who = asking.service(name)
    context = {**asking.context_of(who, subject), "aws:sourceaccount": subject.account or asking.STRANGER}
    return asking.asked(subject, who, _DELETE, context).allowed


WORKLOADS = Rule(
    "KMS005",
    "warning",
    "a workload may manage the key (kms:*)",
    "Code that encrypts and decrypts needs neither kms:ScheduleKeyDeletion nor kms:PutKeyPolicy: who takes it over can "
    "destroy the data or let others in. A workload is a role whose trust policy lets a computing service (Lambda, EC2, "
    "ECS, Glue, …) assume it, or a service that is named itself; who deploys (CloudFormation, CodeBuild) is none. "
    "Who is no workload by what was loaded, such as an owner of the key, is not found.",
    "Name what the code does: kms:Decrypt, kms:Encrypt, kms:GenerateDataKey*, kms:ReEncrypt*, kms:DescribeKey",
    f"{GUIDE}least-privilege.html",
    (DEFAULT, allow({"Service": "lambda.amazonaws.com"}, "kms:*")),
    (DEFAULT, allow({"AWS": "arn:aws:iam::111122223333:role/owner"}, "kms:*")),
    _workloads,
)
