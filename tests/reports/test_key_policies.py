"""Public reports on key policies: who is locked out, which principals exist, and what a delegation covers."""

import pytest

from tests.support.reports import (
    OWNER,
    allow,
    key_policy,
    lacking,
    make_key,
    policy,
    refused,
    root,
    service,
    use,
)

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
