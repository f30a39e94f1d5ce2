"""Repositories, vaults, file systems and clusters; aliases and grants; stacks, and what policies share."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsmock.authorization import resource_policies
from kmsmock.iam import Source
from kmsmock.iam.arn import Arn
from kmsmock.kms.operations import OPERATIONS
from kmsmock.model.grant import Grant
from kmsmock.radius.dependents import Dependent
from kmsmock.radius.rows.look import UNDER, Look, Row, at
from kmsmock.records import everything
from kmsmock.services import backup, ecr

_USED: dict[str, str] = {
    "ENCRYPT_DECRYPT": "Encrypt",
    "GENERATE_VERIFY_MAC": "GenerateMac",
    "SIGN_VERIFY": "Sign",
    "KEY_AGREEMENT": "DeriveSharedSecret",
    "ENCAPSULATE_DECAPSULATE": "Decapsulate",
}
"""The usage of a key -> what is asked of it by its alias."""


def _repositories(look: Look) -> Iterator[Dependent]:
    for arn, repository in look.store.records(ecr.Repositories).known.items():
        if repository.key_arn == look.key.arn:
            yield at("repository", arn, UNDER, "PutImage")


def _vaults(look: Look) -> Iterator[Dependent]:
    """Nothing is asked of a vault here: moto has no backup jobs."""
    for arn, grant in look.store.records(backup.Vaults).known.items():
        if grant.key == look.key.arn:
            yield at("vault", arn, UNDER, "")


def _file_systems(look: Look) -> Iterator[Dependent]:
    """What clients that mounted a file system read is outside the model."""
    for each in everything.file_systems():
        yield from look.named("file system", each, "")


def _clusters(look: Look) -> Iterator[Dependent]:
    """Neither is what a cluster keeps."""
    for each in everything.clusters():
        yield from look.named("kubernetes cluster", each, "", "its secrets are under the key")


# --- KMS ------------------------------------------------------------------------------------------------------------


def _aliases(look: Look) -> Iterator[Dependent]:
    for arn in sorted(look.key.aliases):
        yield at("alias", arn, "names the key", _USED[look.key.usage])


def _grants(look: Look) -> Iterator[Dependent]:
    """Those by which something can be done that a disabled key refuses; their account is the grantee's."""
    key = look.key
    for grant in () if key.grants is None else key.grants.by_id.values():
        lost = _lost(grant)
        if lost:
            who = look.store.directory.render(grant.grantee)
            found = Arn.find(who)
            account = key.account if found is None else found.account
            yield Dependent("grant", key.arn, account, key.region, f"{who} has it", lost, part=grant.id)


def _lost(grant: Grant) -> str:
    """The first operation of a grant that a disabled key refuses."""
    for name in grant.operations:
        operation = "ReEncrypt" if name.startswith("ReEncrypt") else name
        if "Disabled" in OPERATIONS[operation].states:
            return operation
    return ""


# --- what has, and what shares, something of all this ---------------------------------------------------------------

_READING = {
    "queue": "sqs:ReceiveMessage",
    "topic": "sns:Publish",
    "stream": "kinesis:GetRecords",
    "secret": "secretsmanager:GetSecretValue",
    "table": "dynamodb:GetItem",
    "function": "lambda:InvokeFunction",
    "object": "s3:GetObject",
    "object version": "s3:GetObjectVersion",
}
"""Kinds whose resources have policies of their own, and what is done with them."""
_ACCOUNT = re.compile(r"\d{12}")


def _policies(look: Look) -> Iterator[Dependent]:
    """What the policies of resources share with other accounts; who of them may is theirs to say, and the key's."""
    for each in look.of_kind(*_READING):
        action = _READING[each.kind]
        _, source = resource_policies.of(each.arn, each.account, look.store.directory.trusted_by)
        for account in _let_in(look, source, action, each.arn):
            if account != each.account:
                why = f"its policy lets {account} in ({action})"
                yield Dependent("share", each.arn, account, each.region, why, each.lost, each.arn, each.part)


def _let_in(look: Look, source: Source | None, action: str, arn: str) -> list[str]:
    """The accounts that a policy names where it allows something; those of the world where it names everybody, but for
    statements with conditions, as in the policy that every topic is made with."""
    found: set[str] = set()
    for statement in () if source is None else source.policy.statements:
        about = statement.effect == "Allow" and statement.is_about(action.lower())
        if about and statement.principals is not None and statement.resources and statement.resources.match(arn, {}):
            found |= set(look.accounts) if statement.principals.star and not statement.conditions else set()
            rendered = map(look.store.directory.render, statement.principals.aws)
            found |= {account[0] for each in rendered for account in [_ACCOUNT.search(each)] if account}
    return sorted(found)


def _stacks(look: Look) -> Iterator[Dependent]:
    """Stacks that have the key, or something that depends on it."""
    names = {name: each for each in reversed(look.found) if each.kind != "share" for name in _ids(each.arn)}
    for stack, ids in everything.stacks():
        if look.key.id in ids or look.key.arn in ids:
            yield at("stack", stack.arn, "has the key", "")
            continue
        for id_ in ids:
            each = names.get(id_.rpartition("/")[2] if "://" in id_ else id_)
            if each is not None and each.account == stack.account:
                yield at("stack", stack.arn, f"has the {each.kind}", each.lost, each.arn)
                break


def _ids(arn: str) -> tuple[str, str]:
    """The physical ids that CloudFormation may have for something: its ARN, its name or its id."""
    parts = Arn.of(arn)
    return arn, parts.name.rpartition("/")[2] if parts.kind else parts.resource


ROWS = (
    Row(("ecr",), ("repository",), _repositories),
    Row(("backup",), ("vault",), _vaults),
    Row(("efs",), ("file system",), _file_systems),
    Row(("eks",), ("kubernetes cluster",), _clusters),
    Row(("kms",), ("alias",), _aliases),
    Row(("kms",), ("grant",), _grants),
    Row(("dynamodb", "kinesis", "lambda", "s3", "secrets-manager", "sns", "sqs"), ("share",), _policies),
    Row(("cloudformation",), ("stack",), _stacks),
)
