"""Condition keys of KMS for each operation that has them: encryption contexts, what CreateKey asks for, who comes how."""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.lab import grant, tags
from tests.support.policies import encrypt, lacks, make_key, use

pytestmark = pytest.mark.evidence(
    "documented", '"AWS KMS condition keys" (developer guide) and the Service Authorization Reference'
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
RED, BLUE = {"Team": "red"}, {"Team": "blue"}
PAIR = {"KeyPairSpec": "ECC_NIST_P256"}


class Contexts:
    """Calls of ``client`` that bring an encryption context to ``key``."""

    def __init__(self, client, key, root):
        self.client, self.key, self.root = client, key, root

    def blob(self, context):
        return self.root.encrypt(KeyId=self.key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]

    def call(self, action, context):
        client, sent = self.client, {"EncryptionContext": context}
        calls = {
            "kms:Encrypt": lambda: encrypt(client, self.key, **sent),
            "kms:Decrypt": lambda: client.decrypt(CiphertextBlob=self.blob(context), **sent),
            "kms:GenerateDataKey": lambda: client.generate_data_key(KeyId=self.key, KeySpec="AES_256", **sent),
            "kms:GenerateDataKeyWithoutPlaintext": lambda: client.generate_data_key_without_plaintext(
                KeyId=self.key, KeySpec="AES_256", **sent
            ),
            "kms:GenerateDataKeyPair": lambda: client.generate_data_key_pair(KeyId=self.key, **PAIR, **sent),
            "kms:GenerateDataKeyPairWithoutPlaintext": lambda: client.generate_data_key_pair_without_plaintext(
                KeyId=self.key, **PAIR, **sent
            ),
            "kms:ReEncryptFrom": lambda: self.re_encrypt(context, {"Team": "none"}),
            "kms:ReEncryptTo": lambda: self.re_encrypt({"Team": "none"}, context),
            "kms:CreateGrant": lambda: grant(client, self.key, Constraints={"EncryptionContextSubset": context}),
            "kms:RetireGrant": lambda: self.retire(context),
        }
        return calls[action]()

    def re_encrypt(self, source, destination):
        return self.client.re_encrypt(
            CiphertextBlob=self.blob(source),
            SourceEncryptionContext=source,
            DestinationKeyId=self.key,
            DestinationEncryptionContext=destination,
        )

    def retire(self, context):
        made = grant(self.root, self.key, Constraints={"EncryptionContextEquals": context})
        return self.client.retire_grant(KeyId=self.key, GrantId=made["GrantId"])


ACTIONS = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
    "kms:RetireGrant",
]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_pair_of_the_encryption_context_decides_each_operation(owner, kms, key, action):
    condition = {"StringEquals": {"kms:EncryptionContext:team": "red"}}
    rest = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    only = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
    alice = owner.user("alice", [policy(rest, only)])
    calls = Contexts(alice.client("kms"), key, kms)
    assert calls.call(action, RED)
    with lacks(alice.arn, action, key):
        calls.call(action, BLUE)


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Team", "App"]}}, {"Team": "red"}, True),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["Team"]}}, {"Team": "red", "App": "1"}, False),
        ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "App"}}, {"Team": "red", "App": "1"}, True),
        ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "app"}}, {"App": "1"}, False),
        ({"ForAnyValue:StringEqualsIgnoreCase": {"kms:EncryptionContextKeys": "app"}}, {"App": "1"}, True),
        ({"StringEquals": {"kms:EncryptionContextKeys": "App"}}, {"App": "1"}, False),
        ({"Null": {"kms:EncryptionContextKeys": "true"}}, {}, True),
        ({"Null": {"kms:EncryptionContextKeys": "false"}}, {"App": "1"}, True),
        ({"StringEquals": {"kms:EncryptionContext:APP": "1"}}, {"app": "1"}, True),
        ({"StringEquals": {"kms:EncryptionContext:App": "a"}}, {"App": "A"}, False),
        ({"StringEqualsIgnoreCase": {"kms:EncryptionContext:App": "a"}}, {"App": "A"}, True),
        ({"StringLike": {"kms:EncryptionContext:App": "pay-*"}}, {"App": "pay-roll"}, True),
        ({"StringNotEquals": {"kms:EncryptionContext:App": "1"}}, {}, True),
        ({"StringEqualsIfExists": {"kms:EncryptionContext:App": "1"}}, {}, True),
        ({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:x"}}, {"aws:s3:arn": "arn:x"}, True),
        ({"StringEquals": {"kms:EncryptionContext:a": "1", "kms:EncryptionContext:b": "2"}}, {"a": "1"}, False),
    ],
)
def test_conditions_on_the_encryption_context(owner, kms, condition, context, allowed):
    alice = owner.user("alice")
    key = make_key(kms, use(alice.arn, Condition=condition))
    if allowed:
        assert encrypt(alice.client("kms"), key, EncryptionContext=context)
    else:
        with lacks(alice.arn, "kms:Encrypt", key):
            encrypt(alice.client("kms"), key, EncryptionContext=context)


# --- the key that is about to be made -------------------------------------------------------------------------------

ASYMMETRIC = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
BYPASS = {"BypassPolicyLockoutSafetyCheck": True}


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, {}, ASYMMETRIC),
        ({"StringEquals": {"kms:CustomerMasterKeySpec": "RSA_2048"}}, ASYMMETRIC, {}),
        ({"StringEquals": {"kms:KeyUsage": "ENCRYPT_DECRYPT"}}, {}, ASYMMETRIC),
        ({"StringEquals": {"kms:CustomerMasterKeyUsage": "SIGN_VERIFY"}}, ASYMMETRIC, {}),
        ({"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}}, {}, {"Origin": "EXTERNAL"}),
        ({"Bool": {"kms:MultiRegion": "false"}}, {}, {"MultiRegion": True}),
        ({"StringEquals": {"kms:MultiRegionKeyType": "PRIMARY"}}, {"MultiRegion": True}, {}),
        ({"Null": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}, {}, BYPASS),
        ({"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "false"}}, {"BypassPolicyLockoutSafetyCheck": False}, BYPASS),
        ({"StringEquals": {"aws:RequestTag/team": "red"}}, {"Tags": tags(team="red")}, {"Tags": tags(team="blue")}),
        ({"StringEquals": {"aws:RequestTag/team": "red"}}, {"Tags": tags(team="red", x="1")}, {}),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}, {"Tags": tags(team="1")}, {"Tags": tags(cost="1")}),
        ({"StringEquals": {"kms:CallerAccount": OWNER}}, {}, None),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {}, None),
    ],
)
def test_create_key_is_judged_by_the_key_that_it_asks_for(owner, condition, right, wrong):
    tagging = {"Effect": "Allow", "Action": "kms:TagResource", "Resource": "*"}
    making = {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*", "Condition": condition}
    client = owner.user("alice", [policy(tagging, making)]).client("kms")
    assert client.create_key(**right)
    if wrong is not None:
        with lacks(f"arn:aws:iam::{OWNER}:user/alice", "kms:CreateKey", "*"):
            client.create_key(**wrong)


@pytest.mark.parametrize(
    ("operation", "condition", "right", "wrong"),
    [
        ("TagResource", {"StringEquals": {"aws:RequestTag/Team": "red"}}, tags(team="red"), tags(team="blue")),
        ("TagResource", {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, tags(team="x"), tags(cost="x")),
        ("UntagResource", {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, ["team"], ["team", "cost"]),
        ("UntagResource", {"Null": {"aws:RequestTag/team": "true"}}, ["team"], None),
    ],
)
def test_tags_in_a_request_and_the_keys_to_be_taken_away(owner, key, operation, condition, right, wrong):
    alice = owner.user("alice", [allow(f"kms:{operation}", Condition=condition)])
    method, name = ("tag_resource", "Tags") if operation == "TagResource" else ("untag_resource", "TagKeys")
    ask = getattr(alice.client("kms"), method)
    assert ask(KeyId=key, **{name: right})
    if wrong is not None:
        with lacks(alice.arn, f"kms:{operation}", key):
            ask(KeyId=key, **{name: wrong})


# --- who comes how --------------------------------------------------------------------------------------------------


def test_the_account_of_the_caller(kms, owner, other):
    condition = {"StringEquals": {"kms:CallerAccount": OWNER}}
    key = make_key(kms, use("*", "kms:Encrypt", Condition=condition))
    assert encrypt(owner.user("alice").client("kms"), key)
    bob = other.user("bob", [allow("kms:*")])
    with refused("AccessDeniedException"):
        encrypt(bob.client("kms"), key)


@pytest.mark.parametrize("operation", ["list_keys", "list_aliases", "generate_random"])
def test_operations_without_a_key_do_not_tell_the_account_of_the_caller(owner, operation):
    absent = owner.user("alice", [allow("kms:*", Condition={"Null": {"kms:CallerAccount": "true"}})])
    present = owner.user("bob", [allow("kms:*", Condition={"StringEquals": {"kms:CallerAccount": OWNER}})])
    more = {"NumberOfBytes": 8} if operation == "generate_random" else {}
    assert getattr(absent.client("kms"), operation)(**more)
    with refused("AccessDeniedException"):
        getattr(present.client("kms"), operation)(**more)


def test_the_service_through_which_a_call_comes(kms, owner):
    through = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    alice = owner.user("alice", [allow("s3:*"), allow("kms:*", Condition=through)])
    key = kms.create_key()["KeyMetadata"]["Arn"]
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
    with lacks(alice.arn, "kms:GenerateDataKey", key):
        alice.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")


@pytest.mark.parametrize(("wanted", "made"), [("true", True), ("false", False)])
def test_a_grant_that_a_service_asks_for_in_the_callers_name(aws_world, kms, owner, key, wanted, made):
    condition = {"Bool": {"kms:GrantIsForAWSResource": wanted}}
    rest = {"Effect": "Allow", "NotAction": "kms:CreateGrant", "Resource": "*"}
    only = {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": "*", "Condition": condition}
    alice = owner.user("alice", [policy(rest, only)])
    ec2 = alice.client("ec2")
    snapshot = ec2.create_snapshot(VolumeId=_volume(ec2))["SnapshotId"]
    _volume(ec2, SnapshotId=snapshot, Encrypted=True, KmsKeyId=key)
    (asked,) = [each for each in aws_world.decisions if each.action == "kms:CreateGrant"]
    assert (asked.caller, asked.allowed) == (alice.arn, made)
    if not made:
        assert grant(alice.client("kms"), key)
    else:
        with lacks(alice.arn, "kms:CreateGrant", key):
            grant(alice.client("kms"), key)


def _volume(ec2, **more):
    return ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, **more)["VolumeId"]


def test_resource_aliases_are_for_iam_policies_only(kms, owner):
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}
    alice, bob = owner.user("alice"), owner.user("bob", [allow("kms:*", Condition=condition)])
    # Quoted in awsdocs/aws-kms-developer-guide, pull request 47.
    words = (
        "These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases"
    )
    with refused("MalformedPolicyDocumentException", words):
        make_key(kms, use(alice.arn, Condition=condition))
    key = make_key(kms)
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    assert bob.client("kms").describe_key(KeyId=key)


def test_tags_of_a_key_decide_and_a_change_counts_at_once(kms, owner):
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    bob = owner.user("bob", [allow("kms:*", Condition=red)])
    key = make_key(kms, Tags=tags(Team="red"))
    assert encrypt(bob.client("kms"), key)
    kms.tag_resource(KeyId=key, Tags=tags(Team="blue"))
    with lacks(bob.arn, "kms:Encrypt", key):
        encrypt(bob.client("kms"), key)


def test_an_alias_has_no_tags_so_its_half_of_create_alias_needs_its_own_statement(kms, owner):
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    alice = owner.user("alice", [allow("kms:*", Condition=red)])
    key = kms.create_key(Tags=tags(team="red"))["KeyMetadata"]["Arn"]
    alias = f"arn:aws:kms:us-east-1:{OWNER}:alias/app"
    with lacks(alice.arn, "kms:CreateAlias", alias):
        alice.client("kms").create_alias(AliasName="alias/app", TargetKeyId=key)
    text = json.dumps(allow("kms:CreateAlias", f"arn:aws:kms:*:{OWNER}:alias/*"))
    owner.client("iam").put_user_policy(UserName="alice", PolicyName="aliases", PolicyDocument=text)
    assert alice.client("kms").create_alias(AliasName="alias/app", TargetKeyId=key)
    assert encrypt(alice.client("kms"), "alias/app")["KeyId"] == key
