"""What IAM refuses to store: identity, boundary and trust policies, in IAM's own codes and words.

Sources of the words are public reports: hashicorp/terraform issues 13449, 10057 and hashicorp/terraform-provider-aws
10419, 7756, 8905, 26108 (principals, legacy parsing), trussworks/terraform-aws-s3-anti-virus 28 (resources),
garnaat/kappa 111 (colons), 99designs/iamy 74 (``null``), localstack/localstack pull request 8453 (recorded: trust
policies that are no JSON), kubernetes-sigs/external-dns 3085 (Resource), kubeflow/dashboard 29 and
ministryofjustice/cloud-platform-environments 14118, 14473 (quotas), aws-amplify/amplify-backend 2615 (inline sizes).
"""

import json

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.documents import ALLOW, TRUST, but, padded, text

pytestmark = pytest.mark.evidence(
    "reported",
    "public reports named in the module; localstack pull request 8453 recorded trust policies that are no JSON",
)

MALFORMED = "MalformedPolicyDocument"
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
PRINCIPAL = "Policy document should not specify a principal."
SIDS = "Statement IDs (SID) in a single policy must be unique."
ALPHANUMERIC = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)

IDENTITY = [
    ("{", SYNTAX),
    ("null", SYNTAX),
    ("[]", SYNTAX),
    ("lambda.amazonaws.com", SYNTAX),
    ('{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}', SYNTAX),
    ("[" * 5000, SYNTAX),
    (text(), SYNTAX),
    (text(ALLOW, Statement=None), SYNTAX),
    (text("text"), SYNTAX),
    (text(ALLOW, Comment="x"), SYNTAX),
    (text(ALLOW, Version="2013-01-01"), SYNTAX),
    (text(ALLOW, Id={"a": 1}), SYNTAX),
    (text(but(ALLOW, Actions="s3:*")), SYNTAX),
    (text(but(ALLOW, Effect=None)), SYNTAX),
    (text(but(ALLOW, Effect="Maybe")), SYNTAX),
    (text(but(ALLOW, Effect="allow")), LEGACY),
    (text(but(ALLOW, Sid=7)), SYNTAX),
    (text(but(ALLOW, Action={"a": 1})), SYNTAX),
    (text(but(ALLOW, NotAction="s3:*")), SYNTAX),
    (text(but(ALLOW, NotResource="*")), SYNTAX),
    (text(but(ALLOW, Condition=["StringEquals"])), SYNTAX),
    (text(but(ALLOW, Condition={"StringIs": {"aws:userid": "x"}})), SYNTAX),
    (text(but(ALLOW, Sid="with space")), ALPHANUMERIC),
    (text(but(ALLOW, Sid="Same"), but(ALLOW, Sid="Same")), SIDS),
    (text(but(ALLOW, Action=None)), "Policy statement must contain actions."),
    # what IAM calls legacy parsing goes first (moto's test_create_policy_with_invalid_policy_document)
    (text(but(ALLOW, Action=None, Resource="arn:aws:s3::bucket")), LEGACY),
    (text(but(ALLOW, Sid="Same", Resource="arn:aws::x"), but(ALLOW, Sid="Same")), LEGACY),
    (text(but(ALLOW, Action="GetObject", Resource="arn:aws:s3::bucket")), LEGACY),
    (text(but(ALLOW, Principal="*", Resource="arn:aws:s3::bucket")), LEGACY),
    (text(but(ALLOW, Action=[])), "Policy statement must contain actions."),
    (text(but(ALLOW, Resource=None)), "Policy statement must contain resources."),
    (text(but(ALLOW, Resource=[])), "Policy statement must contain resources."),
    (text(but(ALLOW, Resource=[None])), "Policy statement must contain resources."),
    (text(but(ALLOW, Resource=[7])), SYNTAX),
    (text(but(ALLOW, Action=[None])), SYNTAX),
    (text(but(ALLOW, Resource="bucket")), 'Resource bucket must be in ARN format or "*".'),
    (
        text(but(ALLOW, Resource="arn:amazon:s3:::bucket")),
        'Partition "amazon" is not valid for resource "arn:amazon:s3:::bucket".',
    ),
    (
        text(but(ALLOW, Action="GetObject")),
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ),
    (text(but(ALLOW, Action="s3:Get:Object")), "Actions/Condition can contain only one colon."),
    (text(but(ALLOW, Action="s 3:GetObject")), "Vendor s 3 is not valid"),
    (text(but(ALLOW, Principal="*")), PRINCIPAL),
    (text(but(ALLOW, Principal={"AWS": "*"})), PRINCIPAL),
    (text(but(ALLOW, NotPrincipal={"AWS": OWNER})), PRINCIPAL),
    (text(but(ALLOW, Condition={"DateLessThan": {"aws:CurrentTime": "tomorrow"}})), LEGACY),
    *(
        (text(but(ALLOW, Condition={"DateLessThanEquals": {"aws:CurrentTime": date}})), LEGACY)
        for date in ("234-13", "2016-12-13t2:00:00.593194+1", "2016-12-13t2:00:00.1999999999+10:59")
    ),
]


@pytest.fixture
def iam(owner):
    client = owner.client("iam")
    client.create_user(UserName="alice")
    client.create_group(GroupName="staff")
    client.create_role(RoleName="app", AssumeRolePolicyDocument=text(TRUST))
    return client


def put(iam, kind, document, name="inline"):
    target = {"user": {"UserName": "alice"}, "group": {"GroupName": "staff"}, "role": {"RoleName": "app"}}[kind]
    getattr(iam, f"put_{kind}_policy")(**target, PolicyName=name, PolicyDocument=document)


def inline(iam, kind):
    name = {"user": {"UserName": "alice"}, "group": {"GroupName": "staff"}, "role": {"RoleName": "app"}}[kind]
    return getattr(iam, f"list_{kind}_policies")(**name)["PolicyNames"]


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_inline_policies_are_read_before_they_are_stored(iam, kind):
    for document, message in IDENTITY:
        with refused(MALFORMED, message):
            put(iam, kind, document)
        assert inline(iam, kind) == [], document


@pytest.mark.parametrize("character", ["\u2011", "\u201c", "\U0001f511", "\ufeff"])
def test_documents_are_written_in_latin_letters(iam, character):
    """The range is that of botocore's policyDocumentType; Outscale's osc-qa and versity/versitygw repeat the words."""
    message = "The specified value for {} is invalid. It must contain only printable ASCII characters."
    document = text(but(ALLOW, Resource="arn:aws:s3:::X")).replace("X", character)
    with refused("ValidationError", message.format("policyDocument")):
        put(iam, "user", document)
    with refused("ValidationError", message.format("policyDocument")):
        iam.create_policy(PolicyName="p", PolicyDocument=document)
    with refused("ValidationError", message.format("policyDocument")):
        iam.update_assume_role_policy(RoleName="app", PolicyDocument=document)
    with refused("ValidationError", message.format("assumeRolePolicyDocument")):
        iam.create_role(RoleName="wrong", AssumeRolePolicyDocument=document)
    assert inline(iam, "user") == []
    put(iam, "user", text(but(ALLOW, Resource="arn:aws:s3:::X")).replace("X", "\u00e9"))
    assert inline(iam, "user") == ["inline"]


def test_managed_policies_and_their_versions_are_read_likewise(iam):
    arn = iam.create_policy(PolicyName="right", PolicyDocument=text(ALLOW))["Policy"]["Arn"]
    for document, message in IDENTITY:
        with refused(MALFORMED, message):
            iam.create_policy(PolicyName="wrong", PolicyDocument=document)
        with refused(MALFORMED, message):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    assert [each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"]] == ["right"]
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v1"]


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_managed_policies_need_the_newer_version(iam, version):
    # Meteor-Community-Packages/Meteor-CollectionFS 630
    with refused(MALFORMED, "Policy document must be version 2012-10-17 or greater."):
        iam.create_policy(PolicyName="old", PolicyDocument=text(ALLOW, Version=version))
    assert iam.list_policies(Scope="Local")["Policies"] == []


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_inline_and_trust_policies_may_have_the_older_version(iam, version):
    # "IAM JSON policy elements: Version": without the element it is 2008-10-17
    put(iam, "role", text(ALLOW, Version=version))
    assert inline(iam, "role") == ["inline"]
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=text(TRUST, Version=version))
    iam.create_role(RoleName="older", AssumeRolePolicyDocument=text(TRUST, Version=version))


@pytest.mark.parametrize(
    "statement",
    [
        ALLOW,
        but(ALLOW, Sid=""),
        but(ALLOW, Action=["s3:*", "kms:Decrypt"], Resource=["*", "arn:aws:s3:::bucket"]),
        but(ALLOW, Action="*", Resource="*"),
        but(ALLOW, Resource=["arn:aws:s3:::bucket", None]),  # getmoto/moto pull request 9715
        but(ALLOW, Resource=None, NotResource=[None, "arn:aws:s3:::bucket"]),
        # getmoto/moto pull request 2269: dates that its author tried on AWS
        but(ALLOW, Condition={"DateGreaterThan": {"aws:CurrentTime": "01T"}}),
        but(ALLOW, Condition={"DateLessThanEquals": {"aws:CurrentTime": "2016-12-13t2:00:00.593194+23"}}),
        but(ALLOW, Action=None, NotAction="iam:*", Resource=None, NotResource="arn:aws:s3:::bucket"),
        but(ALLOW, Effect="Deny", Condition={"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}),
        but(ALLOW, Condition={"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"s3:max-keys": 10}}),
        but(ALLOW, Condition={"Null": {"aws:TokenIssueTime": "true"}}),
        but(ALLOW, Resource="arn:aws:s3:::bucket/home/${aws:username}/*"),
        but(ALLOW, Resource="arn:aws-cn:s3:::bucket"),
        but(ALLOW, Resource="arn:*:s3:::bucket"),
    ],
)
def test_documents_that_are_right_are_stored(iam, statement):
    for kind in ("user", "group", "role"):
        put(iam, kind, text(statement))
        assert inline(iam, kind) == ["inline"]
    assert iam.create_policy(PolicyName="right", PolicyDocument=text(statement))
    put(iam, "user", json.dumps({"Version": "2012-10-17", "Statement": statement}), "one-statement")


# --- trust policies -------------------------------------------------------------------------------------------------

ONLY_STS = "AssumeRole policy may only specify STS AssumeRole actions."
TRUSTS = [
    ("lambda.amazonaws.com", "This policy contains invalid Json"),
    ("{", "This policy contains invalid Json"),
    ("[" * 5000, "This policy contains invalid Json"),
    (text(), "Could not parse the policy: Statement is empty!"),
    (text(TRUST, Statement=None), "Missing required field Statement"),
    (text(TRUST, Version="2013-01-01"), "The policy must contain a valid version string"),
    (text(TRUST, Comment="x"), "Unknown field Comment"),
    (text(but(TRUST, Actions="sts:AssumeRole")), "Unknown field Actions"),
    (text(but(TRUST, Effect=None)), "Missing required field Effect"),
    (text(but(TRUST, Effect="Maybe")), "Invalid effect: Maybe"),
    (text(but(TRUST, Principal=None)), "Missing required field Principal"),
    (text(but(TRUST, Principal={})), "Missing required field Principal cannot be empty!"),
    (text(but(TRUST, Action=None)), "Missing required field Action"),
    (text(but(TRUST, Action="s3:GetObject")), ONLY_STS),
    (text(but(TRUST, Action=["sts:AssumeRole", "*"])), ONLY_STS),
    (text(but(TRUST, Resource="*")), "Has prohibited field Resource"),
    (text(but(TRUST, Resource=f"arn:aws:iam::{OWNER}:role/app")), "Has prohibited field Resource"),
    (text(but(TRUST, Principal={"Service": "lambda"})), 'Invalid principal in policy: "SERVICE":"lambda"'),
    (
        text(but(TRUST, Principal={"Service": "lambda.amazon.com"})),
        'Invalid principal in policy: "SERVICE":"lambda.amazon.com"',
    ),
    (text(but(TRUST, Principal={"AWS": "alice"})), 'Invalid principal in policy: "AWS":"alice"'),
    (
        text(but(TRUST, Principal={"AWS": f"arn:aws:iam::{OWNER}:role/*"})),
        f'Invalid principal in policy: "AWS":"arn:aws:iam::{OWNER}:role/*"',
    ),
]


def test_trust_policies_are_read_before_a_role_is_made_or_changed(iam):
    before = iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]
    for document, message in TRUSTS:
        with refused(MALFORMED, message):
            iam.create_role(RoleName="wrong", AssumeRolePolicyDocument=document)
        with refused(MALFORMED, message):
            iam.update_assume_role_policy(RoleName="app", PolicyDocument=document)
    assert [each["RoleName"] for each in iam.list_roles()["Roles"]] == ["app"]
    assert iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"] == before


@pytest.mark.parametrize(
    "statement",
    [
        TRUST,
        but(TRUST, Principal={"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]}),
        but(TRUST, Principal={"Service": "ec2.amazonaws.com.cn"}),
        but(TRUST, Principal={"AWS": OWNER}, Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
        but(TRUST, Principal={"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "x"}}),
        but(TRUST, Principal={"Federated": "accounts.google.com"}, Action="sts:AssumeRoleWithWebIdentity"),
        but(
            TRUST,
            Principal={"Federated": f"arn:aws:iam::{OWNER}:oidc-provider/token.actions.githubusercontent.com"},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:o/r:ref:refs/heads/main"}},
        ),
        but(TRUST, Effect="Deny", Principal={"AWS": OWNER}, Action="sts:*"),
        but(TRUST, Sid="with space"),
    ],
)
def test_trust_policies_that_are_right_are_stored(iam, statement):
    assert iam.create_role(RoleName="right", AssumeRolePolicyDocument=text(statement))
    iam.update_assume_role_policy(RoleName="app", PolicyDocument=text(statement))


# --- sizes and counts: "IAM and AWS STS quotas"; white space does not count -----------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "limit"), [("user", "alice", 2048), ("group", "staff", 5120), ("role", "app", 10240)]
)
def test_all_inline_policies_of_one_holder_have_a_size_together(iam, kind, name, limit):
    message = f"Maximum policy size of {limit} bytes exceeded for {kind} {name}"
    with refused("LimitExceeded", message, 409):
        put(iam, kind, padded(ALLOW, limit + 1))
    put(iam, kind, json.dumps(json.loads(padded(ALLOW, limit)), indent=4))
    with refused("LimitExceeded", message, 409):
        put(iam, kind, text(ALLOW), "one-more")
    put(iam, kind, text(ALLOW))
    put(iam, kind, text(ALLOW), "one-more")
    assert inline(iam, kind) == ["inline", "one-more"]


def test_a_managed_policy_has_a_size(iam):
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409):
        iam.create_policy(PolicyName="large", PolicyDocument=padded(ALLOW, 6145))
    arn = iam.create_policy(PolicyName="large", PolicyDocument=padded(ALLOW, 6144))["Policy"]["Arn"]
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=padded(ALLOW, 6145))
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v1"]


def test_a_trust_policy_has_a_size(iam):
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409):
        iam.create_role(RoleName="large", AssumeRolePolicyDocument=padded(TRUST, 2049))
    iam.create_role(RoleName="large", AssumeRolePolicyDocument=padded(TRUST, 2048))
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409):
        iam.update_assume_role_policy(RoleName="large", PolicyDocument=padded(TRUST, 2049))


@pytest.mark.parametrize(
    ("kind", "name", "quota"),
    [
        ("user", {"UserName": "alice"}, "PoliciesPerUser"),
        ("group", {"GroupName": "staff"}, "PoliciesPerGroup"),
        ("role", {"RoleName": "app"}, "PoliciesPerRole"),
    ],
)
def test_so_many_managed_policies_can_be_attached(iam, kind, name, quota):
    arns = [iam.create_policy(PolicyName=f"p{n}", PolicyDocument=text(ALLOW))["Policy"]["Arn"] for n in range(11)]
    attach = getattr(iam, f"attach_{kind}_policy")
    for arn in arns[:10]:
        attach(**name, PolicyArn=arn)
    attach(**name, PolicyArn=arns[0])
    with refused("LimitExceeded", f"Cannot exceed quota for {quota}: 10", 409):
        attach(**name, PolicyArn=arns[10])


# --- session policies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        "{",
        text(but(ALLOW, Principal="*")),
        text(but(ALLOW, Resource=None)),
        text(but(ALLOW, Effect="Maybe")),
        text(but(ALLOW, Resource="bucket")),
    ],
)
def test_session_policies_are_identity_policies(owner, document):
    sts = owner.user("alice", [allow("sts:*")]).client("sts")
    role = owner.role("app")
    with refused(MALFORMED):
        sts.assume_role(RoleArn=role.arn, RoleSessionName="ci", Policy=document)
    with refused(MALFORMED):
        sts.get_federation_token(Name="bob", Policy=document)
