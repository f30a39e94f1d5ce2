"""Organizations: control policies are read before they are stored ("SCP syntax", "RCP syntax" in the user guide).

The role that it makes in each new account may do everything, which moto leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmsmock.authorization import documents
from kmsmock.authorization.document_kinds import KINDS
from kmsmock.call import Call
from kmsmock.iam.grammar import Mistake
from kmsmock.records import iam
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms


def create_account(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateAccount."""
    answer = moto()
    account = answer["CreateAccountStatus"].get("AccountId")
    if account is not None:
        iam.administer(account, call.params.get("RoleName", "OrganizationAccountAccessRole"))
    return answer


_UNDER_RCPS = frozenset(
    {"aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3", "secretsmanager", "sqs", "sts"}
)
"""The services whose actions a resource control policy may name ("Services that support RCPs")."""


def create_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreatePolicy."""
    _check(kms, call.params["Type"], call.params["Content"], call.params["Name"])


def update_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """UpdatePolicy."""
    if "Content" in call.params:
        found = moto("DescribePolicy", PolicyId=call.params["PolicyId"])["Policy"]["PolicySummary"]
        _check(kms, found["Type"], call.params["Content"], found["Name"])


def _check(kms: ServiceKms, kind: str, text: str, name: str) -> None:
    if kind in KINDS:  # policies of backups, tags and the like have a language of their own
        more = _only_supported if kind == "RESOURCE_CONTROL_POLICY" else None
        documents.accept(kms.store, kind, text, f'{kind.replace("_", " ").lower()} "{name}"', more)


def _only_supported(document: Mapping[str, Any]) -> Iterator[Mistake]:
    for statement in documents.statements_of(document):
        for action in documents.actions_of(statement):
            if action.lower().partition(":")[0] not in _UNDER_RCPS:
                yield Mistake("action", action)


OPERATIONS: dict[str, Advice] = {
    "CreateAccount": create_account,
    "CreatePolicy": create_policy,
    "UpdatePolicy": update_policy,
}
