"""The AWS CLI, run in this process as its entry point runs it."""

import base64
import json
import subprocess
import sys

import boto3.s3.transfer  # noqa: F401  # first: where none is loaded, the CLI's copies of botocore and s3transfer are
import pytest
from awscli.clidriver import create_clidriver

REFUSED = 255
"""The exit status of an AWS error."""

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def aws(capsys, monkeypatch, tmp_path):
    """Run a command; gives its exit status, output and errors."""
    monkeypatch.setenv("AWS_PAGER", "")
    monkeypatch.chdir(tmp_path)

    def run(*command):
        status = create_clidriver().main(list(command))
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def bucket(app):
    app.client("s3").create_bucket(Bucket="bucket")
    return "s3://bucket"


def test_kms_encrypts_and_decrypts(aws, key, tmp_path):
    tmp_path.joinpath("plain").write_bytes(b"secret")
    context = ["--encryption-context", "purpose=test"]
    status, out, _ = aws("kms", "encrypt", "--key-id", key, "--plaintext", "fileb://plain", *context)
    assert status == 0
    blob = base64.b64decode(json.loads(out)["CiphertextBlob"])
    tmp_path.joinpath("encrypted").write_bytes(blob)
    query = ["--query", "Plaintext", "--output", "text"]
    status, out, _ = aws("kms", "decrypt", "--ciphertext-blob", "fileb://encrypted", *context, *query)
    assert (status, base64.b64decode(out)) == (0, b"secret")
    status, _, err = aws("kms", "decrypt", "--ciphertext-blob", "fileb://encrypted")
    assert (status, err.strip()) == (
        REFUSED,
        "An error occurred (InvalidCiphertextException) when calling the Decrypt operation:",
    )


def test_kms_says_why_it_refuses(aws, key, refusal):
    refusal.befall(key)
    status, out, err = aws("kms", "generate-data-key", "--key-id", key, "--key-spec", "AES_256")
    assert (status, out) == (REFUSED, "")
    assert f"An error occurred ({refusal.code}) when calling the GenerateDataKey operation: " in err
    assert refusal.reason in err


def test_s3_cp_keeps_a_file_under_a_key(aws, key, bucket, app, tmp_path):
    tmp_path.joinpath("file").write_bytes(b"secret")
    under_key = ["--sse", "aws:kms", "--sse-kms-key-id", key]
    assert aws("s3", "cp", "file", f"{bucket}/file", *under_key)[0] == 0
    assert app.client("s3").head_object(Bucket="bucket", Key="file")["SSEKMSKeyId"] == key
    assert aws("s3", "cp", f"{bucket}/file", "back")[0] == 0
    assert tmp_path.joinpath("back").read_bytes() == b"secret"


def test_s3_cp_keeps_the_parts_of_a_big_file_under_a_key(aws, key, bucket, app, tmp_path):
    tmp_path.joinpath("big").write_bytes(b"0123456789" * 900_000)
    assert aws("s3", "cp", "big", f"{bucket}/big", "--sse", "aws:kms", "--sse-kms-key-id", key)[0] == 0
    assert app.client("s3").head_object(Bucket="bucket", Key="big")["ETag"].endswith('-2"')
    assert aws("s3", "cp", f"{bucket}/big", "back")[0] == 0
    assert tmp_path.joinpath("back").read_bytes() == tmp_path.joinpath("big").read_bytes()


def test_s3_cp_says_why_it_failed(aws, key, bucket, tmp_path, refusal):
    tmp_path.joinpath("file").write_bytes(b"secret")
    under_key = ["--sse", "aws:kms", "--sse-kms-key-id", key]
    aws("s3", "cp", "file", f"{bucket}/file", *under_key)
    refusal.befall(key)
    status, _, err = aws("s3", "cp", "file", f"{bucket}/other", *under_key)
    assert status == 1
    assert "upload failed: ./file to s3://bucket/other" in err
    assert refusal.reason in err
    status, _, err = aws("s3", "cp", f"{bucket}/file", "back")
    assert status == 1
    assert "download failed" in err
    assert refusal.reason in err


def test_s3_sync_and_copies_use_the_key_of_the_target(aws, key, bucket, app, tmp_path):
    tmp_path.joinpath("folder").mkdir()
    for name in "abc":
        tmp_path.joinpath("folder", name).write_text(name)
    assert aws("s3", "sync", "folder", f"{bucket}/folder", "--sse", "aws:kms", "--sse-kms-key-id", key)[0] == 0
    assert aws("s3", "cp", f"{bucket}/folder/a", f"{bucket}/copy")[0] == 0
    s3 = app.client("s3")
    assert s3.head_object(Bucket="bucket", Key="folder/b")["SSEKMSKeyId"] == key
    assert s3.head_object(Bucket="bucket", Key="copy")["ServerSideEncryption"] == "AES256"


def test_waiting_commands_do_not_sleep(aws, bucket):
    status, _, err = aws("s3api", "wait", "object-exists", "--bucket", "bucket", "--key", "not there")
    assert (status, "Max attempts exceeded" in err) == (REFUSED, True)


def test_ec2_copies_a_snapshot_into_another_region(aws, app):
    ec2 = app.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    places = ["--source-region", "us-east-1", "--region", "eu-west-1"]
    status, out, err = aws("ec2", "copy-snapshot", "--source-snapshot-id", snapshot, *places)
    assert status == 0, err
    copy = json.loads(out)["SnapshotId"]
    assert app.client("ec2", "eu-west-1").describe_snapshots(SnapshotIds=[copy])["Snapshots"][0]["Encrypted"]


def test_the_copy_of_botocore_that_the_cli_brings_asks_the_world_too():
    code = """
import awscli.clidriver, botocore
assert "awscli" in botocore.__file__
import kmsmock
with kmsmock.World() as world:
    assert awscli.clidriver.create_clidriver().main(["kms", "create-key"]) == 0
    assert world.events[-1]["eventName"] == "CreateKey"
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
