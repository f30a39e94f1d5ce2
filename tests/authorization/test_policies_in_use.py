"""Key policies at work: what their statements cover, and principals who change them."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import (
    assume,
    denied,
    encrypt,
    key_policy,
    lacks,
    make_key,
    session_arn,
    signing,
    trust,
    use,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Key policies" (KMS developer guide) and "Policy evaluation logic" (IAM user guide)'
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
BYPASS = {"BypassPolicyLockoutSafetyCheck": True}
IN_RESOURCE = "with an explicit deny in a resource-based policy"


@pytest.mark.filterwarnings("ignore::kmsmock.PolicyWarning")  # of a pattern that covers no action
@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"Action": "KMS:encrypt"}, True),
        ({"Action": "kms:E*"}, True),
        ({"Action": "kms:Encryp?"}, True),
        ({"Action": ["kms:Decrypt", "kms:*crypt"]}, True),
        ({"Action": "*"}, True),
        ({"Action": "kms:Encrypt?"}, False),
        ({"Action": []}, False),
        ({"Resource": "KEY"}, True),
        ({"Resource": f"arn:aws:kms:*:{OWNER}:key/*"}, True),
        ({"Resource": "arn:aws:kms:us-east-1:*:key/*"}, True),
        ({"Resource": f"arn:aws:kms:eu-west-1:{OWNER}:key/*"}, False),
        ({"Resource": f"arn:aws:kms:us-east-1:{OWNER}:alias/*"}, False),
        ({"Resource": f"ARN:aws:kms:us-east-1:{OWNER}:key/*"}, False),
        ({"Resource": "arn:aws:kms:*:key/*"}, False),
    ],
)
def test_what_a_statement_covers(owner, kms, key, change, allowed):
    alice = owner.user("alice")
    statement = {**use(alice.arn, "kms:Encrypt"), **change}
    if statement["Resource"] == "KEY":
        statement["Resource"] = key
    kms.put_key_policy(KeyId=key, Policy=key_policy(statement))
    if allowed:
        assert encrypt(alice.client("kms"), key)
    else:
        with lacks(alice.arn, "kms:Encrypt", key):
            encrypt(alice.client("kms"), key)


@pytest.mark.evidence("reported", "AWS's announcement in ministryofjustice/analytical-platform issue 7691")
@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_a_statement_that_lacks_an_element_is_refused(kms, element):
    # AWS's announcement in ministryofjustice/analytical-platform issue 7691: from 18 August 2025; before, it was inert
    statement = use("*", effect="Deny")
    del statement[element]
    with refused("MalformedPolicyDocumentException", f"Policy statement must contain {element.lower()}s."):
        make_key(kms, statement)
    assert kms.list_keys()["Keys"] == []


def test_not_action_denies_all_but(owner, kms):
    alice = owner.user("alice", [allow("kms:*")])
    deny = {"Effect": "Deny", "Principal": {"AWS": alice.arn}, "NotAction": "kms:Describe*", "Resource": "*"}
    key = make_key(kms, deny)
    assert alice.client("kms").describe_key(KeyId=key)
    with denied(alice.arn, "kms:Encrypt", key, IN_RESOURCE):
        encrypt(alice.client("kms"), key)


def test_not_principal_denies_all_who_are_not_listed_by_every_name(owner, kms):
    alice, bob = owner.user("alice", [allow("kms:*")]), owner.user("bob", [allow("kms:*")])
    worker = owner.role("worker", [allow("kms:*")])
    session = session_arn("worker", "kmsmock")

    def deny(*names):
        listed = {"AWS": [ACCOUNT, *names]}
        return {"Effect": "Deny", "NotPrincipal": listed, "Action": "kms:Encrypt", "Resource": "*"}

    key = make_key(kms, deny(alice.arn, worker.arn))
    assert encrypt(alice.client("kms"), key)
    for principal, caller in ((bob, bob.arn), (worker, session)):
        with denied(caller, "kms:Encrypt", key, IN_RESOURCE):
            encrypt(principal.client("kms"), key)
    kms.put_key_policy(KeyId=key, Policy=key_policy(deny(worker.arn, session)))
    assert encrypt(worker.client("kms"), key)


def test_not_principal_always_hits_whoever_has_a_boundary(owner, kms):
    bound = owner.user("bound", [allow("kms:*")], boundary=allow("kms:*"))
    listed = {"AWS": [ACCOUNT, bound.arn]}
    key = make_key(kms, {"Effect": "Deny", "NotPrincipal": listed, "Action": "kms:Encrypt", "Resource": "*"})
    with denied(bound.arn, "kms:Encrypt", key, IN_RESOURCE):
        encrypt(bound.client("kms"), key)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_everybody_is_everybody_of_the_account_and_elsewhere_only_half(owner, kms, other, principal):
    named = {"Principal": principal}
    key = make_key(kms, {**use("*", ["kms:Encrypt"]), **named}, use(ACCOUNT), delegate=False)
    assert encrypt(owner.user("alice").client("kms"), key)
    assert encrypt(other.user("bob", [allow("kms:Encrypt")]).client("kms"), key)
    carol = other.user("carol")
    with lacks(carol.arn, "kms:Encrypt", "on this resource"):
        encrypt(carol.client("kms"), key)


def test_delegation_can_be_narrowed(owner, kms):
    alice = owner.user("alice", [allow("kms:*")])
    narrow = use(ACCOUNT, ["kms:Describe*", "kms:PutKeyPolicy"])
    key = make_key(kms, narrow, delegate=False)
    assert alice.client("kms").describe_key(KeyId=key)
    with lacks(alice.arn, "kms:Encrypt", key, "resource-based policy"):
        encrypt(alice.client("kms"), key)


def test_a_deny_in_iam_counts_without_any_delegation(owner, kms):
    alice = owner.user("alice", [policy({"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})])
    key = make_key(kms, use(alice.arn), use(ACCOUNT, "kms:PutKeyPolicy"), delegate=False)
    with denied(alice.arn, "kms:Encrypt", key, "with an explicit deny in an identity-based policy"):
        encrypt(alice.client("kms"), key)


# --- policies from elsewhere ----------------------------------------------------------------------------------------


def test_inline_attached_and_group_policies_add_up_and_a_change_counts_at_once(owner, key):
    alice = owner.user("alice", [allow("kms:DescribeKey")])
    iam, client = owner.client("iam"), alice.client("kms")
    made = iam.create_policy(PolicyName="write", PolicyDocument=json.dumps(allow("kms:Encrypt")))["Policy"]["Arn"]
    iam.create_group(GroupName="team")
    iam.put_group_policy(GroupName="team", PolicyName="p", PolicyDocument=json.dumps(allow("kms:ListGrants")))
    for act in (lambda: encrypt(client, key), lambda: client.list_grants(KeyId=key)):
        with refused("AccessDeniedException"):
            act()
    iam.attach_user_policy(UserName="alice", PolicyArn=made)
    iam.add_user_to_group(GroupName="team", UserName="alice")
    assert client.describe_key(KeyId=key)
    assert encrypt(client, key)
    assert client.list_grants(KeyId=key)["Grants"] == []
    text = json.dumps(policy({"Effect": "Deny", "Action": "kms:*", "Resource": "*"}))
    iam.create_policy_version(PolicyArn=made, PolicyDocument=text, SetAsDefault=True)
    with denied(alice.arn, "kms:DescribeKey", key, f"with an explicit deny in an identity-based policy: {made}"):
        client.describe_key(KeyId=key)
    iam.detach_user_policy(UserName="alice", PolicyArn=made)
    iam.remove_user_from_group(GroupName="team", UserName="alice")
    assert client.describe_key(KeyId=key)
    with lacks(alice.arn, "kms:ListGrants", key):
        client.list_grants(KeyId=key)


def test_policies_of_aws_itself_are_known_by_name(owner, key):
    alice, bob = owner.user("alice"), owner.user("bob")
    iam = owner.client("iam")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser")
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert alice.client("kms").describe_key(KeyId=key)
    with lacks(alice.arn, "kms:Encrypt", key):
        encrypt(alice.client("kms"), key)
    assert encrypt(bob.client("kms"), key)


# --- who changes them -----------------------------------------------------------------------------------------------


def test_a_role_changes_the_policy_that_names_it(owner, kms):
    admin = owner.role("admin", trust=trust(ACCOUNT))
    alice = owner.user("alice", [allow("sts:AssumeRole")])
    key = make_key(kms, use(admin.arn, ["kms:PutKeyPolicy", "kms:GetKeyPolicy"]), delegate=False, **BYPASS)
    client = signing(assume(alice.client("sts"), admin))
    text = key_policy(use(admin.arn), use(alice.arn, "kms:Encrypt"), delegate=False)
    client.put_key_policy(KeyId=key, Policy=text)
    assert encrypt(alice.client("kms"), key)
    with denied(
        ACCOUNT, "kms:GetKeyPolicy", key, "because no resource-based policy allows the kms:GetKeyPolicy action"
    ):
        kms.get_key_policy(KeyId=key)
    without = key_policy(use(alice.arn), delegate=False)
    with refused(
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ):
        client.put_key_policy(KeyId=key, Policy=without)
    with lacks(alice.arn, "kms:PutKeyPolicy", key, "resource-based policy"):
        alice.client("kms").put_key_policy(KeyId=key, Policy=without)


def test_the_policy_of_a_foreign_key_is_not_for_others_whatever_it_says(kms, other):
    key = make_key(kms, use(other.root.arn))
    client = other.client("kms")
    assert encrypt(client, key)
    for act in (
        lambda: client.get_key_policy(KeyId=key),
        lambda: client.put_key_policy(KeyId=key, Policy=key_policy()),
        lambda: client.list_key_policies(KeyId=key),
    ):
        with refused("AccessDeniedException"):
            act()
    assert OTHER in kms.get_key_policy(KeyId=key)["Policy"]
