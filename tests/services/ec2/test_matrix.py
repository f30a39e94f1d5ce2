"""Every operation on a snapshot or image, for every owner, encryption, state of the key and caller."""

import pytest
from botocore.exceptions import ClientError

from tests.support import ec2
from tests.support.claims import OTHER, OWNER
from tests.support.ec2 import (
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
from tests.support.ec2_matrix import SHARINGS, Outcome, cases, expected

pytestmark = pytest.mark.evidence(
    "documented", '"Amazon EBS encryption", "Share a snapshot", "Use encryption with EBS-backed AMIs" (user guides)'
)

THIRD = "333333333333"
OF_IMAGES = {"CopyImage", "RunInstances", "ModifyImageAttribute"}


class Lab:
    """What the cases of one test share: two accounts, the callers, their clients, and the key that is asked for."""

    def __init__(self, world, case):
        self.world, self.mine, self.theirs = world, world.account(OWNER), world.account(OTHER)
        self.region = WEST if "across" in case.operation else EAST
        permissions = {"allowed": ["kms:*"], "without": []}
        self.callers = {
            name: person(self.mine, *actions, name=name).client("ec2", self.region)
            for name, actions in permissions.items()
        }
        self.producer = (self.mine if case.resource == "own" else self.theirs).client("ec2")
        self.asked = cmk(self.mine, region=self.region) if case.asks == "key" else None
        self.encryption = under(self.asked) if self.asked else {}


class Stage:
    """A case made real: the resource, its key, and the caller's client."""

    def __init__(self, lab, case):
        self.lab, self.case, self.ec2 = lab, case, lab.callers[case.caller]
        owners = {"mine": [lab.mine, lab.theirs], "theirs": [lab.theirs, lab.mine]}.get(case.key)
        self.key = cmk(*owners) if owners else None
        self.snapshot = make_snapshot(lab.producer, "" if case.key == "none" else self.key)
        self.image = make_image(lab.producer, self.snapshot, name=str(case)) if case.operation in OF_IMAGES else None
        receiver = {"shared": lab.mine, "public": "all"}.get(case.resource)
        if receiver:
            share_snapshot(lab.producer, self.snapshot, receiver)
            if self.image:
                share_image(lab.producer, self.image, receiver)
        if owners:
            spoil(lab.world, owners[0], self.key, case.state)

    def arn(self, name):
        """The ARN of the key that goes by a name in the rules."""
        if name == "default" or (name == "source" and self.case.key == "managed"):
            return managed(self.lab.mine, self.lab.region)
        return {"none": None, "asked": self.lab.asked, "source": self.key}[name]

    def meets(self, seen, outcome):
        """Whether what was seen is an outcome of the rules; what they leave open is as seen."""
        if seen.what != outcome.what or outcome.detail is None:
            return seen.what == outcome.what
        if seen.what == "made":
            return seen.detail == self.arn(outcome.detail)
        if seen.what == "refused":
            code, status, message = outcome.detail
            return seen.detail == (code, status, message.format(asked=self.lab.asked) if message else seen.detail[-1])
        return seen.detail == outcome.detail


def key_of(found):
    return Outcome("made", ec2.key_of(found))


def new_volume(stage):
    found = ec2.volume(stage.ec2, create_volume(stage.ec2, SnapshotId=stage.snapshot, **stage.lab.encryption))
    return Outcome("vanished") if found is None else key_of(found)


def copied_snapshot(stage):
    found = snapshot(stage.ec2, copy(stage.ec2, stage.snapshot, **stage.lab.encryption))
    return Outcome("error", found.get("StateMessage")) if found["State"] == "error" else key_of(found)


def copied_image(stage):
    found = image(stage.ec2, copy_image(stage.ec2, stage.image, name=f"copy-{stage.case}", **stage.lab.encryption))
    if found["State"] == "failed":
        return Outcome("failed")
    assert found["State"] == "available"
    (root,) = found["BlockDeviceMappings"]
    return key_of(snapshot(stage.ec2, root["Ebs"]["SnapshotId"]))


def launched(stage):
    options = mapping(ROOT, **stage.lab.encryption) if stage.lab.encryption else {}
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


def permissions(stage):
    """Who the owner of a resource sees it shared with."""
    if stage.image:
        told = stage.lab.producer.describe_image_attribute(ImageId=stage.image, Attribute="launchPermission")
        return told.get("LaunchPermissions", [])
    told = stage.lab.producer.describe_snapshot_attribute(SnapshotId=stage.snapshot, Attribute="createVolumePermission")
    return told.get("CreateVolumePermissions", [])


GROUPS = {}  # the cases that can share a world
for each in cases():
    GROUPS.setdefault(each.group, []).append(each)


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_the_outcome_is_that_of_the_rules(aws_world, group):
    lab, wrong = Lab(aws_world, group[0]), {}
    for case in group:
        stage = Stage(lab, case)
        before = permissions(stage) if case.operation in SHARINGS else None
        seen = observed(stage)
        if not any(stage.meets(seen, outcome) for outcome in expected(case)):
            wrong[f"{case.state}, {case.caller}"] = (seen, expected(case))
        if case.operation in SHARINGS:
            new = [{"UserId": THIRD} if case.asks == "account" else {"Group": "all"}]
            assert permissions(stage) == before + (new if seen.what == "shared" else []), case
    assert not wrong


def test_the_rules_have_one_outcome_each_but_where_the_facts_leave_a_choice():
    open_ones = [case for case in cases() if len(expected(case)) > 1]
    assert {case.operation for case in open_ones} == {"CopyImage"}
    assert len({str(case) for case in cases()}) == len(cases())
