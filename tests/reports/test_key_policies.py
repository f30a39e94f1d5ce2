"""Public reports on key policies: who is locked out, which principals exist, and what a delegation covers."""

import json
import re

import boto3
import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import KEY_SIDE, key_policy, lacking, root, use
from tests.support.reports import make_key, service

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."
NOBODY = "Policy contains a statement with one or more invalid principals."
SCALING = f"arn:aws:iam::{OWNER}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def test_a_key_policy_that_names_a_service_only_locks_its_author_out(kms):
    # cloudposse/terraform-aws-vpc-flow-logs-s3-bucket issue 3; answered by adding the account to the policy
    with refused("MalformedPolicyDocumentException", LOCKED_OUT):
        kms.create_key(Policy=key_policy(service("delivery.logs.amazonaws.com"), delegate=False))
    assert kms.list_keys()["Keys"] == []
    assert kms.create_key(Policy=key_policy(service("delivery.logs.amazonaws.com")))["KeyMetadata"]["Enabled"]


def test_a_delegating_policy_locks_out_a_creator_whose_own_policies_lack_put_key_policy(owner):
    # aws-samples/rds-snapshot-export-to-s3-pipeline issue 8; answered: the deployer needs CreateKey and PutKeyPolicy
    poor = owner.user("poor", [allow("kms:CreateKey")])
    with refused("MalformedPolicyDocumentException", LOCKED_OUT):
        poor.client("kms").create_key(Policy=key_policy())
    rich = owner.user("rich", [allow(["kms:CreateKey", "kms:PutKeyPolicy"])])
    assert rich.client("kms").create_key(Policy=key_policy())["KeyMetadata"]["Enabled"]


def test_the_service_linked_role_of_auto_scaling_is_no_principal_before_it_exists(owner, kms):
    # lightspin-tech/eks-creation-engine issue 4: in accounts that never had a group
    with refused("MalformedPolicyDocumentException", NOBODY):
        kms.create_key(Policy=key_policy(use(SCALING)))
    # GoogleCloudPlatform/anthos-samples issue 357: creating the role is the remedy
    owner.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    key = kms.create_key(Policy=key_policy(use(SCALING)))["KeyMetadata"]["Arn"]
    assert SCALING in kms.get_key_policy(KeyId=key)["Policy"]


def test_an_admin_role_that_the_account_does_not_have_is_no_principal(kms):
    # awslabs/minimum-viable-dataspace-on-aws issues 5 and 6: the template takes a role "Admin" for granted
    with refused("MalformedPolicyDocumentException", NOBODY):
        kms.create_key(Policy=key_policy(use(f"arn:aws:iam::{OWNER}:role/Admin")))
    assert kms.list_keys()["Keys"] == []


def test_a_group_is_no_principal_of_a_key_policy(owner, kms):
    # CMSgov/beneficiary-fhir-data pull request 212; answered by naming the users
    group = owner.client("iam").create_group(GroupName="admins")["Group"]["Arn"]
    with refused("MalformedPolicyDocumentException", NOBODY):
        kms.create_key(Policy=key_policy(use(group)))
    user = owner.user("admin").arn
    assert kms.create_key(Policy=key_policy(use(user)))["KeyMetadata"]["Enabled"]


def test_a_root_arn_with_a_slash_is_no_principal(kms):
    # ministryofjustice/modernisation-platform pull request 1418: a slash where a colon belongs
    with refused("MalformedPolicyDocumentException", NOBODY):
        kms.create_key(Policy=key_policy(use(f"arn:aws:iam::{OWNER}/root")))


@pytest.mark.parametrize("missing", ["Action", "Resource"])
@pytest.mark.parametrize("call", ["CreateKey", "PutKeyPolicy"])
def test_a_statement_without_action_or_resource_is_refused_since_august_2025(kms, key, missing, call):
    # ministryofjustice/analytical-platform issue 7691 quotes the announcement of AWS: from 18 August 2025
    statement = {name: value for name, value in use(root(OWNER)).items() if name != missing}
    before = kms.get_key_policy(KeyId=key)["Policy"]
    with refused("MalformedPolicyDocumentException"):
        if call == "CreateKey":
            kms.create_key(Policy=key_policy(statement))
        else:
            kms.put_key_policy(KeyId=key, Policy=key_policy(statement))
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
    assert len(kms.list_keys()["Keys"]) == 1


def test_tag_with_a_star_does_not_delegate_untag(owner):
    # aws/copilot-cli issue 1199; answered by adding kms:UntagResource to the key policy
    some = ["kms:Create*", "kms:Describe*", "kms:List*", "kms:Put*", "kms:Get*", "kms:Tag*", "kms:ScheduleKeyDeletion"]
    key = make_key(owner, use(root(OWNER), some), delegate=False)
    deployer = owner.user("deployer", [allow("kms:*")])
    client = deployer.client("kms")
    client.tag_resource(KeyId=key, Tags=[{"TagKey": "env", "TagValue": "test"}])
    with refused("AccessDeniedException", lacking(deployer, "kms:UntagResource", key, "resource-based policy")):
        client.untag_resource(KeyId=key, TagKeys=["env"])
    tags = client.list_resource_tags(KeyId=key)["Tags"]
    assert tags == [{"TagKey": "env", "TagValue": "test"}]
    owner.client("kms").put_key_policy(
        KeyId=key, Policy=key_policy(use(root(OWNER), [*some, "kms:UntagResource"]), delegate=False)
    )
    client.untag_resource(KeyId=key, TagKeys=["env"])


def test_the_tag_of_a_key_that_is_still_to_be_created_allows_nothing(owner):
    # LeanerCloud/CUDly issue 1670 and pull request 1671: aws:RequestTag is the key for tags on creation
    tags = [{"TagKey": "Project", "TagValue": "CUDly"}]
    create = {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"}

    def tagging(name):
        condition = {"StringEqualsIgnoreCase": {f"aws:{name}/Project": "CUDly"}}
        return policy(create, {"Effect": "Allow", "Action": "kms:TagResource", "Resource": "*", "Condition": condition})

    late = owner.user("late", [tagging("ResourceTag")])
    with refused(
        "AccessDeniedException",
        f"User: {late.arn} is not authorized to perform: kms:TagResource "
        "because no identity-based policy allows the kms:TagResource action",
    ):
        late.client("kms").create_key(Tags=tags)
    assert owner.client("kms").list_keys()["Keys"] == []
    early = owner.user("early", [tagging("RequestTag")])
    assert early.client("kms").create_key(Tags=tags)["KeyMetadata"]["Enabled"]


def test_administrators_without_replicate_key_cannot_make_replicas(owner):
    # terraform-aws-modules/terraform-aws-kms issue 22
    admin = owner.user("admin", [allow(["kms:CreateKey", "kms:ReplicateKey"])])
    actions = ["kms:Create*", "kms:Describe*", "kms:Put*", "kms:Update*", "kms:Get*", "kms:ScheduleKeyDeletion"]
    document = key_policy(use(admin.arn, actions), delegate=False)
    client = admin.client("kms")
    key = client.create_key(Policy=document, MultiRegion=True)["KeyMetadata"]["Arn"]
    with refused("AccessDeniedException", lacking(admin, "kms:ReplicateKey", key, "resource-based policy")):
        client.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    more = key_policy(use(admin.arn, [*actions, "kms:ReplicateKey"]), delegate=False)
    client.put_key_policy(KeyId=key, Policy=more)
    made = client.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert made["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"


def test_data_actions_via_ec2_and_s3_only_are_of_no_use_in_direct_calls(owner, key):
    # kubernetes/kops issue 16741 and pull request 18363: stolen credentials do not open anything by themselves
    via = {"StringEquals": {"kms:ViaService": ["ec2.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]}}
    data = {"Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"], "Condition": via}
    more = {"Action": ["s3:*", "ec2:*", "kms:CreateGrant", "kms:DescribeKey"]}
    node = owner.user("node", [policy(*({"Effect": "Allow", "Resource": "*", **each} for each in (data, more)))])
    s3 = node.client("s3")
    s3.create_bucket(Bucket="state")
    s3.put_object(Bucket="state", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket="state", Key="k")["Body"].read() == b"x"
    client = node.client("kms")
    assert client.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    with refused("AccessDeniedException", lacking(node, "kms:GenerateDataKey", key)):
        client.generate_data_key(KeyId=key, KeySpec="AES_256")


def test_creating_an_alias_needs_permission_for_the_alias_and_for_its_key(owner, key):
    # awsdocs/aws-kms-developer-guide issue 12
    alias = f"arn:aws:kms:us-east-1:{OWNER}:alias/app"
    of_the_key = owner.user("of-the-key", [allow("kms:CreateAlias", key)])
    with refused("AccessDeniedException", lacking(of_the_key, "kms:CreateAlias", alias)):
        of_the_key.client("kms").create_alias(AliasName="alias/app", TargetKeyId=key)
    of_the_alias = owner.user("of-the-alias", [allow("kms:CreateAlias", alias)])
    with refused("AccessDeniedException", lacking(of_the_alias, "kms:CreateAlias", key)):
        of_the_alias.client("kms").create_alias(AliasName="alias/app", TargetKeyId=key)
    both = owner.user("both", [allow("kms:CreateAlias", [key, alias])])
    both.client("kms").create_alias(AliasName="alias/app", TargetKeyId=key)
    assert [each["AliasName"] for each in owner.client("kms").list_aliases(KeyId=key)["Aliases"]] == ["alias/app"]


def test_permission_for_an_alias_is_no_permission_for_its_key(owner, kms, key):
    # aws/aws-cdk issues 16479 and 19914, aws/aws-encryption-sdk-java issue 3: permissions go to keys; the alias is a condition
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    by_resource = owner.user("by-resource", [allow("kms:Decrypt", f"arn:aws:kms:us-east-1:{OWNER}:alias/app")])
    with refused("AccessDeniedException", lacking(by_resource, "kms:Decrypt", key)):
        by_resource.client("kms").decrypt(CiphertextBlob=blob, KeyId="alias/app")
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}
    by_condition = owner.user("by-condition", [allow("kms:Decrypt", "*", Condition=condition)])
    assert by_condition.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_key_for_a_path_of_roles_is_closed_to_roles_outside_it(owner, other):
    # aws-samples/visualize-iam-access-analyzer-policy-validation-findings issue 2: the function's role had no such path
    condition = {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/access-analyzer/*"}}
    key = make_key(owner, use({"AWS": root(OTHER)}, ["kms:Decrypt", "kms:GenerateDataKey"], Condition=condition))
    outside = other.role("list-policies", policies=[allow("kms:*")])
    text = f"User: {outside.arn.replace('iam', 'sts').replace(':role/', ':assumed-role/')}/"
    refusal = re.compile(re.escape(text) + r"\S+ is not authorized to perform: kms:GenerateDataKey on this resource .*")
    with refused("AccessDeniedException", refusal):
        outside.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    iam = other.client("iam")
    trust = iam.get_role(RoleName="list-policies")["Role"]["AssumeRolePolicyDocument"]
    inside = iam.create_role(RoleName="inside", Path="/access-analyzer/", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="inside", PolicyName="kms", PolicyDocument=json.dumps(allow("kms:*")))
    caller = other.user("caller", [allow("sts:AssumeRole")])
    trusting = {"Effect": "Allow", "Principal": {"AWS": caller.arn}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName="inside", PolicyDocument=json.dumps(policy(trusting)))
    made = caller.client("sts").assume_role(RoleArn=inside["Role"]["Arn"], RoleSessionName="session")["Credentials"]
    client = boto3.client(
        "kms",
        region_name="us-east-1",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )
    assert client.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyId"] == key


def test_a_key_may_be_opened_to_the_accounts_of_an_organization(aws_world, owner, other):
    # aws-samples/aws-secure-environment-accelerator issue 534: one statement instead of one for each account
    organizations = owner.client("organizations")
    number = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    made = organizations.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]
    condition = {"StringEquals": {"aws:PrincipalOrgID": number}}
    key = make_key(owner, use("*", ["kms:GenerateDataKey"], Condition=condition))
    member = aws_world.account(made["AccountId"]).user("member", [allow("kms:*")])
    assert member.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")["KeyId"] == key
    stranger = other.user("stranger", [allow("kms:*")])
    text = f"User: {stranger.arn} is not authorized to perform: kms:GenerateDataKey on this resource {KEY_SIDE}"
    with refused("AccessDeniedException", text):
        stranger.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
