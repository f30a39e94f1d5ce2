"""Secrets beyond one account and Region: rotation, replicas under keys of their own, readers of other accounts, new keys."""

import json
import uuid

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.ec2 import WEST, cmk, kms_events
from tests.support.policies import make_key, root, use
from tests.support.secrets import failing
from tests.support.services import actions, contexts, decided, person

pytestmark = pytest.mark.evidence(
    "reported", 'replays of recordings in stackd (notes on secrets); "Replicate secrets across Regions" (user guide)'
)

MANAGED = "alias/aws/secretsmanager"
FROM_OUTSIDE = (
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
)
NO_ACCESS = "Access to KMS is not allowed"


@pytest.fixture
def west(owner):
    return owner.client("secretsmanager", WEST)


def make_secret(secrets, key=None, value="hunter2", **options):
    named = {"KmsKeyId": key} if key else {}
    return secrets.create_secret(Name="db", SecretString=value, **named, **options)["ARN"]


def value(client, **version):
    return client.get_secret_value(SecretId="db", **version)["SecretString"]


def token():
    return str(uuid.uuid4())


# --- rotation ----------------------------------------------------------------------------------------------------------------------


def test_a_rotation_encrypts_the_pending_value_and_moves_labels_without_asking(aws_world, secrets, key):
    """The steps of a rotation function: put the pending version, then move the label."""
    make_secret(secrets, key)
    current, pending = secrets.get_secret_value(SecretId="db")["VersionId"], token()
    with decided(aws_world) as asked:
        secrets.put_secret_value(
            SecretId="db", SecretString="new", ClientRequestToken=pending, VersionStages=["AWSPENDING"]
        )
    assert "kms:GenerateDataKey" in actions(asked)
    with decided(aws_world) as asked:
        secrets.update_secret_version_stage(
            SecretId="db", VersionStage="AWSCURRENT", MoveToVersionId=pending, RemoveFromVersionId=current
        )
    assert asked == []
    assert (value(secrets), value(secrets, VersionStage="AWSPREVIOUS")) == ("new", "hunter2")


def test_a_rotation_cannot_put_its_value_while_the_key_is_disabled(secrets, kms, key):
    make_secret(secrets, key)
    kms.disable_key(KeyId=key)
    with failing("EncryptionFailure", f"{key} is disabled."):
        secrets.put_secret_value(
            SecretId="db", SecretString="new", ClientRequestToken=token(), VersionStages=["AWSPENDING"]
        )
    kms.enable_key(KeyId=key)
    stages = secrets.describe_secret(SecretId="db")["VersionIdsToStages"].values()
    assert list(stages) == [["AWSCURRENT"]]


def test_a_rotation_that_is_only_tried_copies_the_value_under_its_key(secrets, kms, key):
    make_secret(secrets, key)
    secrets.rotate_secret(SecretId="db", RotateImmediately=False, ClientRequestToken=token())
    kms.disable_key(KeyId=key)
    for version in secrets.describe_secret(SecretId="db")["VersionIdsToStages"]:
        with failing("DecryptionFailure", f"{key} is disabled."):
            value(secrets, VersionId=version)


# --- writing and reading ----------------------------------------------------------------------------------------------------------


def test_a_new_value_may_be_put_by_who_cannot_read_it(owner, secrets, key):
    make_secret(secrets, key)
    writer = person(owner, "kms:GenerateDataKey", name="writer")
    writer.client("secretsmanager").put_secret_value(SecretId="db", SecretString="new")
    with refused("AccessDeniedException", NO_ACCESS):
        value(writer.client("secretsmanager"))
    assert value(secrets) == "new"


def test_putting_the_same_value_again_has_to_compare_it(owner, secrets, key):
    make_secret(secrets, key)
    same = {"SecretId": "db", "SecretString": "new", "ClientRequestToken": token()}
    writer = person(owner, "kms:GenerateDataKey", name="writer").client("secretsmanager")
    writer.put_secret_value(**same)
    with refused("AccessDeniedException", NO_ACCESS):
        writer.put_secret_value(**same)
    secrets.put_secret_value(**same)


def test_the_key_of_aws_is_not_shown(secrets, key):
    make_secret(secrets)
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="db")
    secrets.update_secret(SecretId="db", KmsKeyId=key)
    assert secrets.describe_secret(SecretId="db")["KmsKeyId"] == key


def test_a_secret_without_a_value_has_its_key_tried_all_the_same(aws_world, secrets, key):
    with kms_events(aws_world) as events:
        secrets.create_secret(Name="db", KmsKeyId=key)
    trial = {"SecretARN": "RequestToValidateKeyAccess", "SecretVersionId": "RequestToValidateKeyAccess"}
    assert contexts(events, "GenerateDataKey") == contexts(events, "Decrypt") == [trial]


# --- another key --------------------------------------------------------------------------------------------------------------------


def test_another_key_takes_the_current_the_pending_and_the_previous_value(secrets, kms, key):
    make_secret(secrets, key, "previous")
    secrets.put_secret_value(SecretId="db", SecretString="blue", VersionStages=["BLUE"])
    secrets.put_secret_value(SecretId="db", SecretString="current")
    secrets.put_secret_value(SecretId="db", SecretString="pending", VersionStages=["AWSPENDING"])
    secrets.update_secret(SecretId="db", KmsKeyId=kms.create_key()["KeyMetadata"]["Arn"])
    kms.disable_key(KeyId=key)
    for stage in ("current", "pending", "previous"):
        assert value(secrets, VersionStage=f"AWS{stage.upper()}") == stage
    with failing("DecryptionFailure", f"{key} is disabled."):
        value(secrets, VersionStage="BLUE")


def test_another_key_is_taken_without_the_old_one_but_the_values_stay_where_they_are(owner, secrets, kms):
    new = kms.create_key()["KeyMetadata"]["Arn"]
    changer = owner.user("changer", [allow("*")])
    old = make_key(kms, use(changer.arn, "kms:Decrypt", "Deny"))
    make_secret(secrets, old)
    changer.client("secretsmanager").update_secret(SecretId="db", KmsKeyId=new)
    assert secrets.describe_secret(SecretId="db")["KmsKeyId"] == new
    assert value(secrets) == "hunter2"
    kms.disable_key(KeyId=old)
    with failing("DecryptionFailure", f"{old} is disabled."):
        value(secrets)
    secrets.put_secret_value(SecretId="db", SecretString="new")
    assert value(secrets) == "new"


@pytest.mark.parametrize("bad", ["disabled", "missing"])
def test_a_key_that_refuses_is_not_taken(secrets, kms, key, bad):
    make_secret(secrets, key)
    second = kms.create_key()["KeyMetadata"]["Arn"]
    if bad == "disabled":
        kms.disable_key(KeyId=second)
    else:
        second = second.replace("key/", "key/0")[: len(second)]
    with refused("EncryptionFailure"):
        secrets.update_secret(SecretId="db", KmsKeyId=second)
    assert secrets.describe_secret(SecretId="db")["KmsKeyId"] == key


# --- replicas -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def far(owner):
    """A key of the other Region."""
    return cmk(owner, region=WEST)


def replica(key=None):
    return [{"Region": WEST, **({"KmsKeyId": key} if key else {})}]


def replication(secrets):
    """The status of the replica once it is over."""
    for _ in range(3):
        (found,) = secrets.describe_secret(SecretId="db")["ReplicationStatus"]
        if found["Status"] != "InProgress":
            break
    return found


@pytest.mark.parametrize("how", ["with the secret", "later"])
def test_a_replica_is_under_a_key_of_its_region(secrets, west, kms, key, far, how):
    make_secret(secrets, key, **({"AddReplicaRegions": replica(far)} if how == "with the secret" else {}))
    if how == "later":
        secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=replica(far))
    status = replication(secrets)
    assert (status["Region"], status["KmsKeyId"], status["Status"]) == (WEST, far, "InSync")
    assert west.describe_secret(SecretId="db")["KmsKeyId"] == far
    kms.disable_key(KeyId=key)
    assert value(west) == "hunter2"


def test_a_replica_is_read_with_its_own_key_and_name(aws_world, secrets, west, key, far):
    arn = make_secret(secrets, key, AddReplicaRegions=replica(far))
    with kms_events(aws_world) as events, decided(aws_world) as asked:
        assert value(west) == "hunter2"
    assert [(each.action, each.resource) for each in asked] == [("kms:Decrypt", far)]
    assert asked[0].request.context.get("kms:viaservice") == f"secretsmanager.{WEST}.amazonaws.com"
    assert contexts(events, "Decrypt")[0]["SecretARN"] == arn.replace("us-east-1", WEST)


def test_replicating_reads_here_and_encrypts_there(aws_world, secrets, key, far):
    make_secret(secrets, key)
    with decided(aws_world) as asked:
        secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=replica(far))
        replication(secrets)
    assert "kms:Decrypt" in [each.action for each in asked if each.resource == key]
    there = [each for each in asked if each.resource == far]
    assert {each.action for each in there} & {"kms:GenerateDataKey", "kms:Encrypt"}
    assert {each.request.context.get("kms:viaservice") for each in there} == {f"secretsmanager.{WEST}.amazonaws.com"}


def test_a_new_value_reaches_the_replica_under_its_key(secrets, west, kms, key, far):
    make_secret(secrets, key, AddReplicaRegions=replica(far))
    secrets.put_secret_value(SecretId="db", SecretString="new")
    kms.disable_key(KeyId=key)
    assert value(west) == "new"


def test_without_a_key_the_replica_is_under_that_of_aws_in_its_region(owner, secrets, west, key):
    make_secret(secrets, key, AddReplicaRegions=replica())
    status = replication(secrets)
    assert (status["KmsKeyId"], status["Status"]) == (MANAGED, "InSync")
    assert value(west) == "hunter2"
    assert owner.client("kms", WEST).describe_key(KeyId=MANAGED)["KeyMetadata"]["KeyManager"] == "AWS"


@pytest.mark.parametrize("bad", ["disabled", "of this Region", "missing"])
def test_a_replica_whose_key_refuses_fails_and_the_secret_is_made(owner, secrets, key, far, bad):
    chosen = {"of this Region": key, "missing": f"arn:aws:kms:{WEST}:{OWNER}:key/{uuid.UUID(int=1)}"}.get(bad, far)
    if bad == "disabled":
        owner.client("kms", WEST).disable_key(KeyId=far)
    make_secret(secrets, key, AddReplicaRegions=replica(chosen))
    assert replication(secrets)["Status"] == "Failed"
    assert value(secrets) == "hunter2"


def test_a_replica_under_a_key_that_the_caller_may_not_use_fails(owner, key, far):
    maker = person(owner, "kms:GenerateDataKey", "kms:Decrypt", resource=key).client("secretsmanager")
    make_secret(maker, key, AddReplicaRegions=replica(far))
    assert replication(maker)["Status"] == "Failed"
    assert value(maker) == "hunter2"


def test_a_new_value_is_put_while_the_key_of_the_replica_is_disabled(owner, secrets, west, key, far):
    make_secret(secrets, key, AddReplicaRegions=replica(far))
    owner.client("kms", WEST).disable_key(KeyId=far)
    secrets.put_secret_value(SecretId="db", SecretString="new")
    assert value(secrets) == "new"
    assert replication(secrets)["Status"] == "Failed"
    with failing("DecryptionFailure", f"{far} is disabled."):
        value(west)


def test_a_replica_that_was_left_behind_has_the_value_that_it_got_last(owner, secrets, west, key, far):
    far_kms = owner.client("kms", WEST)
    make_secret(secrets, key, AddReplicaRegions=replica(far))
    far_kms.disable_key(KeyId=far)
    secrets.put_secret_value(SecretId="db", SecretString="new")
    far_kms.enable_key(KeyId=far)
    assert value(west) == "hunter2"
    secrets.put_secret_value(SecretId="db", SecretString="newer")
    assert replication(secrets)["Status"] == "InSync"
    assert value(west) == "newer"


def test_a_replica_that_failed_is_not_there_and_may_be_made_once_more(owner, secrets, west, key, far):
    owner.client("kms", WEST).disable_key(KeyId=far)
    make_secret(secrets, key, AddReplicaRegions=replica(far))
    with refused("ResourceNotFoundException", status=400):
        value(west)
    owner.client("kms", WEST).enable_key(KeyId=far)
    secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=replica(far))
    assert replication(secrets)["Status"] == "InSync"
    assert value(west) == "hunter2"


def test_a_region_that_has_a_replica_keeps_it_as_it_is(secrets, west, key, far, owner):
    make_secret(secrets, key, AddReplicaRegions=replica(far))
    secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=replica(cmk(owner, region=WEST)))
    assert west.describe_secret(SecretId="db")["KmsKeyId"] == far
    assert [each.get("KmsKeyId") for each in west.list_secrets()["SecretList"]] == [far]


def test_a_replica_may_be_taken_away(secrets, west, key, far):
    make_secret(secrets, key, AddReplicaRegions=replica(far))
    secrets.remove_regions_from_replication(SecretId="db", RemoveReplicaRegions=[WEST])
    assert west.list_secrets()["SecretList"] == []
    secrets.replicate_secret_to_regions(SecretId="db", AddReplicaRegions=replica())
    assert "KmsKeyId" not in west.describe_secret(SecretId="db")
    assert value(west) == "hunter2"


def test_a_secret_whose_name_the_key_refuses_is_not_made(secrets, west, kms):
    named = {"StringLike": {"kms:EncryptionContext:SecretARN": "arn:*"}}
    key = make_key(kms, use("*", "kms:GenerateDataKey", "Deny", Condition=named))
    with refused("AccessDeniedException", NO_ACCESS):
        make_secret(secrets, key, AddReplicaRegions=replica())
    assert secrets.list_secrets()["SecretList"] == west.list_secrets()["SecretList"] == []


# --- other accounts ------------------------------------------------------------------------------------------------------------------


def share(secrets, actions="secretsmanager:*"):
    """Let the other account in, as far as the secret is concerned."""
    statement = {"Effect": "Allow", "Principal": {"AWS": root(OTHER)}, "Action": actions, "Resource": "*"}
    secrets.put_resource_policy(SecretId="db", ResourcePolicy=json.dumps(policy(statement)))


def read(account, arn):
    return account.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]


def test_another_account_reads_by_the_policies_of_the_secret_and_of_the_key(aws_world, owner, other, secrets):
    key = cmk(owner, other)
    arn = make_secret(secrets, key)
    share(secrets)
    with decided(aws_world) as asked:
        assert read(other, arn) == "hunter2"
    assert [(each.action, each.caller, each.resource) for each in asked] == [("kms:Decrypt", root(OTHER), key)]


def test_another_account_needs_the_key_policy_too(owner, other, secrets):
    arn = make_secret(secrets, cmk(owner))
    share(secrets)
    with refused("AccessDeniedException", NO_ACCESS):
        read(other, arn)


def test_a_user_of_another_account_needs_permissions_of_that_account_too(owner, other, secrets):
    arn = make_secret(secrets, cmk(owner, other))
    share(secrets)
    with refused("AccessDeniedException", NO_ACCESS):
        read(person(other), arn)
    assert read(person(other, "kms:Decrypt", name="reader"), arn) == "hunter2"


def test_another_account_that_the_secret_does_not_name_is_not_let_in(owner, other, secrets):
    arn = make_secret(secrets, cmk(owner, other))
    with refused("AccessDeniedException"):
        read(other, arn)


def test_what_is_under_the_key_of_aws_is_for_its_own_account(other, secrets):
    arn = make_secret(secrets)
    share(secrets)
    theirs = other.client("secretsmanager")
    with refused("InvalidRequestException", FROM_OUTSIDE):
        read(other, arn)
    with refused("InvalidRequestException", FROM_OUTSIDE):
        theirs.put_secret_value(SecretId=arn, SecretString="new")
    assert theirs.describe_secret(SecretId=arn)["Name"] == "db"
    assert value(secrets) == "hunter2"


def test_another_account_writes_under_the_key_of_the_owner(owner, other, secrets):
    arn = make_secret(secrets, cmk(owner, other))
    share(secrets)
    other.client("secretsmanager").put_secret_value(SecretId=arn, SecretString="theirs")
    assert value(secrets) == "theirs"


def test_another_account_reads_a_batch(owner, other, secrets):
    readable, closed = cmk(owner, other), cmk(owner)
    arn = make_secret(secrets, readable)
    share(secrets)
    theirs = other.client("secretsmanager")
    theirs.create_secret(Name="own", SecretString="own")
    answer = theirs.batch_get_secret_value(SecretIdList=["own", arn])
    assert [each["SecretString"] for each in answer["SecretValues"]] == ["own", "hunter2"]
    secrets.update_secret(SecretId="db", KmsKeyId=closed)
    answer = theirs.batch_get_secret_value(SecretIdList=[arn])
    assert [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]] == [(arn, "AccessDeniedException")]


def test_an_alias_of_the_owner_is_meant_whoever_writes(owner, other, secrets):
    key = cmk(owner, other)
    owner.client("kms").create_alias(AliasName="alias/db", TargetKeyId=key)
    arn = make_secret(secrets, "alias/db")
    share(secrets)
    other.client("secretsmanager").put_secret_value(SecretId=arn, SecretString="theirs")
    assert value(secrets) == "theirs"
