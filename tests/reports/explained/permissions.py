"""Questions about policies of IAM and of organizations, and about aliases."""

import json

from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.organization import Organization
from tests.support.policies import everything_but_kms, root, use
from tests.support.questions import Table, encrypted
from tests.support.reports import make_key

QUESTIONS = Table()


@QUESTIONS.ask(
    "CreateKey with tags is denied by a policy for aws:ResourceTag?",
    source="https://github.com/LeanerCloud/CUDly/issues/1670",
    fix=["a policy of", '"kms:TagResource"', "aws:RequestTag/Project"],
)
def tag_of_a_key_that_is_not_there_yet(world):
    owner = world.account(OWNER)
    tagged = {"StringEquals": {"aws:ResourceTag/Project": "CUDly"}}
    tagging = {"Effect": "Allow", "Action": "kms:TagResource", "Resource": "*", "Condition": tagged}
    user = owner.user("app", [allow("kms:CreateKey"), policy(tagging)]).client("kms")
    return lambda: user.create_key(Tags=[{"TagKey": "Project", "TagValue": "CUDly"}])


@QUESTIONS.ask(
    "A permission for the alias in Resource does not help: Decrypt is denied?",
    source="https://github.com/aws/aws-cdk/issues/19914",
    fix=["a policy of", '"kms:Decrypt"', f'"Resource": "arn:aws:kms:us-east-1:{OWNER}:key/'],
)
def permission_for_an_alias(world):
    owner = world.account(OWNER)
    kms, key = owner.client("kms"), make_key(owner)
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    app = owner.user("app", [allow("kms:Decrypt", f"arn:aws:kms:us-east-1:{OWNER}:alias/app")]).client("kms")
    return lambda: app.decrypt(CiphertextBlob=blob)


@QUESTIONS.ask(
    "CreateAlias is allowed for the key, and is denied?",
    source="https://github.com/awsdocs/aws-kms-developer-guide/issues/12",
    fix=["a policy of", '"kms:CreateAlias"', f'"Resource": "arn:aws:kms:us-east-1:{OWNER}:alias/app"'],
)
def alias_without_its_own_permission(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    app = owner.user("app", [allow("kms:CreateAlias", key)]).client("kms")
    return lambda: app.create_alias(AliasName="alias/app", TargetKeyId=key)


@QUESTIONS.ask(
    "The alias of a key that was deleted by Terraform already exists?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/35161",
    fix=["UpdateAlias", "DeleteAlias"],
)
def alias_of_a_key_that_is_to_go(world):
    kms = world.account(OWNER).client("kms")
    old, new = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/app", TargetKeyId=old)
    kms.schedule_key_deletion(KeyId=old)
    return (
        lambda: kms.create_alias(AliasName="alias/app", TargetKeyId=new),
        lambda: kms.update_alias(AliasName="alias/app", TargetKeyId=new),
    )


@QUESTIONS.ask(
    "The role may Decrypt with kms:ViaService, and a direct call is denied?",
    source="https://github.com/kubernetes/kops/issues/16741",
    fix=["ask through s3.us-east-1.amazonaws.com"],
)
def only_through_a_service(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    via = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    using = {"Effect": "Allow", "Action": "kms:*", "Resource": key, "Condition": via}
    node = owner.user("node", [everything_but_kms(), policy(using)])
    owner.client("s3").create_bucket(Bucket="bucket")

    def through_s3():
        sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        node.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", **sse)

    return encrypted(node.client("kms"), key), through_s3


@QUESTIONS.ask(
    "A Deny for all that does not come through one's own network also strikes what services do with the key?",
    source="https://github.com/awsdocs/iam-user-guide/issues/210",
    fix=["aws:ViaAWSService", "false"],
)
def network_behind_a_service(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    owner.client("s3").create_bucket(Bucket="bucket")
    outside = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    denial = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": outside}
    admin = owner.user("admin", [policy(*allow("*")["Statement"], denial)])

    def put():
        sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        with world.request_context(**{"aws:SourceVpce": "vpce-1"}):
            admin.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", **sse)

    def with_the_exemption():
        exempt = {**denial, "Condition": {**outside, "Bool": {"aws:ViaAWSService": "false"}}}
        document = json.dumps(policy(*allow("*")["Statement"], exempt))
        owner.client("iam").put_user_policy(UserName="admin", PolicyName="policy-1", PolicyDocument=document)
        put()

    return put, with_the_exemption


@QUESTIONS.ask(
    "ReEncrypt is denied although the caller may ReEncrypt to the new key?",
    source="https://github.com/CMSgov/beneficiary-fhir-data/pull/2165",
    fix=["a policy of", '"kms:ReEncryptFrom"'],
)
def reencrypting_from_another_key(world):
    owner = world.account(OWNER)
    old, new = make_key(owner), make_key(owner)
    blob = owner.client("kms").encrypt(KeyId=old, Plaintext=b"x")["CiphertextBlob"]
    app = owner.user("app", [allow("kms:ReEncrypt*", new)]).client("kms")
    return lambda: app.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new)


@QUESTIONS.ask(
    "kms:Decrypt: no permissions boundary allows the action?",
    source="https://github.com/kirodotdev/KiroCrew/issues/10229",
    fix=["permissions boundary", '"kms:Encrypt"'],
)
def boundary_without_kms(world):
    owner = world.account(OWNER)
    role = owner.role("instance", [allow("kms:*")], boundary=everything_but_kms())
    return encrypted(role.client("kms"), make_key(owner))


@QUESTIONS.ask(
    "DescribeKey is denied, though the caller has kms:Encrypt and kms:Decrypt?",
    source="https://github.com/jbrt/ec2cryptomatic/issues/26",
    fix=["a policy of", '"kms:DescribeKey"'],
)
def describing_without_permission(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    app = owner.user("app", [allow(["kms:Encrypt", "kms:Decrypt"])]).client("kms")
    return lambda: app.describe_key(KeyId=key)


@QUESTIONS.ask(
    "A user may do everything with MFA only, and his command line is denied?",
    source="https://github.com/TalEliyahu/Startup-AWS-IAM-Roles/issues/22",
    fix=["MFA"],
)
def without_mfa(world):
    owner = world.account(OWNER)
    unless = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    denial = {"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": unless}
    call = encrypted(owner.user("app", [allow("*"), policy(denial)]).client("kms"), make_key(owner))

    def with_mfa():
        with world.request_context(**{"aws:MultiFactorAuthPresent": "true"}):
            call()

    return call, with_mfa


@QUESTIONS.ask(
    "cdk deploy cannot upload under a service control policy that demands a header?",
    source="https://github.com/aws/aws-cdk/issues/11265",
    fix=["ServerSideEncryption="],
)
def header_that_an_organization_demands(world):
    organization = Organization(world, OWNER)
    condition = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    organization.attach(
        "root", policy({"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": condition})
    )
    deployer = organization.member.user("deployer", [allow(["s3:*", "kms:*"])]).client("s3")
    deployer.create_bucket(Bucket="bucket")

    def put(**more):
        deployer.put_object(Bucket="bucket", Key="k", Body=b"x", **more)

    return put, lambda: put(ServerSideEncryption="aws:kms")


@QUESTIONS.ask(
    "The key policy allows kms:* to another account, and its administrator cannot disable the key?",
    source="https://github.com/localstack/localstack/pull/8253",
    fix=["Call DisableKey as a principal of the account that owns"],
)
def managing_a_foreign_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    key = make_key(owner, use(root(OTHER)))
    admin = other.user("admin", [allow("*")]).client("kms")
    return lambda: admin.disable_key(KeyId=key), lambda: owner.client("kms").disable_key(KeyId=key)


@QUESTIONS.ask(
    "kms:Encrypt is allowed, and the key alias/aws/ssm refuses a direct call?",
    source="https://github.com/KensioSoftware/yulin/issues/226",
    fix="use a customer managed key",
)
def direct_use_of_a_managed_key(world):
    owner = world.account(OWNER)
    app = owner.user("app", [allow("kms:*")]).client("kms")
    app.describe_key(KeyId="alias/aws/ssm")
    return encrypted(app, "alias/aws/ssm"), encrypted(app, make_key(owner))
