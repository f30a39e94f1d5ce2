"""Where a denial is mended: in which policy, attached to what, in whose account."""

import json

import pytest

from kmsmock.refusals import assert_denied
from tests.support.claims import OWNER, allow, policy
from tests.support.organization import CLOSED, DENY_ENCRYPT, RCP
from tests.support.policies import key_policy

MANAGEMENT = "in management account {0.management.id}"
PLACES = {
    "root": "the root ({0.root})",
    "outer": 'OU "outer" ({0.outer})',
    "inner": 'OU "inner" ({0.inner})',
    "account": 'account "member" ({0.member.id})',
}
FULL = "p-FullAWSAccess"


def encrypt(principal, key):
    return assert_denied(lambda: principal.client("kms").encrypt(KeyId=key, Plaintext=b"x"))


@pytest.fixture
def app(member):
    return member.user("app", [allow("kms:*")])


@pytest.fixture
def members_key(member):
    return member.client("kms").create_key()["KeyMetadata"]["Arn"]


# --- organizations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", PLACES)
@pytest.mark.parametrize(
    ("document", "kind", "what"),
    [(DENY_ENCRYPT, "SERVICE_CONTROL_POLICY", "service"), (CLOSED, RCP, "resource")],
    ids=["scp", "rcp"],
)
def test_a_deny_of_an_organization_says_which_policy_attached_where(
    organization, app, members_key, level, document, kind, what
):
    arn = organization.attach(level, document, kind)
    name = f'{what} control policy "policy-1" ({arn.rpartition("/")[2]}) of {PLACES[level].format(organization)}'
    text = encrypt(app, members_key).explain()
    assert f'  Decided by: Deny "No" in {name}\n' in text
    way = f"is changed (UpdatePolicy) or taken off (DetachPolicy) {MANAGEMENT.format(organization)}."
    assert text.endswith(f"narrow its Condition.\n    {name} {way}")
    organization.detach(level, arn)
    assert app.client("kms").encrypt(KeyId=members_key, Plaintext=b"x")


def test_a_level_of_an_organization_that_does_not_allow_is_named_with_the_policy_to_change(
    organization, app, members_key
):
    arn = organization.attach("outer", allow("s3:*"))
    organization.detach("outer", FULL)
    text = encrypt(app, members_key).explain()
    policy_id = arn.rpartition("/")[2]
    name = f'service control policy "policy-1" ({policy_id}) of {PLACES["outer"].format(organization)}'
    assert f"  Nearest: Allow number 1 in {name}\n" in text
    assert f"  To allow it: add this statement to {name} {MANAGEMENT.format(organization)}\n" in text
    statement = json.loads(text.splitlines()[-1])
    organization.client.update_policy(PolicyId=policy_id, Content=json.dumps(policy(statement)))
    assert app.client("kms").encrypt(KeyId=members_key, Plaintext=b"x")


def test_only_the_levels_that_lack_it_are_told(organization, app, members_key):
    organization.detach("outer", FULL)
    organization.detach("account", FULL)
    outer, account = (PLACES[each].format(organization) for each in ("outer", "account"))
    made, where = encrypt(app, members_key), MANAGEMENT.format(organization)
    what = "attach a service control policy with this statement to"
    assert f"  To allow it: {what} {outer} {where}, and {what} {account} {where}\n" in made.explain()
    assert f"  service control policy: none of {outer}\n" in made.explain()
    assert made.as_dict()["decisions"][0]["to_add"][0]["where"].startswith(what)
    for level in ("outer", "account"):
        organization.attach(level, policy(json.loads(made.explain().splitlines()[-1])))
    assert app.client("kms").encrypt(KeyId=members_key, Plaintext=b"x")


def test_a_flow_tells_the_levels_and_the_endpoint_by_their_names(aws_world, organization, app, members_key, through):
    organization.detach("outer", FULL)
    inside, name = through(LOOK)
    with aws_world.permissions() as needed:
        app.client("kms").encrypt(KeyId=members_key, Plaintext=b"x")
        inside.client("kms").list_keys()
    outer = PLACES["outer"].format(organization)
    assert set(needed.missing) == {f"service control policies of {outer}", f"the policy of VPC endpoint {name}"}


# --- VPC endpoints --------------------------------------------------------------------------------------------------


@pytest.fixture
def through(owner):
    """The user alice, whose requests come through an endpoint with these statements; and the endpoint."""
    ec2, alice = owner.client("ec2"), owner.user("alice", [allow("kms:*")])
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def make(*statements):
        service, document = "com.amazonaws.us-east-1.kms", json.dumps(policy(*statements))
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, PolicyDocument=document)["VpcEndpoint"]
        name = made["VpcEndpointId"]
        return alice.session(context={"aws:SourceVpce": name}), name

    return make


LOOK = {"Sid": "Look", "Effect": "Allow", "Principal": "*", "Action": "kms:Describe*", "Resource": "*"}


def test_an_endpoint_that_does_not_allow_is_named_with_the_statement_to_add(owner, key, through):
    inside, name = through(LOOK)
    text = encrypt(inside, key).explain()
    assert f'  Nearest: Allow "Look" in policy of VPC endpoint {name}\n' in text
    head = f"  To allow it: add this statement to the policy of VPC endpoint {name} in account {OWNER}"
    assert f"{head} (ModifyVpcEndpoint)\n" in text
    more = json.dumps(policy(LOOK, json.loads(text.splitlines()[-1])))
    owner.client("ec2").modify_vpc_endpoint(VpcEndpointId=name, PolicyDocument=more)
    assert inside.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_a_deny_of_an_endpoint_is_named_with_the_account_in_which_it_is_changed(key, through):
    inside, name = through({**LOOK, "Action": "*"}, {**LOOK, "Sid": "No", "Effect": "Deny", "Action": "kms:Encrypt"})
    text = encrypt(inside, key).explain()
    assert f'  Decided by: Deny "No" in policy of VPC endpoint {name}\n' in text
    assert text.endswith(f"    policy of VPC endpoint {name} is changed in account {OWNER} (ModifyVpcEndpoint).")


# --- what a service asks for the caller ("Forward access sessions", IAM user guide) ---------------------------------


def put(principal, key):
    options = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return lambda: principal.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", **options)


def test_a_service_asks_for_the_caller_whose_own_permissions_count(owner, key):
    owner.client("s3").create_bucket(Bucket="bucket")
    text = assert_denied(put(owner.user("app", [allow("s3:*")]), key)).explain()
    asks = "s3.amazonaws.com asks for the caller (a forward access session), so that the caller's own permissions count"
    assert f"  note      {asks}\n" in text
    assert f"  To allow it: add this statement to a policy of user app in account {OWNER}" in text
    assert "such a call has no" not in text
    direct = encrypt(owner.user("other"), key).explain()
    assert "forward access session" not in direct


def test_what_a_service_does_not_bring_of_the_callers_request_is_told(owner, kms, key):
    here = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    deny = {"Sid": "Here", "Effect": "Deny", "Principal": "*", "Action": "kms:*DataKey", "Resource": "*"}
    owner.client("s3").create_bucket(Bucket="bucket")
    inside = owner.root.session(context={"aws:SourceVpce": "vpce-1"})
    kms.put_key_policy(KeyId=key, Policy=key_policy({**deny, "Condition": here}))
    assert inside.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    text = assert_denied(put(inside, key)).explain()
    assert "  note      such a call has no aws:SourceVpce, whatever the caller's own request has" in text
    assert "To avoid it" not in text  # nobody can send it along
    spared = {**here, "Bool": {"aws:ViaAWSService": "false"}}
    kms.put_key_policy(KeyId=key, Policy=key_policy({**deny, "Condition": spared}))
    assert put(inside, key)()


# --- the caller's own policies --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["user", "role"])
def test_who_lacks_a_permission_is_named_with_the_policy_to_add_it_to(owner, key, kind):
    make = getattr(owner, kind)
    some = [allow("s3:*"), allow("kms:Decrypt", key), "arn:aws:iam::aws:policy/ReadOnlyAccess"]
    for name, policies, where in (
        ("nothing", [], ""),
        ("some", some, ': inline policy "policy-2"'),
        ("fixed", some[2:], ""),
    ):
        text = encrypt(make(name, policies), key).explain()
        place = f"a policy of {kind} {name} in account {OWNER}{where}"
        assert f"  To allow it: add this statement to {place}\n" in text


def test_the_policy_of_a_group_is_one_to_add_to(owner, key):
    iam = owner.client("iam")
    user = owner.user("app")
    iam.create_group(GroupName="team")
    iam.put_group_policy(GroupName="team", PolicyName="p", PolicyDocument=json.dumps(allow("kms:Decrypt")))
    iam.add_user_to_group(GroupName="team", UserName="app")
    place = f'a policy of user app in account {OWNER}: inline policy "p" of group team'
    assert f"  To allow it: add this statement to {place}\n" in encrypt(user, key).explain()


def test_a_boundary_is_named(owner, key):
    iam = owner.client("iam")
    document = json.dumps(allow("s3:*"))
    narrow = iam.create_policy(PolicyName="narrow", PolicyDocument=document)["Policy"]["Arn"]
    user = owner.user("app", [allow("kms:*")], boundary=narrow)
    place = f'the permissions boundary of user app in account {OWNER}: permissions boundary "narrow"'
    assert f"  To allow it: add this statement to {place}\n" in encrypt(user, key).explain()
    fixed = owner.user("fixed", [allow("kms:*")], boundary="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    way = f"exchange the permissions boundary of user fixed in account {OWNER} for one with this statement"
    assert f"  To allow it: {way}\n" in encrypt(fixed, key).explain()


def test_conditions_of_another_services_statements_are_not_kept(owner, key):
    other = allow("s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/a": "b"}})
    made = encrypt(owner.user("app", [other]), key)
    assert json.loads(made.explain().splitlines()[-1]) == {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key}


def test_what_would_help_is_told_to_machines_as_well(owner, kms, key):
    made = encrypt(owner.user("app", [allow("kms:Decrypt", key)]), key)
    statement = json.dumps({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key})
    place = f'a policy of user app in account {OWNER}: inline policy "policy-1"'
    assert made.remedies == (f"add this statement to {place}: {statement}",)
    assert made.as_dict()["remedies"] == list(made.remedies)


def test_a_deny_of_another_accounts_policy_says_whose_it_is(other, owner, kms, key):
    app = other.user("app", [allow("kms:*")])
    named = {"Principal": {"AWS": app.arn}, "Action": "kms:Encrypt", "Resource": "*"}
    condition = {"StringNotEquals": {"kms:EncryptionContext:app": "a"}}
    deny = {"Sid": "No", "Effect": "Deny", **named, "Condition": condition}
    kms.put_key_policy(KeyId=key, Policy=key_policy({"Effect": "Allow", **named}, deny))
    made = encrypt(app, key)
    where = f"key policy of {key} is changed in account {OWNER}"
    assert made.remedies[:2] == ("send EncryptionContext={'app': 'a'}", where)
    assert made.explain().endswith(f"    {where}.")
    assert app.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"app": "a"})
