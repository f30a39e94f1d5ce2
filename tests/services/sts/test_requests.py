"""What STS accepts and refuses ("AWS STS API reference"; recorded answers and public reports are named where they decide)."""

import json

import boto3
import pytest

import kmsmock
from tests.support.claims import allow, refused
from tests.support.policies import trust_document

pytestmark = pytest.mark.evidence(
    "documented", "STS API reference; where a recording or a report decides, the test names it"
)

OWNER, OTHER = "111111111111", "222222222222"
PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"


@pytest.fixture
def role(owner):
    return owner.role(
        "app", [allow("*")], trust=json.loads(trust_document(OWNER, ["sts:AssumeRole", "sts:TagSession"]))
    )


@pytest.fixture
def sts(owner):
    return owner.user("alice", [allow("sts:*")]).client("sts")


def signing(credentials, service, **options):
    return boto3.client(
        service,
        "us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
        **options,
    )


# --- tags --------------------------------------------------------------------------------------------------------------


@pytest.mark.evidence("recorded", "answers of AssumeRole: tag keys are case insensitive in STS")
def test_transitive_tag_keys_are_compared_without_case(owner, sts, role):
    """Recorded: tag keys are case insensitive in STS, those that are transitive too."""
    made = sts.assume_role(
        RoleArn=role.arn,
        RoleSessionName="ci",
        Tags=[{"Key": "Project", "Value": "blue"}],
        TransitiveTagKeys=["PROJECT"],
    )
    second = owner.role("second", trust=json.loads(trust_document(OWNER, ["sts:AssumeRole", "sts:TagSession"])))
    chained = signing(made["Credentials"], "sts")
    with refused(
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
        "the calling session.",
    ):
        chained.assume_role(RoleArn=second.arn, RoleSessionName="on", Tags=[{"Key": "project", "Value": "red"}])
    assert chained.assume_role(RoleArn=second.arn, RoleSessionName="on")["AssumedRoleUser"]


def test_a_transitive_tag_goes_on_to_the_next_session_whatever_its_case(owner, sts, role):
    condition = {"StringEquals": {"aws:PrincipalTag/Project": "blue"}}
    second = owner.role(
        "second",
        [allow("kms:*", Condition=condition)],
        trust=json.loads(trust_document(OWNER, ["sts:AssumeRole", "sts:TagSession"])),
    )
    made = sts.assume_role(
        RoleArn=role.arn,
        RoleSessionName="ci",
        Tags=[{"Key": "Project", "Value": "blue"}],
        TransitiveTagKeys=["pROJECT"],
    )
    on = signing(made["Credentials"], "sts").assume_role(RoleArn=second.arn, RoleSessionName="on")
    assert signing(on["Credentials"], "kms").create_key()["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_transitive_tag_key_that_is_no_tag_is_refused(sts, role):
    with refused("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."):
        sts.assume_role(
            RoleArn=role.arn,
            RoleSessionName="ci",
            Tags=[{"Key": "Project", "Value": "blue"}],
            TransitiveTagKeys=["Other"],
        )


def bad_value(value, path):
    return (
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {PATTERN}"
    )


@pytest.mark.parametrize("value", ["*", "a*b", "a;b", "a#b"])
def test_values_of_session_tags_have_the_characters_of_tags(sts, role, value):
    with refused("ValidationError", bad_value(value, "tags.1.member.value")):
        sts.assume_role(RoleArn=role.arn, RoleSessionName="ci", Tags=[{"Key": "k", "Value": value}])
    with refused("ValidationError", bad_value(value, "tags.1.member.value")):
        sts.get_federation_token(Name="bob", Tags=[{"Key": "k", "Value": value}])


@pytest.mark.parametrize("value", ["", "a b", "ä_.:/=+-@1"])
def test_the_characters_of_tags_are_taken(sts, role, value):
    assert sts.assume_role(RoleArn=role.arn, RoleSessionName="ci", Tags=[{"Key": "k", "Value": value}])["Credentials"]


IAM_TAGS = {
    "tag_role": lambda iam, tags: iam.tag_role(RoleName="app", Tags=tags),
    "tag_user": lambda iam, tags: iam.tag_user(UserName="alice", Tags=tags),
    "create_role": lambda iam, tags: iam.create_role(
        RoleName="new", AssumeRolePolicyDocument=trust_document(OWNER), Tags=tags
    ),
    "create_user": lambda iam, tags: iam.create_user(UserName="new", Tags=tags),
    "create_policy": lambda iam, tags: iam.create_policy(
        PolicyName="new", PolicyDocument=json.dumps(allow("s3:*")), Tags=tags
    ),
}


@pytest.mark.parametrize("operation", IAM_TAGS)
@pytest.mark.parametrize("value", ["*", "a*b"])
def test_iam_does_not_take_a_star_in_the_value_of_a_tag_either(owner, sts, role, operation, value):
    iam = owner.client("iam")
    with refused("ValidationError", bad_value(value, "tags.1.member.value")):
        IAM_TAGS[operation](iam, [{"Key": "k", "Value": value}])
    assert {each["RoleName"] for each in iam.list_roles()["Roles"]} == {"app"}
    assert {each["UserName"] for each in iam.list_users()["Users"]} == {"alice"}
    assert iam.list_role_tags(RoleName="app")["Tags"] == []


# --- ARNs, sizes, names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["assume_role", "assume_role_with_web_identity"])
@pytest.mark.parametrize("arn", ["nothing-like-an-arn-at-all", "arn:aws:iam::role/short-of-a-part"])
def test_a_role_arn_that_is_none_is_invalid(sts, operation, arn):
    token = {"WebIdentityToken": "t" * 20} if operation.endswith("identity") else {}
    with refused("ValidationError", f"{arn} is invalid"):
        getattr(sts, operation)(RoleArn=arn, RoleSessionName="ci", **token)


def test_nothing_packed_has_no_size(sts):
    assert sts.get_federation_token(Name="bob")["PackedPolicySize"] == 0
    given = sts.get_federation_token(Name="bob", Policy=json.dumps(allow("s3:*")))
    assert 0 < given["PackedPolicySize"] <= 100


def too_long(text, path, most):
    return (
        f"1 validation error detected: Value '{text}' at '{path}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {most}"
    )


def test_session_names_are_at_most_64_characters_long(sts, role):
    name = "n" * 65
    with refused("ValidationError", too_long(name, "roleSessionName", 64)):
        sts.assume_role(RoleArn=role.arn, RoleSessionName=name)
    with refused("ValidationError", too_long(name, "roleSessionName", 64)):
        sts.assume_role_with_web_identity(RoleArn=role.arn, RoleSessionName=name, WebIdentityToken="t" * 20)


def test_names_of_federated_users_are_at_most_32_characters_long(sts):
    name = "n" * 33
    with refused("ValidationError", too_long(name, "name", 32)):
        sts.get_federation_token(Name=name)


def test_a_session_name_of_other_characters_is_refused_for_them(sts, role):
    with refused(
        "ValidationError",
        "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
    ):
        sts.assume_role(RoleArn=role.arn, RoleSessionName="a b")


def long_policy(length):
    text = json.dumps(allow("s3:*", Sid="S"))
    return text.replace('"S"', f'"{"S" * (length - len(text) + 1)}"')


@pytest.mark.parametrize("operation", ["assume_role", "assume_role_with_web_identity", "get_federation_token"])
def test_session_policies_have_at_most_2048_characters(owner, sts, role, operation):
    owner.client("iam").update_assume_role_policy(
        RoleName="app",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sts:AssumeRole"},
                    {
                        "Effect": "Allow",
                        "Principal": {"Federated": "accounts.google.com"},
                        "Action": "sts:AssumeRoleWithWebIdentity",
                    },
                ],
            }
        ),
    )
    asked = {"Name": "bob"} if operation == "get_federation_token" else {"RoleArn": role.arn, "RoleSessionName": "ci"}
    if operation.endswith("identity"):
        asked["WebIdentityToken"] = "t" * 20
    fits, exceeds = long_policy(2048), long_policy(2049)
    assert (len(fits), len(exceeds)) == (2048, 2049)
    assert getattr(sts, operation)(Policy=fits, **asked)["Credentials"]
    with refused("ValidationError", too_long(exceeds, "policy", 2048)):
        getattr(sts, operation)(Policy=exceeds, **asked)


def test_a_session_lasts_at_most_twelve_hours(sts, role):
    with refused(
        "ValidationError",
        "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: "
        "Member must have value less than or equal to 43200",
    ):
        sts.assume_role(RoleArn=role.arn, RoleSessionName="ci", DurationSeconds=43201)


# --- the token of temporary credentials -------------------------------------------------------------------------------

INVALID = "The security token included in the request is invalid."
WORDS = {
    "kms": ("list_keys", "UnrecognizedClientException", INVALID, 400),
    "sts": ("get_caller_identity", "InvalidClientTokenId", INVALID, 403),
    "iam": ("list_roles", "InvalidClientTokenId", INVALID, 403),
    "sqs": ("list_queues", "InvalidClientTokenId", INVALID, 403),
    "dynamodb": ("list_tables", "UnrecognizedClientException", INVALID, 400),
    "ec2": ("describe_volumes", "AuthFailure", "AWS was not able to validate the provided access credentials", 401),
}


def credentials(owner, sts, role, kind):
    if kind == "role":
        return sts.assume_role(RoleArn=role.arn, RoleSessionName="ci")["Credentials"]
    if kind == "federated":
        return sts.get_federation_token(Name="bob", Policy=json.dumps(allow("*")))["Credentials"]
    return sts.get_session_token()["Credentials"]


@pytest.mark.parametrize("kind", ["role", "federated", "user"])
@pytest.mark.parametrize("service", WORDS)
@pytest.mark.parametrize("token", [None, "somebody-else's"], ids=["without", "another"])
def test_temporary_credentials_are_worth_nothing_without_their_token(owner, sts, role, kind, service, token):
    given = credentials(owner, sts, role, kind)
    name, code, message, status = WORDS[service]
    with refused(code, message, status):
        getattr(signing({**given, "SessionToken": token}, service), name)()


@pytest.mark.parametrize(
    ("token", "code", "message", "status"),
    [
        (None, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        ("another", "InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
    ],
)
def test_s3_says_it_in_its_own_words(owner, sts, role, token, code, message, status):
    given = credentials(owner, sts, role, "role")
    with refused(code, message, status):
        signing({**given, "SessionToken": token}, "s3").list_buckets()


def test_a_presigned_url_carries_the_token(owner, sts, role):
    import requests

    given = credentials(owner, sts, role, "role")
    url = signing(given, "sts").generate_presigned_url("get_caller_identity")
    assert "assumed-role/app/ci" in requests.get(url, timeout=5).text
    without = signing({**given, "SessionToken": None}, "sts").generate_presigned_url("get_caller_identity")
    assert requests.get(without, timeout=5).status_code == 403


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_and_forms_of_s3_carry_the_token(owner, sts, role, version):
    import requests
    from botocore.config import Config

    owner.client("s3").create_bucket(Bucket="bucket")
    owner.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x")
    given = credentials(owner, sts, role, "role")
    params = {"Bucket": "bucket", "Key": "k"}
    for token, status in ((given["SessionToken"], 200), ("another", 400), (None, 403)):
        s3 = signing({**given, "SessionToken": token}, "s3", config=Config(signature_version=version))
        assert requests.get(s3.generate_presigned_url("get_object", params), timeout=5).status_code == status
    form = signing(given, "s3", config=Config(signature_version=version)).generate_presigned_post("bucket", "form")
    assert requests.post(form["url"], form["fields"], files={"file": b"x"}, timeout=5).status_code == 204
    form["fields"]["x-amz-security-token"] = "another"
    assert requests.post(form["url"], form["fields"], files={"file": b"x"}, timeout=5).status_code in (400, 403)


def test_with_their_token_they_are_worth_what_they_were_given_for(owner, sts, role):
    assert signing(credentials(owner, sts, role, "role"), "kms").list_keys()["Keys"] == []


def test_principals_of_the_world_have_their_token(owner, role):
    assert role.client("kms").list_keys()["Keys"] == []
    with role.acting():
        assert boto3.client("kms").list_keys()["Keys"] == []


# --- audit --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"enforce": "audit"}, {"enforce": "off"}, {"enforce_iam": "off"}], ids=str)
@pytest.mark.parametrize("exists", [True, False], ids=["untrusting", "absent"])
def test_where_nothing_is_refused_web_identities_assume_any_role(options, exists):
    with kmsmock.World(**options) as world:
        if exists:
            world.account(OWNER).role("app")
        made = boto3.client("sts").assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{OWNER}:role/app", RoleSessionName="ci", WebIdentityToken="t" * 20
        )
        assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{OWNER}:assumed-role/app/ci"


ASSERTION = """<?xml version="1.0"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z">
  <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">http://idp</Issuer>
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
  <Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_2" IssueInstant="2026-01-01T00:00:00Z" Version="2.0">
    <Issuer>http://idp</Issuer>
    <Subject><NameID>bob</NameID></Subject>
    <AttributeStatement>
      <Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
        <AttributeValue>bob</AttributeValue></Attribute>
      <Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">
        <AttributeValue>arn:aws:iam::111111111111:saml-provider/idp,arn:aws:iam::111111111111:role/app</AttributeValue>
      </Attribute>
    </AttributeStatement>
  </Assertion>
</samlp:Response>"""


@pytest.mark.parametrize("options", [{"enforce": "audit"}, {"enforce": "off"}, {"enforce_iam": "off"}], ids=str)
@pytest.mark.parametrize("exists", [True, False], ids=["untrusting", "absent"])
def test_where_nothing_is_refused_saml_users_assume_any_role(options, exists):
    import base64

    with kmsmock.World(**options) as world:
        if exists:
            world.account(OWNER).role("app")
        made = boto3.client("sts").assume_role_with_saml(
            RoleArn=f"arn:aws:iam::{OWNER}:role/app",
            PrincipalArn=f"arn:aws:iam::{OWNER}:saml-provider/idp",
            SAMLAssertion=base64.b64encode(ASSERTION.encode()).decode(),
        )
        assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{OWNER}:assumed-role/app/bob"


def test_in_strict_mode_a_role_that_trusts_no_provider_is_refused(owner, sts, role):
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        sts.assume_role_with_web_identity(RoleArn=role.arn, RoleSessionName="ci", WebIdentityToken="t" * 20)


# --- who assumes --------------------------------------------------------------------------------------------------------


def test_the_root_user_of_an_account_assumes_no_role(aws_world, owner, role):
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        owner.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        aws_world.account(OTHER).client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")


def test_nor_do_his_temporary_credentials(owner, role):
    given = owner.client("sts").get_session_token()["Credentials"]
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        signing(given, "sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")


@pytest.mark.parametrize("options", [{"enforce": "audit"}, {"enforce": "off"}, {"enforce_iam": "off"}], ids=str)
def test_where_nothing_is_refused_he_does(options):
    with kmsmock.World(**options) as world:
        role = world.account(OWNER).role("app")
        made = world.account(OWNER).client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")
        assert made["AssumedRoleUser"]["Arn"].endswith("assumed-role/app/ci")


def test_credentials_that_nobody_issued_assume_roles_that_trust_their_account(aws_world):
    """They stand for whoever runs the suite: a person or pipeline of the account, who is not its root user."""
    role = aws_world.account("123456789012").role("app")
    made = boto3.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")
    assert made["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/app/ci"
    stranger = aws_world.account(OWNER).role("app")
    with refused("AccessDenied", status=403):
        boto3.client("sts").assume_role(RoleArn=stranger.arn, RoleSessionName="ci")


# --- decisions and refusals ---------------------------------------------------------------------------------------------


def test_a_role_that_does_not_exist_leaves_a_decision(aws_world, owner, sts):
    arn = f"arn:aws:iam::{OTHER}:role/none"
    before = len(aws_world.decisions)
    alice = f"arn:aws:iam::{OWNER}:user/alice"
    with refused("AccessDenied", f"User: {alice} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403):
        sts.assume_role(RoleArn=arn, RoleSessionName="ci")
    (decision,) = aws_world.decisions[before:]
    assert (decision.action, decision.resource, decision.allowed) == ("sts:AssumeRole", arn, False)
    assert arn in decision.explain()


def test_what_is_refused_to_the_root_user_leaves_a_decision(aws_world, owner, role):
    before = len(aws_world.decisions)
    with refused("AccessDenied", status=403):
        owner.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")
    (decision,) = aws_world.decisions[before:]
    assert (decision.action, decision.resource, decision.allowed) == ("sts:AssumeRole", role.arn, False)


@pytest.mark.parametrize("operation", ["assume_role_with_web_identity", "assume_role_with_saml"])
def test_so_do_federated_ones(aws_world, owner, sts, role, operation):
    import base64

    asked = {"RoleArn": role.arn}
    if operation.endswith("saml"):
        asked |= {
            "PrincipalArn": f"arn:aws:iam::{OWNER}:saml-provider/idp",
            "SAMLAssertion": base64.b64encode(ASSERTION.encode()).decode(),
        }
    else:
        asked |= {"RoleSessionName": "ci", "WebIdentityToken": "t" * 20}
    before = len(aws_world.decisions)
    with refused("AccessDenied", status=403):
        getattr(sts, operation)(**asked)
    decisions = aws_world.decisions[before:]
    assert [(each.action.lower(), each.resource, each.allowed) for each in decisions] == [
        (f"sts:{operation.replace('_', '')}", role.arn, False)
    ]


def test_a_bucket_without_a_policy_is_not_said_to_be_missing(aws_world, owner):
    """The explanation of a refusal knows whether there is such a bucket."""
    owner.client("s3").create_bucket(Bucket="there")
    stranger = aws_world.account(OTHER).user("eve", [allow("s3:*")])
    for bucket, missing in (("there", False), ("nowhere", True)):
        with refused("AccessDenied" if not missing else "NoSuchBucket", status=403 if not missing else 404):
            stranger.client("s3").get_object(Bucket=bucket, Key="k")
        if not missing:
            text = aws_world.decisions[-1].explain()
            assert "if it does not exist" not in text
            assert "there" in text


# --- when a role was last used ------------------------------------------------------------------------------------------


def test_a_role_tells_when_and_where_it_was_last_used(aws_world, owner, sts, role):
    """GetRole's RoleLastUsed ("RoleLastUsed" in the IAM API reference): the last request of a session of the role."""
    iam = owner.client("iam")
    assert iam.get_role(RoleName="app")["Role"]["RoleLastUsed"] == {}
    aws_world.clock.freeze("2026-03-01T12:00:00Z")
    given = sts.assume_role(RoleArn=role.arn, RoleSessionName="ci")["Credentials"]
    assert iam.get_role(RoleName="app")["Role"]["RoleLastUsed"] == {}
    boto3.client(
        "kms",
        "eu-west-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    ).list_keys()
    used = iam.get_role(RoleName="app")["Role"]["RoleLastUsed"]
    assert (used["LastUsedDate"].isoformat(), used["Region"]) == ("2026-03-01T12:00:00+00:00", "eu-west-1")
