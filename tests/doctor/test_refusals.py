"""What AWS would refuse, as far as a suite's text tells."""

import json

import pytest

ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
HEAD = "import json, boto3, pytest\n\n"
ABSENT = "arn:aws:iam::123456789012:role/app"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def use(principal):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:Decrypt", "Resource": "*"}


@pytest.mark.parametrize(
    ("code", "check", "place"),
    [
        (f"POLICY = {policy(ROOT, use(ABSENT))!r}\n", "REFUSED-PRINCIPAL", f"3: {ABSENT}"),
        (f"POLICY = {json.dumps(policy(use([ABSENT])))!r}\n", "REFUSED-PRINCIPAL", f"3: {ABSENT}"),
        (
            "def f(a): return {'Principal': {'AWS': f'arn:aws:iam::{a}:role/app'}}\n",
            "REFUSED-PRINCIPAL",
            "3: arn:aws:iam::...:role/app",
        ),
        (f"def f(kms): kms.create_grant(KeyId=k, GranteePrincipal='{ABSENT}')\n", "REFUSED-PRINCIPAL", f"3: {ABSENT}"),
        (
            f"def f(sts): sts.assume_role(RoleArn='{ABSENT}', RoleSessionName='x')\n",
            "REFUSED-ASSUME-ROLE",
            f"3: {ABSENT}",
        ),
        ("def f(kms): kms.create_key(Policy='my policy')\n", "REFUSED-POLICY", "3: create_key(Policy=...)"),
        ("def f(kms): kms.create_key(Policy='{}')\n", "REFUSED-POLICY", "3: create_key(Policy=...)"),
        (
            f"def f(kms): kms.create_key(Policy=json.dumps({policy(use('123456789012'))!r}))\n",
            "REFUSED-LOCK-OUT",
            "3: create_key(Policy=...)",
        ),
        ("def f(s3): s3.put_object(Bucket='b', SSEKMSKeyId='my-key')\n", "REFUSED-KEY", "3: SSEKMSKeyId='my-key'"),
        ("K = 'alias/app'\ndef f(c): c.create_secret(KmsKeyId=K)\n", "REFUSED-KEY", "4: KmsKeyId='alias/app'"),
        (
            "def f(d): d.create_table(SSESpecification={'KMSMasterKeyId': 'custom'})\n",
            "REFUSED-KEY",
            "3: KMSMasterKeyId='custom'",
        ),
        (f"ROLES = ['{ABSENT}']\n", "REFUSED-IF-PRINCIPAL", f"3: {ABSENT}"),
        (
            "KEYS = ['arn:aws:kms:us-east-1:123456789012:key/a']\n",
            "REFUSED-KEY",
            "3: arn:aws:kms:us-east-1:123456789012:key/a",
        ),
        ("def f(c): c.create_trail(Name='t', S3BucketName='b')\n", "REFUSED-TRAIL", "3: create_trail(...)"),
    ],
)
def test_each_is_found_with_its_line(found, code, check, place):
    assert found({"test_a.py": HEAD + code}) == {check: [f"test_a.py:{place}"]}


@pytest.mark.parametrize(
    "code",
    [
        f"def f(iam): iam.create_role(RoleName='app')\nPOLICY = {policy(use(ABSENT))!r}\n",
        f"NAME = 'app'\ndef f(iam): iam.create_role(RoleName=NAME)\nPOLICY = {policy(use(ABSENT))!r}\n",
        f"def f(account): account.role('app')\nPOLICY = {policy(use(ABSENT))!r}\n",
        f"POLICY = {policy(ROOT, use('arn:aws:iam::222222222222:root'))!r}\n",
        f"def f(kms): kms.create_key(Policy=json.dumps({policy(ROOT)!r}))\n",
        "def f(kms): kms.create_key(Policy=json.dumps(made()))\n",
        f"def f(kms): kms.create_key(BypassPolicyLockoutSafetyCheck=True, Policy=json.dumps({policy(use('1' * 12))!r}))\n",
        "def f(kms):\n  kms.create_alias(AliasName='alias/app', TargetKeyId=k)\n  kms.encrypt(KeyId='alias/app')\n",
        "def f(s3): s3.put_object(SSEKMSKeyId='alias/aws/s3')\n",
        "def f(kms):\n  with pytest.raises(Exception): kms.encrypt(KeyId='nothing')\n",
        "def f(self):\n  with self.assertRaises(Exception): kms.encrypt(KeyId='nothing')\n",
        "ROWS = dict(KmsKeyId='KmsKeyId')\n",
        "def f(s3, c):\n  s3.put_bucket_policy(Policy=p)\n  c.create_trail(Name='t')\n",
        "def f(kms, key): kms.encrypt(KeyId=key)\n",
        "POLICY = {'Resource': ['arn:aws:kms:us-east-1:123456789012:key/a']}\n",
        f"def f(x): assert x['arn'] == '{ABSENT}'\n",
    ],
)
def test_what_aws_would_take_or_the_text_does_not_tell_is_not_mentioned(found, code):
    assert found({"test_a.py": HEAD + code}) == {}


def test_refusals_do_not_stand_in_the_way(say):
    status, _ = say({"test_a.py": "import boto3\ndef f(kms): kms.create_key(Policy='my policy')\n"})
    assert status == 0
