"""Where a statement that is missing is to be added, and how somebody else's Deny is taken away, layer by layer."""

import pytest

from kmsmock.iam import Hold, Layer, Policies, Principal, Request, Source, compile_policy, decide
from kmsmock.iam.decision import in_short, to_do
from kmsmock.iam.remedies import of_resource, place, undoing

HOME, AWAY, TOP = "111111111111", "222222222222", "999999999999"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k"
USER = Principal("user", f"arn:aws:iam::{HOME}:user/a/u", HOME, f"arn:aws:iam::{HOME}:user/a/u", "AIDAU")
STRANGER = Principal("user", f"arn:aws:iam::{AWAY}:user/u", AWAY, f"arn:aws:iam::{AWAY}:user/u", "AIDAV")
SESSION = Principal(
    "role-session", f"arn:aws:sts::{HOME}:assumed-role/R/s", HOME, f"arn:aws:iam::{HOME}:role/R", "AROAR:s"
)
FEDERATED = Principal(
    "federated", f"arn:aws:sts::{HOME}:federated-user/f", HOME, f"arn:aws:sts::{HOME}:federated-user/f", "1:f",
    parent=USER.arn,
)  # fmt: skip
SERVICE = Principal("service", "logs.amazonaws.com", "", "", "")
ADD = "add this statement to "


def source(layer, name, action="s3:*", arn=None, hold=None, **element):
    named = {"Principal": "*"} if layer in (Layer.RESOURCE, Layer.VPCE, Layer.RCP) else {}
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **named, **element}
    kind = "resource" if named else "identity"
    return Source(
        layer, name, compile_policy({"Version": "2012-10-17", "Statement": statement}, kind=kind), arn, hold=hold
    )


def asks(principal=USER, action="kms:Decrypt", resource=KEY, owner=HOME, context=None):
    return Request(principal, action, resource, owner, context or {})


# --- a statement that is missing ------------------------------------------------------------------------------------

MINE = source(Layer.IDENTITY, 'inline policy "p" of user u')
NEARER = source(Layer.IDENTITY, 'inline policy "q" of user u', "kms:Encrypt")
AWSS = source(Layer.IDENTITY, 'managed policy "AWS" of user u', "kms:*", arn="arn:aws:iam::aws:policy/AWS")
IDENTITIES = [
    (USER, (), f"a policy of user u in account {HOME}"),
    (USER, (AWSS,), f"a policy of user u in account {HOME}"),
    (USER, (MINE,), f'a policy of user u in account {HOME}: inline policy "p"'),
    (USER, (AWSS, MINE, NEARER), f'a policy of user u in account {HOME}: inline policy "q"'),
    (SESSION, (MINE,), f'a policy of role R in account {HOME}: inline policy "p" of user u'),
    (FEDERATED, (), f"a policy of {USER.arn} in account {HOME}"),
    (STRANGER, (), f"a policy of user u in account {AWAY}"),
]


@pytest.mark.parametrize(("principal", "identity", "where"), IDENTITIES)
def test_a_policy_of_the_caller_is_one_that_he_can_change_and_that_comes_nearest(principal, identity, where):
    assert place(asks(principal), Policies(identity=identity), Layer.IDENTITY) == ADD + where


@pytest.mark.parametrize(
    ("action", "policy"),
    [
        ("kms:Decrypt", "key policy"),
        ("sts:AssumeRole", "trust policy of the role"),
        ("s3:GetObject", "bucket policy"),
        ("sqs:SendMessage", "resource's policy"),
    ],
)
def test_the_policy_of_a_resource_goes_by_its_name_and_is_in_the_account_of_its_owner(action, policy):
    request = asks(STRANGER, action)
    assert of_resource(request) == policy
    assert place(request, Policies(), Layer.RESOURCE) == f"{ADD}the {policy} in account {HOME}"


BOUNDARY = f"permissions boundary of user u in account {HOME}"


@pytest.mark.parametrize(
    ("boundary", "where"),
    [
        (None, f"exchange the {BOUNDARY} for one with this statement"),
        ((source(Layer.BOUNDARY, "b", arn="arn:aws:iam::aws:policy/AWS"),),
         f"exchange the {BOUNDARY} for one with this statement"),
        ((source(Layer.BOUNDARY, 'permissions boundary "b" of user u'),),
         f'{ADD}the {BOUNDARY}: permissions boundary "b"'),
    ],
)  # fmt: skip
def test_a_boundary_of_awss_own_is_exchanged_and_another_is_changed(boundary, where):
    assert place(asks(), Policies(boundary=boundary), Layer.BOUNDARY) == where


@pytest.mark.parametrize(("principal", "who"), [(USER, "user u"), (SESSION, "role R"), (FEDERATED, USER.arn)])
def test_a_session_policy_is_of_the_request_for_the_credentials(principal, who):
    where = f"{ADD}the session policy of the request for the credentials of {who}"
    assert place(asks(principal), Policies(session=()), Layer.SESSION) == where


def scp(name, to, **more):
    return source(Layer.SCP, name, hold=Hold(to, TOP), **more)


FULL = source(Layer.SCP, "full", "*", hold=Hold("the root (r-1)", TOP, fixed=True))
FIXED = source(Layer.SCP, "none of OU", hold=Hold('OU "o" (ou-1)', TOP, fixed=True))
GENERAL = f"{ADD}a service control policy at each level above account {HOME}"
AT_OU = f'attach a service control policy with this statement to OU "o" (ou-1) in management account {TOP}'
LEVELS = [
    ((), GENERAL),
    (((source(Layer.SCP, "p"),),), GENERAL),
    (((FIXED,), (source(Layer.SCP, "p"),)), GENERAL),
    (((FULL,), (scp("scp p", "the account"),)), f"{ADD}scp p in management account {TOP}"),
    (((FULL,), (FIXED,)), AT_OU),
    (((FIXED,), (FULL,), (scp("scp p", "it"),)), f"{AT_OU}, and {ADD}scp p in management account {TOP}"),
    (((scp("scp p", "it"), scp("scp q", "it", action="kms:Encrypt")),), f"{ADD}scp q in management account {TOP}"),
]


@pytest.mark.parametrize(("levels", "where"), LEVELS)
def test_each_level_of_an_organization_that_does_not_allow_is_told(levels, where):
    assert place(asks(), Policies(scp=levels), Layer.SCP) == where


@pytest.mark.parametrize(
    ("vpce", "where"),
    [
        (None, f"{ADD}the VPC endpoint policy"),
        ((), f"{ADD}the VPC endpoint policy"),
        ((source(Layer.VPCE, "policy of VPC endpoint v"),), f"{ADD}the VPC endpoint policy"),
        ((source(Layer.VPCE, "policy of VPC endpoint v", hold=Hold("v", AWAY)),),
         f"{ADD}the policy of VPC endpoint v in account {AWAY} (ModifyVpcEndpoint)"),
    ],
)  # fmt: skip
def test_the_policy_of_an_endpoint_is_in_the_account_of_the_endpoint(vpce, where):
    assert place(asks(), Policies(vpce=vpce), Layer.VPCE) == where


# --- a Deny ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denying", "principal", "how"),
    [
        (source(Layer.IDENTITY, "policy p"), USER, ""),
        (source(Layer.RESOURCE, "key policy of k"), USER, ""),
        (source(Layer.IDENTITY, "policy p"), STRANGER, ""),
        (source(Layer.RESOURCE, "key policy of k"), STRANGER, f"key policy of k is changed in account {HOME}"),
        (source(Layer.VPCE, "policy of v", hold=Hold("v", AWAY)), USER,
         f"policy of v is changed in account {AWAY} (ModifyVpcEndpoint)"),
        (source(Layer.SCP, "scp p", hold=Hold("it", TOP)), USER,
         f"scp p is changed (UpdatePolicy) or taken off (DetachPolicy) in management account {TOP}"),
        (source(Layer.RCP, "rcp p", hold=Hold("it", TOP)), USER,
         f"rcp p is changed (UpdatePolicy) or taken off (DetachPolicy) in management account {TOP}"),
    ],
)  # fmt: skip
def test_a_deny_of_somebody_else_is_taken_away_where_he_has_it(denying, principal, how):
    assert undoing(denying, asks(principal)) == how


def test_how_it_is_taken_away_is_a_sentence_of_what_is_to_do():
    denying = source(Layer.SCP, "scp p", "kms:*", Effect="Deny", hold=Hold("it", TOP))
    decision = decide(asks(), Policies(scp=((denying,),)))
    how = f"scp p is changed (UpdatePolicy) or taken off (DetachPolicy) in management account {TOP}"
    assert to_do(decision) == [how]
    assert decision.explain().splitlines()[-1] == f"    {how}."
    own = decide(asks(), Policies(identity=(source(Layer.IDENTITY, "p", "kms:*", Effect="Deny"),)))
    assert to_do(own) == []
    assert own.explain().splitlines()[-1].startswith("  To allow it: take the caller")


# --- in a few words -------------------------------------------------------------------------------------------------

DELEGATING = source(Layer.RESOURCE, "key policy", "kms:*", Principal={"AWS": HOME}, Sid="Root")


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (Policies(resource=(DELEGATING,), identity=(source(Layer.IDENTITY, "p", "kms:*"),)),
         'Allow "Root" and Allow number 1'),
        (Policies(resource=(DELEGATING,), identity=(source(Layer.IDENTITY, "p", "*", Effect="Deny"),)),
         "Deny number 1"),
        (Policies(resource=(DELEGATING,)), "no Allow in an identity-based policy"),
        (Policies(), "no Allow in a resource-based policy"),
        (Policies(resource=(DELEGATING,), identity=(NEARER,)), "Allow number 1, but for Action"),
        (
            Policies(
                resource=(DELEGATING,),
                identity=(source(Layer.IDENTITY, "p", Condition={"Bool": {"aws:SecureTransport": "true"}}),),
            ),
            "Allow number 1, but for Action, Condition Bool aws:SecureTransport",
        ),
    ],
)  # fmt: skip
def test_what_decided_is_told_in_a_few_words(policies, words):
    assert in_short(decide(asks(), policies)) == words
