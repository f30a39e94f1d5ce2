"""Questions about key policies, policies of IAM, grants and aliases."""

import json
from datetime import timedelta

from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.organization import Organization
from tests.support.policies import everything_but_kms, key_policy, root, use
from tests.support.questions import Table
from tests.support.reports import make_key, service

QUESTIONS = Table()
SCALING = f"arn:aws:iam::{OWNER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
OPEN = key_policy()


def created(kms, document):
    return lambda: kms.create_key(Policy=document)


def encrypted(client, key, **more):
    return lambda: client.encrypt(KeyId=key, Plaintext=b"x", **more)


@QUESTIONS.ask(
    "The new key policy will not allow you to update the key policy in the future?",
    source="https://github.com/cloudposse/terraform-aws-vpc-flow-logs-s3-bucket/issues/3",
    fix=["kms:PutKeyPolicy", "account's root"],
)
def locked_out(world):
    kms = world.account(OWNER).client("kms")
    logs = service("delivery.logs.amazonaws.com")
    return created(kms, key_policy(logs, delegate=False)), created(kms, key_policy(logs))


@QUESTIONS.ask(
    "The policy lets the root of the account in, and its creator is still told that he would be locked out?",
    source="https://github.com/aws-samples/rds-snapshot-export-to-s3-pipeline/issues/8",
    fix=["kms:PutKeyPolicy", "policy of IAM"],
)
def locked_out_for_want_of_an_own_policy(world):
    owner = world.account(OWNER)
    poor = owner.user("poor", [allow("kms:CreateKey")]).client("kms")
    rich = owner.user("rich", [allow(["kms:CreateKey", "kms:PutKeyPolicy"])]).client("kms")
    return created(poor, OPEN), created(rich, OPEN)


@QUESTIONS.ask(
    "Policy contains a statement with one or more invalid principals: a role that is not there?",
    source="https://github.com/awslabs/minimum-viable-dataspace-on-aws/issues/5",
    fix=["Create the user or role", f"arn:aws:iam::{OWNER}:role/Admin"],
)
def principal_that_is_not_there(world):
    owner = world.account(OWNER)
    document = key_policy(use(f"arn:aws:iam::{OWNER}:role/Admin"))

    def after_the_role():
        owner.role("Admin")
        owner.client("kms").create_key(Policy=document)

    return created(owner.client("kms"), document), after_the_role


@QUESTIONS.ask(
    "The service-linked role of Auto Scaling is an invalid principal in a fresh account?",
    source="https://github.com/GoogleCloudPlatform/anthos-samples/issues/357",
    fix=["CreateServiceLinkedRole", "autoscaling.amazonaws.com"],
)
def service_linked_role_that_is_not_there(world):
    owner = world.account(OWNER)
    document = key_policy(use(SCALING))

    def after_the_role():
        owner.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
        owner.client("kms").create_key(Policy=document)

    return created(owner.client("kms"), document), after_the_role


@QUESTIONS.ask(
    "Can a group be a principal of a key policy?",
    source="https://github.com/CMSgov/beneficiary-fhir-data/pull/212",
    fix=["group", "user"],
)
def group_as_a_principal(world):
    owner = world.account(OWNER)
    group = owner.client("iam").create_group(GroupName="admins")["Group"]["Arn"]
    user = owner.user("admin").arn
    kms = owner.client("kms")
    return created(kms, key_policy(use(group))), created(kms, key_policy(use(user)))


@QUESTIONS.ask(
    "A statement of a key policy without Resource is refused, though it was accepted for years?",
    source="https://github.com/ministryofjustice/analytical-platform/issues/7691",
    fix="Resource is missing",
)
def statement_without_a_resource(world):
    kms = world.account(OWNER).client("kms")
    statement = {name: value for name, value in use(root(OWNER)).items() if name != "Resource"}
    whole = key_policy(use(root(OWNER)))
    return created(kms, key_policy(statement)), created(kms, whole)


@QUESTIONS.ask(
    "The key policy names the role, which was deleted and made again, and it is denied?",
    source="https://github.com/terraform-aws-modules/terraform-aws-kms/pull/18",
    fix=["write the policy again"],
)
def role_made_anew(world):
    owner = world.account(OWNER)
    role = owner.role("app")
    statement = use(role.arn, "kms:Encrypt")
    key = make_key(owner, statement)
    owner.client("iam").delete_role(RoleName="app")
    app = owner.role("app").client("kms")

    def written_again():
        owner.client("kms").put_key_policy(KeyId=key, Policy=key_policy(statement))
        encrypted(app, key)()

    return encrypted(app, key), written_again


@QUESTIONS.ask(
    "An administrator of the account is denied on a key: no resource-based policy allows the action?",
    source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2436",
    fix=["key policy", f'"AWS": "arn:aws:iam::{OWNER}:user/admin"', '"kms:DescribeKey"'],
)
def key_that_does_not_delegate(world):
    owner = world.account(OWNER)
    manage = ["kms:PutKeyPolicy", "kms:GetKeyPolicy"]
    key = make_key(owner, use(root(OWNER), manage), delegate=False)
    admin = owner.user("admin", [allow("*")]).client("kms")
    return lambda: admin.describe_key(KeyId=key)


@QUESTIONS.ask(
    "kms:Tag* is allowed, and tags cannot be taken off the key?",
    source="https://github.com/aws/copilot-cli/issues/1199",
    fix=["key policy", '"kms:UntagResource"'],
)
def untagging(world):
    owner = world.account(OWNER)
    some = ["kms:Create*", "kms:Describe*", "kms:List*", "kms:Put*", "kms:Get*", "kms:Tag*"]
    key = make_key(owner, use(root(OWNER), some), delegate=False)
    deployer = owner.user("deployer", [allow("kms:*")]).client("kms")
    deployer.tag_resource(KeyId=key, Tags=[{"TagKey": "env", "TagValue": "test"}])
    return lambda: deployer.untag_resource(KeyId=key, TagKeys=["env"])


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
    "A key policy demands an encryption context, and sops is explicitly denied?",
    source="https://github.com/getsops/sops/issues/1972",
    fix=["send EncryptionContext={'AppName': 'vantage'}"],
)
def context_that_a_deny_demands(world):
    owner = world.account(OWNER)
    unless = {"StringNotEquals": {"kms:EncryptionContext:AppName": "vantage"}}
    key = make_key(owner, use("*", ["kms:Encrypt", "kms:Decrypt"], "Deny", Condition=unless))
    sops = owner.user("sops", [allow("kms:*")]).client("kms")
    return encrypted(sops, key), encrypted(sops, key, EncryptionContext={"AppName": "vantage"})


@QUESTIONS.ask(
    "A grant constrains the encryption context, and its grantee is denied?",
    source="https://github.com/fugue/credstash/issues/83",
    fix=["To use the grant", "EncryptionContext={'service': 'web'}"],
)
def grant_with_a_constraint(world):
    owner = world.account(OWNER)
    key, web = make_key(owner), owner.user("web")
    constraint = {"EncryptionContextSubset": {"service": "web"}}
    owner.client("kms").create_grant(
        KeyId=key, GranteePrincipal=web.arn, Operations=["Encrypt"], Constraints=constraint
    )
    client = web.client("kms")
    return encrypted(client, key), encrypted(client, key, EncryptionContext={"service": "web"})


@QUESTIONS.ask(
    "A grant was made a moment ago, and its grantee is denied?",
    source="https://github.com/fugue/credstash/issues/307",
    fix=["GrantTokens"],
    delays={"CreateGrant": timedelta(minutes=5)},
)
def grant_of_a_moment_ago(world):
    world.clock.freeze()
    owner = world.account(OWNER)
    key, reader = make_key(owner), owner.user("reader")
    made = owner.client("kms").create_grant(KeyId=key, GranteePrincipal=reader.arn, Operations=["Encrypt"])
    client = reader.client("kms")
    return encrypted(client, key), encrypted(client, key, GrantTokens=[made["GrantToken"]])


@QUESTIONS.ask(
    "Which operations can a grant allow (Terraform: ListGrants, RevokeGrant)?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/3946",
    fix=["Operations"],
)
def operations_that_no_grant_allows(world):
    owner = world.account(OWNER)
    kms, key, role = owner.client("kms"), make_key(owner), owner.role("scaling").arn

    def grant(*operations):
        kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=list(operations))

    return lambda: grant("Decrypt", "CreateGrant", "ListGrants"), lambda: grant("Decrypt", "CreateGrant")


@QUESTIONS.ask(
    "CreateGrant in Terraform: ARN does not refer to a valid principal?",
    source="https://github.com/hashicorp/terraform-provider-aws/pull/3038",
    fix=["Create the user or role first"],
)
def grant_for_nobody(world):
    owner = world.account(OWNER)
    kms, key = owner.client("kms"), make_key(owner)

    def grant():
        arn = f"arn:aws:iam::{OWNER}:role/tomorrow"
        kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])

    def after_the_role():
        owner.role("tomorrow")
        grant()

    return grant, after_the_role


@QUESTIONS.ask(
    "RevokeGrant is denied to who may revoke with kms:GrantIsForAWSResource?",
    source="https://github.com/ministryofjustice/modernisation-platform/issues/3550",
    fix=['"kms:RevokeGrant"', "a policy of"],
)
def grant_that_is_of_no_service(world):
    owner = world.account(OWNER)
    member = owner.user("member")
    resource = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    key = make_key(owner, use(member.arn, ["kms:ListGrants", "kms:RevokeGrant"], Condition=resource))
    grantee = owner.role("worker").arn
    made = owner.client("kms").create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])
    return lambda: member.client("kms").revoke_grant(KeyId=key, GrantId=made["GrantId"])


@QUESTIONS.ask(
    "ReEncrypt is denied although the caller may ReEncrypt to the new key?",
    source="https://github.com/ankane/kms_encrypted/issues/17",
    fix=["a policy of", '"kms:ReEncryptFrom"'],
)
def reencrypting_from_another_key(world):
    owner = world.account(OWNER)
    old, new = make_key(owner), make_key(owner)
    blob = owner.client("kms").encrypt(KeyId=old, Plaintext=b"x")["CiphertextBlob"]
    app = owner.user("app", [allow("kms:ReEncrypt*", new)]).client("kms")
    return lambda: app.re_encrypt(CiphertextBlob=blob, DestinationKeyId=new)


@QUESTIONS.ask(
    "ReplicateKey is denied to the administrators that the key policy names?",
    source="https://github.com/terraform-aws-modules/terraform-aws-kms/issues/22",
    fix=["key policy", '"kms:ReplicateKey"'],
)
def replicating_as_an_administrator(world):
    owner = world.account(OWNER)
    admin = owner.user("admin", [allow(["kms:CreateKey", "kms:ReplicateKey"])])
    actions = ["kms:Create*", "kms:Describe*", "kms:Put*", "kms:Update*", "kms:Get*", "kms:ScheduleKeyDeletion"]
    manage = use(root(OWNER), ["kms:PutKeyPolicy", "kms:GetKeyPolicy"])
    client = admin.client("kms")
    document = key_policy(use(admin.arn, actions), manage, delegate=False)
    key = client.create_key(Policy=document, MultiRegion=True)["KeyMetadata"]["Arn"]
    return lambda: client.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")


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
    "A key is open to the organization; why is this account denied?",
    source="https://github.com/aws-samples/aws-secure-environment-accelerator/issues/534",
    fix=["organization"],
)
def stranger_to_the_organization(world):
    organization = Organization(world, OWNER)
    condition = {"StringEquals": {"aws:PrincipalOrgID": organization.id}}
    key = make_key(world.account(OWNER), use("*", "kms:*", Condition=condition))
    stranger = world.account(OTHER).user("stranger", [allow("kms:*")]).client("kms")
    member = organization.member.user("member", [allow("kms:*")]).client("kms")
    return encrypted(stranger, key), encrypted(member, key)


@QUESTIONS.ask(
    "The role's path is not that of aws:PrincipalArn in the key policy?",
    source="https://github.com/aws-samples/visualize-iam-access-analyzer-policy-validation-findings/issues/2",
    fix=["key policy", f"arn:aws:iam::{OTHER}:role/list-policies", "aws:PrincipalArn"],
)
def role_outside_the_path(world):
    condition = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/access-analyzer/*"}}
    key = make_key(world.account(OWNER), use(root(OTHER), ["kms:Decrypt", "kms:Encrypt"], Condition=condition))
    return encrypted(world.account(OTHER).role("list-policies", [allow("kms:*")]).client("kms"), key)


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
