"""Resources of stacks that name a key while its switch is off fail as the service's own call does."""

import json

import pytest

from tests.support.shared_disks import ZONE

pytestmark = pytest.mark.evidence("documented", "the same rules as those of the API calls, in templates")

NEEDS_ENCRYPTED = "The parameter KmsKeyId requires the parameter Encrypted to be set."

RESOURCES = [
    ("AWS::EC2::Volume", {"AvailabilityZone": ZONE, "Size": 3}, NEEDS_ENCRYPTED),
    (
        "AWS::EC2::Instance",
        {"ImageId": "ami-12c6146b", "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"KmsKeyId": "KEY"}}]},
        NEEDS_ENCRYPTED,
    ),
    (
        "AWS::RDS::DBInstance",
        {
            "DBInstanceClass": "db.t3.micro",
            "Engine": "mysql",
            "AllocatedStorage": "20",
            "MasterUsername": "admin",
            "MasterUserPassword": "password",
        },
        "You must enable StorageEncrypted when you specify KmsKeyId for DB engine mysql",
    ),
    ("AWS::EFS::FileSystem", {}, "If you use KmsKeyId, you must set Encrypted to true."),
]


@pytest.mark.parametrize(("kind", "properties", "text"), RESOURCES, ids=lambda value: value if ":" in value else None)
def test_the_stack_fails_for_the_reason_of_the_service(owner, key, kind, properties, text):
    given = json.loads(json.dumps(properties).replace("KEY", key))
    if "BlockDeviceMappings" not in given:
        given["KmsKeyId"] = key
    template = json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": given}}})
    stacks = owner.client("cloudformation")
    stacks.create_stack(StackName="stack", TemplateBody=template)
    (stack,) = stacks.describe_stacks(StackName="stack")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName="stack")["StackEvents"]
    reasons = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    assert any(text in reason for reason in reasons), reasons
