"""S3 Batch Operations: a job works as its role, which needs the keys of what it reads and of what it writes.

"Granting permissions for Batch Operations" and "Copying objects across AWS accounts using S3 Batch Operations" (user
guide), botocore's model of CreateJob; when a job is done, and the codes of what it refuses, are assumed.
"""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import key_policy, trust_document, use
from tests.support.s3 import ARN, BODY, BUCKET, customer, head, put, read, set_default, shown, sse, under

pytestmark = pytest.mark.evidence(
    "documented", '"Granting permissions for Batch Operations" (Amazon S3 user guide), botocore\'s model'
)

TO = "target"


@pytest.fixture
def control(owner, s3):
    s3.create_bucket(Bucket=TO)
    return owner.client("s3control")


@pytest.fixture
def role(owner):
    """The ARN of a role that Batch Operations may assume, which may do everything in S3."""
    return worker(owner, allow(["s3:*"]))


def worker(owner, *policies, service="batchoperations.s3.amazonaws.com", name="worker"):
    iam = owner.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_document({"Service": service}))["Role"]["Arn"]
    for number, each in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(each))
    return made


def manifest(s3, *names, fields=("Bucket", "Key"), **how):
    lines = "".join(f"{BUCKET},{name}\n" for name in names)
    tag = s3.put_object(Bucket=BUCKET, Key="manifest.csv", Body=lines.encode(), **how)["ETag"]
    spec = {"Format": "S3BatchOperations_CSV_20180820", "Fields": list(fields)}
    return {"Spec": spec, "Location": {"ObjectArn": f"{ARN}/manifest.csv", "ETag": tag}}


def start(control, role, listed, operation=None, confirm=False, report=None, token="token", **copying):
    """The id of a job."""
    copy = {"S3PutObjectCopy": {"TargetResource": f"arn:aws:s3:::{TO}", **copying}}
    return control.create_job(
        AccountId=OWNER,
        ConfirmationRequired=confirm,
        Operation=operation or copy,
        Report=report or {"Enabled": False},
        ClientRequestToken=token,
        Manifest=listed,
        Priority=10,
        RoleArn=role,
    )["JobId"]


def job(control, made):
    return control.describe_job(AccountId=OWNER, JobId=made)["Job"]


def counts(control, made):
    told = job(control, made)
    done = told["ProgressSummary"]
    return told["Status"], done["NumberOfTasksSucceeded"], done["NumberOfTasksFailed"]


def lend(kms, key, role, *actions):
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(use(role, list(actions))))


def test_many_objects_get_the_key_that_the_job_names(s3, kms, control, role, key):
    lend(kms, key, role, "kms:GenerateDataKey")
    put(s3, "a", b"first")
    put(s3, "b c", b"second")
    made = start(control, role, manifest(s3, "a", "b+c"), SSEAwsKmsKeyId=key, TargetKeyPrefix="copies")
    assert counts(control, made) == ("Complete", 2, 0)
    assert shown(head(s3, "copies/a", TO)) == shown(head(s3, "copies/b c", TO)) == under(key)
    assert read(s3, "copies/b c", TO) == b"second"


def test_without_a_key_the_default_of_the_target_counts(s3, kms, control, role, key):
    lend(kms, key, role, "kms:GenerateDataKey")
    set_default(s3, key=key, bucket=TO, bucket_key=True)
    start(control, role, manifest(s3, "plain"))
    assert shown(head(s3, "plain", TO)) == under(key, bucket_key="true")


def test_objects_may_stay_where_they_are(s3, kms, control, role, key):
    """The usual way to bring a bucket under a key."""
    lend(kms, key, role, "kms:GenerateDataKey")
    start(control, role, manifest(s3, "plain"), TargetResource=ARN, SSEAwsKmsKeyId=key)
    assert shown(head(s3, "plain")) == under(key)
    assert read(s3, "plain") == BODY


def test_the_role_needs_the_key_of_each_source(aws_world, s3, kms, control, role, key):
    put(s3, "sealed", **sse(key))
    listed = manifest(s3, "sealed", "plain")
    made = start(control, role, listed)
    assert counts(control, made) == ("Complete", 1, 1)
    lost = aws_world.refusals[-1]
    assert (lost.late.about, lost.error.code) == (f"{ARN}/sealed", "AccessDenied")
    assert "kms:Decrypt" in lost.error.message
    lend(kms, key, role, "kms:Decrypt")
    assert counts(control, start(control, role, listed, token="again")) == ("Complete", 2, 0)
    assert shown(head(s3, "sealed", TO)) == {"mode": "AES256"}


def test_the_role_needs_the_key_that_it_writes_under(s3, control, role, key):
    made = start(control, role, manifest(s3, "plain"), SSEAwsKmsKeyId=key)
    assert counts(control, made) == ("Complete", 0, 1)
    assert "Contents" not in s3.list_objects_v2(Bucket=TO)


def test_the_role_needs_permissions_of_s3(owner, s3, control):
    made = start(control, worker(owner, allow(["s3:GetObject"])), manifest(s3, "plain"))
    assert counts(control, made) == ("Complete", 0, 1)


def test_kms_sees_the_role_through_s3(aws_world, s3, kms, control, role, key):
    lend(kms, key, role, "kms:GenerateDataKey")
    made = start(control, role, manifest(s3, "plain"), SSEAwsKmsKeyId=key)
    job(control, made)
    event = [each for each in aws_world.events if each["eventName"] == "GenerateDataKey"][-1]
    assert event["userIdentity"]["arn"].startswith(f"arn:aws:sts::{OWNER}:assumed-role/worker/")
    assert event["requestParameters"]["encryptionContext"] == {"aws:s3:arn": f"arn:aws:s3:::{TO}/plain"}


def test_other_keys_for_objects_where_they_are(s3, kms, control, role, key, another):
    lend(kms, key, role, "kms:*")
    lend(kms, another, role, "kms:*")
    put(s3, **sse(key))
    wanted = {"S3UpdateObjectEncryption": {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": another}}}}
    made = start(control, role, manifest(s3, "k"), wanted)
    assert counts(control, made) == ("Complete", 1, 0)
    assert shown(head(s3)) == under(another)


def test_a_role_that_does_not_trust_batch_operations(owner, aws_world, s3, control):
    made = start(control, worker(owner, allow(["s3:*"]), service="ec2.amazonaws.com"), manifest(s3, "plain"))
    told = job(control, made)
    (reason,) = told["FailureReasons"]
    assert (told["Status"], reason["FailureCode"]) == ("Failed", "AccessDenied")
    assert "batchoperations.s3.amazonaws.com is not authorized to assume the role" in reason["FailureReason"]
    assert aws_world.refusals[-1].late.about == told["JobArn"]


def test_the_manifest_needs_its_key_too_and_has_to_be_the_one_that_is_meant(s3, control, role, key):
    made = start(control, role, manifest(s3, "plain", **sse(key)))
    assert job(control, made)["FailureReasons"][0]["FailureCode"] == "AccessDenied"
    listed = manifest(s3, "plain")
    listed["Location"]["ETag"] = "another"
    assert job(control, start(control, role, listed, token="2"))["FailureReasons"][0]["FailureCode"] == (
        "ManifestETagMismatch"
    )


def test_objects_under_keys_of_the_customer_are_passed_over(s3, control, role):
    put(s3, "mine", **customer())
    assert counts(control, start(control, role, manifest(s3, "mine"))) == ("Complete", 0, 1)


def test_the_report_is_under_the_key_of_its_bucket(s3, kms, control, role, key):
    lend(kms, key, role, "kms:GenerateDataKey")
    s3.create_bucket(Bucket="reports")
    set_default(s3, key=key, bucket="reports")
    report = {"Enabled": True, "Bucket": "arn:aws:s3:::reports", "Prefix": "p", "Format": "Report_CSV_20180820"}
    made = start(control, role, manifest(s3, "plain", "none"), report={**report, "ReportScope": "AllTasks"})
    assert counts(control, made) == ("Complete", 1, 1)
    folder = f"p/job-{made}"
    assert shown(head(s3, f"{folder}/manifest.json", "reports")) == under(key)
    assert read(s3, f"{folder}/results/succeeded.csv", "reports").decode() == f"{BUCKET},plain,,succeeded,,200,\n"
    failed = read(s3, f"{folder}/results/failed.csv", "reports").decode()
    assert failed == f"{BUCKET},none,,failed,NoSuchKey,404,The specified key does not exist.\n"


def test_an_inventory_is_a_manifest_too(aws_world, s3, control, role):
    put(s3, "a b")
    s3.create_bucket(Bucket="reports")
    statement = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:PutObject"}
    opened = policy({**statement, "Resource": "arn:aws:s3:::reports/*"})
    s3.put_bucket_policy(Bucket="reports", Policy=json.dumps(opened))
    asked = {
        "Id": "all",
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}},
    }
    s3.put_bucket_inventory_configuration(Bucket=BUCKET, Id="all", InventoryConfiguration=asked)
    aws_world.clock.advance(days=1)
    listed = s3.list_objects_v2(Bucket="reports")["Contents"]
    (found,) = [each for each in listed if each["Key"].endswith("manifest.json")]
    location = {"ObjectArn": f"arn:aws:s3:::reports/{found['Key']}", "ETag": found["ETag"]}
    made = start(control, role, {"Spec": {"Format": "S3InventoryReport_CSV_20161130"}, "Location": location})
    assert counts(control, made) == ("Complete", 2, 0)
    assert read(s3, "a b", TO) == BODY


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_a_job_may_wait_to_be_confirmed(s3, control, role):
    made = start(control, role, manifest(s3, "plain"), confirm=True)
    assert job(control, made)["Status"] == "Suspended"
    with refused("NoSuchKey", status=404):
        read(s3, "plain", TO)
    told = control.update_job_status(AccountId=OWNER, JobId=made, RequestedJobStatus="Ready")
    assert told["Status"] == "Ready"
    assert counts(control, made) == ("Complete", 1, 0)
    text = "The job is Complete and can't become Cancelled."
    with refused("JobStatusException", text, status=400):
        control.update_job_status(AccountId=OWNER, JobId=made, RequestedJobStatus="Cancelled")


def test_a_job_that_waits_may_be_cancelled(s3, control, role):
    made = start(control, role, manifest(s3, "plain"), confirm=True)
    told = control.update_job_status(
        AccountId=OWNER, JobId=made, RequestedJobStatus="Cancelled", StatusUpdateReason="no need"
    )
    assert (told["Status"], job(control, made)["StatusUpdateReason"]) == ("Cancelled", "no need")


@pytest.mark.evidence("assumed", "the words of the refusal are a choice; that it is refused is documented")
def test_jobs_are_listed_and_made_once_for_a_token(other, s3, control, role):
    listed = manifest(s3, "plain")
    made = start(control, role, listed)
    assert start(control, role, listed) == made
    control.update_job_priority(AccountId=OWNER, JobId=made, Priority=3)
    (told,) = control.list_jobs(AccountId=OWNER)["Jobs"]
    assert (told["JobId"], told["Operation"], told["Status"], told["Priority"]) == (
        made,
        "S3PutObjectCopy",
        "Complete",
        3,
    )
    assert control.list_jobs(AccountId=OWNER, JobStatuses=["Failed"])["Jobs"] == []
    with refused("NoSuchJob", "The specified job does not exist.", status=404):
        other.client("s3control").describe_job(AccountId=other.id, JobId=made)


NOT_MODELLED = {
    "S3PutObjectTagging": {"S3PutObjectTagging": {"TagSet": []}},
    "StorageClass of S3PutObjectCopy": {"S3PutObjectCopy": {"TargetResource": ARN, "StorageClass": "GLACIER"}},
}


@pytest.mark.parametrize("what", NOT_MODELLED)
def test_what_is_not_modelled_is_refused_by_name(s3, control, role, what):
    with pytest.raises(NotImplementedError, match=what):
        start(control, role, manifest(s3, "plain"), NOT_MODELLED[what])
