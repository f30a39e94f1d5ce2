"""Published clients, as they are: each builds its own sessions, and is used by a role that may do everything."""

import json
from importlib.util import find_spec

import pytest

from tests.support.claims import allow, policy

NEEDS = {
    "test_aioboto3.py": "aioboto3",
    "test_aiobotocore.py": "aiobotocore",
    "test_aws_cli.py": "awscli",
    "test_aws_encryption_sdk.py": "aws_encryption_sdk",
    "test_aws_encryption_sdk_cli.py": "aws_encryption_sdk_cli",
    "test_aws_keyrings.py": "aws_cryptographic_material_providers",
    "test_clients_of_modules.py": "aiobotocore",
    "test_credstash.py": "credstash",
    "test_dynamodb_encryption_sdk.py": "dynamodb_encryption_sdk",
    "test_patched_aiobotocore.py": "aiobotocore",
    "test_s3_encryption_client.py": "s3_encryption",
    "test_s3fs.py": "s3fs",
    "test_smart_open.py": "smart_open",
}
collect_ignore = [file for file, package in NEEDS.items() if find_spec(package) is None]
"""Without the clients' extra the suite runs without them. The Makefile installs all that this Python can have."""


@pytest.fixture
def app(owner):
    """The role that is the ambient caller of the test."""
    role = owner.role("app", policies=[allow("*")])
    with role.acting():
        yield role


def disable(kms, key):
    kms.disable_key(KeyId=key)


def delete(kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def deny(kms, key):
    """The account may do everything, its role no cryptography."""
    root = {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:*", "Resource": "*"}
    uses = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    no = {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111111111111:role/app"}, "Action": uses, "Resource": "*"}
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(root, no)))


class Refusal:
    """A key that has become unusable, and what AWS says of it."""

    def __init__(self, kms, change, code, reason):
        self._kms = kms
        self._change = change
        self.code = code
        self.reason = reason

    def befall(self, key):
        self._change(self._kms, key)


REFUSALS = {
    "disabled": (disable, "DisabledException", "is disabled."),
    "pending deletion": (delete, "KMSInvalidStateException", "is pending deletion."),
    "denied": (deny, "AccessDeniedException", "with an explicit deny in a resource-based policy"),
}


@pytest.fixture(params=REFUSALS)
def refusal(request, kms):
    return Refusal(kms, *REFUSALS[request.param])


@pytest.fixture
def calls(aws_world):
    """Counts the calls of KMS since the test's last look: ``calls() == {"Decrypt": 1}``."""
    seen = 0

    def look():
        nonlocal seen
        events = [each for each in aws_world.events if each["eventSource"] == "kms.amazonaws.com"]
        new, seen = events[seen:], len(events)
        names = [each["eventName"] for each in new]
        return {name: names.count(name) for name in names}

    return look


@pytest.fixture
def multi_region(owner, kms):
    """A multi-Region key and its replica: two ARNs, of us-east-1 and eu-west-1."""
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    replica = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["Arn"]
    return primary, replica
