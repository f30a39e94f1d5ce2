"""How layers combine: the tables of "Policy evaluation logic" and of KMS, one row per test."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsmock.iam import (
    GrantView,
    Layer,
    MatchKind,
    Policies,
    Principal,
    Request,
    Source,
    compile_policy,
    decide,
    match_wildcard,
)
from kmsmock.iam.matching import substitute
from kmsmock.iam.messages import denial_message

pytestmark = pytest.mark.evidence(
    "documented",
    '"Policy evaluation logic" (IAM user guide) and "Determining access to AWS KMS keys" (KMS developer guide)',
)

HOME, AWAY = "111111111111", "222222222222"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k"
ROOT = Principal("root", f"arn:aws:iam::{HOME}:root", HOME, f"arn:aws:iam::{HOME}:root", HOME)


def session(account=HOME, name="s"):
    return Principal(
        kind="role-session",
        arn=f"arn:aws:sts::{account}:assumed-role/R/{name}",
        account=account,
        principal_arn=f"arn:aws:iam::{account}:role/path/R",
        unique_id=f"AROAXXXX{account[:4]}:{name}",
    )


def user(account=HOME):
    arn = f"arn:aws:iam::{account}:user/U"
    return Principal("user", arn, account, arn, f"AIDAXXXX{account[:4]}")


def source(layer, *statements, **element):
    document = {"Version": "2012-10-17", "Statement": list(statements) or [statement(**element)]}
    return Source(
        layer,
        layer.value,
        compile_policy(document, kind="resource" if "Principal" in document["Statement"][0] else "identity"),
    )


def statement(effect="Allow", action="kms:*", resource="*", **element):
    return {"Effect": effect, "Action": action, "Resource": resource, **element}


def key_policy(principal, effect="Allow", **more):
    return source(Layer.RESOURCE, statement(effect, Principal=principal, **more))


def ask(
    principal,
    *sources,
    grants=(),
    action="kms:Decrypt",
    owner=HOME,
    required=True,
    boundary=None,
    session_policy=None,
    scp=None,
):
    by = {layer: tuple(each for each in sources if each.layer is layer) for layer in Layer}
    policies = Policies(
        identity=by[Layer.IDENTITY],
        boundary=boundary,
        session=session_policy,
        scp=scp,
        resource=by[Layer.RESOURCE],
        rcp=by[Layer.RCP],
        grants=tuple(grants),
        resource_policy_required=required,
    )
    return decide(Request(principal, action, KEY, owner, {}), policies)


def granted(principal, kind, issuer=HOME):
    return GrantView("g", principal.arn, frozenset({"Decrypt"}), issuer, kind)


ALLOW = source(Layer.IDENTITY)
NOTHING = (source(Layer.BOUNDARY, action="s3:*"),)
NOTHING_SESSION = (source(Layer.SESSION, action="s3:*"),)
DELEGATION = {"AWS": f"arn:aws:iam::{HOME}:root"}
ROLE = {"AWS": session().principal_arn}
SESSION = {"AWS": session().arn}

SAME_ACCOUNT = [
    # how the key policy names the caller, IAM allows?, boundary blocks?, session policy blocks?, allowed, else the layer
    (DELEGATION, True, False, False, True, None),
    (DELEGATION, False, False, False, False, Layer.IDENTITY),
    (DELEGATION, True, True, False, False, Layer.BOUNDARY),
    (DELEGATION, True, False, True, False, Layer.SESSION),
    ({"AWS": HOME}, True, False, False, True, None),
    (ROLE, False, False, False, True, None),
    (ROLE, False, True, False, False, Layer.BOUNDARY),
    (ROLE, False, False, True, False, Layer.SESSION),
    (SESSION, False, True, True, True, None),
    ("*", False, True, True, True, None),
    ({"AWS": "*"}, False, False, False, True, None),
    ({"AWS": AWAY}, True, False, False, False, Layer.RESOURCE),
    ({"Service": "ec2.amazonaws.com"}, True, False, False, False, Layer.RESOURCE),
]


@pytest.mark.parametrize(("named", "iam", "boundary", "session_blocks", "allowed", "layer"), SAME_ACCOUNT)
def test_within_an_account_the_naming_decides_what_else_is_needed(named, iam, boundary, session_blocks, allowed, layer):
    decision = ask(
        session(),
        key_policy(named),
        *([ALLOW] if iam else []),
        boundary=NOTHING if boundary else None,
        session_policy=NOTHING_SESSION if session_blocks else None,
    )
    assert decision.allowed is allowed
    if layer is not None:
        assert (decision.effect, decision.layer) == ("implicitDeny", layer)


@pytest.mark.parametrize("layer", [Layer.RESOURCE, Layer.IDENTITY, Layer.RCP])
def test_an_explicit_deny_in_any_layer_wins(layer):
    element = {"Principal": "*"} if layer is not Layer.IDENTITY else {}
    deny = source(layer, statement("Deny", **element))
    decision = ask(session(), key_policy("*"), ALLOW, deny)
    assert (decision.effect, decision.layer) == ("explicitDeny", layer)


def test_a_user_named_by_the_key_policy_needs_nothing_else():
    assert ask(user(), key_policy({"AWS": user().arn}), boundary=NOTHING).allowed


def test_the_root_user_needs_the_key_policy_and_no_iam_policy():
    assert ask(ROOT, key_policy(DELEGATION)).allowed
    assert ask(ROOT, key_policy(ROLE)).layer is Layer.RESOURCE


GRANTS = [
    # who holds the grant, who issued it, IAM allows?, boundary blocks?, allowed
    (session(), MatchKind.SESSION, HOME, False, True, True),
    (session(), MatchKind.ROLE, HOME, False, False, True),
    (session(), MatchKind.ROLE, HOME, False, True, False),
    (user(), MatchKind.USER, HOME, False, True, True),
    (session(AWAY), MatchKind.SESSION, HOME, False, False, False),
    (session(AWAY), MatchKind.SESSION, HOME, True, False, True),
    (session(AWAY), MatchKind.SESSION, HOME, True, True, False),
    (session(AWAY), MatchKind.ROLE, AWAY, False, False, True),
    (session(AWAY), MatchKind.ROLE, AWAY, False, True, False),
    (session(AWAY), MatchKind.SESSION, AWAY, False, True, True),
]


@pytest.mark.parametrize(("principal", "kind", "issuer", "iam", "blocked", "allowed"), GRANTS)
def test_what_a_grant_gives_depends_on_who_issued_it_and_to_whom(principal, kind, issuer, iam, blocked, allowed):
    decision = ask(
        principal,
        *([ALLOW] if iam else []),
        grants=[granted(principal, kind, issuer)],
        boundary=NOTHING if blocked else None,
    )
    assert decision.allowed is allowed


def test_across_accounts_both_must_allow_and_the_key_side_is_reported_first():
    stranger = session(AWAY)
    assert ask(stranger, ALLOW, key_policy({"AWS": AWAY})).allowed
    neither = ask(stranger)
    assert (neither.side, neither.layer) == ("resource", Layer.RESOURCE)
    half = ask(stranger, key_policy({"AWS": AWAY}))
    assert (half.side, half.layer) == ("caller", Layer.IDENTITY)
    assert denial_message(half) == (
        f"User: {stranger.arn} is not authorized to perform: kms:Decrypt on this resource "
        "because no identity-based policy allows the kms:Decrypt action"
    )


def test_naming_a_foreign_role_does_not_replace_its_own_iam_policy():
    stranger = session(AWAY)
    assert ask(stranger, key_policy({"AWS": stranger.principal_arn})).layer is Layer.IDENTITY


def test_every_level_of_service_control_policies_must_allow():
    full, narrow = source(Layer.SCP, action="*"), source(Layer.SCP, action="s3:*")
    assert ask(session(), key_policy("*"), scp=((full,), (full, narrow))).allowed
    assert ask(session(), key_policy("*"), scp=((full,), (narrow,))).layer is Layer.SCP


@pytest.mark.parametrize("resources", [[KEY, "arn:aws:kms:*:*:key/${aws:userid}"], ["${aws:userid}", KEY], [KEY]])
def test_a_plain_resource_counts_whatever_stands_beside_it(resources):
    """A resource need match one pattern of the list ("IAM JSON policy elements: Resource")."""
    assert ask(session(), key_policy(DELEGATION), source(Layer.IDENTITY, resource=resources)).allowed


# --- properties -----------------------------------------------------------------------------------------------------

PRINCIPALS = [session(), session(AWAY), user(), user(AWAY), ROOT]
NAMINGS = ["*", DELEGATION, {"AWS": AWAY}, ROLE, SESSION, {"AWS": session(AWAY).principal_arn}, {"AWS": user().arn}]
ACTIONS = ["*", "kms:*", "kms:Decrypt", "KMS:dec*", "kms:Encrypt", "s3:*"]
RESOURCES = ["*", KEY, "arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:*:alias/*"]

elements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(ACTIONS),
        "Resource": st.sampled_from(RESOURCES),
    }
)
named = st.builds(lambda body, who: {**body, "Principal": who}, elements, st.sampled_from(NAMINGS))
questions = st.tuples(
    st.sampled_from(PRINCIPALS), st.lists(elements, max_size=4), st.lists(named, max_size=4), st.booleans()
)


def answer(question, more_identity=(), more_resource=(), order=1):
    principal, identity, resource, bounded = question
    sources = [source(Layer.IDENTITY, each) for each in (*identity, *more_identity)]
    sources += [source(Layer.RESOURCE, each) for each in (*resource, *more_resource)]
    return ask(principal, *sources[::order], boundary=NOTHING if bounded else None).allowed


@given(questions, elements, named)
def test_adding_a_deny_never_allows(question, identity, resource):
    before = answer(question)
    assert answer(question, [{**identity, "Effect": "Deny"}], [{**resource, "Effect": "Deny"}]) <= before


@given(questions, elements, named)
def test_adding_an_allow_never_denies(question, identity, resource):
    before = answer(question)
    assert answer(question, [{**identity, "Effect": "Allow"}], [{**resource, "Effect": "Allow"}]) >= before


@given(questions)
def test_the_order_of_policies_does_not_matter(question):
    assert answer(question) == answer(question, order=-1)


@given(st.text("ab*?[]\n.", max_size=8), st.text("ab*?[]\n.", max_size=8))
def test_wildcards_agree_with_a_reference(pattern, value):
    literal_brackets = re.sub(r"\[", "[[]", pattern)
    assert match_wildcard(pattern, value) == fnmatch.fnmatchcase(value, literal_brackets)


@given(st.text(max_size=20))
def test_every_text_matches_itself_escaped_by_nothing_and_the_star(text):
    assert match_wildcard("*", text)
    assert match_wildcard(text, text)
    assert match_wildcard(f"*{text}?", f"{text}a")


@pytest.mark.parametrize("other", ["\ufdd0", "a\ufdd0", "\U0001042a", "\U0010ffff", "\ue000", "\uf8ff"])
def test_what_stands_for_a_literal_star_is_no_character(other):
    """Neither one that Unicode keeps for such uses, nor half of one beyond U+FFFF (U+1042A ends in 2A)."""
    filled = substitute("?${aws:username}", {"aws:username": "*"})
    assert match_wildcard(filled, "a*")
    assert not match_wildcard(filled, other)
    assert match_wildcard(other, other)
    assert not match_wildcard(other, "*" * len(other))


def test_a_question_mark_is_one_unit_of_utf_16():
    assert match_wildcard("??", "\U0001042a")
    assert not match_wildcard("?", "\U0001042a")
