"""What the tests of public reports share: two accounts, statements of key policies, and refusals that name the error whole."""

import json
import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

OWNER, OTHER = "111111111111", "222222222222"
EAST, WEST = "us-east-1", "us-west-2"
NO_KEY = "12345678-1234-1234-1234-123456789012"
KEY_SIDE = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def root(account):
    return f"arn:aws:iam::{account}:root"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions, resource="*", **more):
    """An identity policy of one statement."""
    return policy({"Effect": "Allow", "Action": actions, "Resource": resource, **more})


def use(principal, actions="kms:*", effect="Allow", **more):
    """A statement of a key policy; the principal is an ARN or a whole Principal element."""
    named = principal if isinstance(principal, dict) else {"AWS": principal}
    return {"Effect": effect, "Principal": named, "Action": actions, "Resource": "*", **more}


def service(name, actions=("kms:GenerateDataKey*", "kms:Decrypt"), **more):
    """A statement that lets an AWS service use the key."""
    return use({"Service": name}, list(actions), **more)


def key_policy(*statements, account=OWNER, delegate=True):
    return json.dumps(policy(*([use(root(account))] if delegate else []), *statements))


def make_key(account, *statements, delegate=True, region=EAST, **options):
    """The ARN of a key of an account; its policy delegates to the account unless told otherwise."""
    document = key_policy(*statements, account=account.id, delegate=delegate)
    return account.client("kms", region).create_key(Policy=document, **options)["KeyMetadata"]["Arn"]


def set_policy(account, key, *statements):
    document = key_policy(*statements, account=account.id)
    account.client("kms", key.split(":")[3]).put_key_policy(KeyId=key, PolicyName="default", Policy=document)


def managed(account, name, region=EAST):
    """The ARN of an AWS managed key, which comes to be when it is first looked at."""
    return account.client("kms", region).describe_key(KeyId=f"alias/aws/{name}")["KeyMetadata"]["Arn"]


def bare(key):
    return key.rsplit("/", 1)[1]


def lacking(caller, action, key, kind="identity-based policy"):
    """KMS's text for a caller of the key's account."""
    doing = f"User: {caller.arn} is not authorized to perform: {action} on resource: {key}"
    return f"{doing} because no {kind} allows the {action} action"


@contextmanager
def refused(code, message=None, status=400):
    """The block is refused with this code, message (a pattern where ids of requests are in it) and status."""
    with pytest.raises(ClientError) as caught:
        yield
    answer = caught.value.response
    seen = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert seen == (code, status), answer["Error"]
    if isinstance(message, re.Pattern):
        assert message.fullmatch(answer["Error"]["Message"]), answer["Error"]["Message"]
    elif message is not None:
        assert answer["Error"]["Message"] == message
