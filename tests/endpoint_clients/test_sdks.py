"""The AWS SDK for JavaScript and botocore: the same scenarios, and what each tells of AWS's errors."""

import json
import re

import pytest

from tests.support import programs
from tests.support.claims import policy
from tests.support.programs import as_bytes, as_stream, of_bytes

NOBODY = "User: arn:aws:sts::111111111111:assumed-role/nobody/kmsmock is not authorized to perform: "
WITHOUT_A_TEXT = {"botocore": "", "javascript": "UnknownError"}
"""What they say of an error that has none."""


def test_kms(call, sdk, as_, app, nobody, key, doomed):
    context = {"purpose": "test"}
    sealed = call(as_(app), "kms", "Encrypt", KeyId=key, Plaintext=as_bytes(b"text"), EncryptionContext=context)
    blob = sealed["CiphertextBlob"]
    opened = call(as_(app), "kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=context)
    assert (of_bytes(opened["Plaintext"]), opened["KeyId"]) == (b"text", key)
    other = call(as_(app), "kms", "Decrypt", CiphertextBlob=blob)
    assert other == ("InvalidCiphertextException", 400, WITHOUT_A_TEXT[sdk.name])
    assert call(as_(nobody), "kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=context) == (
        "AccessDeniedException",
        400,
        f"{NOBODY}kms:Decrypt on resource: {key} because no identity-based policy allows the kms:Decrypt action",
    )
    doomed()
    late = call(as_(app), "kms", "Decrypt", CiphertextBlob=blob, EncryptionContext=context)
    assert late == ("NotFoundException", 400, f"Key '{key}' does not exist")


def test_s3(call, as_, app, nobody, key, bucket, doomed):
    place = {"Bucket": bucket, "Key": "a folder/ö+k"}
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    call(as_(app), "s3", "PutObject", **place, Body=as_bytes(b"text"), Metadata={"a": "b"}, **sealed)
    found = call(as_(app), "s3", "GetObject", **place)
    assert (of_bytes(found["Body"]), found["SSEKMSKeyId"], found["Metadata"]) == (b"text", key, {"a": "b"})
    listed = call(as_(app), "s3", "ListObjectsV2", Bucket=bucket, Prefix="a f")
    assert [each["Key"] for each in listed["Contents"]] == [place["Key"]]
    assert call(as_(nobody), "s3", "GetObject", **place) == (
        "AccessDenied",
        403,
        f'{NOBODY}s3:GetObject on resource: "arn:aws:s3:::bucket/a folder/ö+k" because no identity-based policy allows '
        "the s3:GetObject action",
    )
    doomed()
    gone = call(as_(app), "s3", "GetObject", **place)
    assert gone == ("KMS.NotFoundException", 400, f"Key '{key}' does not exist")


def test_s3_takes_a_body_as_a_stream(call, as_, app, bucket):
    """The SDK of JavaScript sends it in chunks of AWS's, with a checksum after the last."""
    content = b"0123456789" * 20_000
    stream = {"Body": as_stream(content), "ContentLength": len(content)}
    call(as_(app), "s3", "PutObject", Bucket=bucket, Key="stream", **stream)
    assert app.client("s3").get_object(Bucket=bucket, Key="stream")["Body"].read() == content


def test_ec2(call, as_, app, nobody, key, for_a_while, aws_world):
    place = {"AvailabilityZone": "us-east-1a", "Size": 1}
    made = call(as_(app), "ec2", "CreateVolume", **place, Encrypted=True, KmsKeyId=key)
    found = call(for_a_while, "ec2", "DescribeVolumes", VolumeIds=[made["VolumeId"]])["Volumes"]
    assert [(each["Encrypted"], each["KmsKeyId"], each["State"]) for each in found] == [(True, key, "available")]
    code, status, text = call(as_(nobody), "ec2", "DescribeVolumes")
    text, _, encoded = text.partition(" Encoded authorization failure message: ")
    assert (code, status, text) == (
        "UnauthorizedOperation",
        403,
        f"You are not authorized to perform this operation. {NOBODY}ec2:DescribeVolumes on resource: * because no "
        "identity-based policy allows the ec2:DescribeVolumes action.",
    )
    told = app.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"]
    assert json.loads(told)["allowed"] is False
    aws_world.clock.advance(minutes=16)
    assert call(for_a_while, "ec2", "DescribeVolumes") == ("RequestExpired", 400, "Request has expired.")


def test_secrets_manager(call, as_, app, nobody, key, doomed):
    named = call(as_(app), "secretsmanager", "CreateSecret", Name="db", SecretString="word", KmsKeyId=key)
    found = call(as_(app), "secretsmanager", "GetSecretValue", SecretId="db")
    assert (found["SecretString"], found["ARN"]) == ("word", named["ARN"])
    assert call(as_(nobody), "secretsmanager", "GetSecretValue", SecretId="db") == (
        "AccessDeniedException",
        400,
        f"{NOBODY}secretsmanager:GetSecretValue on resource: {named['ARN']} because no identity-based policy allows the "
        "secretsmanager:GetSecretValue action",
    )
    doomed()
    late = call(as_(app), "secretsmanager", "GetSecretValue", SecretId="db")
    said = re.sub("Request ID: [0-9a-f-]{36}", "Request ID: ID", late[2])
    assert (*late[:2], said) == (
        "DecryptionFailure",
        400,
        f"Secrets Manager can't decrypt the secret value: Key '{key}' does not exist (Service: AWSKMS; Status Code: 400; "
        "Error Code: NotFoundException; Request ID: ID; Proxy: null)",
    )


def test_a_session_ends_by_the_clock_of_the_world(call, for_a_while, key, aws_world):
    """A program has the machine's clock and does not know that its credentials are over."""
    assert call(for_a_while, "kms", "DescribeKey", KeyId=key)["KeyMetadata"]["Enabled"] is True
    aws_world.clock.advance(minutes=16)
    over = call(for_a_while, "kms", "DescribeKey", KeyId=key)
    assert over == ("ExpiredTokenException", 400, "The security token included in the request is expired")


def test_a_program_without_keys_finds_those_of_its_container(call, as_, app, key, aws_world):
    given = {
        name: value for name, value in as_(app).items() if not name.startswith(("AWS_ACCESS", "AWS_SEC", "AWS_SES"))
    }
    with app.acting():
        assert call(given, "kms", "DescribeKey", KeyId=key)["KeyMetadata"]["Arn"] == key
    assert aws_world.events[-1]["userIdentity"]["arn"] == "arn:aws:sts::111111111111:assumed-role/app/kmsmock"


def test_another_secret_than_the_principals_is_refused(call, as_, app):
    wrong = {**as_(app), "AWS_SECRET_ACCESS_KEY": "wrong"}
    code, status, text = call(wrong, "kms", "ListKeys")
    assert (code, status) == ("InvalidSignatureException", 400)
    assert text.startswith("The request signature we calculated does not match the signature you provided.")


def test_javascript_over_https(aws_world, app, bucket):
    """A stream goes in chunks whose signature is none; its checksum comes last. A bucket may ask for HTTPS."""
    if (reason := programs.why_no_javascript()) is not None:
        pytest.skip(reason)
    insecure = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    insecure["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    app.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(insecure)))
    place, sent = {"Bucket": bucket, "Key": "k"}, {"Body": as_stream(b"text" * 100), "ContentLength": 400}
    statuses = []
    for tls in (True, False):
        with aws_world.endpoint(tls=tls) as url, app.acting():
            trusted = {name: value for name, value in url.environment.items() if name == "NODE_EXTRA_CA_CERTS"}
            program = programs.javascript(**trusted)
            told = program.ask(url.environment, service="s3", operation="PutObject", input={**place, **sent})
            statuses.append((told.get("error") or told)["status"])
            program.close()
    assert statuses == [200, 403]
    assert app.client("s3").get_object(**place)["Body"].read() == b"text" * 100
