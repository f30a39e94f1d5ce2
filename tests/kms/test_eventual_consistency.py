"""Grants and new key policies that are known everywhere only after some time, where a test says so."""

import json
from datetime import timedelta

import pytest

from tests.support.claims import OWNER, policy, refused

LATER = {"CreateGrant": timedelta(minutes=5), "PutKeyPolicy": timedelta(minutes=1)}
pytestmark = [
    pytest.mark.kmsmock(delays=LATER),
    pytest.mark.evidence(
        "documented", '"Eventual consistency" and "Grant tokens" (developer guide): up to five minutes'
    ),
]


@pytest.fixture
def reader(owner):
    return owner.user("reader")


def denied(reader, key):
    return refused(
        "AccessDeniedException",
        f"User: {reader.arn} is not authorized to perform: kms:DescribeKey on resource: {key} "
        "because no identity-based policy allows the kms:DescribeKey action",
    )


def test_a_new_grant_counts_only_with_its_token_until_it_is_known_everywhere(aws_clock, kms, key, reader):
    aws_clock.freeze("2026-01-01")
    token = kms.create_grant(KeyId=key, GranteePrincipal=reader.arn, Operations=["DescribeKey"])["GrantToken"]
    client = reader.client("kms")
    with denied(reader, key):
        client.describe_key(KeyId=key)
    assert client.describe_key(KeyId=key, GrantTokens=[token])
    aws_clock.advance(minutes=5)
    assert client.describe_key(KeyId=key)


def test_an_older_grant_goes_on_counting_beside_a_new_one(aws_clock, kms, key, reader):
    aws_clock.freeze("2026-01-01")
    ask = {"KeyId": key, "GranteePrincipal": reader.arn, "Operations": ["DescribeKey"]}
    kms.create_grant(**ask)
    aws_clock.advance(minutes=5)
    kms.create_grant(**ask)
    assert reader.client("kms").describe_key(KeyId=key)


def test_the_old_key_policy_decides_until_the_new_one_is_known(aws_clock, kms, key, reader):
    aws_clock.freeze("2026-01-01")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": reader.arn}, "Action": "kms:DescribeKey", "Resource": "*"},
    ]
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(*statements)))
    assert reader.arn in kms.get_key_policy(KeyId=key)["Policy"]
    with denied(reader, key):
        reader.client("kms").describe_key(KeyId=key)
    aws_clock.advance(minutes=1)
    assert reader.client("kms").describe_key(KeyId=key)
