"""Programs of the command line: what they write, and the status with which they end."""

import base64
import json
import os

import pytest

from tests.support import programs

NOBODY = "User: arn:aws:sts::111111111111:assumed-role/nobody/kmsmock is not authorized to perform: "
CONTENT = b"secret\n"


@pytest.fixture
def run(tmp_path):
    """Run a program; gives its exit status, its output and its errors."""
    tmp_path.joinpath("plain").write_bytes(CONTENT)

    def typed(name, *arguments, environment):
        if programs.found(name) is None:
            pytest.skip(f"there is no {name}: {INSTALLED_BY[name]}")
        done = programs.run(name, *arguments, environment={"HOME": str(tmp_path), **environment}, folder=tmp_path)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return typed


INSTALLED_BY = {
    "aws": "make .venv/clients",
    "s3cmd": "make .venv/clients",
    "rclone": "apt-get install rclone",
    "curl": "apt-get install curl",
}


# --- the AWS CLI ------------------------------------------------------------------------------------------------------


def test_the_aws_cli(run, as_, app, nobody, key, bucket, doomed):
    arguments = ("kms", "encrypt", "--key-id", key, "--plaintext", "fileb://plain")
    status, out, err = run("aws", *arguments, environment=as_(app))
    assert (status, err) == (0, "")
    blob = base64.b64decode(json.loads(out)["CiphertextBlob"])
    assert app.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == CONTENT
    denied = f"{NOBODY}kms:Encrypt on resource: {key} because no identity-based policy allows the kms:Encrypt action"
    assert run("aws", *arguments, environment=as_(nobody)) == (
        255,
        "",
        f"\nAn error occurred (AccessDeniedException) when calling the Encrypt operation: {denied}\n",
    )
    under_key = ("--sse", "aws:kms", "--sse-kms-key-id", key)
    assert run("aws", "s3", "cp", "plain", f"s3://{bucket}/k", *under_key, environment=as_(app))[0] == 0
    assert app.client("s3").head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key
    doomed()
    gone = f"An error occurred (KMS.NotFoundException) when calling the GetObject operation: Key '{key}' does not exist"
    status, _, err = run("aws", "s3", "cp", f"s3://{bucket}/k", "back", environment=as_(app))
    assert (status, err) == (1, f"download failed: s3://{bucket}/k to ./back {gone}\n")


# --- s3cmd ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def s3cmd(run, as_, address):
    """It reads no AWS_ENDPOINT_URL. Nor has it a Region: S3 tells it."""
    place = f"{address.host}:{address.port}"
    options = ("--config", os.devnull, "--no-ssl", "--no-progress", "--host", place, "--host-bucket", place)
    return lambda principal, *arguments: run("s3cmd", *options, *arguments, environment=as_(principal))


def test_s3cmd(s3cmd, app, nobody, key, tmp_path, doomed):
    assert s3cmd(app, "mb", "s3://bucket") == (0, "Bucket 's3://bucket/' created\n", "")
    sealed = ("--server-side-encryption", f"--server-side-encryption-kms-id={key}")
    status, out, _ = s3cmd(app, "put", *sealed, "plain", "s3://bucket/ö k")
    assert (status, out.startswith("upload: 'plain' -> 's3://bucket/ö k' (7 bytes in ")) == (0, True)
    assert app.client("s3").head_object(Bucket="bucket", Key="ö k")["SSEKMSKeyId"] == key
    assert s3cmd(app, "get", "s3://bucket/ö k", "back")[0] == 0
    assert tmp_path.joinpath("back").read_bytes() == CONTENT
    denied = f'{NOBODY}s3:ListBucket on resource: "arn:aws:s3:::bucket" because no identity-based policy allows the '
    assert s3cmd(nobody, "ls", "s3://bucket") == (
        77,
        "",
        f"ERROR: Access to bucket 'bucket' was denied\nERROR: S3 error: 403 (AccessDenied): {denied}s3:ListBucket action\n",
    )
    doomed()
    gone = f"400 (KMS.NotFoundException): Key '{key}' does not exist"
    assert s3cmd(app, "get", "s3://bucket/ö k", "again") == (
        11,
        "",
        f"ERROR: Download of 'again' failed (Reason: {gone})\nERROR: S3 error: {gone}\n",
    )


# --- rclone -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def rclone(run, as_, address):
    """Debian's, which is of Go: it reads no AWS_ENDPOINT_URL either, and gives each object an ACL."""
    of_s3 = {"PROVIDER": "Other", "ENV_AUTH": "true", "ENDPOINT": str(address), "REGION": "us-east-1"}
    options = {f"RCLONE_S3_{name}": value for name, value in {**of_s3, "ACL": "bucket-owner-full-control"}.items()}
    options |= {"RCLONE_CONFIG": os.devnull, "RCLONE_RETRIES": "1", "RCLONE_LOW_LEVEL_RETRIES": "1"}
    return lambda principal, *arguments: run("rclone", *arguments, environment={**as_(principal), **options})


def test_rclone(rclone, app, nobody, key, bucket, doomed):
    sealed = ("--s3-server-side-encryption", "aws:kms", "--s3-sse-kms-key-id", key)
    assert rclone(app, "copyto", "plain", f":s3:{bucket}/ö k", *sealed)[0] == 0
    assert app.client("s3").head_object(Bucket=bucket, Key="ö k")["SSEKMSKeyId"] == key
    assert rclone(app, "cat", f":s3:{bucket}/ö k") == (0, CONTENT.decode(), "")
    denied = f'{NOBODY}s3:ListBucket on resource: "arn:aws:s3:::bucket" because no identity-based policy allows the '
    status, _, err = rclone(nobody, "cat", f":s3:{bucket}/ö k")
    assert (status, f"Failed to cat: AccessDenied: {denied}s3:ListBucket action\n\tstatus code: 403" in err) == (
        1,
        True,
    )
    doomed()
    status, _, err = rclone(app, "cat", f":s3:{bucket}/ö k")
    assert (status, f"KMS.NotFoundException: Key '{key}' does not exist\n\tstatus code: 400" in err) == (1, True)


# --- curl -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def curl(run, address):
    """``--aws-sigv4`` signs; the session's token and, for S3, the digest of the body are headers that it is given."""

    def ask(environment, service, *arguments, path="/", host=address, **headers):
        who = "{AWS_ACCESS_KEY_ID}:{AWS_SECRET_ACCESS_KEY}".format(**environment)
        sent = {"X-Amz-Security-Token": environment["AWS_SESSION_TOKEN"], **headers}
        if service == "s3":
            sent["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
        lines = [each for name, value in sent.items() for each in ("-H", f"{name.replace('_', '-')}: {value}")]
        signed = ("--aws-sigv4", f"aws:amz:us-east-1:{service}", "--user", who)
        shown = ("--silent", "--show-error", "--write-out", "\n%{http_code}")
        status, out, err = run("curl", *shown, *signed, *lines, *arguments, f"{host}{path}", environment={})
        assert (status, err) == (0, "")
        content, _, code = out.rpartition("\n")
        return int(code), content

    return ask


def of_kms(operation):
    return {"X_Amz_Target": f"TrentService.{operation}", "Content_Type": "application/x-amz-json-1.1"}


def test_curl_asks_kms(curl, as_, app, nobody, key, doomed):
    told = json.dumps({"KeyId": key, "Plaintext": base64.b64encode(CONTENT).decode()})
    status, answer = curl(as_(app), "kms", "--data", told, **of_kms("Encrypt"))
    sealed = json.dumps({"CiphertextBlob": json.loads(answer)["CiphertextBlob"]})
    status, answer = curl(as_(app), "kms", "--data", sealed, **of_kms("Decrypt"))
    assert (status, base64.b64decode(json.loads(answer)["Plaintext"])) == (200, CONTENT)
    denied = f"{NOBODY}kms:Encrypt on resource: {key} because no identity-based policy allows the kms:Encrypt action"
    status, answer = curl(as_(nobody), "kms", "--data", told, **of_kms("Encrypt"))
    assert (status, json.loads(answer)) == (400, {"__type": "AccessDeniedException", "Message": denied})
    doomed()
    status, answer = curl(as_(app), "kms", "--data", sealed, **of_kms("Decrypt"))
    said = {"__type": "NotFoundException", "message": f"Key '{key}' does not exist"}
    assert (status, json.loads(answer)) == (400, said)


def test_curl_uploads_and_downloads(curl, as_, app, nobody, bucket, for_a_while, aws_world):
    """What it sends as data has the type of a form, and it waits for 100 Continue before a file."""
    assert curl(as_(app), "s3", "--request", "PUT", "--data-binary", "@plain", path="/bucket/a%20k") == (200, "")
    assert curl(as_(app), "s3", "--upload-file", "plain", path="/bucket/file", Expect="100-continue") == (200, "")
    for path in ("/bucket/a%20k", "/bucket/file"):
        assert curl(for_a_while, "s3", path=path) == (200, CONTENT.decode())
    status, answer = curl(as_(nobody), "s3", path="/bucket/file")
    denied = (
        f'{NOBODY}s3:GetObject on resource: "arn:aws:s3:::bucket/file" because no identity-based policy allows the '
    )
    assert (status, f"<Code>AccessDenied</Code><Message>{denied}s3:GetObject action</Message>" in answer) == (403, True)
    aws_world.clock.advance(minutes=16)
    status, answer = curl(for_a_while, "s3", path="/bucket/file")
    assert (status, "<Code>ExpiredToken</Code><Message>The provided token has expired.</Message>" in answer) == (
        400,
        True,
    )


def test_curl_asks_by_the_name_of_a_bucket(curl, as_, app, bucket, address):
    """It resolves names that end with localhost by itself."""
    app.client("s3").put_object(Bucket=bucket, Key="k", Body=CONTENT)
    by_name = f"http://{bucket}.localhost:{address.port}"
    assert curl(as_(app), "s3", path="/k", host=by_name) == (200, CONTENT.decode())
