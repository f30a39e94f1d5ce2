"""smart_open: S3 objects as files."""

import pytest
from smart_open import open as smart_open

URI = "s3://bucket/k.txt"


@pytest.fixture
def s3(app):
    client = app.client("s3")
    client.create_bucket(Bucket="bucket")
    return client


def put(s3, key, text="secret"):
    under_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    parameters = {"client": s3, "client_kwargs": {"S3.Client.create_multipart_upload": under_key}}
    with smart_open(URI, "w", transport_params=parameters) as file:
        file.write(text)


def test_what_is_written_is_kept_under_the_key_and_read_back(s3, key, calls):
    put(s3, key)
    assert s3.head_object(Bucket="bucket", Key="k.txt")["SSEKMSKeyId"] == key
    calls()
    with smart_open(URI) as file:  # by a client of its own
        assert file.read() == "secret"
    assert calls() == {"Decrypt": 1}


def test_a_file_is_read_from_a_place_on(s3, key):
    put(s3, key, "0123456789" * 1000)
    with smart_open(URI, "rb", transport_params={"client": s3}) as file:
        file.seek(9995)
        assert file.read() == b"56789"


def test_refusals_come_out_with_their_reason(s3, key, refusal):
    put(s3, key)
    refusal.befall(key)
    with pytest.raises(OSError, match=refusal.reason), smart_open(URI, transport_params={"client": s3}) as file:
        file.read()
    with pytest.raises(ValueError, match=f"forbidden for access.*{refusal.reason}"):
        put(s3, key)
