"""What is read of a policy's text, and how its patterns meet the values of a request, at the edges.

"IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language" in the IAM user guide.
"""

import pytest

from kmsmock.iam import (
    GrantView,
    Layer,
    MalformedPolicy,
    MatchKind,
    Policies,
    Principal,
    Request,
    Source,
    compile_policy,
    decide,
    document,
    match_wildcard,
    parse,
    unreadable,
)
from kmsmock.iam.conditions import compile_conditions
from kmsmock.iam.elements import match_resource, one_of
from kmsmock.iam.matching import substitute
from kmsmock.iam.messages import denial_message
from kmsmock.iam.request import article

pytestmark = pytest.mark.evidence(
    "documented", '"IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language" (IAM user guide)'
)

OWNER, AWAY = "111111111111", "222222222222"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/k"
USER = Principal("user", f"arn:aws:iam::{OWNER}:user/u", OWNER, f"arn:aws:iam::{OWNER}:user/u", "AIDAU")
SINGLE = "aws:username"


# --- the text -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{", "[NaN]", "[Infinity]", '["\\ud800"]', '["a\ud800"]', '["\\udfff é"]', ""])
def test_what_is_no_json_of_a_policy_is_refused(text):
    with pytest.raises(MalformedPolicy, match=r"^Policy contains invalid JSON\.$"):
        parse(text)


@pytest.mark.parametrize("text", ['["\\u00e9"]', '["é"]', '["\\ud83d\\ude00"]', '["\U0001f600"]', '["a"]', "7"])
def test_whole_characters_are_read_however_they_are_written(text):
    assert parse(text) in (["é"], ["\U0001f600"], ["a"], 7)


@pytest.mark.parametrize(("begin", "end"), [('{"a":', "}"), ("[", "]")])
def test_documents_are_nested_so_deep_and_no_deeper(begin, end):
    assert parse(begin * 64 + "1" + end * 64)
    with pytest.raises(MalformedPolicy, match=r"^Policy contains invalid JSON\.$"):
        parse(begin * 65 + "1" + end * 65)
    flat = ",".join([f"{begin}1{end}"] * 70)
    assert len(parse(f"[{flat}]")) == 70


@pytest.mark.parametrize("name", ["Resource", "NotResource"])
def test_null_among_the_resources_of_iams_own_policies_is_nothing(name):
    def made(kind, element, values):
        whole = {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}
        if kind == "identity":
            del whole["Principal"]
        if element.startswith("Not"):
            del whole[element.removeprefix("Not")]
        return compile_policy({"Statement": {**whole, element: values}}, kind=kind).statements[0]

    found = made("identity", name, [None, "a"]).resources
    assert found.match("a", {}) is (name == "Resource")
    for kind, element in (("resource", name), ("identity", "Action")):
        with pytest.raises(MalformedPolicy, match=r"^Syntax errors in policy\.$"):
            made(kind, element, [None, "a"])


def test_a_document_keeps_its_text_as_it_was_written():
    text = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"} }'
    assert compile_policy(text, text="another").text == text
    assert compile_policy(parse(text), text=text).text == text
    assert compile_policy(parse(text)).text == ""


# --- patterns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "value", "covers"),
    [
        ("?", "*", True), ("?", "?", True), ("??", "*", False), ("*?", "**", True),
        # a question mark is one unit of UTF-16 (recorded)
        ("??", "\U0001f600", True), ("?", "\U0001f600", False), ("a??b", "a\U0001f600b", True),
        ("é??z*", "é\U0001f600z", True), ("é?z*", "é\U0001f600z", False), ("?", "é", True),
        ("*\U0001f600", "x\U0001f600", True), ("*\U0001f601", "x\U0001f600", False), ("*?\U0001f600*", "é\U0001f600", True),
        ("", "", True), ("*", "", True), ("?", "", False),
    ],
)  # fmt: skip
def test_wildcards_cover_units_of_utf_16(pattern, value, covers):
    assert match_wildcard(pattern, value) is covers


@pytest.mark.parametrize("match", [match_wildcard, match_resource])
@pytest.mark.parametrize(
    ("patterns", "value", "covers"),
    [
        ([], "a", False), (["a"], "a", True), (["a"], "ab", False), (["b", "*"], "a", True), (["**"], "a", True),
        ([f"{KEY}*"], KEY, True), ([f"{KEY}*"], KEY[:-1], False), ([f"{KEY}*"], f"{KEY}/x:y", True),
        ([f"{KEY}*"], KEY[:-1] + "x", False),
        ([f"{KEY}?*"], f"{KEY}xy", True), ([f"{KEY}?*"], KEY, False), ([f"{KEY[:-1]}*k"], KEY, True), (["*" * 9], "a", True),
        (["*?"], KEY, True), (["?"], KEY, False),
        ([f"{KEY[:-1]}?", "a"], KEY, True), ([f"{KEY[:-1]}?", "a"], f"{KEY}k", False),
    ],
)  # fmt: skip
def test_several_patterns_are_one_test(match, patterns, value, covers):
    assert bool(one_of(patterns, match)(value)) is covers


@pytest.mark.parametrize(
    ("pattern", "covers"),
    [("arn:aws:kms:us-east-1:*", False), ("arn:aws:kms:*:key/k", False), ("arn:aws:kms:*:*:key/*", True), ("*", True)],
)
def test_a_wildcard_of_a_resource_stays_in_its_segment(pattern, covers):
    assert bool(one_of([pattern], match_resource)(KEY)) is covers
    assert match_resource(pattern, KEY) is covers


# --- conditions -----------------------------------------------------------------------------------------------------


def holds(operator, wanted, context, key=SINGLE, variables=True):
    (condition,) = compile_conditions({operator: {key: wanted}}, variables)
    return condition.holds(context)


@pytest.mark.parametrize("text", ["x${a", "x${", "${a,b}", "${a, 'b", "x${a}${"])
def test_what_is_no_variable_is_the_text_that_it_is(text):
    assert holds("StringEquals", text, {SINGLE: text.replace("${a}", "v"), "a": "v"})
    assert not holds("StringEquals", text, {SINGLE: "x"})


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase"])
@pytest.mark.parametrize("value", ["a?b", "a*b", "?*"])
def test_what_a_variable_brings_is_no_wildcard(operator, value):
    assert holds(operator, "${aws:userid}", {SINGLE: value, "aws:userid": value})
    assert not holds(operator, "${aws:userid}", {SINGLE: "axb", "aws:userid": value})


def test_a_variable_after_what_is_none_is_filled_in():
    assert holds("StringEquals", "x${a,b}-${aws:userid}-y", {SINGLE: "x${a,b}-me-y", "aws:userid": "me"})
    assert holds("StringEquals", "${aws:userid}${aws:userid}", {SINGLE: "meme", "aws:userid": "me"})


@pytest.mark.parametrize(
    ("operator", "pattern", "seen", "value"),
    [
        ("StringLike", "a-${aws:userid}", "a-me", "me"),
        ("StringNotEquals", "${aws:userid}", "you", "me"),
        ("ArnLike", "arn:aws:iam::${aws:userid}:user/*", f"arn:aws:iam::{OWNER}:user/u", OWNER),
        ("ArnEquals", "arn:aws:iam::${aws:userid}:root", f"arn:aws:iam::{OWNER}:root", OWNER),
        ("Bool", "${aws:userid}", "true", "true"),
    ],
)
def test_variables_stand_in_texts_arns_and_booleans(operator, pattern, seen, value):
    """ "Policy variables": they can be used in the conditions that take strings or ARNs; Bool was seen to take them."""
    assert holds(operator, pattern, {SINGLE: seen, "aws:userid": value})


def test_a_pattern_that_grows_beyond_any_value_is_not_filled_in_any_further():
    filled = substitute("${aws:userid}" * 1010, {"aws:userid": "x" * 1000})
    assert filled == "x" * 1_000_000 + "${aws:userid}" * 10


def test_a_network_that_cannot_be_read_hides_none_that_can():
    wanted = ["nowhere", "203.0.113.0/24", "2001:db8::1/32"]
    assert holds("IpAddress", wanted, {SINGLE: "203.0.113.7"})
    assert not holds("IpAddress", wanted, {SINGLE: "198.51.100.7"})
    assert not holds("NotIpAddress", wanted, {SINGLE: "203.0.113.7"})


def test_a_network_may_be_written_by_an_address_in_it():
    (condition,) = compile_conditions({"IpAddress": {SINGLE: ["203.0.113.7/24", "2001:db8::1/32"]}}, True)
    assert unreadable(condition) is None


@pytest.mark.parametrize(("seconds", "is_date"), [(10**12 - 1, True), (10**12, False), (-(10**12), False), (0, True)])
def test_a_number_of_seconds_is_a_date_up_to_a_point(seconds, is_date):
    assert holds("DateEquals", str(seconds), {SINGLE: str(seconds)}) is is_date


@pytest.mark.parametrize(
    "key",
    [
        "aws:CalledVia", "aws:PrincipalOrgPaths", "aws:PrincipalServiceNamesList", "aws:ResourceOrgPaths",
        "aws:SourceOrgPaths", "aws:TagKeys", "aws:VpceOrgPaths",
        "kms:EncryptionContextKeys", "kms:GrantOperations", "kms:ResourceAliases",
    ],
)  # fmt: skip
@pytest.mark.parametrize("operator", ["StringEquals", "StringLike"])
def test_a_key_of_several_values_wants_an_operator_for_several(key, operator):
    """ "Multivalued context keys" in "AWS global condition context keys" and "Condition keys for AWS KMS"."""
    context = {key.lower(): ("x",)}
    assert not holds(operator, "x", context, key)
    assert not holds(operator, "x", {key.lower(): "x"}, key)
    assert holds(f"ForAnyValue:{operator}", "x", context, key)


# --- who is named ---------------------------------------------------------------------------------------------------


def source(layer, **element):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", **element}
    kind = "resource" if {"Principal", "NotPrincipal"} & statement.keys() else "identity"
    return Source(layer, layer.value, compile_policy({"Version": "2012-10-17", "Statement": statement}, kind=kind))


def asks(principal=USER, action="kms:Decrypt", resource=KEY, **context):
    return Request(principal, action, resource, OWNER, context)


def test_nobody_is_denied_who_is_not_everybody():
    deny = source(Layer.RESOURCE, Effect="Deny", NotPrincipal="*")
    assert decide(asks(), Policies(resource=(deny, source(Layer.RESOURCE, Principal="*")))).allowed


@pytest.mark.parametrize(
    ("arn", "partition"),
    [("logs.amazonaws.com", "aws"), ("*", "aws"), (f"arn:aws-cn:iam::{OWNER}:user/u", "aws-cn"), (USER.arn, "aws")],
)
def test_who_has_no_arn_is_of_the_first_partition(arn, partition):
    assert Principal("service", arn, "", "", "").partition == partition


def test_strangers_are_let_in_by_the_resource_alone():
    nobody = Principal("anonymous", "*", "", "", "anonymous")
    request = asks(nobody, "s3:GetObject", "arn:aws:s3:::b/k")
    assert decide(request, Policies(resource=(source(Layer.RESOURCE, Principal="*"),))).layer is Layer.RESOURCE
    denied = decide(request, Policies(resource=(source(Layer.RESOURCE, Principal={"AWS": OWNER}),)))
    assert (denied.effect, denied.layer, denied.side) == ("implicitDeny", Layer.RESOURCE, "resource")


@pytest.mark.parametrize("kind", ["service", "linked", "user"])
def test_service_control_policies_limit_neither_services_nor_their_roles(kind):
    """ "Service control policies", tasks and entities not restricted by SCPs; RCPs spare service-linked roles alone."""
    linked = Principal(
        "role-session", SESSION.arn, OWNER, f"arn:aws:iam::{OWNER}:role/aws-service-role/x/R", "AROAL:s", True
    )
    who = {"service": Principal("service", "logs.amazonaws.com", "", "", ""), "linked": linked, "user": USER}[kind]
    names = {"Principal": {"Service": who.arn} if kind == "service" else {"AWS": who.principal_arn}}
    letting = {"resource": (source(Layer.RESOURCE, **names),)}
    scp, rcp = source(Layer.SCP, Effect="Deny"), source(Layer.RCP, Effect="Deny", Principal="*")
    assert decide(asks(who), Policies(scp=((scp,),), **letting)).allowed is (kind != "user")
    assert decide(asks(who), Policies(scp=((),), **letting)).allowed is (kind != "user")
    assert decide(asks(who), Policies(rcp=(rcp,), **letting)).allowed is (kind == "linked")


def test_everybody_may_ask_who_he_is():
    """GetCallerIdentity: "No permissions are required", even if a policy denies it (STS API reference)."""
    deny = source(Layer.IDENTITY, Effect="Deny")
    decision = decide(asks(action="sts:GetCallerIdentity", resource="*"), Policies(identity=(deny,)))
    assert (decision.effect, decision.layer, decision.matched) == ("allowed", Layer.IDENTITY, ())
    assert decide(asks(action="sts:GetSessionToken", resource="*"), Policies(identity=(deny,))).effect == "explicitDeny"


def test_a_wildcard_in_the_resource_of_a_statement_stays_in_its_segment():
    def allowed(pattern):
        mine = source(Layer.IDENTITY, Resource=pattern)
        return decide(asks(), Policies(identity=(mine,), resource_policy_required=False)).allowed

    assert allowed("arn:aws:kms:*:*:key/*")
    assert not allowed("arn:aws:kms:us-east-1:*")
    assert not allowed("arn:aws:kms:*:key/k")


def test_what_a_root_user_may_is_decided_by_the_resource():
    root = Principal("root", f"arn:aws:iam::{OWNER}:root", OWNER, f"arn:aws:iam::{OWNER}:root", OWNER)
    decision = decide(asks(root), Policies(resource=(source(Layer.RESOURCE, Principal={"AWS": OWNER}),)))
    assert (decision.effect, decision.layer) == ("allowed", Layer.RESOURCE)


def test_a_statement_whose_conditions_fail_hides_none_after_it():
    document = {
        "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}},
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
        ]
    }
    mine = Source(Layer.IDENTITY, "p", compile_policy(document))
    decision = decide(asks(), Policies(identity=(mine,), resource_policy_required=False))
    assert [statement.index for _, statement in decision.matched] == [1]


# --- what decided, where grants and policies both could -------------------------------------------------------------

SESSION = Principal(
    "role-session", f"arn:aws:sts::{OWNER}:assumed-role/R/s", OWNER, f"arn:aws:iam::{OWNER}:role/R", "AROAR:s"
)
STRANGER = Principal("user", f"arn:aws:iam::{AWAY}:user/u", AWAY, f"arn:aws:iam::{AWAY}:user/u", "AIDAV")
DELEGATING = source(Layer.RESOURCE, Principal={"AWS": OWNER})
OF_ROLE = source(Layer.RESOURCE, Principal={"AWS": SESSION.principal_arn})
OF_STRANGER = source(Layer.RESOURCE, Principal={"AWS": STRANGER.arn})
MINE = source(Layer.IDENTITY)
LIMIT = (source(Layer.BOUNDARY, Action="s3:*"),)


def granted(kind, issuer=OWNER):
    return (GrantView("g", "", frozenset({"Decrypt"}), issuer, kind),)


def test_a_service_is_let_in_by_a_grant_alone():
    service = Principal("service", "logs.amazonaws.com", "", "", "")
    decision = decide(asks(service), Policies(grants=granted(MatchKind.SERVICE)))
    assert (decision.effect, decision.layer, decision.grant) == ("allowed", Layer.GRANT, "g")


def test_a_federated_user_without_a_session_policy_may_nothing_that_needs_one():
    """ "GetFederationToken": permissions are what both the user's policies and the session's allow."""
    arn = f"arn:aws:sts::{OWNER}:federated-user/f"
    federated = Principal("federated", arn, OWNER, arn, "1:f", names=frozenset({USER.arn}), parent=USER.arn)
    policies = Policies(resource=(DELEGATING,), identity=(MINE,))
    assert decide(asks(federated), policies).layer is Layer.SESSION
    assert decide(asks(federated), policies._replace(session=(source(Layer.SESSION),))).allowed
    assert decide(asks(USER), policies).allowed


DECIDING = [
    # who asks, the policies, the grant, and which layer decides
    (SESSION, {"resource": (DELEGATING,), "identity": (MINE,)}, MatchKind.ROLE, Layer.IDENTITY),
    (SESSION, {"resource": (DELEGATING,)}, MatchKind.ROLE, Layer.GRANT),
    (SESSION, {"identity": (MINE,)}, MatchKind.ROLE, Layer.GRANT),
    (SESSION, {"resource": (OF_ROLE,)}, MatchKind.ROLE, Layer.RESOURCE),
    (SESSION, {"resource": (OF_ROLE,), "identity": (MINE,)}, MatchKind.ROLE, Layer.RESOURCE),
    (SESSION, {"resource": (DELEGATING,), "identity": (MINE,)}, MatchKind.SESSION, Layer.GRANT),
    (SESSION, {"resource": (OF_ROLE,)}, MatchKind.SESSION, Layer.GRANT),
    (STRANGER, {"identity": (MINE,)}, MatchKind.USER, Layer.GRANT),
    (STRANGER, {"resource": (OF_STRANGER,), "identity": (MINE,)}, MatchKind.USER, Layer.IDENTITY),
]


@pytest.mark.parametrize(("principal", "policies", "kind", "layer"), DECIDING)
def test_what_decided_is_the_policy_or_the_grant_that_was_needed(principal, policies, kind, layer):
    decision = decide(asks(principal), Policies(grants=granted(kind), **policies))
    assert (decision.effect, decision.layer) == ("allowed", layer)
    assert decision.grant == ("g" if layer is Layer.GRANT else None)
    assert bool(decision.matched) is (layer is not Layer.GRANT)


MISSING = [
    # across accounts: the policies, the grant, and what is missing
    ({}, None, Layer.RESOURCE, "resource"),
    ({"resource": (OF_STRANGER,)}, None, Layer.IDENTITY, "caller"),
    ({"resource": (OF_STRANGER,), "identity": (MINE,), "boundary": LIMIT}, None, Layer.BOUNDARY, "caller"),
    ({}, MatchKind.USER, Layer.IDENTITY, "caller"),
    ({"boundary": LIMIT}, MatchKind.USER, Layer.IDENTITY, "caller"),
    # recorded: a grant to a role that the owner issued reports the boundary before the missing identity policy
    ({"boundary": LIMIT}, MatchKind.ROLE, Layer.BOUNDARY, "caller"),
    ({}, MatchKind.ROLE, Layer.IDENTITY, "caller"),
    ({"resource": (OF_STRANGER,), "boundary": LIMIT}, MatchKind.ROLE, Layer.IDENTITY, "caller"),
]


@pytest.mark.parametrize(("policies", "kind", "layer", "side"), MISSING)
def test_across_accounts_it_is_told_whose_half_is_missing_and_in_which_layer(policies, kind, layer, side):
    grants = () if kind is None else granted(kind)
    decision = decide(asks(STRANGER), Policies(grants=grants, **policies))
    assert (decision.effect, decision.layer, decision.side) == ("implicitDeny", layer, side)


@pytest.mark.parametrize(
    ("layer", "side"),
    [("resource", "resource"), ("rcp", "resource"), ("identity", "caller"), ("boundary", "caller"), ("vpce", "caller")],
)
def test_a_deny_across_accounts_is_of_the_side_on_which_it_stands(layer, side):
    element = {"Principal": "*"} if layer in ("resource", "rcp", "vpce") else {}
    deny = source(Layer[layer.upper()], Effect="Deny", **element)
    decision = decide(asks(STRANGER), Policies(**{layer: (deny,)}))
    assert (decision.effect, decision.layer.name.lower(), decision.side) == ("explicitDeny", layer, side)
    own = decide(asks(), Policies(**{layer: (deny,)}))
    assert own.side is None


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "where"),
    [("cloudtrail:LookupEvents", ""), ("kms:TagResource", ""), ("kms:ListKeys", " on resource: *")],
)
def test_some_refusals_do_not_name_what_is_everything(action, where):
    decision = decide(asks(action=action, resource="*"), Policies(applies_resource=False))
    assert denial_message(decision) == (
        f"User: {USER.arn} is not authorized to perform: {action}{where} because no identity-based policy allows the "
        f"{action} action"
    )
    named = decide(asks(action=action), Policies(applies_resource=False))
    assert f" on resource: {KEY} because" in denial_message(named)


def test_of_a_ciphertext_of_elsewhere_only_the_key_side_is_told():
    text = (
        f"User: {USER.arn} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "
        "because the resource does not exist in this Region, no resource-based policies allow access, "
        "or a resource-based policy explicitly denies access"
    )
    assert denial_message(decide(asks(), Policies()), absent=True) == text


def test_an_article_goes_by_the_letter_that_follows():
    assert [article(layer.value) for layer in Layer] == ["a", "a", "a", "a", "an", "a", "a", "a"]


# --- what is remembered ---------------------------------------------------------------------------------------------


def test_of_questions_to_a_policy_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(document, "_REMEMBERED", 3)
    policy = compile_policy({"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}})
    for number in range(9):
        for action in (f"kms:a{number}", f"s3:a{number}"):
            found = policy.concerned(USER, action, KEY)
            assert found == policy.concerned(USER, action, KEY)
            assert bool(found) is action.startswith("kms:")
            assert 1 <= len(policy._concerned) <= 3
            assert 1 <= len(policy._about) <= 3
