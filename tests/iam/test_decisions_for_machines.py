"""A decision as texts, numbers and lists, as reports and other programs read it."""

import json

import pytest

from kmsmock.iam import (
    Decisions,
    GrantView,
    Layer,
    MatchKind,
    MissedGrant,
    Policies,
    Principal,
    Request,
    Source,
    compile_policy,
    decide,
    plain,
)

OWNER, AWAY = "111111111111", "222222222222"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/k"
USER = Principal("user", f"arn:aws:iam::{OWNER}:user/u", OWNER, f"arn:aws:iam::{OWNER}:user/u", "AIDAU")
ROLE = Principal(
    "role-session", f"arn:aws:sts::{OWNER}:assumed-role/R/s", OWNER, f"arn:aws:iam::{OWNER}:role/R", "AROAR:s"
)
ROOT = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "kms:*", "Resource": "*", "Sid": "Root"}


def source(layer, name, *statements, places=()):
    kind = "resource" if layer is Layer.RESOURCE else "identity"
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return Source(layer, name, compile_policy(document, kind=kind), places=places)


def policies(*statements, **more):
    return Policies(
        resource=(source(Layer.RESOURCE, "key policy", ROOT),),
        identity=(source(Layer.IDENTITY, "policy p", *statements, places=("p.json:3",)),),
        **more,
    )


def asked(policies, principal=USER, owner=OWNER, resource=KEY, **context):
    return decide(Request(principal, "kms:Encrypt", resource, owner, context), policies)


ENCRYPT = {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}
ROOT_SAYS = {
    "layer": "resource-based policy",
    "policy": "key policy",
    "place": "",
    "statement": 1,
    "sid": "Root",
    "effect": "Allow",
    "matches": True,
    "why": None,
}


def test_what_is_allowed_has_all_that_was_looked_at():
    deny = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    found = plain.of(asked(policies(ENCRYPT, deny)))
    assert (
        found
        == json.loads(json.dumps(found))
        == {
            "effect": "allowed",
            "allowed": True,
            "caller": USER.arn,
            "action": "kms:Encrypt",
            "resource": KEY,
            "reason": "identity-based policy",
            "side": None,
            "note": "",
            "statements": [
                ROOT_SAYS,
                {
                    "layer": "identity-based policy",
                    "policy": "policy p",
                    "place": "p.json:3",
                    "statement": 1,
                    "sid": "",
                    "effect": "Allow",
                    "matches": True,
                    "why": None,
                },
                {
                    "layer": "identity-based policy",
                    "policy": "policy p",
                    "place": "",
                    "statement": 2,
                    "sid": "",
                    "effect": "Deny",
                    "matches": False,
                    "why": 'action: Action is "kms:Decrypt"',
                },
            ],
            "grants": [],
            "missed_grants": [],
            "nearest": [],
            "to_add": [],
            "to_do": [],
        }
    )


def test_what_is_missing_has_what_came_nearest_and_what_to_add():
    condition = {"StringEquals": {"aws:RequestTag/a": "1"}}
    other = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}  # which is not as near
    found = plain.of(asked(policies({**ENCRYPT, "Condition": condition}, other), **{"aws:requesttag/a": "2"}))
    assert (found["effect"], found["allowed"], found["reason"]) == ("implicitDeny", False, "identity-based policy")
    assert found["statements"][0] == ROOT_SAYS
    assert found["statements"][1]["why"] == 'condition StringEquals aws:RequestTag/a: wanted "1", the request has "2"'
    assert found["nearest"] == [
        {"name": "Action", "fits": True, "wanted": '"kms:Encrypt"', "seen": "kms:Encrypt"},
        {"name": "Resource", "fits": True, "wanted": '"*"', "seen": KEY},
        {"name": "Condition StringEquals aws:RequestTag/a", "fits": False, "wanted": '"1"', "seen": '"2"'},
    ]
    assert found["to_add"] == [
        {
            "layer": "identity-based policy",
            "where": f"add this statement to a policy of user u in account {OWNER}: policy p",
            "statement": {
                "Effect": "Allow",
                "Action": "kms:Encrypt",
                "Resource": KEY,
                "Condition": {"StringEquals": {"aws:RequestTag/a": "2"}},
            },
        }
    ]
    assert found["to_do"] == ["send the tag a=1"]


def test_a_deny_has_what_spares_the_request_and_nothing_to_add():
    condition = {"StringNotEquals": {"aws:RequestTag/a": "1"}}
    deny = {"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": condition}
    found = plain.of(asked(policies(ENCRYPT, deny)))
    assert (found["effect"], found["to_add"], found["to_do"]) == ("explicitDeny", [], ["send the tag a=1"])


def test_across_accounts_it_says_whose_half_is_missing():
    stranger = Principal("user", f"arn:aws:iam::{AWAY}:user/u", AWAY, f"arn:aws:iam::{AWAY}:user/u", "AIDAV")
    assert plain.of(asked(policies(ENCRYPT), stranger))["side"] == "resource"
    named = source(Layer.RESOURCE, "key policy", {**ROOT, "Principal": {"AWS": stranger.arn}})
    assert plain.of(asked(Policies(resource=(named,)), stranger))["side"] == "caller"


def test_without_what_decided_it_there_is_nothing_to_add():
    decision = asked(policies({**ENCRYPT, "Action": "kms:Decrypt"}))
    assert plain.of(decision)["to_add"]
    assert plain.of(decision._replace(decide=None, note="so"))["to_add"] == []
    assert plain.of(decision._replace(note="so"))["note"] == "so"


def test_grants_are_named_and_those_that_do_not_fit_say_why():
    grant = GrantView("g" * 64, USER.arn, frozenset({"Encrypt"}), OWNER, MatchKind.USER)
    missed = MissedGrant("m" * 64, "another context", "send that")
    found = plain.of(asked(Policies(grants=(grant,), missed=(missed,))))
    assert (found["grants"], found["reason"]) == (["g" * 64], "grant")
    assert found["missed_grants"] == [{"id": "m" * 64, "why": "another context", "remedy": "send that"}]


# --- a list of them -------------------------------------------------------------------------------------------------


@pytest.fixture
def decisions():
    """Allowed to the user, denied to the session of a role, denied explicitly to the user."""
    deny = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}
    return Decisions(
        [asked(policies(ENCRYPT)), asked(policies({**ENCRYPT, "Action": "s3:*"}), ROLE), asked(policies(deny))]
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [0, 1, 2]),
        ({"allowed": True}, [0]),
        ({"allowed": False}, [1, 2]),
        ({"effect": "implicitDeny"}, [1]),
        ({"principal": USER}, [0, 2]),
        ({"principal": USER.arn}, [0, 2]),
        ({"principal": f"arn:aws:iam::{OWNER}:role/R"}, [1]),
        ({"principal": ROLE.arn}, [1]),
        ({"principal": "role/R"}, []),
        ({"action": "KMS:encrypt"}, [0, 1, 2]),
        ({"action": "kms:Decrypt"}, []),
        ({"resource": KEY}, [0, 1, 2]),
        ({"resource": f"{KEY}2"}, []),
        ({"reason": "identity-based policy"}, [0, 1, 2]),
        ({"reason": "grant"}, []),
        ({"principal": USER, "allowed": False}, [2]),
    ],
)
def test_decisions_are_told_apart_by_what_was_asked_and_decided(decisions, wanted, found):
    assert [decisions.index(each) for each in decisions.where(**wanted)] == found


def test_those_that_did_not_allow_are_a_list_of_the_same_kind(decisions):
    assert decisions.denied == decisions[1:]
    assert decisions.denied.where(effect="explicitDeny") == decisions[2:]


def test_what_they_are_not_told_apart_by_is_told(decisions):
    with pytest.raises(
        TypeError,
        match=r"^'layer': decisions are told apart by principal, action, resource, allowed, effect, reason$",
    ):
        decisions.where(layer="x")


def test_a_decision_is_shown_in_a_line_and_in_notebooks_as_its_explanation():
    decision = asked(policies(ENCRYPT), resource="*")
    assert repr(decision) == f"<Decision allowed kms:Encrypt on * for {USER.arn}: identity-based policy>"
    shown = decision._repr_html_()
    assert shown.startswith('<pre style="white-space: pre-wrap">ALLOWED: kms:Encrypt\n  caller    ')
    assert shown.endswith("Allow &quot;Root&quot; in key policy and Allow number 1 (p.json:3) in policy p</pre>")
