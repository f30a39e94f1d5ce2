"""Key policies as documents: what KMS refuses to store, how it prints what it stored, and who may change it."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import DELEGATION, denied, encrypt, key_policy, lacks, use

pytestmark = pytest.mark.evidence(
    "reported", "public reports of policies that KMS refuses; how it prints them is recorded by localstack and stackd"
)

ACCOUNT, FOREIGN = f"arn:aws:iam::{OWNER}:root", f"arn:aws:iam::{OTHER}:root"
INVALID = "Policy contains a statement with one or more invalid principals."
MISSING = "Policy contains a statement with no principal."
LOCKOUT = "The new key policy will not allow you to update the key policy in the future."
LONELY = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
GHOST = f"arn:aws:iam::{OWNER}:role/ghost"


def malformed(message=None):
    return refused("MalformedPolicyDocumentException", message)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({**LONELY}, MISSING),
        ({**LONELY, "Principal": {}}, MISSING),
        ({**LONELY, "Principal": {"AWS": GHOST}}, INVALID),
        ({**LONELY, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:user/ghost"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": [ACCOUNT, GHOST]}}, INVALID),
        ({**LONELY, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:role/ghost"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:role/*"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": "arn:aws:iam::1111:root"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": "alice"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": "AIDAEXAMPLEEXAMPLE123"}}, INVALID),
        ({**LONELY, "Principal": {"AWS": f"arn:aws:sts::{OWNER}:assumed-role/ghost/s"}}, INVALID),
        ({**LONELY, "Principal": {"Service": "no-such-service"}}, INVALID),
        ({**LONELY, "Principal": {"Everybody": "*"}}, INVALID),
        ({**LONELY, "Principal": "alice"}, INVALID),
    ],
)
def test_principals_must_be_there(kms, key, statement, message):
    before = kms.get_key_policy(KeyId=key)["Policy"]
    text = json.dumps(policy(DELEGATION, statement))
    with malformed(message):
        kms.put_key_policy(KeyId=key, Policy=text)
    with malformed(message):
        kms.create_key(Policy=text)
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
    assert len(kms.list_keys()["Keys"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"text"',
        "{}",
        json.dumps({"Version": "2012-10-17"}),
        json.dumps({"Version": "2012-10-17", "Statement": []}),
        json.dumps({"Version": "2013-01-01", "Statement": [DELEGATION]}),
        json.dumps(policy(DELEGATION) | {"Comment": "x"}),
        json.dumps(policy({**DELEGATION, "Effect": "allow"})),
        json.dumps(policy({**DELEGATION, "Effect": "Maybe"})),
        json.dumps(policy({**DELEGATION, "NotAction": "kms:Encrypt"})),
        json.dumps(policy({**DELEGATION, "NotResource": "*"})),
        json.dumps(policy({**DELEGATION, "Actions": "kms:*"})),
        json.dumps(policy({**DELEGATION, "Action": {"a": 1}})),
        json.dumps(policy({**DELEGATION, "Condition": {"StringIs": {"aws:userid": "x"}}})),
        json.dumps(policy({**DELEGATION, "Condition": ["StringEquals"]})),
        '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}',
    ],
)
def test_documents_that_are_none_are_refused(kms, key, text):
    with malformed():
        kms.put_key_policy(KeyId=key, Policy=text)
    with malformed():
        kms.create_key(Policy=text)


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericLessThan": {"kms:ScheduleKeyDeletionPendingWindowInDays": "soon"}},
        {"DateLessThan": {"aws:CurrentTime": "tomorrow"}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.300"}},
        {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/33"}},
        {"BinaryEquals": {"aws:userid": "not base64!"}},
    ],
)
def test_conditions_that_can_be_read_by_nobody_are_refused(kms, key, condition):
    with malformed():
        kms.put_key_policy(KeyId=key, Policy=key_policy(use("*", Condition=condition)))


@pytest.mark.parametrize(
    ("operator", "key_name", "fine"),
    [
        ("ForAllValues:StringEquals", "kms:EncryptionContext:app", False),
        ("ForAllValues:StringLike", "aws:RequestTag/team", False),
        ("ForAllValues:StringEqualsIfExists", "kms:EncryptionContext:app", False),
        ("ForAnyValue:StringEquals", "kms:EncryptionContext:app", True),
        ("StringEquals", "aws:RequestTag/team", True),
        ("ForAllValues:StringEquals", "kms:EncryptionContextKeys", True),
        ("ForAllValues:StringEquals", "aws:TagKeys", True),
        ("ForAllValues:StringEquals", "kms:GrantOperations", True),
    ],
)
def test_for_all_values_of_a_key_with_one_value_is_overly_permissive(kms, key, operator, key_name, fine):
    text = key_policy(use("*", "kms:Encrypt", Condition={operator: {key_name: "x"}}))
    if fine:
        kms.put_key_policy(KeyId=key, Policy=text)
        return
    with malformed() as refusal:
        kms.put_key_policy(KeyId=key, Policy=text)
    assert refusal.response["Error"]["Message"].startswith("OverlyPermissiveCondition")


@pytest.mark.filterwarnings("ignore::kmsmock.PolicyWarning")  # of an action that does not exist
@pytest.mark.parametrize(
    "statement",
    [
        use("*", ["kms:NoSuchAction", "s3:*"]),
        use("*", Condition={"ArnEquals": {"aws:PrincipalArn": GHOST}}),
        {**use("*"), "Resource": "arn:aws:kms:us-east-1:999999999999:key/nowhere"},
        {**use("*"), "Sid": "with blanks in it"},
        use({"Service": "cloudtrail.amazonaws.com"}),
        {"Effect": "Deny", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "kms:Encrypt", "Resource": "*"},
        use(f"arn:aws:sts::{OWNER}:federated-user/never-issued"),
    ],
)
def test_what_kms_stores_without_a_look(kms, key, statement):
    kms.put_key_policy(KeyId=key, Policy=key_policy(statement))
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1] == statement


@pytest.mark.parametrize("size", [32_768, 32_769])
def test_a_policy_may_have_32_kilobytes(kms, key, size):
    text = key_policy()
    text += " " * (size - len(text))
    if size == 32_768:
        kms.put_key_policy(KeyId=key, Policy=text)
    else:
        with refused("LimitExceededException"):
            kms.put_key_policy(KeyId=key, Policy=text)


def test_there_is_one_policy_and_it_is_called_default(kms, key):
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]
    for name in ("default", None):
        assert kms.get_key_policy(KeyId=key, **({"PolicyName": name} if name else {}))["PolicyName"] == "default"
    with refused("NotFoundException"):
        kms.get_key_policy(KeyId=key, PolicyName="other")


# --- locked out -----------------------------------------------------------------------------------------------------

MANAGE = ["kms:CreateKey", "kms:GetKeyPolicy"]


@pytest.mark.parametrize(
    ("named", "actions", "policies", "stays"),
    [
        ("alice", "kms:*", [allow(MANAGE)], True),
        ("alice", "kms:Put*", [allow(MANAGE)], True),
        ("alice", "kms:Encrypt", [allow([*MANAGE, "kms:PutKeyPolicy"])], False),
        (ACCOUNT, "kms:*", [allow([*MANAGE, "kms:PutKeyPolicy"])], True),
        (ACCOUNT, "kms:*", [allow(MANAGE)], False),
        (ACCOUNT, "kms:Encrypt", [allow([*MANAGE, "kms:PutKeyPolicy"])], False),
        (FOREIGN, "kms:*", [allow([*MANAGE, "kms:PutKeyPolicy"])], False),
        ("*", "kms:*", [allow(MANAGE)], True),
        ("alice", "kms:*", [allow(MANAGE), policy({"Effect": "Deny", "Action": "kms:Put*", "Resource": "*"})], False),
    ],
)
def test_nobody_locks_himself_out(owner, named, actions, policies, stays):
    alice = owner.user("alice", policies)
    text = key_policy(use(alice.arn if named == "alice" else named, actions), delegate=False)
    kms = alice.client("kms")
    if stays:
        key = kms.create_key(Policy=text)["KeyMetadata"]["Arn"]
        kms.put_key_policy(KeyId=key, Policy=text)
        return
    with malformed(LOCKOUT):
        kms.create_key(Policy=text)
    key = kms.create_key(Policy=text, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    with refused("AccessDeniedException"):
        kms.put_key_policy(KeyId=key, Policy=text)


def test_the_check_is_made_on_every_change_and_can_be_bypassed(owner, kms, key):
    text = key_policy(use(FOREIGN), delegate=False)
    with malformed(LOCKOUT):
        kms.put_key_policy(KeyId=key, Policy=text)
    kms.put_key_policy(KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)
    with denied(
        ACCOUNT, "kms:GetKeyPolicy", key, "because no resource-based policy allows the kms:GetKeyPolicy action"
    ):
        kms.get_key_policy(KeyId=key)
    assert owner.root.arn == ACCOUNT


def test_a_key_without_a_policy_of_its_own_never_locks_out(owner):
    maker = owner.user("maker", [allow("kms:CreateKey")])
    assert maker.client("kms").create_key()


# --- how it is printed ----------------------------------------------------------------------------------------------

PRINTED = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111111111111:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


def test_the_default_policy_as_kms_prints_it(kms, key):
    assert kms.get_key_policy(KeyId=key)["Policy"] == PRINTED


def test_a_stored_policy_is_printed_in_the_same_way_whatever_its_layout_was(kms, key):
    document = policy(DELEGATION, use({"AWS": [ACCOUNT, OTHER]}, ["kms:Encrypt", "kms:Decrypt"]))
    for text in (json.dumps(document), json.dumps(document, indent=7), json.dumps(document, separators=(",", ":"))):
        kms.put_key_policy(KeyId=key, Policy=text)
        printed = kms.get_key_policy(KeyId=key)["Policy"]
        assert json.loads(printed) == document
        assert '"Statement" : [ {\n    "Sid" : "Delegate",' in printed
        assert '\n  }, {\n    "Effect" : "Allow",' in printed
        assert '"Action" : [ "kms:Encrypt", "kms:Decrypt" ]' in printed
        kms.put_key_policy(KeyId=key, Policy=printed)
        assert kms.get_key_policy(KeyId=key)["Policy"] == printed


# --- versions and variables -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "wanted", "context", "allowed"),
    [
        ("2012-10-17", "${aws:username}", "alice", True),
        ("2012-10-17", "${aws:username}", "bob", False),
        ("2012-10-17", "${aws:PrincipalTag/team, 'none'}", "none", True),
        ("2012-10-17", "${aws:PrincipalTag/team}", "", False),
        ("2012-10-17", "${aws:PrincipalAccount}-${aws:username}", f"{OWNER}-alice", True),
        ("2012-10-17", "${*}", "*", True),
        ("2012-10-17", "${*}", "alice", False),
        ("2008-10-17", "${aws:username}", "alice", False),
        ("2008-10-17", "${aws:username}", "${aws:username}", True),
        (None, "${aws:username}", "alice", False),
        (None, "${aws:username}", "${aws:username}", True),
    ],
)
def test_only_the_newer_version_fills_in_variables(owner, kms, version, wanted, context, allowed):
    alice = owner.user("alice")
    condition = {"StringLike": {"kms:EncryptionContext:user": wanted}}
    document = policy(use(ACCOUNT), use(alice.arn, "kms:Encrypt", Condition=condition))
    document = {**document, "Version": version} if version else {"Statement": document["Statement"]}
    key = kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"]
    if allowed:
        assert encrypt(alice.client("kms"), key, EncryptionContext={"user": context})
    else:
        with lacks(alice.arn, "kms:Encrypt", key):
            encrypt(alice.client("kms"), key, EncryptionContext={"user": context or "x"})
