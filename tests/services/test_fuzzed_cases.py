"""Requests that ended in a traceback until a fuzzer sent them: each is answered as its service refuses it, or takes it.

Found by ``python -m tools.fuzz --seed 7``, 97,895 requests, and by other seeds as said below.
"""

import json
from datetime import timedelta

import pytest
from botocore.config import Config
from moto.ec2.models import ec2_backends

import kmsmock
from tests.support.claims import OWNER, allow, policy, refused

pytestmark = pytest.mark.evidence(
    "documented",
    "error codes of each service's API reference and shapes of botocore's models; tests that rest on reports name them",
)

UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
DISK = {"Ebs": {"DeleteOnTermination": True}}


def client(owner, service, **in_its_body):
    """A client that checks nothing, and puts this into the documents that it sends."""

    def change(params, **_):
        params["body"] = json.dumps({**json.loads(params["body"] or b"{}"), **in_its_body}).encode()

    made = owner.client(service, "us-east-1", config=UNCHECKED)
    if in_its_body:
        made.meta.events.register("before-call", change)
    return made


@pytest.fixture
def ec2(owner):
    return client(owner, "ec2")


@pytest.mark.evidence("assumed", "EC2's code for it is documented, the text is chosen here")
@pytest.mark.parametrize("mapping", [DISK, {"NoDevice": ""}])
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_image", lambda disks: {"InstanceId": "i-12345678", "Name": "x", "BlockDeviceMappings": disks}),
        ("create_launch_template", lambda disks: {"LaunchTemplateName": "abc", "LaunchTemplateData": named(disks)}),
        ("modify_instance_attribute", lambda disks: {"InstanceId": "i-12345678", **named(disks)}),
        ("register_image", lambda disks: {"Name": "x", **named(disks)}),
        ("request_spot_fleet", lambda disks: {"SpotFleetRequestConfig": {"LaunchSpecifications": [named(disks)]}}),
        ("request_spot_instances", lambda disks: {"LaunchSpecification": named(disks)}),
        ("run_instances", lambda disks: {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, **named(disks)}),
    ],
)
def test_a_disk_is_mapped_to_a_device(ec2, operation, params, mapping):
    """The code of "Error codes for the Amazon EC2 API"; its text is unverified."""
    if operation == "request_spot_fleet":
        params = {"SpotFleetRequestConfig": {"IamFleetRole": "r", "TargetCapacity": 1, **named([mapping], "fleet")}}
    else:
        params = params([mapping])
    with refused("MissingParameter", "The request must contain the parameter deviceName"):
        getattr(ec2, operation)(**params)
    assert (ec2.describe_instances()["Reservations"], ec2.describe_images(Owners=["self"])["Images"]) == ([], [])


def named(disks, where=None):
    mappings = {"BlockDeviceMappings": disks}
    return {"LaunchSpecifications": [mappings]} if where else mappings


def test_an_image_is_made_of_an_instance_that_names_none(ec2):
    """moto launches without an image, as suites of moto do."""
    instance = ec2.run_instances(MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    image = ec2.create_image(InstanceId=instance, Name="image")["ImageId"]
    assert [each["ImageId"] for each in ec2.describe_images(Owners=["self"])["Images"]] == [image]


@pytest.mark.evidence("assumed", "the limit is botocore's, the text is chosen here")
def test_the_name_of_a_launch_template_has_three_characters(ec2):
    """The shape LaunchTemplateName; the text is unverified."""
    with refused("InvalidLaunchTemplateName.MalformedException"):
        ec2.create_launch_template(LaunchTemplateName="ab", LaunchTemplateData={"InstanceType": "t3.micro"})
    with refused(
        "InvalidLaunchTemplateName.NotFoundException",
        "At least one of the launch templates specified in the request does not exist.",
    ):
        ec2.run_instances(MinCount=1, MaxCount=1, LaunchTemplate={"LaunchTemplateName": "ab"})
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []


def test_what_is_null_in_a_document_is_not_there(owner):
    """As "restJson1" has it, and the serializers of AWS's own clients."""
    made = client(owner, "ebs", Timeout=None, Tags=[{"Key": "a", "Value": "b", "Other": None}]).start_snapshot(
        VolumeSize=1
    )
    assert made["Status"] == "pending"
    vault = client(owner, "backup", CreatorRequestId=None, BackupVaultTags=None)
    assert vault.create_backup_vault(BackupVaultName="vault")["BackupVaultName"] == "vault"


@pytest.mark.parametrize("depth", [300, 500, 100_000])
def test_no_document_is_too_deep_to_be_answered(owner, depth):
    """What nobody knows is passed over, down to where no parser goes."""

    def deepen(params, **_):
        params["body"] = b'{"CreationToken": "token", "Unknown": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"

    efs = client(owner, "efs")
    efs.meta.events.register("before-call", deepen)
    if depth < 100_000:
        assert efs.create_file_system()["CreationToken"] == "token"
    else:
        with refused("SerializationException"):
            efs.create_file_system()


@pytest.mark.evidence("assumed", "the words are botocore's: AWS never gets such a request of a client")
def test_what_botocore_itself_would_not_send_on_is_refused_in_its_words(owner):
    """What AWS says of it is unverified; that it is refused is not."""
    with refused(
        "BadRequest", "Invalid value for parameter ProvisionedThroughputInMibps, value: 0, valid min value: 1.0"
    ):
        client(owner, "efs", ProvisionedThroughputInMibps=0).create_file_system(
            CreationToken="token", Encrypted=True, ThroughputMode="provisioned"
        )
    assert owner.client("efs").describe_file_systems()["FileSystems"] == []


@pytest.mark.parametrize("part", [{"ETag": "x"}, {"PartNumber": 1}, {}])
def test_a_part_of_an_upload_has_a_number_and_a_tag(owner, part):
    s3 = client(owner, "s3")
    s3.create_bucket(Bucket="bucket")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    with refused(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    ):
        s3.complete_multipart_upload(Bucket="bucket", Key="k", UploadId=upload, MultipartUpload={"Parts": [part]})


@pytest.mark.parametrize("text", ["", "{", "[" * 20_000])
def test_a_registry_policy_is_a_document(owner, text):
    with refused(
        "InvalidParameterException",
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
    ):
        client(owner, "ecr").put_registry_policy(policyText=text)


@pytest.mark.parametrize("name", ["a:b:c", ":::::::", "arn:aws:lambda::123456789012:function:x", "with a space"])
@pytest.mark.parametrize(
    "operation",
    [
        "get_function",
        "get_function_configuration",
        "publish_version",
        "update_function_code",
        "update_function_configuration",
    ],
)
def test_the_name_of_a_function_is_one(owner, operation, name):
    """The pattern of the shape FunctionName, in the words of the frameworks ("1 validation error detected")."""
    with refused("ValidationException") as told:
        getattr(client(owner, "lambda"), operation)(FunctionName=name)
    assert told.response["Error"]["Message"].startswith(
        f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must "
        "satisfy regular expression pattern: "
    )


def test_the_name_of_a_policy_is_not_empty(owner):
    iam = client(owner, "iam")
    with refused("ValidationError") as told:
        iam.create_policy(PolicyName="", PolicyDocument=json.dumps(policy(allow("s3:*")["Statement"])))
    assert "at 'policyName' failed to satisfy constraint: Member must have length" in told.response["Error"]["Message"]
    assert iam.list_policies(Scope="Local")["Policies"] == []


# --- seed 23, 97,924 requests ---------------------------------------------------------------------------------------


@pytest.mark.evidence("assumed", "EC2's code for it is documented, the text is chosen here")
def test_what_a_fleet_launches_by_a_template_names_it(ec2):
    """The code of "Error codes for the Amazon EC2 API"; its text is unverified."""
    bare = [{"Overrides": [{"InstanceType": "t3.micro"}]}]
    fleet = {"IamFleetRole": "r", "TargetCapacity": 1, "LaunchTemplateConfigs": bare}
    text = "The request must contain the parameter LaunchTemplateSpecification"
    with refused("MissingParameter", text):
        ec2.request_spot_fleet(SpotFleetRequestConfig=fleet)
    with refused("MissingParameter", text):
        ec2.create_fleet(LaunchTemplateConfigs=bare, TargetCapacitySpecification={"TotalTargetCapacity": 1})
    assert ec2.describe_spot_fleet_requests()["SpotFleetRequestConfigs"] == []


@pytest.mark.evidence("assumed", "the documentation says only that the instance must have one")
def test_a_root_volume_is_replaced_where_there_is_one(aws_world, ec2):
    """Unverified: the documentation says only that the instance must have one."""
    instance = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    (volume,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    ec2.detach_volume(VolumeId=volume["VolumeId"])
    text = f"The instance '{instance}' has no root volume."
    snapshot = ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]
    for more in ({}, {"SnapshotId": snapshot}):
        with refused("IncorrectInstanceState", text):
            ec2.create_replace_root_volume_task(InstanceId=instance, **more)


@pytest.mark.parametrize("given", [{}, {"Device": "/dev/sda1"}, {"Force": True}])
@pytest.mark.parametrize("encrypted", [False, True])
def test_a_volume_is_detached_whether_its_instance_is_named_or_not(ec2, encrypted, given):
    """InstanceId and Device are optional; aws-ebs-csi-driver#1801 has the refusal of a volume that is not attached."""
    (launched,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"]
    zone = launched["Placement"]["AvailabilityZone"]
    instance, volume = launched["InstanceId"], ec2.create_volume(AvailabilityZone=zone, Size=1, Encrypted=encrypted)
    for more in ({}, {"InstanceId": instance}):
        ec2.attach_volume(VolumeId=volume["VolumeId"], InstanceId=instance, Device="/dev/sdf")
        options = {**given, "Device": "/dev/sdf"} if "Device" in given else given
        told = ec2.detach_volume(VolumeId=volume["VolumeId"], **more, **options)
        assert (told["InstanceId"], told["Device"]) == (instance, "/dev/sdf")
        with refused("IncorrectState", f"Volume '{volume['VolumeId']}' is in the 'available' state."):
            ec2.detach_volume(VolumeId=volume["VolumeId"], **more)
    with refused("InvalidVolume.NotFound"):
        ec2.detach_volume(VolumeId="vol-12345678")


def test_a_root_volume_that_was_detached_meanwhile_is_not_replaced(owner):
    with kmsmock.World(delays={"CreateReplaceRootVolumeTask": timedelta(seconds=60)}) as world:
        ec2 = world.account(OWNER).client("ec2", "us-east-1")
        instance = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        (volume,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
        task = ec2.create_replace_root_volume_task(InstanceId=instance)["ReplaceRootVolumeTask"]
        ec2.detach_volume(VolumeId=volume["VolumeId"])
        world.clock.advance(seconds=61)
        (told,) = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task["ReplaceRootVolumeTaskId"]])[
            "ReplaceRootVolumeTasks"
        ]
        assert told["TaskState"] == "failed"


def test_a_root_volume_that_moto_takes_for_detached_is_replaced(ec2):
    """Seed 41: moto attached a volume twice, and forgot both when it was taken from one instance."""
    launched = ec2.run_instances(ImageId="ami-12345678", MinCount=2, MaxCount=2)["Instances"]
    first, second = (each["InstanceId"] for each in launched)
    (root,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [first]}])["Volumes"]
    with refused("VolumeInUse", f"{root['VolumeId']} is already attached to an instance"):
        ec2.attach_volume(VolumeId=root["VolumeId"], InstanceId=second, Device="/dev/sdf")
    ec2_backends[OWNER]["us-east-1"].volumes[root["VolumeId"]].attachment = None
    task = ec2.create_replace_root_volume_task(InstanceId=first)["ReplaceRootVolumeTask"]
    (told,) = ec2.describe_replace_root_volume_tasks(ReplaceRootVolumeTaskIds=[task["ReplaceRootVolumeTaskId"]])[
        "ReplaceRootVolumeTasks"
    ]
    assert told["TaskState"] == "succeeded"


@pytest.mark.parametrize("kind", ["S3", "ExtendedS3"])
def test_the_role_of_a_delivery_stream_is_an_arn(owner, kind):
    """The pattern of the shape RoleARN, in the words of the frameworks."""
    firehose = client(owner, "firehose")
    broken = {"RoleARN": "rolearn-2", "BucketARN": "arn:aws:s3:::bucket"}
    text = (
        f"1 validation error detected: Value 'rolearn-2' at '{kind[0].lower()}{kind[1:]}Destination%s.roleARN' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: "
        r"arn:.*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+"
    )
    with refused("ValidationException", text % "Configuration"):
        firehose.create_delivery_stream(DeliveryStreamName="stream", **{f"{kind}DestinationConfiguration": broken})
    good = {**broken, "RoleARN": f"arn:aws:iam::{OWNER}:role/firehose"}
    firehose.create_delivery_stream(DeliveryStreamName="stream", **{f"{kind}DestinationConfiguration": good})
    with refused("ValidationException", text % "Update"):
        firehose.update_destination(
            DeliveryStreamName="stream",
            CurrentDeliveryStreamVersionId="1",
            DestinationId="destinationId-000000000001",
            **{f"{kind}DestinationUpdate": broken},
        )


@pytest.mark.parametrize("minutes", [4321, 10**12])
def test_a_snapshot_waits_three_days_at_most(owner, minutes):
    """Found with ``--seed 64``. The limit is that of botocore's model, of which clients look at minima only."""
    said = f"Value '{minutes}' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 4320"
    with refused("ValidationException", f"1 validation error detected: {said}"):
        client(owner, "ebs").start_snapshot(VolumeSize=1, Timeout=minutes)


@pytest.mark.evidence("reported", "aws/aws-sdk-js-v3#4640, localstack/localstack#8308")
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_secret", {"Name": "other", "SecretString": "y"}),
        ("put_secret_value", {"SecretId": "db", "SecretString": "y"}),
        ("update_secret", {"SecretId": "db", "SecretString": "y"}),
        ("rotate_secret", {"SecretId": "db", "RotateImmediately": False}),
    ],
)
def test_a_new_version_of_a_secret_has_a_token(owner, operation, params):
    """Found with ``--seed 63``: SDKs fill it in, AWS makes none (aws/aws-sdk-js-v3#4640, localstack/localstack#8308)."""
    secrets = client(owner, "secretsmanager")
    secrets.create_secret(Name="db", SecretString="x")
    without = client(owner, "secretsmanager", ClientRequestToken=None)
    with refused(
        "InvalidRequestException", "You must provide a ClientRequestToken value. We recommend a UUID-type value."
    ):
        getattr(without, operation)(**params)
    assert [each["Name"] for each in secrets.list_secrets()["SecretList"]] == ["db"]
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "x"


def test_a_secret_without_a_value_needs_no_token(owner):
    client(owner, "secretsmanager", ClientRequestToken=None).create_secret(Name="empty")
    assert "VersionIdsToStages" not in owner.client("secretsmanager").describe_secret(SecretId="empty")
