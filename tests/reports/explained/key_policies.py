"""Questions about key policies."""

from tests.support.claims import OTHER, OWNER, allow
from tests.support.organization import Organization
from tests.support.policies import key_policy, root, use
from tests.support.questions import Table, encrypted
from tests.support.reports import make_key, service

QUESTIONS = Table()
SCALING = f"arn:aws:iam::{OWNER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
OPEN = key_policy()


def created(kms, document):
    return lambda: kms.create_key(Policy=document)


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
    fix="Resource: it is missing",
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
    "The role's path is not that of aws:PrincipalArn in the key policy?",
    source="https://github.com/aws-samples/visualize-iam-access-analyzer-policy-validation-findings/issues/2",
    fix=["key policy", f"arn:aws:iam::{OTHER}:role/list-policies", "aws:PrincipalArn"],
)
def role_outside_the_path(world):
    condition = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/access-analyzer/*"}}
    key = make_key(world.account(OWNER), use(root(OTHER), ["kms:Decrypt", "kms:Encrypt"], Condition=condition))
    return encrypted(world.account(OTHER).role("list-policies", [allow("kms:*")]).client("kms"), key)


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
