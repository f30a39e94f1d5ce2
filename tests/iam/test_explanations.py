"""What ``explain`` tells a person, word for word: the question, who had a say, and what would have to change."""

import json

import pytest

from kmsmock.iam import GrantView, Layer, MatchKind, Policies, Principal, Request, Source, compile_policy, decide

HOME, AWAY = "111111111111", "222222222222"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k"
USER = Principal("user", f"arn:aws:iam::{HOME}:user/u", HOME, f"arn:aws:iam::{HOME}:user/u", "AIDAU")
STRANGER = Principal("user", f"arn:aws:iam::{AWAY}:user/u", AWAY, f"arn:aws:iam::{AWAY}:user/u", "AIDAV")
ROOT = Principal("root", f"arn:aws:iam::{HOME}:root", HOME, f"arn:aws:iam::{HOME}:root", HOME)
SERVICE = Principal("service", "logs.amazonaws.com", "", "", "")
SESSION = Principal(
    "role-session", f"arn:aws:sts::{HOME}:assumed-role/R/s", HOME, f"arn:aws:iam::{HOME}:role/R", "AROAR:s"
)
FEDERATED = Principal(
    "federated", f"arn:aws:sts::{HOME}:federated-user/f", HOME, f"arn:aws:iam::{HOME}:user/u", "1:f", parent=USER.arn
)
DELEGATION = {"Principal": {"AWS": f"arn:aws:iam::{HOME}:root"}}


def source(layer, name, **element):
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **element}
    kind = "resource" if layer in (Layer.RESOURCE, Layer.VPCE, Layer.RCP) else "identity"
    return Source(layer, name, compile_policy({"Version": "2012-10-17", "Statement": statement}, kind=kind))


def key_policy(**element):
    return source(Layer.RESOURCE, "key policy of k", **element)


def mine(**element):
    return source(Layer.IDENTITY, "policy p of u", **element)


def asked(principal=USER, action="kms:Decrypt", resource=KEY, context=None, resource_policy=None, **policies):
    policies["resource"] = () if resource_policy is None else (resource_policy,)
    return decide(Request(principal, action, resource, HOME, context or {}), Policies(**policies))


def lines(*args, **changed):
    return asked(*args, **changed).explain().splitlines()


def test_what_is_allowed_names_the_statements_that_did():
    shown = lines(resource=KEY, identity=(mine(Sid="Mine"),), resource_policy=key_policy(**DELEGATION))
    assert shown == [
        "ALLOWED: kms:Decrypt",
        f"  caller    {USER.arn} (user u)",
        f"  resource  {KEY} (key k)",
        "  resource-based policy: key policy of k",
        "    \N{CHECK MARK} Allow number 1 matches",
        "  identity-based policy: policy p of u",
        '    \N{CHECK MARK} Allow "Mine" matches',
        '  Decided by: Allow number 1 in key policy of k and Allow "Mine" in policy p of u',
    ]


def test_a_denial_names_its_statement_and_not_what_is_missing():
    shown = lines(identity=(mine(Effect="Deny"),), resource_policy=key_policy(**DELEGATION))
    assert shown[0] == "DENIED by an explicit Deny: kms:Decrypt"
    assert shown[-2:] == [
        "  Decided by: Deny number 1 in policy p of u",
        "  To allow it: take the caller, the action or the resource out of that Deny, or narrow its Condition.",
    ]


def test_across_accounts_both_halves_are_told():
    shown = lines(STRANGER, context={"kms:viaservice": "s3.us-east-1.amazonaws.com"})
    statement = {"Effect": "Allow", "Principal": {"AWS": STRANGER.arn}, "Action": "kms:Decrypt", "Resource": "*"}
    assert shown == [
        "DENIED: nothing allows it: kms:Decrypt",
        f"  caller    {STRANGER.arn} (user u)",
        f"  resource  {KEY} (key k)",
        "  via       s3.us-east-1.amazonaws.com",
        f"  accounts  {AWAY} asks, {HOME} owns: both must allow",
        "  identity-based policy: the caller has none",
        "  Missing: an Allow in a resource-based policy.",
        "  No policy of key k is known: if it does not exist, no change of policy helps.",
        f"  To allow it: add this statement to the key policy in account {HOME}",
        f"    {json.dumps(statement)}",
        f"  and: add this statement to a policy of user u in account {AWAY}",
        f"    {json.dumps({'Effect': 'Allow', 'Action': 'kms:Decrypt', 'Resource': KEY})}",
        "  or: give the caller a grant on the key.",
    ]


def test_a_service_has_no_account_that_must_allow():
    shown = lines(SERVICE, resource_exists=True)
    statement = {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:Decrypt"}
    assert shown[3:] == [
        "  Missing: an Allow in a resource-based policy.",
        "  key k has no policy.",
        f"  To allow it: add this statement to the key policy in account {HOME}",
        f"    {json.dumps({**statement, 'Resource': '*'})}",
        "  or: give the caller a grant on the key.",
    ]


def test_what_is_said_of_a_decision_is_shown():
    assert asked()._replace(note="not the service's own").explain().splitlines()[3] == (
        "  note      not the service's own"
    )


def test_a_root_user_needs_no_policy_of_his_own():
    shown = lines(ROOT, resource_policy=key_policy(**DELEGATION))
    assert shown[-2:] == [
        "  identity-based policy: none; the root user needs none",
        "  Decided by: Allow number 1 in key policy of k",
    ]
    assert lines(ROOT, action="s3:ListAllMyBuckets", resource="*", applies_resource=False)[-1] == (
        "  Decided by: the account's root user"
    )


def test_no_policy_helps_a_root_user_who_may_not_assume_a_role():
    # across accounts his own half is what is missing only where he may not do it at all
    decision = asked(ROOT)._replace(layer=Layer.IDENTITY)
    assert decision.explain().splitlines()[-1] == (
        "  To allow it: ask as a user or in a role; no policy lets a root user do this."
    )


BLOCKING = [
    # the layer, the policies, and where the missing statement goes
    (Layer.BOUNDARY, "a permissions boundary", f"the permissions boundary of user u in account {HOME}: narrow"),
    (Layer.SESSION, "a session policy", "the session policy of the request for the credentials of user u"),
    (Layer.SCP, "a service control policy", f"a service control policy at each level above account {HOME}"),
    (Layer.VPCE, "a VPC endpoint policy", "the VPC endpoint policy"),
]


@pytest.mark.parametrize(("layer", "missing", "place"), BLOCKING)
def test_the_layer_that_limits_is_where_the_statement_goes(layer, missing, place):
    element = {"Principal": "*"} if layer is Layer.VPCE else {}
    narrow = (source(layer, "narrow", Action="s3:*", **element),)
    limits = {layer.name.lower(): (narrow,) if layer is Layer.SCP else narrow}
    shown = lines(identity=(mine(),), resource_policy=key_policy(**DELEGATION), **limits)
    statement = {"Effect": "Allow", **element, "Action": "kms:Decrypt", "Resource": KEY}
    assert f"  {layer.value}: narrow" in shown
    assert '    \N{BALLOT X} Allow number 1: action: Action is "s3:*"' in shown
    told = shown[shown.index(f"  Missing: an Allow in {missing}.") + 1 :]
    assert told[0] == "  Nearest: Allow number 1 in narrow"
    assert '    \N{BALLOT X} Action: "s3:*"; the request has kms:Decrypt' in told
    assert '    \N{CHECK MARK} Resource: "*"; the request has key k' in told
    assert told[-2:] == [f"  To allow it: add this statement to {place}", f"    {json.dumps(statement)}"]


@pytest.mark.parametrize(("caller", "who"), [(USER, "user u"), (FEDERATED, USER.arn)])
def test_an_identity_policy_that_is_missing_goes_to_whom_it_may(caller, who):
    session = (source(Layer.SESSION, "session"),)
    shown = lines(caller, resource_policy=key_policy(**DELEGATION), session=session)
    assert shown[-3:-1] == [
        "  Missing: an Allow in an identity-based policy.",
        f"  To allow it: add this statement to a policy of {who} in account {HOME}",
    ]


ELSEWHERE = [
    ("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/R", "trust policy of the role", None),
    ("s3:GetObject", "arn:aws:s3:::b/o", "bucket policy", "arn:aws:s3:::b/o"),
    ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{HOME}:q", "resource's policy", f"arn:aws:sqs:us-east-1:{HOME}:q"),
]


@pytest.mark.parametrize(("action", "resource", "policy", "named"), ELSEWHERE)
def test_policies_of_other_resources_go_by_their_names(action, resource, policy, named):
    shown = lines(SESSION, action=action, resource=resource)
    statement = {"Effect": "Allow", "Principal": {"AWS": SESSION.principal_arn}, "Action": action}
    assert shown[-2:] == [
        f"  To allow it: add this statement to the {policy} in account {HOME}",
        f"    {json.dumps(statement | ({} if named is None else {'Resource': named}))}",
    ]


def test_the_grant_that_decided_is_marked_among_the_others():
    others = [("0123456789abcdef", MatchKind.ROLE), ("fedcba9876543210", MatchKind.SESSION)]
    grants = tuple(GrantView(name, SESSION.arn, frozenset({"Decrypt"}), HOME, kind) for name, kind in others)
    assert lines(SESSION, grants=grants)[-4:] == [
        "  identity-based policy: the caller has none",
        f"  \N{BALLOT X} grant 0123456789ab... to role R, issued by {HOME}",
        f"  \N{CHECK MARK} grant fedcba987654... to role R, issued by {HOME}",
        "  Decided by: grant fedcba9876543210",
    ]


LONG = [f"arn:aws:kms:us-east-1:{HOME}:key/{number}" for number in range(9)]
MISMATCHES = [
    (
        {"Resource": None, "Principal": "*"},
        "inert: the statement has no Resource",
    ),
    ({"Action": None, "Principal": "*"}, "inert: the statement has no Action"),
    (
        {"Principal": {"AWS": STRANGER.arn}},
        f'principal: Principal {{"AWS": "{STRANGER.arn}"}} does not name the caller',
    ),
    (
        {"NotPrincipal": {"AWS": USER.arn}},
        'principal: NotPrincipal {"AWS": user u} does not name the caller',
    ),
    ({"Principal": "*", "Action": ["kms:Encrypt"]}, 'action: Action is ["kms:Encrypt"]'),
    ({"Principal": "*", "Action": None, "NotAction": "kms:*"}, 'action: NotAction is "kms:*"'),
    ({"Principal": "*", "Resource": "a"}, 'resource: Resource is "a"'),
    ({"Principal": "*", "Resource": None, "NotResource": "*"}, 'resource: NotResource is "*"'),
    ({"Principal": "*", "Resource": LONG}, f"resource: Resource is {json.dumps(LONG)[:117]}..."),
    ({"Principal": "*", "Resource": "a" * 118}, f'resource: Resource is "{"a" * 118}"'),
    ({"Principal": "*", "Resource": "a" * 119}, f'resource: Resource is "{"a" * 116}...'),
    (
        {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}, "StringLike": {"aws:a": ["x", "y"]}}},
        'condition StringLike aws:a: wanted "x" or "y", the request has ["v", "w"]',
    ),
    (
        {"Principal": "*", "Condition": {"StringEquals": {"aws:securetransport": "false"}}},
        'condition StringEquals aws:securetransport: wanted "false", the request has "true"',
    ),
    (
        {"Principal": "*", "Condition": {"StringEquals": {"kms:X": []}}},
        "condition StringEquals kms:X: wanted nothing, the request has no such key",
    ),
    (
        {"Principal": "*", "Condition": {"StringEquals": {"kms:X": "false"}}},
        'condition StringEquals kms:X: wanted "false", the request has no such key',
    ),
]


@pytest.mark.parametrize(("element", "why"), MISMATCHES)
def test_a_statement_that_does_not_match_says_why(element, why):
    whole = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **element}
    document = {"Statement": {name: value for name, value in whole.items() if value is not None}}
    policy = Source(Layer.RESOURCE, "key policy of k", compile_policy(document, kind="resource"))
    shown = lines(context={"aws:securetransport": "true", "aws:a": ("v", "w")}, resource_policy=policy)
    assert shown[4] == f"    \N{BALLOT X} Allow number 1: {why}"
    assert not any("has no policy" in line or "is known" in line for line in shown)


def test_who_has_a_boundary_is_not_spared_by_name():
    """A Deny with NotPrincipal denies everybody with a permissions boundary ("NotPrincipal", IAM user guide)."""
    deny = key_policy(Effect="Deny", NotPrincipal={"AWS": [USER.arn, f"arn:aws:iam::{HOME}:root"]})
    assert "    \N{BALLOT X} Deny number 1: principal: NotPrincipal" in asked(resource_policy=deny).explain()
    bounded = asked(resource_policy=deny, boundary=(source(Layer.BOUNDARY, "b"),))
    assert (bounded.effect, bounded.layer) == ("explicitDeny", Layer.RESOURCE)
    assert "    \N{CHECK MARK} Deny number 1 matches" in bounded.explain()


def test_a_decision_can_be_asked_for_its_parts():
    decision = asked(identity=(mine(),))
    assert (decision.allowed, decision.caller, decision.action) == (False, USER.arn, "kms:Decrypt")
    assert (decision.resource, decision.reason) == (KEY, "resource-based policy")
