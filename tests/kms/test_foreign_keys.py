"""What may not be done to another account's key, whoever allows it ("Cross-account use" in the KMS API reference)."""

import json

import pytest
from botocore import xform_name

from kmsmock.kms.operations import OPERATIONS
from kmsmock.wire.models import service_model
from tests.support.claims import OTHER, allow, policy, refused
from tests.support.declared_errors import KINDS, about

pytestmark = pytest.mark.evidence("documented", '"Cross-account use" of each operation (API reference)')

MODEL = service_model("kms")
OWN_ONLY = [
    name
    for name, row in OPERATIONS.items()
    if not row.cross_account
    and name in MODEL.operation_names  # an older botocore lacks some
    and {"KeyId", "TargetKeyId"} & MODEL.operation_model(name).input_shape.members.keys()
]
KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


@pytest.fixture
def stranger(other):
    """A user of another account who may do everything there."""
    return other.user("stranger", [allow("kms:*")])


def shared_key(kms, operation):
    """A key that the operation is made for and whose policy allows everything to both accounts."""
    accounts = [f"arn:aws:iam::{account}:root" for account in ("111111111111", OTHER)]
    statement = {"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "kms:*", "Resource": "*"}
    return kms.create_key(Policy=json.dumps(policy(statement)), **KINDS.get(operation, {}))["KeyMetadata"]["Arn"]


@pytest.mark.parametrize("operation", [name for name in OWN_ONLY if name not in ("ListAliases", "UpdateAlias")])
def test_an_operation_within_accounts_refuses_another_accounts_key(kms, stranger, operation):
    key = shared_key(kms, operation)
    client = stranger.client("kms")
    client.describe_key(KeyId=key)
    with refused(
        "AccessDeniedException",
        f"User: {stranger.arn} is not authorized to perform: kms:{operation} on this resource {KEY_SIDE}",
    ):
        getattr(client, xform_name(operation))(**about(operation, key))


def test_an_alias_moves_to_no_key_of_another_account(kms, stranger):
    key = shared_key(kms, "UpdateAlias")
    client = stranger.client("kms")
    client.create_alias(AliasName="alias/a", TargetKeyId=client.create_key()["KeyMetadata"]["KeyId"])
    with refused(
        "AccessDeniedException",
        f"User: {stranger.arn} is not authorized to perform: kms:UpdateAlias on this resource {KEY_SIDE}",
    ):
        client.update_alias(AliasName="alias/a", TargetKeyId=key)
