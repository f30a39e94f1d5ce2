"""The policy documents of IAM, before they are stored: grammar, sizes and counts ("IAM and AWS STS quotas")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.authorization import documents
from kmsmock.authorization.documents import TooLong, actions_of, statements_of
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.grammar import Mistake
from kmsmock.records import iam
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store

MANAGED_SIZE, TRUST_SIZE, ATTACHED = 6144, 2048, 10


class Holder(NamedTuple):
    """Who has policies, and the size of all his inline policies together."""

    kind: str
    size: int

    def name(self, call: Call) -> str:
        """The holder that a call is about."""
        return str(call.params[f"{self.kind}Name"])

    def record(self, call: Call) -> Any:
        """moto's record of it, or None."""
        return iam.find_holder(call.account, self.kind.lower(), self.name(call))


_USER, _GROUP, _ROLE = Holder("User", 2048), Holder("Group", 5120), Holder("Role", 10240)


def check_characters(call: Call, store: Store) -> None:
    """Raise ValidationError for a document with characters beyond Latin-1, by IAM's pattern ``policyDocumentType``."""
    for name in ("policyDocument", "assumeRolePolicyDocument"):
        text = call.params.get(name[:1].upper() + name[1:])
        if text and not _CHARACTERS.fullmatch(text) and store.refuses:
            message = f"The specified value for {name} is invalid. It must contain only printable ASCII characters."
            raise AwsError("ValidationError", message)


_CHARACTERS = re.compile("[\t\n\r -\xff]+")


def size_of(text: str) -> int:
    """The characters of a document; white space does not count."""
    return sum(1 for character in text if not character.isspace())


def _must_fit(store: Store, size: int, limit: int, message: str) -> None:
    if size > limit and store.refuses:
        raise AwsError("LimitExceeded", message, 409).because(TooLong(size, limit, "characters, without white space"))


def _inline(holder: Holder) -> Advice:
    def put_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
        name, policy, text = holder.name(call), call.params["PolicyName"], call.params["PolicyDocument"]
        whose = f"{holder.kind.lower()} {name}"
        documents.refuse(kms.store, "inline", text)
        record = holder.record(call)
        others = {} if record is None else {each: text for each, text in record.policies.items() if each != policy}
        size = size_of(text) + sum(map(size_of, map(str, others.values())))
        _must_fit(kms.store, size, holder.size, f"Maximum policy size of {holder.size} bytes exceeded for {whose}")
        documents.keep(kms.store, "inline", text, f'inline policy "{policy}" of {whose}')

    return put_policy


def _attached(holder: Holder) -> Advice:
    def attach_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
        record, arn = holder.record(call), call.params["PolicyArn"]
        if iam.is_aws_policy(arn):
            iam.load_aws_policies(call.account, call.partition)
        held = 0 if record is None or arn in record.managed_policies else len(record.managed_policies) + 1
        if held > ATTACHED and kms.store.refuses:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for PoliciesPer{holder.kind}: {ATTACHED}", 409)

    return attach_policy


def create_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreatePolicy and CreatePolicyVersion."""
    text = call.params["PolicyDocument"]
    documents.refuse(kms.store, "managed", text)
    _must_fit(kms.store, size_of(text), MANAGED_SIZE, f"Cannot exceed quota for PolicySize: {MANAGED_SIZE}")
    name = call.params.get("PolicyName") or call.params["PolicyArn"].rsplit("/", 1)[-1]
    documents.keep(kms.store, "managed", text, f'managed policy "{name}"')


def check_trust(store: Store, text: str, role: str) -> None:
    """A trust policy, but for the existence of its principals. Raises MalformedPolicyDocument or LimitExceeded."""
    documents.refuse(store, "trust", text, _only_sts)
    _must_fit(store, size_of(text), TRUST_SIZE, f"Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")
    documents.keep(store, "trust", text, f"trust policy of role {role}")


def _only_sts(document: Mapping[str, Any]) -> Iterator[Mistake]:
    for statement in statements_of(document):
        for action in actions_of(statement):
            if not action.lower().startswith("sts:"):
                yield Mistake("action", action)


OPERATIONS: dict[str, Advice] = {
    "AttachGroupPolicy": _attached(_GROUP),
    "AttachRolePolicy": _attached(_ROLE),
    "AttachUserPolicy": _attached(_USER),
    "CreatePolicy": create_policy,
    "CreatePolicyVersion": create_policy,
    "PutGroupPolicy": _inline(_GROUP),
    "PutRolePolicy": _inline(_ROLE),
    "PutUserPolicy": _inline(_USER),
}
