"""Repositories, file systems and backup vaults: grants that the service holds, and keys that it is refused."""

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER, refused
from tests.support.ec2 import EAST, GHOST, cmk, grants
from tests.support.policies import make_key, use
from tests.support.service_cases import create_file_system, create_repository, pull_images, put_image
from tests.support.service_lab import Lab
from tests.support.services import actions, decided, person, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented", '"Encryption at rest" (ECR), "Encrypting data in Amazon EFS", "Encryption for backups in AWS Backup"'
)

REPOSITORY = f"arn:aws:ecr:{EAST}:{OWNER}:repository/repository"
ECR_MAKER = ["kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"]
EFS_MAKER = ["kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt"]
BACKUP_MAKER = ["kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt", "kms:RetireGrant", "kms:DescribeKey"]


@pytest.fixture
def lab(aws_world):
    return Lab(aws_world)


def lab_of(world, caller):
    return Lab(world, caller)


# --- repositories -------------------------------------------------------------------------------------------------------------------


def test_a_repository_shows_its_key(lab, key):
    create_repository(lab, key)
    (told,) = lab.client("ecr").describe_repositories()["repositories"]
    assert told["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}


def test_a_repository_without_a_key_shows_that_of_aws(lab, kms):
    create_repository(lab, None)
    (told,) = lab.client("ecr").describe_repositories()["repositories"]
    managed = kms.describe_key(KeyId="alias/aws/ecr")["KeyMetadata"]
    assert (managed["KeyManager"], told["encryptionConfiguration"]["kmsKey"]) == ("AWS", managed["Arn"])


def test_pushing_and_pulling_need_no_permission_on_the_key(aws_world, owner, lab, key):
    create_repository(lab, key)
    pusher = lab_of(aws_world, person(owner))
    put_image(pusher, REPOSITORY, "one")
    assert pull_images(pusher, REPOSITORY) == ["one"]


@pytest.mark.parametrize("lacks", ["kms:CreateGrant", "kms:DescribeKey"])
def test_making_a_repository_needs_to_describe_and_to_grant(aws_world, owner, lab, key, lacks):
    with refused("KmsException"):
        create_repository(lab_of(aws_world, person(owner, *[each for each in ECR_MAKER if each != lacks])), key)
    assert lab.client("ecr").describe_repositories()["repositories"] == []
    create_repository(lab_of(aws_world, person(owner, *ECR_MAKER, name="maker")), key)


def test_the_error_names_that_of_kms(lab, kms, key):
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError) as caught:
        create_repository(lab, key)
    assert "Disabled" in caught.value.response["kmsError"]


def test_the_grants_of_a_repository_go_with_it(aws_world, owner, lab, key):
    create_repository(lab, key)
    assert len(grants(owner, key)) == 2
    with decided(aws_world) as asked:
        lab.client("ecr").delete_repository(repositoryName="repository", force=True)
    assert grants(owner, key) == []
    assert set(actions(asked)) <= {"kms:RetireGrant"}


def test_pushing_fails_without_the_grants(owner, lab, kms, key):
    create_repository(lab, key)
    for each in grants(owner, key):
        kms.revoke_grant(KeyId=key, GrantId=each["GrantId"])
    with refused("KmsException"):
        put_image(lab, REPOSITORY, "one")
    assert lab.client("ecr").list_images(repositoryName="repository")["imageIds"] == []


def test_a_repository_that_is_encrypted_by_s3_asks_nothing(aws_world, lab):
    with decided(aws_world) as asked:
        lab.client("ecr").create_repository(repositoryName="repository")
        put_image(lab, REPOSITORY, "one")
        assert pull_images(lab, REPOSITORY) == ["one"]
    assert asked == []


def test_a_key_policy_may_demand_that_the_grants_are_for_aws(aws_world, owner, kms):
    maker = person(owner)
    only = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    key = make_key(
        kms, use(maker.arn, "kms:CreateGrant", Condition=only), use(maker.arn, ["kms:DescribeKey", "kms:RetireGrant"])
    )
    create_repository(lab_of(aws_world, maker), key)


def test_a_second_repository_of_the_name_makes_no_grants(owner, lab, key):
    create_repository(lab, key)
    with refused("RepositoryAlreadyExistsException"):
        create_repository(lab, key)
    assert len(grants(owner, key)) == 2


def test_a_repository_shows_the_arn_of_its_key_however_that_was_named(lab, kms, key):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    create_repository(lab, "alias/app")
    (told,) = lab.client("ecr").describe_repositories()["repositories"]
    assert told["encryptionConfiguration"]["kmsKey"] == key


# --- file systems -------------------------------------------------------------------------------------------------------------------


def test_a_file_system_shows_the_arn_of_its_key_however_that_was_named(lab, kms, key):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    for number, name in enumerate((key, key.split("/")[1], "alias/app", f"arn:aws:kms:{EAST}:{OWNER}:alias/app")):
        made = lab.client("efs").create_file_system(CreationToken=str(number), Encrypted=True, KmsKeyId=name)
        assert made["KmsKeyId"] == key


def test_a_file_system_without_a_key_is_under_that_of_aws(lab, kms):
    create_file_system(lab, None)
    (told,) = lab.client("efs").describe_file_systems()["FileSystems"]
    managed = kms.describe_key(KeyId="alias/aws/elasticfilesystem")["KeyMetadata"]
    assert (managed["KeyManager"], told["KmsKeyId"]) == ("AWS", managed["Arn"])


def test_a_key_is_for_what_is_encrypted(lab, key):
    with refused("BadRequest"):
        lab.client("efs").create_file_system(CreationToken="t", KmsKeyId=key)


@pytest.mark.parametrize("lacks", ["kms:CreateGrant", "kms:DescribeKey"])
def test_making_a_file_system_needs_to_describe_and_to_grant(aws_world, owner, lab, key, lacks):
    with refused_somehow(status=None):
        create_file_system(lab_of(aws_world, person(owner, *[each for each in EFS_MAKER if each != lacks])), key)
    assert lab.client("efs").describe_file_systems()["FileSystems"] == []
    create_file_system(lab_of(aws_world, person(owner, *EFS_MAKER, name="maker")), key)
    assert grants(owner, key)


def test_a_file_system_that_is_not_encrypted_asks_nothing(aws_world, lab):
    with decided(aws_world) as asked:
        lab.client("efs").create_file_system(CreationToken="t")
    assert asked == []


def test_a_refused_file_system_may_be_made_once_more_under_its_token(aws_world, owner, lab, key):
    few = lab_of(aws_world, person(owner, "kms:DescribeKey", "kms:CreateGrant"))
    with refused("AccessDeniedException", status=403):
        create_file_system(few, key)
    assert grants(owner, key) == []
    create_file_system(lab, key)


# --- vaults -------------------------------------------------------------------------------------------------------------------------


def make_vault(caller, key, name="vault"):
    caller.client("backup").create_backup_vault(BackupVaultName=name, EncryptionKeyArn=key)
    return caller.client("backup").describe_backup_vault(BackupVaultName=name)["EncryptionKeyArn"]


def test_a_vault_shows_its_key(aws_world, owner, key):
    with decided(aws_world) as asked:
        assert make_vault(owner, key) == key
    assert {each.resource for each in asked} == {key}


def test_making_a_vault_needs_permissions_on_its_key(owner, key):
    with refused_somehow(status=None):
        make_vault(person(owner), key)
    assert make_vault(person(owner, *BACKUP_MAKER, name="maker"), key) == key


@pytest.mark.parametrize("bad", ["missing", "foreign", "disabled"])
def test_a_vault_is_not_made_under_a_key_that_refuses(owner, other, kms, key, bad):
    chosen = {"missing": f"arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}", "foreign": cmk(other), "disabled": key}[bad]
    kms.disable_key(KeyId=key)
    with refused_somehow(status=None):
        make_vault(owner, chosen)
    assert owner.client("backup").list_backup_vaults()["BackupVaultList"] == []


def test_a_vault_without_a_key_is_under_that_of_aws(owner, kms):
    owner.client("backup").create_backup_vault(BackupVaultName="vault")
    managed = kms.describe_key(KeyId="alias/aws/backup")["KeyMetadata"]["Arn"]
    assert owner.client("backup").describe_backup_vault(BackupVaultName="vault")["EncryptionKeyArn"] == managed


def test_the_grant_of_a_vault_goes_with_it_and_a_second_vault_has_none(owner, key):
    make_vault(owner, key)
    with pytest.raises(ClientError, match="AlreadyExists"):
        make_vault(owner, key)
    assert len(grants(owner, key)) == 1
    owner.client("backup").delete_backup_vault(BackupVaultName="vault")
    assert grants(owner, key) == []
