"""The statements that are suggested: the smallest that is about the request, with the conditions of what came near.

Each has been tried on the evaluator; the words around them are kmsmock's own.
"""

import pytest

from kmsmock.iam import (
    GrantView,
    Hold,
    Layer,
    MatchKind,
    MissedGrant,
    Policies,
    Principal,
    Request,
    Source,
    compile_policy,
    decide,
)
from kmsmock.iam.advice import changes, lacking, minimal

OWNER = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/k"
USER = Principal("user", f"arn:aws:iam::{OWNER}:user/u", OWNER, f"arn:aws:iam::{OWNER}:user/u", "AIDAU")
SESSION = Principal(
    "role-session", f"arn:aws:sts::{OWNER}:assumed-role/R/s", OWNER, f"arn:aws:iam::{OWNER}:role/R", "AROAR:s"
)
LINKED = Principal(
    "role-session",
    f"arn:aws:sts::{OWNER}:assumed-role/AWSServiceRoleForX/s",
    OWNER,
    f"arn:aws:iam::{OWNER}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    "AROAL:s",
    service_linked=True,
)
SERVICE = Principal("service", "logs.amazonaws.com", "", "", "")
NOBODY = Principal("anonymous", "*", "", "", "anonymous")
ROOT = {"Principal": {"AWS": OWNER}}


def source(layer, name="p", *, statements=None, **element):
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **element}
    kind = "resource" if layer in (Layer.RESOURCE, Layer.VPCE, Layer.RCP) else "identity"
    document = {"Version": "2012-10-17", "Statement": statements or [statement]}
    return Source(layer, name, compile_policy(document, kind=kind))


DELEGATING = (source(Layer.RESOURCE, "key policy", **ROOT),)


def asks(principal=USER, action="kms:Encrypt", resource=KEY, **context):
    return Request(principal, action, resource, OWNER, context)


def told(policies, request=None):
    return decide(request or asks(), policies).explain().splitlines()


# --- the smallest ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "request_", "more"),
    [
        (Layer.IDENTITY, asks(), {"Resource": KEY}),
        (Layer.SCP, asks(), {"Resource": KEY}),
        (Layer.VPCE, asks(), {"Principal": "*", "Resource": KEY}),
        (Layer.RESOURCE, asks(), {"Principal": {"AWS": USER.arn}, "Resource": "*"}),
        (Layer.RESOURCE, asks(SESSION), {"Principal": {"AWS": SESSION.principal_arn}, "Resource": "*"}),
        (Layer.RESOURCE, asks(SERVICE), {"Principal": {"Service": "logs.amazonaws.com"}, "Resource": "*"}),
        (Layer.RESOURCE, asks(NOBODY, "s3:GetObject", "arn:aws:s3:::b/k"),
         {"Principal": "*", "Resource": "arn:aws:s3:::b/k"}),
        (Layer.RESOURCE, asks(action="sts:AssumeRole", resource=SESSION.principal_arn),
         {"Principal": {"AWS": USER.arn}}),
        (Layer.IDENTITY, asks(action="sts:AssumeRole", resource=SESSION.principal_arn),
         {"Resource": SESSION.principal_arn}),
    ],
)  # fmt: skip
def test_the_smallest_statement_names_what_its_layer_needs(layer, request_, more):
    assert minimal(request_, layer) == {"Effect": "Allow", "Action": request_.action, **more}


# --- conditions of what came near -----------------------------------------------------------------------------------

KEPT = [
    # the conditions of the nearest statement, what the request has, what is suggested
    ({"StringEquals": {"aws:RequestTag/a": "1"}}, {}, {"Null": {"aws:RequestTag/a": "true"}}),
    ({"StringLike": {"aws:RequestTag/a": "1*"}}, {"aws:requesttag/a": "2"}, {"StringEquals": {"aws:RequestTag/a": "2"}}),
    ({"Null": {"aws:RequestTag/a": "true"}}, {"aws:requesttag/a": "2"}, {"StringEquals": {"aws:RequestTag/a": "2"}}),
    # tags of what is still to be created are those of the request
    ({"StringEquals": {"aws:ResourceTag/Team": "1"}}, {"aws:requesttag/team": "2"},
     {"StringEquals": {"aws:RequestTag/Team": "2"}}),
    ({"StringEquals": {"aws:ResourceTag/Team": "1"}}, {"aws:resourcetag/team": "3", "aws:requesttag/team": "2"},
     {"StringEquals": {"aws:ResourceTag/Team": "3"}}),
    ({"StringEquals": {"aws:ResourceTag/Team": "1"}}, {}, {"Null": {"aws:ResourceTag/Team": "true"}}),
    # several values
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "c"}}, {"aws:tagkeys": ("a", "b")},
     {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "c"}}, {"aws:tagkeys": ()},
     {"ForAllValues:StringEquals": {"aws:TagKeys": []}}),
    ({"ForAllValues:StringLike": {"aws:TagKeys": "c*"}}, {"aws:tagkeys": ("a", "b")},
     {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
    # what holds stays as it is written, beside the others
    ({"StringEquals": {"aws:RequestTag/a": "1", "aws:RequestTag/b": ["2", "3"]}},
     {"aws:requesttag/a": "0", "aws:requesttag/b": "3"},
     {"StringEquals": {"aws:RequestTag/a": "0", "aws:RequestTag/b": ["2", "3"]}}),
    ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:RequestTag/a": "1"}},
     {"aws:securetransport": "true"},
     {"Bool": {"aws:SecureTransport": "true"}, "Null": {"aws:RequestTag/a": "true"}}),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "context", "kept"), KEPT)
def test_the_conditions_of_what_came_near_are_kept_where_they_hold_and_admit_the_request_where_not(
    condition, context, kept
):
    policies = Policies(resource=DELEGATING, identity=(source(Layer.IDENTITY, Condition=condition),))
    (change,) = changes(asks(**context), policies, Layer.IDENTITY, decide)
    plain = {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": KEY}
    assert change == (Layer.IDENTITY, {**plain, "Condition": kept})


def test_of_a_statement_about_another_service_nothing_is_kept():
    condition = {"StringEquals": {"aws:RequestTag/a": "1"}}
    for action, kept in (("s3:*", False), ("*", True), (["s3:*", "KMS:Decrypt"], True)):
        policies = Policies(resource=DELEGATING, identity=(source(Layer.IDENTITY, Action=action, Condition=condition),))
        (change,) = changes(asks(), policies, Layer.IDENTITY, decide)
        assert ("Condition" in change.statement) is kept
    rest = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*", "Condition": condition}
    policies = Policies(resource=DELEGATING, identity=(source(Layer.IDENTITY, statements=[rest]),))
    (change,) = changes(asks(), policies, Layer.IDENTITY, decide)
    assert "Condition" in change.statement


def test_the_nearest_is_told_element_by_element():
    far = source(Layer.IDENTITY, "far", Action="s3:*", Resource="arn:aws:s3:::b")
    near = source(Layer.IDENTITY, "near", statements=[{"Effect": "Allow", "NotAction": "kms:Enc*", "NotResource": "a"}])
    shown = told(Policies(resource=DELEGATING, identity=(far, near)))
    at = shown.index("  Nearest: Allow number 1 in near")
    assert shown[at + 1 : at + 3] == [
        '    \N{BALLOT X} NotAction: "kms:Enc*"; the request has kms:Encrypt',
        '    \N{CHECK MARK} NotResource: "a"; the request has key k',
    ]


def test_an_element_that_is_missing_is_nothing():
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*"}
    shown = told(Policies(resource=(source(Layer.RESOURCE, "key policy", statements=[statement]),)))
    at = shown.index("  Nearest: Allow number 1 in key policy")
    assert shown[at + 1 : at + 4] == [
        '    \N{CHECK MARK} Principal: "*"; the request has user u',
        '    \N{CHECK MARK} Action: "kms:*"; the request has kms:Encrypt',
        "    \N{BALLOT X} Resource: nothing; the request has key k",
    ]


def test_who_is_left_out_by_name_is_told_so():
    statement = {"Effect": "Allow", "NotPrincipal": {"AWS": [USER.arn, OWNER]}, "Action": "kms:*", "Resource": "*"}
    shown = told(Policies(resource=(source(Layer.RESOURCE, "key policy", statements=[statement]),)))
    at = shown.index("  Nearest: Allow number 1 in key policy")
    assert shown[at + 1] == (f'    \N{BALLOT X} NotPrincipal: {{"AWS": [user u, "{OWNER}"]}}; the request has user u')


def test_of_those_that_miss_as_much_the_one_of_the_service_is_nearest():
    def nearest(*statements):
        shown = told(Policies(resource=DELEGATING, identity=(source(Layer.IDENTITY, statements=list(statements)),)))
        return next((line for line in shown if "Nearest" in line), None)

    other = {"Sid": "Other", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    own = {"Sid": "Own", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
    condition = {"Bool": {"aws:SecureTransport": "true"}}
    only = {"Sid": "Only", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
    wide = {"Sid": "Wide", "Effect": "Allow", "Action": "*", "Resource": "a"}
    assert nearest(other, own) == '  Nearest: Allow "Own" in p'
    assert nearest(other, wide) == '  Nearest: Allow "Wide" in p'
    assert nearest(own, only) == '  Nearest: Allow "Only" in p'  # an element counts more than any condition
    assert nearest({**own, "Condition": condition}, other) == '  Nearest: Allow "Other" in p'
    assert nearest({**own, "Resource": "a"}) is None  # two elements are too many
    assert nearest({**own, "Effect": "Deny"}) is None


# --- several layers -------------------------------------------------------------------------------------------------


def test_one_statement_for_each_layer_that_lacks_it_and_none_that_is_not_needed():
    narrow = {"Action": "s3:*"}
    policies = Policies(
        scp=((source(Layer.SCP, **narrow),),),
        boundary=(source(Layer.BOUNDARY, **narrow),),
        session=(source(Layer.SESSION, **narrow),),
        vpce=(source(Layer.VPCE, Principal="*", **narrow),),
    )
    made = changes(asks(SESSION), policies, decide(asks(SESSION), policies).layer, decide)
    layers = [Layer.SCP, Layer.VPCE, Layer.RESOURCE, Layer.BOUNDARY, Layer.SESSION]
    assert [each.layer for each in made] == layers
    assert made[2].statement["Principal"] == {"AWS": SESSION.principal_arn}


def test_what_a_later_statement_makes_needless_is_left_out():
    """A grant that the caller's own account issued to his role needs no identity policy, but his boundary must allow."""
    away = "222222222222"
    arn = f"arn:aws:iam::{away}:role/R"
    stranger = Principal("role-session", f"arn:aws:sts::{away}:assumed-role/R/s", away, arn, "AROAV:s")
    policies = Policies(
        resource=(source(Layer.RESOURCE, Principal={"AWS": arn}),),
        grants=(GrantView("g", arn, frozenset({"Encrypt"}), away, MatchKind.ROLE),),
        boundary=(source(Layer.BOUNDARY, Action="s3:*"),),
    )
    narrower = policies._replace(session=(source(Layer.SESSION, Action="s3:*"),))
    for each, layers in ((policies, [Layer.BOUNDARY]), (narrower, [Layer.BOUNDARY, Layer.SESSION])):
        decision = decide(asks(stranger), each)
        assert (decision.effect, decision.layer) == ("implicitDeny", Layer.IDENTITY)
        assert [made.layer for made in changes(asks(stranger), each, decision.layer, decide)] == layers


def test_only_the_levels_of_an_organization_at_which_nothing_allows_lack_it():
    full = source(Layer.SCP, "full", Action="*", Resource="*")
    narrow = source(Layer.SCP, "narrow", Action="s3:*")
    deny = source(Layer.SCP, "deny", Effect="Deny", Action="s3:*")
    conditional = source(Layer.SCP, "conditional", Condition={"Bool": {"aws:SecureTransport": "true"}})
    levels = ((full, narrow), (narrow,), (narrow, full), (deny,), (conditional,), ())
    policies = Policies(scp=levels)
    assert lacking(asks(), policies) == [levels[1], levels[3], levels[4], levels[5]]
    assert lacking(asks(**{"aws:securetransport": "true"}), policies) == [levels[1], levels[3], levels[5]]
    assert lacking(asks(), Policies()) == []


def test_what_cannot_be_changed_is_not_suggested():
    shown = told(Policies(fixed="ask Amazon."))
    assert shown[-2:] == ["  Missing: an Allow in a resource-based policy.", "  To allow it: ask Amazon."]
    assert changes(asks(), Policies(fixed="ask Amazon."), Layer.RESOURCE, decide) == []


def test_without_what_decided_it_no_statement_is_suggested():
    decision = decide(asks(), Policies(resource=DELEGATING))._replace(decide=None)
    assert decision.explain().splitlines()[-2:] == [
        "  Missing: an Allow in an identity-based policy.",
        "  No statement that can be added allows it.",
    ]


# --- who cannot be given anything in the usual place ----------------------------------------------------------------


def test_the_policies_of_a_service_linked_role_stay_and_the_key_lets_it_in():
    shown = told(Policies(resource=DELEGATING), asks(LINKED))
    assert shown[-4:] == [
        "  The policies of a service-linked role cannot be changed; the key policy can let it in.",
        f"  To allow it: add this statement to the key policy in account {OWNER}",
        f'    {{"Effect": "Allow", "Principal": {{"AWS": "{LINKED.principal_arn}"}}, "Action": "kms:Encrypt", '
        '"Resource": "*"}',
        f"  or: give the caller a grant on the key (CreateGrant as a principal of account {OWNER}, "
        f"GranteePrincipal {LINKED.principal_arn}).",
    ]


def test_a_service_linked_role_that_no_resource_can_let_in_is_no_help():
    request = asks(LINKED, "kms:ListKeys", "*")
    shown = told(Policies(applies_resource=False), request)
    assert shown[-2:] == [
        "  The policies of a service-linked role cannot be changed: ask in another role.",
        "  No statement that can be added allows it.",
    ]


@pytest.mark.parametrize(
    ("caller", "named", "shown", "now"),
    [
        (USER, USER.arn, "user u", "AIDAU"),
        (USER, [USER.arn], "[user u]", "AIDAU"),
        (SESSION, SESSION.principal_arn, "role R", "AROAR"),
    ],
)
def test_who_was_made_again_is_named_by_writing_the_same_policy_again(caller, named, shown, now):
    """A principal that is deleted stays in a key policy as its unique id ("Principal" in the IAM user guide)."""
    statement = {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "kms:*", "Resource": "*"}
    bound = compile_policy({"Statement": [statement]}, kind="resource", bind=lambda name: "AIDAFORMER")
    lines = told(Policies(resource=(Source(Layer.RESOURCE, "key policy of k", bound),)), asks(caller))
    assert lines[4] == (
        f'    \N{BALLOT X} Allow number 1: principal: Principal {{"AWS": {shown}}} names one who was deleted and made '
        f"again; the caller is the new one ({now}): write the policy again"
    )
    again = "write the policy again, just as it is (key policy of k), so that it names the new one."
    assert f"  To allow it: {again}" in lines


@pytest.mark.parametrize(
    "element",
    [
        {"Effect": "Deny"},
        {"Principal": {"AWS": OWNER}},
        {"Action": "kms:Decrypt"},
        {"Principal": "*"},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ],
)
def test_writing_a_policy_again_is_advised_only_where_it_helps(element):
    statement = {"Effect": "Allow", "Principal": {"AWS": USER.arn}, "Action": "kms:*", "Resource": "*", **element}
    bound = compile_policy({"Statement": [statement]}, kind="resource", bind=lambda name: "AIDAFORMER")
    policies = Policies(resource=(Source(Layer.RESOURCE, "key policy of k", bound),))
    assert not any("write the policy again, just as it is" in line for line in told(policies))


# --- grants ---------------------------------------------------------------------------------------------------------


def test_grants_that_do_not_fit_say_why_and_what_to_do():
    missed = tuple(MissedGrant(letter * 64, f"why {letter}", f"remedy {letter}") for letter in "ab")
    shown = told(Policies(resource=DELEGATING, missed=missed))
    assert "  \N{BALLOT X} grant aaaaaaaaaaaa...: why a" in shown
    assert "  \N{BALLOT X} grant bbbbbbbbbbbb...: why b" in shown
    assert "  To use the grant: remedy a; remedy b" in shown
    assert not any("To use the grant" in line for line in told(Policies(resource=DELEGATING)))


def test_a_grant_is_offered_on_keys_only_and_where_their_policy_has_a_say():
    def offered(policies, **question):
        return "  or: give the caller a grant on the key." in told(policies, asks(**question))

    assert offered(Policies())
    assert not offered(Policies(fixed="ask Amazon."))
    assert not offered(Policies(), action="s3:GetObject", resource="arn:aws:s3:::b/k")
    assert not offered(Policies(resource=DELEGATING))  # the identity policy is what is missing
    assert not offered(Policies(applies_resource=False), resource="*")


# --- a Deny ---------------------------------------------------------------------------------------------------------


def denied(condition, **context):
    deny = source(Layer.IDENTITY, "deny", Effect="Deny", Condition=condition)
    shown = told(Policies(resource=DELEGATING, identity=(source(Layer.IDENTITY), deny)), asks(**context))
    at = shown.index("  Decided by: Deny number 1 in deny")
    return [line for line in shown[at + 1 :] if "To avoid" not in line and "To allow" not in line]


def test_the_conditions_of_a_deny_are_told_with_what_the_request_has():
    condition = {"StringNotEquals": {"aws:RequestTag/a": ["1", "2"]}, "Bool": {"aws:SecureTransport": "true"}}
    assert denied(condition, **{"aws:requesttag/a": "3", "aws:securetransport": "true"}) == [
        '    StringNotEquals aws:RequestTag/a "1" or "2" holds: the request has "3"',
        '    Bool aws:SecureTransport "true" holds: the request has "true"',
    ]


def test_a_deny_for_all_values_of_none_asks_for_null_beside_it():
    """ "ForAllValues" in the IAM user guide: it holds where the key is absent."""
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}
    assert denied(condition) == [
        '    ForAllValues:StringEquals aws:TagKeys "a" holds: the request has no such key',
        '    ForAllValues holds where the key is absent: add "Null": {"aws:TagKeys": "false"} beside it.',
    ]
    assert denied(condition, **{"aws:tagkeys": ("a",)}) == [
        '    ForAllValues:StringEquals aws:TagKeys "a" holds: the request has ["a"]',
    ]
    assert denied({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, **{"aws:tagkeys": ("a", "b")}) == [
        '    ForAnyValue:StringEquals aws:TagKeys "a" holds: the request has ["a", "b"]',
    ]


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("aliases", ["alias/a", ("alias/b", "alias/a")])
def test_a_key_goes_by_its_alias_where_it_is_denied(aliases):
    context = {"kms:resourcealiases": aliases}
    assert told(Policies(), asks(**context))[2] == f"  resource  {KEY} (alias/a)"
    allowing = (source(Layer.IDENTITY),)
    assert told(Policies(resource=DELEGATING, identity=allowing), asks(**context))[2] == f"  resource  {KEY} (key k)"
    assert told(Policies(), asks())[2] == f"  resource  {KEY} (key k)"


def test_what_is_fixed_is_of_aws():
    document = compile_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    for arn, fixed in ((None, False), ("arn:aws:iam::aws:policy/P", True), (f"arn:aws:iam::{OWNER}:policy/P", False)):
        assert Source(Layer.IDENTITY, "p", document, arn).fixed is fixed
    held = Source(Layer.SCP, "p", document, "arn:aws:iam::aws:policy/P", hold=Hold("it", OWNER))
    assert (held.fixed, Source(Layer.SCP, "p", document, hold=Hold("it", OWNER, fixed=True)).fixed) == (False, True)


def test_the_grant_of_a_session_is_all_that_it_needs_once_the_session_allows():
    grant = GrantView("g" * 64, SESSION.principal_arn, frozenset({"Encrypt"}), OWNER, MatchKind.ROLE)
    policies = Policies(grants=(grant,), session=(source(Layer.SESSION, Action="s3:*"),))
    decision = decide(asks(SESSION), policies)
    assert (decision.effect, decision.layer) == ("implicitDeny", Layer.SESSION)
    assert [each.layer for each in changes(asks(SESSION), policies, decision.layer, decide)] == [Layer.SESSION]
