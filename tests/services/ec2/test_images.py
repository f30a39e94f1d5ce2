"""Snapshots of volumes, and images: each keeps the key that it comes with; a copy of an image has the keys of copies."""

import pytest

from tests.support.claims import OTHER, OWNER, refused
from tests.support.ec2 import (
    DATA,
    ROOT,
    cmk,
    copy_image,
    create_volume,
    image,
    image_keys,
    instance,
    key_of,
    kms_events,
    make_image,
    make_snapshot,
    make_volume,
    managed,
    mapping,
    person,
    receivers,
    running,
    share_image,
    share_snapshot,
    snapshot,
    spoil,
    under,
    volume,
)

pytestmark = pytest.mark.evidence("documented", "CreateImage, CopyImage, DeregisterImage (EC2 API reference)")

STATES = ["disabled", "pending", "deleted"]
SECOND = "/dev/sdb"
TAGS = [{"Key": "team", "Value": "a"}]


def snapshots(ec2, image_id):
    return [each["Ebs"]["SnapshotId"] for each in image(ec2, image_id)["BlockDeviceMappings"]]


def copied(ec2, source, **options):
    return image(ec2, copy_image(ec2, source, **options))


def copied_keys(ec2, source, **options):
    made = copied(ec2, source, **options)
    assert made["State"] == "available"
    return image_keys(ec2, made["ImageId"])


# --- snapshots of volumes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["enabled", *STATES])
def test_a_snapshot_has_the_key_of_its_volume_and_asks_nobody_for_it(aws_world, owner, ec2, kms_key, state):
    disk = make_volume(ec2, kms_key)
    spoil(aws_world, owner, kms_key, state)
    caller = person(owner).client("ec2")
    with kms_events(aws_world) as events:
        made = caller.create_snapshot(VolumeId=disk)
        found = snapshot(caller, made["SnapshotId"])
    assert (made["State"], made["Encrypted"]) == ("pending", True)
    assert (found["State"], found["VolumeId"], key_of(found)) == ("completed", disk, kms_key)
    assert events == []


def test_a_snapshot_outlives_its_volume(ec2, kms_key):
    disk = make_volume(ec2, kms_key)
    made = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    assert snapshot(ec2, made)["State"] == "completed"
    ec2.delete_volume(VolumeId=disk)
    assert key_of(volume(ec2, create_volume(ec2, SnapshotId=made))) == kms_key


def test_the_snapshots_of_an_instance_have_the_keys_of_its_volumes(aws_world, owner, ec2, kms_key):
    keys = {ROOT: kms_key, SECOND: None, "/dev/sdc": managed(owner)}
    sources = [make_snapshot(ec2, key) for key in (kms_key, "", None)]
    host = running(ec2, make_image(ec2, *sources))
    volumes = {each["Ebs"]["VolumeId"]: each["DeviceName"] for each in instance(ec2, host)["BlockDeviceMappings"]}
    with kms_events(aws_world) as events:
        made = person(owner).client("ec2").create_snapshots(InstanceSpecification={"InstanceId": host})["Snapshots"]
    assert events == []
    assert {volumes[each["VolumeId"]]: each["Encrypted"] for each in made} == {name: bool(keys[name]) for name in keys}
    found = {volumes[each["VolumeId"]]: key_of(snapshot(ec2, each["SnapshotId"])) for each in made}
    assert found == keys


def test_the_root_can_be_left_out_of_the_snapshots_of_an_instance(ec2, kms_key):
    host = running(ec2, make_image(ec2, make_snapshot(ec2), make_snapshot(ec2, kms_key)))
    made = ec2.create_snapshots(InstanceSpecification={"InstanceId": host, "ExcludeBootVolume": True})["Snapshots"]
    assert [key_of(snapshot(ec2, each["SnapshotId"])) for each in made] == [kms_key]


@pytest.mark.parametrize(("value", "answer"), [("true", {"customer", "managed"}), ("false", {"plain"})])
def test_snapshots_are_found_by_whether_they_are_encrypted(ec2, kms_key, value, answer):
    made = {"plain": make_snapshot(ec2), "customer": make_snapshot(ec2, kms_key), "managed": make_snapshot(ec2, None)}
    question = [{"Name": "encrypted", "Values": [value]}]
    told = ec2.describe_snapshots(OwnerIds=["self"], Filters=question)["Snapshots"]
    assert {each["SnapshotId"] for each in told} == {made[name] for name in answer}


def test_a_snapshot_cannot_be_deleted_while_an_image_has_it(aws_world, owner, ec2, kms_key):
    source = make_snapshot(ec2, kms_key)
    made = make_image(ec2, source)
    with refused("InvalidSnapshot.InUse"):
        ec2.delete_snapshot(SnapshotId=source)
    ec2.deregister_image(ImageId=made)
    spoil(aws_world, owner, kms_key, "disabled")
    person(owner).client("ec2").delete_snapshot(SnapshotId=source)  # needs no key
    with refused("InvalidSnapshot.NotFound"):
        snapshot(ec2, source)


# --- CreateImage, RegisterImage, DeregisterImage ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_an_image_of_an_instance_has_the_keys_of_its_volumes(aws_world, owner, ec2, kms_key, state):
    host = running(ec2, make_image(ec2, make_snapshot(ec2, kms_key), make_snapshot(ec2), make_snapshot(ec2, None)))
    caller = person(owner).client("ec2")
    spoil(aws_world, owner, kms_key, state)
    with kms_events(aws_world) as events:
        made = caller.create_image(InstanceId=host, Name="of the instance")["ImageId"]
        assert image(caller, made)["State"] == "available"
    assert events == []
    assert image_keys(ec2, made) == {ROOT: kms_key, SECOND: None, "/dev/sdc": managed(owner)}


def test_an_image_of_an_instance_cannot_be_encrypted_otherwise(owner, ec2, kms_key):
    host = running(ec2, make_image(ec2, make_snapshot(ec2, kms_key)))
    try:
        made = ec2.create_image(InstanceId=host, Name="other", **mapping(ROOT, **under(cmk(owner))))["ImageId"]
    except ec2.exceptions.ClientError:
        return  # whether it is refused or ignored is open
    assert image_keys(ec2, made) == {ROOT: kms_key}


def test_an_image_of_an_instance_keeps_to_the_keys_of_an_attached_volume(owner, ec2, kms_key):
    host = running(ec2, make_image(ec2, make_snapshot(ec2)))
    disk = make_volume(ec2, kms_key)
    ec2.attach_volume(VolumeId=disk, InstanceId=host, Device=DATA)
    made = ec2.create_image(InstanceId=host, Name="with data")["ImageId"]
    assert image_keys(ec2, made) == {ROOT: None, DATA: kms_key}


@pytest.mark.parametrize("state", ["enabled", *STATES])
def test_registering_asks_for_no_key(aws_world, owner, ec2, kms_key, state):
    source = make_snapshot(ec2, kms_key)
    spoil(aws_world, owner, kms_key, state)
    with kms_events(aws_world) as events:
        made = make_image(person(owner).client("ec2"), source)
    assert events == []
    assert image_keys(ec2, made) == {ROOT: kms_key}


@pytest.mark.parametrize("encrypted", [True, False])
def test_an_image_is_not_registered_with_encryption_for_a_snapshot(ec2, kms_key, encrypted):
    source = make_snapshot(ec2, kms_key)
    with pytest.raises(ec2.exceptions.ClientError):
        ec2.register_image(Name="image", RootDeviceName=ROOT, **mapping(ROOT, SnapshotId=source, Encrypted=encrypted))


@pytest.mark.parametrize("with_snapshots", [False, True])
def test_deregistering_leaves_the_snapshots_unless_told_otherwise(aws_world, owner, ec2, kms_key, with_snapshots):
    source = make_snapshot(ec2, kms_key)
    made = make_image(ec2, source)
    caller = person(owner).client("ec2")
    with kms_events(aws_world) as events:
        caller.deregister_image(ImageId=made, **({"DeleteAssociatedSnapshots": True} if with_snapshots else {}))
    assert events == []
    left = {each["SnapshotId"] for each in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    assert (source in left) is not with_snapshots


@pytest.mark.evidence("assumed", "the return code for what is another account's: that of snapshots in use")
def test_deregistering_deletes_neither_what_others_share_nor_what_another_image_stands_on(owner, other, ec2):
    # DeregisterImage (API reference), DeleteSnapshotResults; the code for what is another account's is unverified
    theirs = make_snapshot(other.client("ec2"))
    share_snapshot(other.client("ec2"), theirs, OWNER)
    own, used = make_snapshot(ec2), make_snapshot(ec2)
    make_image(ec2, used, name="other")
    devices = zip(("/dev/sda1", "/dev/sdb", "/dev/sdc"), (own, theirs, used), strict=True)
    disks = [{"DeviceName": device, "Ebs": {"SnapshotId": name}} for device, name in devices]
    made = ec2.register_image(Name="image", RootDeviceName=ROOT, BlockDeviceMappings=disks)["ImageId"]
    answer = ec2.deregister_image(ImageId=made, DeleteAssociatedSnapshots=True)
    results = {each["SnapshotId"]: each["ReturnCode"] for each in answer["DeleteSnapshotResults"]}
    assert results == {own: "success", theirs: "client-error", used: "skipped"}
    left = {each["SnapshotId"] for each in ec2.describe_snapshots(OwnerIds=["self", OTHER])["Snapshots"]}
    assert left == {theirs, used}


# --- CopyImage ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_default", [False, True])
@pytest.mark.parametrize("default", ["aws/ebs", "customer"])
@pytest.mark.parametrize("region", ["same", "another"])
def test_the_keys_of_a_copied_image(owner, other, ec2, west, kms_key, region, default, by_default):
    target, theirs = ec2 if region == "same" else west, other.client("ec2")
    there = target.meta.region_name
    asked, key = cmk(owner, region=there), managed(owner, there)
    if default == "customer":
        key = cmk(owner, region=there)
        target.modify_ebs_default_kms_key_id(KmsKeyId=key)
    plain = make_image(ec2, make_snapshot(ec2), name="plain")
    own = make_image(ec2, make_snapshot(ec2, kms_key), name="own")
    source = make_snapshot(theirs, cmk(other, owner))
    shared = make_image(theirs, source)
    share_snapshot(theirs, source, OWNER)
    share_image(theirs, shared, OWNER)
    if by_default:
        target.enable_ebs_encryption_by_default()
    cases = [
        (plain, {}, key if by_default else None),
        (shared, {}, key),
        *((each, {"Encrypted": True}, key) for each in (plain, own, shared)),
        *((each, under(asked), asked) for each in (plain, own, shared)),
    ]
    if region == "another":
        cases.append((own, {}, key))
    for number, (origin, options, expected) in enumerate(cases):
        seen = copied_keys(target, origin, name=f"copy {number}", **options)
        assert seen == {ROOT: expected}, (origin, options)


def test_a_copy_of_an_own_encrypted_image_stays_encrypted(owner, ec2, kms_key):
    (key,) = copied_keys(ec2, make_image(ec2, make_snapshot(ec2, kms_key))).values()
    assert key in {kms_key, managed(owner)}  # the guides differ


def test_every_snapshot_of_an_image_is_copied(owner, ec2, kms_key):
    source = make_image(ec2, make_snapshot(ec2), make_snapshot(ec2, kms_key))
    asked = cmk(owner)
    assert copied_keys(ec2, source, **under(asked)) == {ROOT: asked, SECOND: asked}
    assert copied_keys(ec2, source, name="second")[ROOT] is None


def test_an_encrypted_image_is_not_copied_unencrypted(ec2, kms_key):
    source = make_snapshot(ec2, kms_key)
    made = make_image(ec2, source)
    message = (
        f"Snapshot {source} is encrypted. Creating an unencrypted copy from an encrypted snapshot is not supported."
    )
    with refused("InvalidRequest", message):
        copy_image(ec2, made, Encrypted=False)


@pytest.mark.parametrize("state", STATES)
def test_a_copy_fails_when_one_of_the_keys_cannot_be_used(aws_world, owner, ec2, kms_key, state):
    source = make_image(ec2, make_snapshot(ec2), make_snapshot(ec2, kms_key))
    asked = cmk(owner)
    spoil(aws_world, owner, kms_key, state)
    answer = ec2.copy_image(Name="copy", SourceImageId=source, SourceRegion="us-east-1", **under(asked))
    found = image(ec2, answer["ImageId"])
    assert found["State"] == "failed"
    assert found["StateReason"]["Message"]


def test_a_copy_is_the_callers_and_inherits_neither_receivers_nor_tags(owner, other, ec2, kms_key):
    theirs, key = other.client("ec2"), cmk(other, owner)
    sources = [make_snapshot(theirs, key), make_snapshot(theirs)]
    tags = {"TagSpecifications": [{"ResourceType": "image", "Tags": TAGS}]}
    original = make_image(theirs, *sources, **tags)
    for each in sources:
        share_snapshot(theirs, each, OWNER)
    share_image(theirs, original, OWNER)
    made = copied(ec2, original, **under(kms_key))
    assert (made["OwnerId"], made.get("Tags", []), receivers(ec2, made["ImageId"])) == (OWNER, [], [])
    copies = [snapshot(ec2, each) for each in snapshots(ec2, made["ImageId"])]
    assert {(each["OwnerId"], each["VolumeId"]) for each in copies} == {(OWNER, "vol-ffffffff")}
    share_image(theirs, original, OWNER, "Remove")
    theirs.deregister_image(ImageId=original, DeleteAssociatedSnapshots=True)
    other.client("kms").disable_key(KeyId=key)
    running(ec2, made["ImageId"])


@pytest.mark.parametrize("asked", [True, False])
def test_the_tags_of_an_own_image_are_copied_when_asked(ec2, asked):
    tags = {"TagSpecifications": [{"ResourceType": "image", "Tags": TAGS}]}
    source = make_image(ec2, make_snapshot(ec2), **tags)
    share_image(ec2, source, OTHER)
    made = copied(ec2, source, **({"CopyImageTags": True} if asked else {}))
    assert made.get("Tags", []) == (TAGS if asked else [])
    assert receivers(ec2, made["ImageId"]) == []
