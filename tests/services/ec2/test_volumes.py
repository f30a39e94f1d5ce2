"""Volumes: which key they get, the default of the account and Region, and how a creation or an attachment fails."""

import re

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.ec2 import (
    GHOST,
    WEST,
    cmk,
    create_volume,
    instance,
    key_of,
    kms_events,
    launch,
    make_image,
    make_snapshot,
    make_volume,
    managed,
    person,
    root_key,
    running,
    share_snapshot,
    snapshot,
    spoil,
    under,
    volume,
)

pytestmark = pytest.mark.evidence(
    "reported", 'replays of recordings in stackd (notes on EBS), "Amazon EBS encryption" (EBS user guide)'
)

BROKEN = ["disabled", "pending", "deleted"]
DEFAULTS = ["aws/ebs", "customer"]


@pytest.fixture
def kms_key(owner, other):
    """The ARN of a key that both accounts may use."""
    return cmk(owner, other)


@pytest.fixture(params=DEFAULTS)
def default(request, owner, ec2):
    """The ARN of the default key of the account: AWS's own, or one that was set."""
    if request.param == "aws/ebs":
        return managed(owner)
    key = cmk(owner)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    return key


@pytest.fixture(params=[False, True], ids=["", "encryption by default"])
def by_default(request, ec2):
    if request.param:
        ec2.enable_ebs_encryption_by_default()
    return request.param


def spelled(owner, key, form):
    """A key by its id, ARN, alias or alias ARN."""
    key_id = key.rsplit("/", 1)[1]
    owner.client("kms").create_alias(AliasName="alias/disk", TargetKeyId=key_id)
    return {
        "id": key_id,
        "ARN": key,
        "alias": "alias/disk",
        "alias ARN": f"{key.split('key/')[0]}alias/disk",
    }[form]


FORMS = ["id", "ARN", "alias", "alias ARN"]


def new(ec2, **options):
    """A volume, once its creation is over."""
    return volume(ec2, create_volume(ec2, **options))


# --- which key --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["blank", "unencrypted snapshot"])
def test_a_volume_from_nothing_encrypted(owner, ec2, default, by_default, source):
    options = {} if source == "blank" else {"SnapshotId": make_unencrypted_snapshot(ec2, by_default)}
    asked = cmk(owner)
    assert key_of(new(ec2, **options)) == (default if by_default else None)
    assert key_of(new(ec2, **options, Encrypted=True)) == default
    assert key_of(new(ec2, **options, **under(asked))) == asked


def make_unencrypted_snapshot(ec2, by_default):
    """Encryption by default concerns what is made after it."""
    if by_default:
        ec2.disable_ebs_encryption_by_default()
    made = make_snapshot(ec2)
    if by_default:
        ec2.enable_ebs_encryption_by_default()
    assert snapshot(ec2, made)["Encrypted"] is False
    return made


def test_a_volume_from_an_own_snapshot_keeps_its_key(owner, ec2, default, by_default):
    key, asked = cmk(owner), cmk(owner)
    source = make_snapshot(ec2, key)
    assert key_of(new(ec2, SnapshotId=source)) == key
    assert key_of(new(ec2, SnapshotId=source, Encrypted=True)) == key
    assert key_of(new(ec2, SnapshotId=source, **under(asked))) == asked


def test_a_volume_from_a_shared_snapshot_gets_the_default_key_of_its_account(
    owner, other, ec2, kms_key, default, by_default
):
    theirs = other.client("ec2")
    source = make_snapshot(theirs, cmk(other, owner))
    share_snapshot(theirs, source, OWNER)
    assert key_of(new(ec2, SnapshotId=source)) == default
    assert key_of(new(ec2, SnapshotId=source, **under(kms_key))) == kms_key


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_named_in_four_ways_and_told_by_its_arn(owner, ec2, kms_key, form):
    assert key_of(new(ec2, **under(spelled(owner, kms_key, form)))) == kms_key


def test_a_key_of_another_account_is_named_by_its_arn(other, ec2, kms_key):
    assert key_of(new(other.client("ec2"), **under(kms_key))) == kms_key


@pytest.mark.parametrize("shown", [True, False])
def test_what_an_encrypted_volume_and_its_snapshot_show(ec2, kms_key, shown):
    made = make_volume(ec2, kms_key if shown else "")
    for found in (volume(ec2, made), snapshot(ec2, ec2.create_snapshot(VolumeId=made)["SnapshotId"])):
        assert (found["Encrypted"], found.get("KmsKeyId")) == ((True, kms_key) if shown else (False, None))


def test_an_answer_has_the_key_when_it_was_asked_for_or_is_that_of_an_own_snapshot(ec2, other, kms_key):
    own, foreign = make_snapshot(ec2, kms_key), make_snapshot(other.client("ec2"), kms_key)
    share_snapshot(other.client("ec2"), foreign, OWNER)
    zone = {"AvailabilityZone": "us-east-1a"}
    for options, shown in [
        ({"Size": 1, **under(kms_key)}, kms_key),
        ({"SnapshotId": own}, kms_key),
        ({"SnapshotId": foreign}, None),
        ({"Size": 1, "Encrypted": True}, None),
        ({"Size": 1}, None),
    ]:
        answer = ec2.create_volume(**zone, **options)
        assert (answer["State"], answer.get("KmsKeyId")) == ("creating", shown), options
        assert answer["Encrypted"] is (options != {"Size": 1}), options


def test_a_multi_region_key_is_a_key_of_its_region(owner, kms_key):
    kms, west = owner.client("kms"), owner.client("ec2", WEST)
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=WEST)
    replica = primary.replace("us-east-1", WEST)
    assert key_of(new(west, **under(replica))) == replica
    assert new(west, **under(primary)) is None


# --- the default of the account -----------------------------------------------------------------------------------------------


def test_encryption_by_default_is_of_an_account_in_a_region_and_off_at_first(owner, other, ec2):
    others = [owner.client("ec2", WEST), other.client("ec2")]
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert ec2.enable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    for client in others:
        assert client.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
        assert key_of(new(client)) is None
    assert ec2.disable_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert key_of(new(ec2)) is None


def test_encryption_by_default_leaves_what_is_there(ec2):
    made, source = make_volume(ec2), make_snapshot(ec2)
    ec2.enable_ebs_encryption_by_default()
    assert key_of(volume(ec2, made)) is None
    assert key_of(snapshot(ec2, source)) is None
    assert key_of(snapshot(ec2, ec2.create_snapshot(VolumeId=made)["SnapshotId"])) is None


@pytest.mark.parametrize("form", FORMS)
def test_the_default_key_is_set_by_any_name_and_told_by_its_arn(owner, ec2, kms_key, form):
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId=spelled(owner, kms_key, form))["KmsKeyId"] == kms_key
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == kms_key
    assert owner.client("ec2", WEST).get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"
    assert key_of(new(ec2, Encrypted=True)) == kms_key


def test_the_default_key_goes_back_to_awss_own(owner, ec2, kms_key):
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=kms_key)
    made = make_volume(ec2, None)
    assert ec2.reset_ebs_default_kms_key_id()["KmsKeyId"] == managed(owner)
    assert key_of(new(ec2, Encrypted=True)) == managed(owner)
    assert key_of(volume(ec2, made)) == kms_key


def test_the_default_stays_awss_own_alias_after_use(ec2):
    make_volume(ec2, None)
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"


@pytest.mark.parametrize("state", BROKEN)
def test_nothing_is_made_by_default_once_the_default_key_cannot_be_used(aws_world, owner, ec2, state):
    plain = make_image(ec2, make_snapshot(ec2))
    key = cmk(owner)
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    ec2.enable_ebs_encryption_by_default()
    assert root_key(ec2, running(ec2, plain)) == key
    spoil(aws_world, owner, key, state)
    assert new(ec2) is None
    assert new(ec2, Encrypted=True) is None
    assert instance(ec2, launch(ec2, plain))["State"]["Name"] == "terminated"
    ec2.reset_ebs_default_kms_key_id()
    assert key_of(new(ec2)) == managed(owner)


# --- how a creation fails ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [{}, {"Encrypted": False}])
def test_a_key_without_encryption_is_refused(ec2, kms_key, encrypted):
    message = "The parameter KmsKeyId requires the parameter Encrypted to be set."
    with refused("InvalidParameterDependency", message):
        create_volume(ec2, KmsKeyId=kms_key, **encrypted)


def test_an_encrypted_snapshot_makes_encrypted_volumes_only(ec2, kms_key):
    message = "Encrypted snapshots must be used to create encrypted volumes."
    with refused("InvalidParameterCombination", message):
        create_volume(ec2, SnapshotId=make_snapshot(ec2, kms_key), Encrypted=False)


@pytest.mark.parametrize("source", ["blank", "snapshot"])
@pytest.mark.parametrize(
    "trouble",
    ["unknown", "unknown alias", "other Region", *BROKEN, "asymmetric", "foreign", "denied"],
)
def test_a_key_that_cannot_be_used_makes_the_volume_vanish(aws_world, owner, other, ec2, trouble, source):
    options = {} if source == "blank" else {"SnapshotId": make_snapshot(ec2, cmk(owner))}
    key = {
        "unknown": lambda: GHOST,
        "unknown alias": lambda: "alias/nothing",
        "other Region": lambda: cmk(owner, region=WEST),
        "asymmetric": lambda: cmk(owner, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
        "foreign": lambda: cmk(other),
    }.get(trouble, lambda: cmk(owner))()
    if trouble in BROKEN:
        spoil(aws_world, owner, key, trouble)
    caller = person(owner).client("ec2") if trouble == "denied" else ec2
    answer = caller.create_volume(AvailabilityZone="us-east-1a", Size=1, **options, **under(key))
    assert (answer["State"], answer["Encrypted"]) == ("creating", True)
    assert volume(ec2, answer["VolumeId"]) is None
    assert answer["VolumeId"] not in {each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]}


def test_a_volume_that_has_vanished_does_not_exist(ec2, kms_key):
    gone, kept = create_volume(ec2, **under(GHOST)), make_volume(ec2, kms_key)
    assert volume(ec2, gone) is None
    for asked in ([gone], [kept, gone]):
        with refused("InvalidVolume.NotFound", f"The volume '{gone}' does not exist."):
            ec2.describe_volumes(VolumeIds=asked)


def test_a_retry_of_a_failed_creation_is_told_of_the_volume_that_is_gone(owner, ec2):
    request = {"ClientToken": "once", **under(GHOST)}
    gone = create_volume(ec2, **request)
    assert volume(ec2, gone) is None
    message = (
        f"The client token 'once' is associated with resource '{gone}' which has already been deleted. "
        "Please use a different client token."
    )
    with refused("IdempotentParameterMismatch", message):
        create_volume(ec2, **request)
    assert new(ec2, ClientToken="twice", **under(cmk(owner)))["State"] == "available"


def test_a_snapshot_that_cannot_be_seen_is_refused(other, ec2):
    for hidden in (make_snapshot(other.client("ec2")), "snap-0123456789abcdef0"):
        with refused("InvalidSnapshot.NotFound"):
            create_volume(ec2, SnapshotId=hidden)


@pytest.mark.parametrize("may", [True, False])
def test_a_dry_run_ends_before_kms_is_asked(aws_world, owner, ec2, kms_key, may):
    spoil(aws_world, owner, kms_key, "disabled")
    caller = owner.user("dry", [allow(["ec2:*"] if may else ["ec2:Describe*"])]).client("ec2")
    with kms_events(aws_world) as events:
        if may:
            with refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412):
                create_volume(caller, DryRun=True, **under(kms_key))
        else:
            with refused("UnauthorizedOperation", status=403) as refusal:
                create_volume(caller, DryRun=True, **under(kms_key))
            assert re.match(
                r"You are not authorized to perform this operation\. User: \S+ is not authorized to perform: "
                r"ec2:CreateVolume on resource: \S+ because no identity-based policy allows the ec2:CreateVolume "
                r"action\. Encoded authorization failure message: \S+$",
                refusal.response["Error"]["Message"],
            )
    assert events == []
    assert ec2.describe_volumes()["Volumes"] == []
