"""AssumeRoleWithWebIdentity with tokens of GitHub Actions and EKS, verified with the keys that a test gives."""

import base64
import json
from datetime import timedelta

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import encrypt, lacks, signing

pytestmark = pytest.mark.evidence(
    "reported",
    "aws-actions/configure-aws-credentials#280, #775; awslabs/aws-orbit-workbench#707; awslabs/aws-sdk-rust#827; codes and "
    "condition keys: STS API reference and IAM user guide; texts without a report are marked in kmsmock/identity",
)

GITHUB = "https://token.actions.githubusercontent.com"
HOST = "token.actions.githubusercontent.com"
MAIN = "repo:octo/app:ref:refs/heads/main"
ARN = f"arn:aws:iam::{OWNER}:oidc-provider/{HOST}"
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


@pytest.fixture
def clock(aws_clock):
    aws_clock.freeze("2030-01-01")
    return aws_clock


@pytest.fixture
def github(aws_world, clock, owner):
    """GitHub, which the account has registered for STS."""
    register(owner, GITHUB)
    return aws_world.identity_provider(GITHUB)


def register(account, url, clients=("sts.amazonaws.com",)):
    account.client("iam").create_open_id_connect_provider(
        Url=url, ClientIDList=list(clients), ThumbprintList=["a" * 40]
    )


def trusting(provider=ARN, actions="sts:AssumeRoleWithWebIdentity", **conditions):
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": actions}
    return policy({**statement, "Condition": conditions} if conditions else statement)


@pytest.fixture
def role(owner, clock):
    conditions = {
        "StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{HOST}:sub": "repo:octo/app:*"},
    }
    return owner.role("deploy", [allow("kms:*")], trust=trusting(**conditions))


def assume(role, token, **more):
    """Nobody signs it: the caller has no credentials yet."""
    sts = boto3.client("sts", "us-east-1")
    return sts.assume_role_with_web_identity(RoleArn=role.arn, RoleSessionName="ci", WebIdentityToken=token, **more)


def invalid(text):
    return refused("InvalidIdentityToken", text)


NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
BAD_SIGNATURE = "The signature of the ID Token is not valid"


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_a_token_of_the_branch_assumes_the_role(github, role, key):
    made = assume(role, github.token(MAIN))
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{OWNER}:assumed-role/deploy/ci"
    told = {name: made[name] for name in ("Provider", "Audience", "SubjectFromWebIdentityToken")}
    assert told == {"Provider": ARN, "Audience": "sts.amazonaws.com", "SubjectFromWebIdentityToken": MAIN}
    assert encrypt(signing(made["Credentials"]), key)


def test_a_service_account_of_a_cluster_assumes_its_role_and_another_does_not(aws_world, clock, owner):
    url = "https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
    register(owner, url)
    host, cluster = url.removeprefix("https://"), aws_world.identity_provider(url)
    wanted = {f"{host}:sub": "system:serviceaccount:default:app", f"{host}:aud": "sts.amazonaws.com"}
    role = owner.role("irsa", trust=trusting(f"arn:aws:iam::{OWNER}:oidc-provider/{host}", StringEquals=wanted))
    assert assume(role, cluster.token("system:serviceaccount:default:app", aud=["sts.amazonaws.com"]))["Credentials"]
    with refused("AccessDenied", DENIED, 403):
        assume(role, cluster.token("system:serviceaccount:default:other"))


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


def rs256(key, claims, kid="one", alg="RS256"):
    text = f"{part({'alg': alg, 'kid': kid})}.{part(claims)}"
    made = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def claims_of(clock, **more):
    now = int(clock.now().timestamp())
    return {"iss": GITHUB, "sub": MAIN, "aud": "sts.amazonaws.com", "iat": now, "exp": now + 300, **more}


def jwk(public, kid="one"):
    numbers = public.public_numbers()
    return {"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}


def pem(public):
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


FORMS = {
    "JWKS": lambda public: {"keys": [jwk(public)]},
    "JWKS as text": lambda public: json.dumps({"keys": [jwk(public)]}),
    "JWK": jwk,
    "PEM": pem,
    "PEM as text": lambda public: pem(public).decode(),
    "a key": lambda public: public,
    "a list": lambda public: [ec.generate_private_key(ec.SECP384R1()).public_key(), public],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_tests_own_keys_verify_its_own_tokens_and_no_others(aws_world, clock, owner, role, rsa_key, form):
    register(owner, GITHUB)
    aws_world.identity_provider(GITHUB, FORMS[form](rsa_key.public_key()))
    assert assume(role, rs256(rsa_key, claims_of(clock)))["Credentials"]
    with invalid(BAD_SIGNATURE):
        assume(role, rs256(rsa.generate_private_key(65537, 2048), claims_of(clock)))


def test_a_key_that_is_not_published_is_not_found(aws_world, clock, owner, role, rsa_key):
    register(owner, GITHUB)
    aws_world.identity_provider(GITHUB, {"keys": [jwk(rsa_key.public_key())]})
    with invalid(NO_KEY):
        assume(role, rs256(rsa_key, claims_of(clock), kid="two"))


@pytest.mark.parametrize("alg", ["none", "HS256", "RS384"])
def test_the_algorithm_is_not_the_tokens_to_choose(aws_world, clock, owner, role, rsa_key, alg):
    register(owner, GITHUB)
    aws_world.identity_provider(GITHUB, {"keys": [jwk(rsa_key.public_key())]})
    with invalid(BAD_SIGNATURE):
        assume(role, rs256(rsa_key, claims_of(clock), alg=alg))


# --- what is not ------------------------------------------------------------------------------------------------------


def test_a_token_that_was_changed_is_not_taken(github, role):
    header, claims, signature = github.token(MAIN).split(".")
    changed = json.loads(base64.urlsafe_b64decode(claims + "=="))
    with invalid(BAD_SIGNATURE):
        assume(role, f"{header}.{part({**changed, 'sub': 'repo:octo/app:admin'})}.{signature}")


def test_an_expired_token_says_when_it_was_good(aws_world, clock, github, role):
    token = github.token(MAIN, expires=timedelta(minutes=10))
    clock.advance(minutes=10)
    now = int(clock.now().timestamp())
    text = f"Token expired: current date/time {now} must be before the expiration date/time{now}"
    with refused("ExpiredTokenException", text):
        assume(role, token)
    told = aws_world.refusals[-1]
    assert (told.cause, told.history) == ("STS-IDENTITY-TOKEN-EXPIRED", ("it expired 0 seconds ago",))
    assert assume(role, github.token(MAIN))


def test_a_token_for_somebody_else_has_the_wrong_audience(aws_world, github, role):
    with invalid("Incorrect token audience"):
        assume(role, github.token(MAIN, aud="https://github.com/octo"))
    assert aws_world.refusals[-1].history == (
        "the token is for https://github.com/octo; the provider in IAM takes sts.amazonaws.com",
    )


def test_an_issuer_that_the_account_does_not_know_is_refused_whoever_knows_it(aws_world, clock, other, github):
    role = other.role("deploy", trust=trusting(ARN))
    with invalid(f"No OpenIDConnect provider found in your account for {GITHUB}"):
        assume(role, github.token(MAIN))


def test_an_issuer_whose_keys_nobody_gave_cannot_be_asked(github, clock, owner, role):
    register(owner, "https://example.com")
    token = f"{part({'alg': 'RS256', 'kid': 'k'})}.{part(claims_of(clock, iss='https://example.com'))}.AAAA"
    with invalid(NO_KEY):
        assume(role, token)


@pytest.mark.parametrize("token", ["nothing", "a.b.c", "e30.e30", f"{part([])}.{part({})}.AAAA", "....."])
def test_what_is_no_token_is_refused(github, role, token):
    text = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    with invalid(text):
        assume(role, token)


@pytest.mark.parametrize("claim", ["sub", "aud", "exp", "iss"])
@pytest.mark.evidence("assumed", "Cognito says it so of its tokens")
def test_a_claim_that_is_missing_is_named(aws_world, clock, owner, role, rsa_key, claim):
    register(owner, GITHUB)
    aws_world.identity_provider(GITHUB, rsa_key.public_key())
    claims = claims_of(clock)
    del claims[claim]
    with invalid(f"Missing a required claim: {claim}"):
        assume(role, rs256(rsa_key, claims))


@pytest.mark.evidence("assumed", "no report has the text")
def test_a_token_of_tomorrow_is_not_valid_yet(clock, github, role):
    with invalid("The ID Token is not valid yet"):
        assume(role, github.token(MAIN, nbf=int(clock.now().timestamp()) + 60))


# --- conditions -------------------------------------------------------------------------------------------------------


def test_another_repository_is_not_let_in_and_the_refusal_says_by_which_condition(aws_world, github, role):
    with refused("AccessDenied", DENIED, 403):
        assume(role, github.token("repo:evil/app:ref:refs/heads/main"))
    told = aws_world.decisions[-1].explain()
    assert 'condition StringLike token.actions.githubusercontent.com:sub: wanted "repo:octo/app:*"' in told
    assert 'the request has "repo:evil/app:ref:refs/heads/main"' in told


@pytest.mark.parametrize(
    ("provider", "lets_in"),
    [(ARN, True), (HOST, True), (f"arn:aws:iam::{OTHER}:oidc-provider/{HOST}", False), ("accounts.google.com", False)],
)
def test_a_role_trusts_the_provider_that_it_names(github, owner, provider, lets_in):
    role = owner.role("named", trust=trusting(provider))
    if lets_in:
        assert assume(role, github.token(MAIN))
    else:
        with refused("AccessDenied", DENIED, 403):
            assume(role, github.token(MAIN))


def test_a_denial_in_the_trust_policy_wins(github, owner):
    allowed = trusting()["Statement"][0]
    denied = {**allowed, "Effect": "Deny", "Condition": {"StringNotLike": {f"{HOST}:sub": "*:ref:refs/heads/main"}}}
    role = owner.role("main-only", trust=policy(allowed, denied))
    assert assume(role, github.token(MAIN))
    with refused("AccessDenied", DENIED, 403):
        assume(role, github.token("repo:octo/app:pull_request"))


@pytest.mark.evidence("reported", "claims of GitHub as condition keys since January 2026, not in sessions")
def test_claims_of_github_count_in_trust_policies_only(github, owner, kms, key):
    once = {"StringEquals": {f"{HOST}:repository_id": "42"}}
    role = owner.role("by-id", [allow("kms:Encrypt", Condition=once)], trust=trusting(**once))
    made = assume(role, github.token(MAIN, repository_id="42"))
    with lacks(f"arn:aws:sts::{OWNER}:assumed-role/by-id/ci", "kms:Encrypt", key):
        encrypt(signing(made["Credentials"]), key)
    with refused("AccessDenied", DENIED, 403):
        assume(role, github.token(MAIN, repository_id="43"))
    with refused("AccessDenied", DENIED, 403):
        assume(
            owner.role("other", trust=trusting(StringEquals={f"{HOST}:run_id": "1"})), github.token(MAIN, run_id="1")
        )


def test_subject_and_audience_are_condition_keys_of_the_session(github, owner, key):
    wanted = {f"{HOST}:sub": MAIN, f"{HOST}:aud": "sts.amazonaws.com", "aws:FederatedProvider": ARN}
    role = owner.role("deploy", [allow("kms:Encrypt", Condition={"StringEquals": wanted})], trust=trusting())
    assert encrypt(signing(assume(role, github.token(MAIN))["Credentials"]), key)
    session = assume(role, github.token("repo:octo/app:pull_request"))["Credentials"]
    with lacks(f"arn:aws:sts::{OWNER}:assumed-role/deploy/ci", "kms:Encrypt", key):
        encrypt(signing(session), key)
    with lacks(f"arn:aws:sts::{OWNER}:assumed-role/deploy/kmsmock", "kms:Encrypt", key):
        encrypt(role.client("kms"), key)


def test_where_there_is_an_azp_it_is_the_audience(github, owner):
    role = owner.role("azp", trust=trusting(StringEquals={f"{HOST}:aud": "sts.amazonaws.com", f"{HOST}:oaud": "app"}))
    assert assume(role, github.token(MAIN, aud="app", azp="sts.amazonaws.com"))["Audience"] == "sts.amazonaws.com"


def test_tags_and_a_source_identity_in_the_token_need_permissions_of_their_own(github, owner, key):
    tagged = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]}}
    bare = owner.role("bare", trust=trusting())
    with refused("AccessDenied", "Not authorized to perform sts:TagSession", 403):
        assume(bare, github.token(MAIN, **tagged))
    with refused("AccessDenied", "Not authorized to perform sts:SetSourceIdentity", 403):
        assume(bare, github.token(MAIN, **{"https://aws.amazon.com/source_identity": "octo"}))
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "octo"}}
    role = owner.role("tagged", [allow("kms:Encrypt", Condition=blue)], trust=trusting(actions=actions))
    made = assume(role, github.token(MAIN, **tagged, **{"https://aws.amazon.com/source_identity": "octo"}))
    assert made["SourceIdentity"] == "octo"
    assert encrypt(signing(made["Credentials"]), key)


def test_session_policies_limit_it(github, role, key):
    made = assume(role, github.token(MAIN), Policy=json.dumps(allow("s3:*")))
    with refused("AccessDeniedException"):
        encrypt(signing(made["Credentials"]), key)


def test_the_trail_names_the_provider(aws_world, github, role, key):
    encrypt(signing(assume(role, github.token(MAIN))["Credentials"]), key)
    context = aws_world.events.where(name="Encrypt")[-1]["userIdentity"]["sessionContext"]
    assert context["webIdFederationData"] == {"federatedProvider": ARN, "attributes": {}}


# --- when it is verified, and what a test may give -----------------------------------------------------------------------


def test_without_an_issuer_nothing_is_verified(owner, clock):
    role = owner.role("any", trust=trusting(StringEquals={f"{HOST}:sub": MAIN}))
    assert assume(role, "t" * 20)["Credentials"]


@pytest.mark.kmsmock(enforce="audit")
def test_an_audit_takes_any_token_and_keeps_what_aws_would_say(aws_world, github, role):
    assert assume(role, "nothing")["Credentials"]
    assert assume(role, github.token("repo:evil/app:x"))["Credentials"]
    assert [(each.error.code, each.passed) for each in aws_world.refusals] == [
        ("InvalidIdentityToken", True),
        ("AccessDenied", True),
    ]


@pytest.mark.parametrize("url", ["token.actions.githubusercontent.com", "http://x", "https://", "", None, 3])
def test_an_issuer_has_a_url(aws_world, url):
    with pytest.raises(ValueError, match="https://") as told:
        aws_world.identity_provider(url)
    assert str(told.value) == (
        "the url of an identity provider begins with https://, as in 'https://token.actions.githubusercontent.com', "
        f"not {url!r}"
    )


@pytest.mark.parametrize("keys", ["", "x", b"-----BEGIN PUBLIC KEY-----", {}, {"keys": []}, {"kty": "oct"}, 3, []])
def test_keys_are_keys(aws_world, keys):
    with pytest.raises(ValueError, match=r"give a JWKS, a PEM or a public key of cryptography|there is no key in it"):
        aws_world.identity_provider(GITHUB, keys)


def test_who_gives_public_keys_signs_himself(aws_world, rsa_key):
    issuer = aws_world.identity_provider(GITHUB, rsa_key.public_key())
    with pytest.raises(ValueError, match="the test signs its tokens as well"):
        issuer.token(MAIN)
