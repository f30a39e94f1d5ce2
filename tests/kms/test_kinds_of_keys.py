"""Customer managed, AWS managed and AWS owned keys: the table of the documentation, row by row."""

import json
import re
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.config import Config

from tests.support.claims import OTHER, OWNER, allow, policy, refused

pytestmark = pytest.mark.evidence(
    "documented",
    '"AWS KMS keys" (KMS guide): what customers can do with customer managed, AWS managed and AWS owned keys',
)
PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "kinds-of-keys.md"
KINDS = ("customer", "managed", "owned")
ROW = re.compile(r"^\| `(\w+)` \| (yes|no) \| (yes|no) \| (yes|no) \|$", re.MULTILINE)
ROWS = [
    (operation, kind, cell == "yes")
    for operation, *cells in ROW.findall(PAGE.read_text(encoding="utf-8"))
    for kind, cell in zip(KINDS, cells, strict=True)
]
OWNED = "arn:aws:kms:us-east-1:999999999999:key/11111111-2222-3333-4444-555555555555"
"""In the account of a service."""
MORE = {
    "Encrypt": {"Plaintext": b"x"},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "CreateGrant": {"GranteePrincipal": f"arn:aws:iam::{OWNER}:root", "Operations": ["Decrypt"]},
    "PutKeyPolicy": {
        "Policy": json.dumps(
            policy(
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            )
        )
    },
    "CreateAlias": {"AliasName": "alias/mine"},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "UpdateKeyDescription": {"Description": "mine"},
}
OF_NOBODY = (
    "because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based "
    "policy explicitly denies access"
)


@pytest.fixture
def admin(owner):
    return owner.user("admin", [allow("*")])


@pytest.fixture
def keys(kms, key):
    return {
        "customer": key,
        "managed": kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"],
        "owned": OWNED,
    }


def test_the_page_has_the_rows():
    assert len(ROWS) == 3 * 15


@pytest.mark.parametrize(("operation", "kind", "may"), ROWS)
def test_a_row_of_the_table(admin, keys, operation, kind, may):
    named = {"TargetKeyId" if operation == "CreateAlias" else "KeyId": keys[kind]}
    call = getattr(admin.client("kms"), xform_name(operation))
    if may:
        assert call(**named, **MORE.get(operation, {}))["ResponseMetadata"]["HTTPStatusCode"] == 200
        return
    where = (
        f"on this resource {OF_NOBODY}"
        if kind == "owned"
        else f"on resource: {keys[kind]} because no resource-based policy allows the kms:{operation} action"
    )
    with refused("AccessDeniedException", f"User: {admin.arn} is not authorized to perform: kms:{operation} {where}"):
        call(**named, **MORE.get(operation, {}))


def test_the_managers_are_told(admin, keys):
    client = admin.client("kms")
    found = {
        kind: client.describe_key(KeyId=keys[kind])["KeyMetadata"]["KeyManager"] for kind in ("customer", "managed")
    }
    assert found == {"customer": "CUSTOMER", "managed": "AWS"}
    assert {each["KeyArn"] for each in client.list_keys()["Keys"]} == {keys["customer"], keys["managed"]}


def test_a_refusal_is_all_that_the_trail_has_of_an_owned_key_and_only_the_caller_has_it(aws_world, admin):
    with refused("AccessDeniedException"):
        admin.client("kms").describe_key(KeyId=OWNED)
    (event,) = aws_world.events.where(name="DescribeKey")
    assert event["requestParameters"] == {"keyId": OWNED}
    assert (event["errorCode"], event["recipientAccountId"], event["resources"]) == ("AccessDenied", OWNER, [])
    assert aws_world.refusals[-1].cause == "KMS-KEY-ABSENT"


UNDER_OWNED_KEYS = {
    "dynamodb": lambda client: [
        client.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        ),
        client.put_item(TableName="t", Item={"k": {"S": "a"}}),
        client.get_item(TableName="t", Key={"k": {"S": "a"}}),
    ],
    "s3": lambda client: [
        client.create_bucket(Bucket="reports"),
        client.put_object(Bucket="reports", Key="a", Body=b"x"),
        client.get_object(Bucket="reports", Key="a"),
    ],
    "sqs": lambda client: [
        client.create_queue(QueueName="q"),
        client.send_message(QueueUrl=client.get_queue_url(QueueName="q")["QueueUrl"], MessageBody="x"),
    ],
}


@pytest.mark.parametrize("service", UNDER_OWNED_KEYS)
@pytest.mark.kmsmock(quotas={"symmetric": 0.001})
def test_what_is_under_an_owned_key_leaves_no_trace(aws_world, aws_clock, owner, service):
    """No key in the account, no event, no use of a quota, nothing on the bill."""
    aws_clock.freeze("2030-01-01")
    once = Config(retries={"total_max_attempts": 1})
    UNDER_OWNED_KEYS[service](owner.client(service, config=once))
    assert list(aws_world.events.where(source="kms.amazonaws.com")) == []
    kms = owner.client("kms", config=once)
    assert kms.list_keys()["Keys"] == []
    assert kms.generate_random(NumberOfBytes=1)["Plaintext"]  # the only request that there is
    aws_clock.advance(days=31)
    assert float(aws_world.bill().total) == 0


def test_an_aws_managed_key_is_for_nobody_of_another_account(owner, other, keys):
    guest = other.user("guest", [allow("*")])
    with refused(
        "AccessDeniedException",
        f"User: {guest.arn} is not authorized to perform: kms:DescribeKey on this resource {OF_NOBODY}",
    ):
        guest.client("kms").describe_key(KeyId=keys["managed"])
    assert OTHER in guest.arn
