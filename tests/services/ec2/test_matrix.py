"""Every operation on a snapshot or image, for every owner, encryption, state of the key and caller."""

import pytest
from botocore.exceptions import ClientError

from tests.conftest import OTHER, OWNER
from tests.services.ec2 import helpers
from tests.services.ec2.helpers import (
    EAST,
    ROOT,
    WEST,
    cmk,
    copy,
    copy_image,
    create_volume,
    image,
    instance,
    launch,
    make_image,
    make_snapshot,
    managed,
    mapping,
    person,
    root_key,
    share_image,
    share_snapshot,
    snapshot,
    spoil,
    under,
)
from tests.services.ec2.matrix import SHARINGS, Outcome, cases, expected

THIRD = "333333333333"
OF_IMAGES = {"CopyImage", "RunInstances", "ModifyImageAttribute"}


class Stage:
    """A case made real: the resource, its key, the key asked for, and the caller's client."""

    def __init__(self, world, case):
        self.case = case
        self.mine, self.theirs = world.account(OWNER), world.account(OTHER)
        self.region = WEST if "across" in case.operation else EAST
        caller = person(self.mine, *(["kms:*"] if case.caller == "allowed" else []))
        self.ec2 = caller.client("ec2", self.region)
        self.asked = cmk(self.mine, region=self.region) if case.asks == "key" else None
        self.key = self._key()
        self.producer = (self.mine if case.resource == "own" else self.theirs).client("ec2")
        self.snapshot = make_snapshot(self.producer, "" if case.key == "none" else self.key)
        self.image = make_image(self.producer, self.snapshot) if case.operation in OF_IMAGES else None
        self._share()
        if case.state != "enabled":
            spoil(world, self.mine if case.key == "mine" else self.theirs, self.key, case.state)

    def _key(self):
        if self.case.key in {"none", "managed"}:
            return None
        owners = [self.mine, self.theirs]
        return cmk(*(owners if self.case.key == "mine" else reversed(owners)))

    def _share(self):
        receiver = {"shared": self.mine, "public": "all"}.get(self.case.resource)
        if receiver:
            share_snapshot(self.producer, self.snapshot, receiver)
            if self.image:
                share_image(self.producer, self.image, receiver)

    def arn(self, name):
        """The ARN of the key that goes by a name in the rules."""
        if name == "default" or (name == "source" and self.case.key == "managed"):
            return managed(self.mine, self.region)
        return {"none": None, "asked": self.asked, "source": self.key}[name]

    @property
    def encryption(self):
        return under(self.asked) if self.asked else {}


def key_of(found):
    return Outcome("made", helpers.key_of(found))


def new_volume(stage):
    found = helpers.volume(stage.ec2, create_volume(stage.ec2, SnapshotId=stage.snapshot, **stage.encryption))
    return Outcome("vanished") if found is None else key_of(found)


def copied_snapshot(stage):
    found = snapshot(stage.ec2, copy(stage.ec2, stage.snapshot, **stage.encryption))
    return Outcome("error", found.get("StateMessage")) if found["State"] == "error" else key_of(found)


def copied_image(stage):
    found = image(stage.ec2, copy_image(stage.ec2, stage.image, **stage.encryption))
    if found["State"] == "failed":
        return Outcome("failed")
    assert found["State"] == "available"
    (root,) = found["BlockDeviceMappings"]
    return key_of(snapshot(stage.ec2, root["Ebs"]["SnapshotId"]))


def launched(stage):
    options = mapping(ROOT, **stage.encryption) if stage.encryption else {}
    made = launch(stage.ec2, stage.image, **options)
    found = instance(stage.ec2, made)
    if found["State"]["Name"] == "terminated":
        return Outcome("terminated", found["StateReason"]["Code"])
    assert found["State"]["Name"] == "running"
    return Outcome("made", root_key(stage.ec2, made))


def shared_snapshot(stage):
    share_snapshot(stage.ec2, stage.snapshot, THIRD if stage.case.asks == "account" else "all")
    return Outcome("shared")


def shared_image(stage):
    share_image(stage.ec2, stage.image, THIRD if stage.case.asks == "account" else "all")
    return Outcome("shared")


RUN = {
    "CreateVolume": new_volume,
    "CopySnapshot": copied_snapshot,
    "CopySnapshot across Regions": copied_snapshot,
    "CopyImage": copied_image,
    "RunInstances": launched,
    "ModifySnapshotAttribute": shared_snapshot,
    "ModifyImageAttribute": shared_image,
}


def observed(stage):
    try:
        return RUN[stage.case.operation](stage)
    except ClientError as error:
        told, metadata = error.response["Error"], error.response["ResponseMetadata"]
        return Outcome("refused", (told["Code"], metadata["HTTPStatusCode"], told["Message"]))


def filled(stage, outcome, seen):
    """An outcome of the rules with the ARNs of the stage; a message that they leave open is as seen."""
    if outcome.what == "made":
        return Outcome("made", ("under", stage.arn(outcome.detail)))
    if outcome.what == "refused" and outcome.detail:
        code, status, message = outcome.detail
        message = message.format(asked=stage.asked) if message else seen.detail and seen.detail[-1]
        return Outcome("refused", (code, status, message))
    return outcome


def permissions(stage):
    """Who the owner of a resource sees it shared with."""
    if stage.image:
        told = stage.producer.describe_image_attribute(ImageId=stage.image, Attribute="launchPermission")
        return told.get("LaunchPermissions", [])
    told = stage.producer.describe_snapshot_attribute(SnapshotId=stage.snapshot, Attribute="createVolumePermission")
    return told.get("CreateVolumePermissions", [])


@pytest.mark.parametrize("case", cases(), ids=str)
def test_the_outcome_is_that_of_the_rules(aws_world, case):
    stage = Stage(aws_world, case)
    before = permissions(stage) if case.operation in SHARINGS else None
    seen = observed(stage)
    comparable = Outcome("made", ("under", seen.detail)) if seen.what == "made" else seen
    wanted = [filled(stage, outcome, seen) for outcome in expected(case)]
    assert any(comparable.meets(outcome) for outcome in wanted), (comparable, wanted)
    if case.operation in SHARINGS:
        new = [{"UserId": THIRD} if case.asks == "account" else {"Group": "all"}]
        assert permissions(stage) == before + (new if seen.what == "shared" else [])


def test_the_rules_have_one_outcome_each_but_where_the_facts_leave_a_choice():
    open_ones = [case for case in cases() if len(expected(case)) > 1]
    assert {case.operation for case in open_ones} == {"CopyImage", "RunInstances"}
    assert len({str(case) for case in cases()}) == len(cases())
