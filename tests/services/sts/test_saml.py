"""AssumeRoleWithSAML: assertions are verified with the certificate that the account has of the provider."""

import base64
import re
from datetime import timedelta

import boto3
import pytest

from kmsmock.identity.issuers import Issuers
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import encrypt, lacks, signing

pytestmark = pytest.mark.evidence(
    "documented",
    '"Troubleshoot SAML federation with IAM" and "Configure SAML assertions" (IAM user guide), AssumeRoleWithSAML (STS API '
    "reference); dbeaver/cloudbeaver#3112, cevoaustralia/aws-google-auth#270",
)
ENTITY = "https://idp.example.com/saml"
ARN = f"arn:aws:iam::{OWNER}:saml-provider/corp"
SIGN_IN = "https://signin.aws.amazon.com/saml"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
DENIED = "Not authorized to perform sts:AssumeRoleWithSAML"


@pytest.fixture
def clock(aws_clock):
    aws_clock.freeze("2030-01-01")
    return aws_clock


@pytest.fixture
def corp(aws_world, clock, owner):
    """A company's directory, which the account has registered."""
    made = aws_world.saml_provider(ENTITY)
    owner.client("iam").create_saml_provider(Name="corp", SAMLMetadataDocument=made.metadata)
    return made


def trusting(provider=ARN, actions="sts:AssumeRoleWithSAML", **conditions):
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": actions}
    return policy({**statement, "Condition": conditions} if conditions else statement)


@pytest.fixture
def role(owner, clock):
    return owner.role("staff", [allow("kms:*")], trust=trusting(StringEquals={"SAML:aud": SIGN_IN}))


def assume(role, assertion, provider=ARN, **more):
    sts = boto3.client("sts", "us-east-1")
    return sts.assume_role_with_saml(RoleArn=role.arn, PrincipalArn=provider, SAMLAssertion=assertion, **more)


def invalid(text):
    return refused("InvalidIdentityToken", text)


def changed(assertion, before, after):
    text = base64.b64decode(assertion).decode()
    assert before in text
    return base64.b64encode(text.replace(before, after).encode()).decode()


def by_discovery(text):
    """The request's id stands in it."""
    service = (
        "(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; "
    )
    return invalid(re.compile(re.escape(f"{text} {service}Request ID: ") + r"[0-9a-f-]{36}; Proxy: null\)"))


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_an_assertion_of_the_provider_assumes_the_role(corp, role, key):
    made = assume(role, corp.assertion(role.arn, ARN, "bob", subject="S-1"))
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{OWNER}:assumed-role/staff/bob"
    told = {name: made[name] for name in ("Subject", "SubjectType", "Issuer", "Audience")}
    assert told == {"Subject": "S-1", "SubjectType": "persistent", "Issuer": ENTITY, "Audience": SIGN_IN}
    assert made["NameQualifier"] == "gu9jdXVbQN96MYRhhHwsO4ko9vc="  # BASE64(SHA1(issuer, account, "/corp"))
    assert encrypt(signing(made["Credentials"]), key)


@pytest.mark.parametrize("order", ["{role},{provider}", "{provider},{role}", "{role} , {provider}"])
def test_role_and_provider_stand_in_either_order(corp, role, order):
    pair = order.format(role=role.arn, provider=ARN)
    given = {f"{ATTRIBUTES}Role": [f"{role.arn}-2,{ARN}", pair]}
    assert assume(role, corp.assertion(role.arn, ARN, "bob", attributes=given))["Credentials"]


@pytest.mark.parametrize(
    "audience", [SIGN_IN, "https://eu-west-1.signin.aws.amazon.com/saml", "urn:amazon:webservices"]
)
def test_aws_has_several_audiences(corp, role, audience):
    assert assume(role, corp.assertion(role.arn, ARN, "bob", audience=audience))["Credentials"]


# --- what is not ------------------------------------------------------------------------------------------------------


def test_what_was_changed_or_is_not_signed_is_refused(aws_world, corp, role):
    good = corp.assertion(role.arn, ARN, "bob")
    text = base64.b64decode(good).decode()
    unsigned = base64.b64encode(re.sub("<ds:Signature.*</ds:Signature>", "", text).encode()).decode()
    for assertion, why in (
        (changed(good, ">bob<", ">admin<"), "it is not as the provider's certificate has signed it"),
        (unsigned, "nothing in it is signed"),
    ):
        with invalid("Response signature invalid"):
            assume(role, assertion)
        assert (aws_world.refusals[-1].cause, aws_world.refusals[-1].history) == ("STS-IDENTITY-TOKEN", (why,))


def test_the_certificate_that_counts_is_that_in_iam(aws_world, corp, owner, role):
    second = aws_world.saml_provider(ENTITY)
    with invalid("Response signature invalid"):
        assume(role, second.assertion(role.arn, ARN, "bob"))
    owner.client("iam").update_saml_provider(SAMLProviderArn=ARN, SAMLMetadataDocument=second.metadata)
    assert assume(role, second.assertion(role.arn, ARN, "bob"))["Credentials"]
    with invalid("Response signature invalid"):
        assume(role, corp.assertion(role.arn, ARN, "bob"))


def test_a_provider_that_the_account_does_not_have_is_refused(corp, role):
    absent = f"arn:aws:iam::{OWNER}:saml-provider/none"
    with by_discovery("Specified provider doesn't exist"):
        assume(role, corp.assertion(role.arn, absent, "bob"), absent)


def test_the_issuer_is_that_of_the_metadata(aws_world, clock, owner, role):
    made = aws_world.saml_provider(ENTITY)
    metadata = made.metadata.replace(ENTITY, "https://other.example.com")
    owner.client("iam").create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)
    with by_discovery("Issuer not present in specified provider"):
        assume(role, made.assertion(role.arn, ARN, "bob"))


def test_an_assertion_is_for_aws(aws_world, corp, role):
    with invalid("Response does not contain the required audience."):
        assume(role, corp.assertion(role.arn, ARN, "bob", audience="https://example.com"))
    assert aws_world.refusals[-1].history == (f"it is for https://example.com; AWS is {SIGN_IN}",)


@pytest.mark.evidence("reported", "public reports: Token must be redeemed within 5 minutes of issuance")
@pytest.mark.parametrize(
    ("lasts", "passes", "taken"),
    [(60, 5, True), (60, 5.1, False), (2, 1.9, True), (2, 2, False)],
)
def test_an_assertion_is_redeemed_within_five_minutes_and_before_it_ends(
    aws_world, clock, corp, role, lasts, passes, taken
):
    assertion = corp.assertion(role.arn, ARN, "bob", expires=timedelta(minutes=lasts))
    clock.advance(minutes=passes)
    if taken:
        assert assume(role, assertion)["Credentials"]
        return
    with refused("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"):
        assume(role, assertion)
    assert aws_world.refusals[-1].cause == "STS-IDENTITY-TOKEN-EXPIRED"


@pytest.mark.parametrize(
    ("attribute", "values", "text"),
    [
        ("RoleSessionName", [], "RoleSessionName is required in AuthnResponse"),
        ("RoleSessionName", ["b"], "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        ("RoleSessionName", ["b b"], "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        (
            "SourceIdentity",
            ["aws:x"],
            'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
        ),
    ],
)
def test_attributes_are_as_the_guide_wants_them(corp, role, attribute, values, text):
    with invalid(text):
        assume(role, corp.assertion(role.arn, ARN, "bob", attributes={f"{ATTRIBUTES}{attribute}": values}))


@pytest.mark.parametrize("values", [[], ["x"], [f"arn:aws:iam::{OWNER}:role/other,{ARN}"]])
def test_an_assertion_names_the_role(corp, role, values):
    with refused("AccessDenied", DENIED, 403):
        assume(role, corp.assertion(role.arn, ARN, "bob", attributes={f"{ATTRIBUTES}Role": values}))


@pytest.mark.parametrize(
    "assertion", ["nothing!", base64.b64encode(b"nothing").decode(), base64.b64encode(b"<a/>").decode()]
)
@pytest.mark.evidence("assumed", "the console says so")
def test_what_is_no_response_is_refused(corp, role, assertion):
    with invalid("Your request included an invalid SAML response"):
        assume(role, assertion)


# --- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "lets_in"),
    [
        ({"SAML:sub": "bob", "SAML:sub_type": "persistent"}, True),
        ({"SAML:iss": ENTITY, "SAML:doc": f"{OWNER}/corp"}, True),
        ({"SAML:sub": "alice"}, False),
        ({"SAML:aud": "https://example.com"}, False),
    ],
)
def test_trust_policies_see_who_it_is(aws_world, corp, owner, conditions, lets_in):
    role = owner.role("seen", trust=trusting(StringEquals=conditions))
    if lets_in:
        assert assume(role, corp.assertion(role.arn, ARN, "bob"))
        return
    with refused("AccessDenied", DENIED, 403):
        assume(role, corp.assertion(role.arn, ARN, "bob"))
    assert "condition StringEquals SAML:" in aws_world.decisions[-1].explain()


def test_a_role_trusts_the_provider_that_it_names(corp, owner):
    role = owner.role("other", trust=trusting(f"arn:aws:iam::{OTHER}:saml-provider/corp"))
    with refused("AccessDenied", DENIED, 403):
        assume(role, corp.assertion(role.arn, ARN, "bob"))


def test_subject_and_name_qualifier_stay_in_the_session_and_the_audience_does_not(corp, owner, key):
    wanted = {"saml:sub": "bob", "saml:sub_type": "persistent", "saml:namequalifier": "gu9jdXVbQN96MYRhhHwsO4ko9vc="}
    role = owner.role("staff", [allow("kms:Encrypt", Condition={"StringEquals": wanted})], trust=trusting())
    assert encrypt(signing(assume(role, corp.assertion(role.arn, ARN, "bob"))["Credentials"]), key)
    gone = owner.role(
        "gone", [allow("kms:Encrypt", Condition={"StringEquals": {"saml:aud": SIGN_IN}})], trust=trusting()
    )
    session = signing(assume(gone, corp.assertion(gone.arn, ARN, "bob"))["Credentials"])
    with lacks(f"arn:aws:sts::{OWNER}:assumed-role/gone/bob", "kms:Encrypt", key):
        encrypt(session, key)


def test_tags_and_a_source_identity_need_permissions_of_their_own(corp, owner, key):
    bare = owner.role("bare", trust=trusting())
    with refused("AccessDenied", "Not authorized to perform sts:TagSession", 403):
        assume(bare, corp.assertion(bare.arn, ARN, "bob", tags={"team": "blue"}))
    actions = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"]
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "bob.b"}}
    role = owner.role("tagged", [allow("kms:Encrypt", Condition=blue)], trust=trusting(actions=actions))
    more = {f"{ATTRIBUTES}SourceIdentity": ["bob.b"]}
    made = assume(role, corp.assertion(role.arn, ARN, "bob", tags={"team": "blue"}, attributes=more))
    assert made["SourceIdentity"] == "bob.b"
    assert encrypt(signing(made["Credentials"]), key)


# --- when it is verified ------------------------------------------------------------------------------------------------


def test_a_tests_own_provider_is_verified_as_well(aws_world, clock, owner, role):
    """The certificate stands in the metadata: no provider of the world's is needed."""
    made = aws_world.saml_provider(ENTITY)
    metadata, good = made.metadata, made.assertion(role.arn, ARN, "bob")
    aws_world.store.records(Issuers).of_saml.clear()
    owner.client("iam").create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)
    assert assume(role, good)["Credentials"]
    with invalid("Response signature invalid"):
        assume(role, changed(good, ">bob<", ">admin<"))


@pytest.mark.kmsmock(enforce="audit")
def test_an_audit_takes_what_was_changed_and_keeps_what_aws_would_say(aws_world, corp, role):
    bad = changed(corp.assertion(role.arn, ARN, "bob"), ">bob<", ">eve<")
    assert assume(role, bad)["AssumedRoleUser"]["Arn"].endswith("assumed-role/staff/eve")
    assert [(each.error.code, each.passed) for each in aws_world.refusals] == [("InvalidIdentityToken", True)]


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_provider_has_a_name(aws_world, name):
    with pytest.raises(ValueError, match="entity id") as told:
        aws_world.saml_provider(name)
    assert str(told.value) == f"a SAML provider has an entity id, such as 'https://idp.example.com/saml', not {name!r}"
