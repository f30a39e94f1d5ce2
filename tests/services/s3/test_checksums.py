"""Checksums: one of every object, over the plaintext, of the whole object or of its parts.

Sources: "Checking object integrity for data uploads in Amazon S3" in the user guide (since December 2024 S3 computes
CRC64NVME for uploads without a checksum); recorded answers of AWS in localstack/localstack (test_s3.snapshot.json,
TestS3MultipartUploadChecksum) and in public write-ups (put-object answers with ChecksumCRC64NVME and ChecksumType).
"""

import base64
import hashlib
import zlib

import pytest
from botocore.config import Config

from tests.support.claims import refused
from tests.support.s3 import BODY, BUCKET, PART, copy, create, customer, get, head, put, sse

pytestmark = pytest.mark.evidence(
    "recorded",
    'localstack (test_s3.snapshot.json, TestS3MultipartUploadChecksum) and public write-ups; "Checking object integrity"',
)

QUIET = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
NOTHING = "AAAAAAAAAAA="
"""The CRC64NVME of an empty object, as public recordings show it."""
CHECK = base64.b64encode((0xAE8B14860A799888).to_bytes(8, "big")).decode()
"""Of "123456789": the check value of CRC-64/NVME in the catalogue of parametrised CRC algorithms."""


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


@pytest.fixture
def quiet(owner, s3):
    """A client that sends no checksum of its own."""
    return owner.client("s3", config=QUIET)


def checksums(answer):
    return {name: value for name, value in answer.items() if name.startswith("Checksum")}


NVME = {"ChecksumCRC64NVME": CHECK, "ChecksumType": "FULL_OBJECT"}


# --- uploads in one piece -------------------------------------------------------------------------------------------


def test_an_upload_without_a_checksum_gets_crc64nvme(quiet):
    assert checksums(put(quiet, "k", b"123456789")) == NVME
    assert checksums(put(quiet, "empty", b"")) == {**NVME, "ChecksumCRC64NVME": NOTHING}
    assert checksums(head(quiet, ChecksumMode="ENABLED")) == NVME
    assert checksums(get(quiet, ChecksumMode="ENABLED")) == NVME
    assert checksums(head(quiet)) == checksums(get(quiet)) == {}


def test_it_is_that_of_the_plaintext(quiet, key):
    for name, how in {"kms": sse(key), "dsse": sse(key, "aws:kms:dsse"), "customer": customer()}.items():
        own = how if "SSECustomerKey" in how else {}
        assert checksums(put(quiet, name, b"123456789", **how)) == NVME
        assert checksums(head(quiet, name, ChecksumMode="ENABLED", **own)) == NVME


def test_it_is_right_for_large_objects(quiet):
    """The same polynomial bit by bit, for a body that is no multiple of any block."""
    body = bytes(range(256)) * 41 + b"tail"
    made = put(quiet, "large", body)["ChecksumCRC64NVME"]
    assert made == base64.b64encode(_by_bits(body).to_bytes(8, "big")).decode()


def _by_bits(body):
    value = 0xFFFFFFFFFFFFFFFF
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x9A6C9329AC4BC9B5 if value & 1 else 0)
    return value ^ 0xFFFFFFFFFFFFFFFF


ALGORITHMS = {
    "CRC32": crc32,
    "SHA1": lambda body: base64.b64encode(hashlib.sha1(body).digest()).decode(),
    "SHA256": lambda body: base64.b64encode(hashlib.sha256(body).digest()).decode(),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_that_was_asked_for_has_a_type_too(s3, algorithm):
    wanted = {f"Checksum{algorithm}": ALGORITHMS[algorithm](BODY), "ChecksumType": "FULL_OBJECT"}
    assert checksums(put(s3, ChecksumAlgorithm=algorithm)) == wanted
    assert checksums(head(s3, ChecksumMode="ENABLED")) == wanted
    found = s3.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=["Checksum"])["Checksum"]
    assert found == wanted


def test_boto3_sends_crc32_unless_told_otherwise(s3):
    assert checksums(put(s3)) == {"ChecksumCRC32": crc32(BODY), "ChecksumType": "FULL_OBJECT"}


def test_listings_tell_algorithm_and_type(s3, quiet):
    put(s3, "crc32")
    put(quiet, "nvme")
    wanted = {"crc32": ["CRC32"], "nvme": ["CRC64NVME"]}
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for answer in (
        s3.list_objects(Bucket=BUCKET)["Contents"],
        s3.list_objects_v2(Bucket=BUCKET)["Contents"],
        s3.list_object_versions(Bucket=BUCKET)["Versions"],
    ):
        found = {each["Key"]: each for each in answer}
        for name, algorithms in wanted.items():
            assert (found[name]["ChecksumAlgorithm"], found[name]["ChecksumType"]) == (algorithms, "FULL_OBJECT")


def test_attributes_tell_the_default_checksum(quiet):
    put(quiet, "k", b"123456789")
    told = quiet.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=["Checksum", "ETag"])
    assert told["Checksum"] == NVME


# --- copies ---------------------------------------------------------------------------------------------------------


def test_a_copy_has_the_algorithm_of_its_source(s3, quiet):
    put(s3, "sha", ChecksumAlgorithm="SHA256")
    put(quiet, "nvme", b"123456789")
    sha = {"ChecksumSHA256": ALGORITHMS["SHA256"](BODY), "ChecksumType": "FULL_OBJECT"}
    assert checksums(copy(s3, "copy", "sha")["CopyObjectResult"]) == sha
    assert checksums(head(s3, "copy", ChecksumMode="ENABLED")) == sha
    assert checksums(copy(quiet, "copy", "nvme")["CopyObjectResult"]) == NVME
    assert checksums(head(s3, "copy", ChecksumMode="ENABLED")) == NVME


def test_a_copy_has_the_algorithm_that_is_asked_for(s3, quiet):
    put(quiet, "nvme")
    wanted = {"ChecksumCRC32": crc32(BODY), "ChecksumType": "FULL_OBJECT"}
    assert checksums(copy(s3, "copy", "nvme", ChecksumAlgorithm="CRC32")["CopyObjectResult"]) == wanted
    assert checksums(head(s3, "copy", ChecksumMode="ENABLED")) == wanted


def test_a_copy_of_a_composite_object_has_a_checksum_of_its_own(s3):
    uploaded(s3, [PART, b"end"], ChecksumAlgorithm="CRC32")
    wanted = {"ChecksumCRC32": crc32(PART + b"end"), "ChecksumType": "FULL_OBJECT"}
    assert checksums(copy(s3, "copy", "k")["CopyObjectResult"]) == wanted
    assert checksums(head(s3, "copy", ChecksumMode="ENABLED")) == wanted


# --- uploads in parts -----------------------------------------------------------------------------------------------


def uploaded(client, bodies, completing=None, **options):
    """An upload from start to end: the answers to its creation and its completion."""
    made = create(client, **options)
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": made["UploadId"]}
    algorithm = options.get("ChecksumAlgorithm")
    asked = {} if algorithm is None else {"ChecksumAlgorithm": algorithm}
    parts = []
    for number, body in enumerate(bodies, 1):
        answer = client.upload_part(PartNumber=number, Body=body, **where, **asked)
        parts.append({"PartNumber": number, "ETag": answer["ETag"], **checksums(answer)})
        parts[-1].pop("ChecksumType", None)
    done = client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where, **(completing or {}))
    return made, done


def test_an_upload_of_full_object_type_has_the_checksum_of_the_whole(s3):
    whole = PART + b"end"
    made, done = uploaded(s3, [PART, b"end"], ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == ("CRC32", "FULL_OBJECT")
    wanted = {"ChecksumCRC32": crc32(whole), "ChecksumType": "FULL_OBJECT"}
    assert checksums(done) == wanted
    assert checksums(head(s3, ChecksumMode="ENABLED")) == wanted
    answer = get(s3, ChecksumMode="ENABLED")
    assert (answer["Body"].read(), checksums(answer)) == (whole, wanted)


def test_under_kms_too(s3, key):
    _, done = uploaded(s3, [PART, b"end"], ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT", **sse(key))
    assert done["ChecksumCRC32"] == crc32(PART + b"end")
    assert get(s3)["Body"].read() == PART + b"end"


def test_an_upload_is_composite_unless_asked_otherwise(s3):
    made, done = uploaded(s3, [PART, b"end"], ChecksumAlgorithm="SHA256")
    assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == ("SHA256", "COMPOSITE")
    of_parts = hashlib.sha256(hashlib.sha256(PART).digest() + hashlib.sha256(b"end").digest()).digest()
    wanted = {"ChecksumSHA256": f"{base64.b64encode(of_parts).decode()}-2", "ChecksumType": "COMPOSITE"}
    assert checksums(done) == wanted
    assert checksums(head(s3, ChecksumMode="ENABLED")) == wanted


def test_an_upload_in_parts_without_a_checksum_gets_crc64nvme_of_the_whole(quiet):
    made, done = uploaded(quiet, [b"123456789"])
    assert checksums(made) == {}
    assert checksums(done) == NVME
    assert checksums(head(quiet, ChecksumMode="ENABLED")) == NVME


def test_listings_tell_the_type_of_uploads_in_parts(s3):
    uploaded(s3, [PART, b"end"], ChecksumAlgorithm="SHA256")
    found = {each["Key"]: each for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}["k"]
    assert (found["ChecksumAlgorithm"], found["ChecksumType"]) == (["SHA256"], "COMPOSITE")


IMPOSSIBLE = {
    "SHA1": "FULL_OBJECT",
    "SHA256": "FULL_OBJECT",
    "CRC64NVME": "COMPOSITE",
}


@pytest.mark.parametrize("algorithm", IMPOSSIBLE)
def test_some_algorithms_have_one_type_only(s3, algorithm):
    """Recorded in localstack/localstack, test_multipart_checksum_type_compatibility."""
    kind = IMPOSSIBLE[algorithm]
    text = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
    with refused("InvalidRequest", text):
        create(s3, ChecksumAlgorithm=algorithm, ChecksumType=kind)


def test_a_type_needs_an_algorithm(quiet):
    text = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
    with refused("InvalidRequest", text):
        create(quiet, ChecksumType="FULL_OBJECT")


def test_the_checksum_of_the_whole_is_looked_at_when_an_upload_is_completed(s3):
    right, wrong = {"ChecksumCRC32": crc32(b"abc")}, {"ChecksumCRC32": crc32(b"abd")}
    options = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    with refused("BadDigest", "The crc32 you specified did not match the calculated checksum."):
        uploaded(s3, [b"abc"], wrong, **options)
    assert uploaded(s3, [b"abc"], right, **options)[1]["ETag"]


def test_an_upload_of_no_parts_is_refused_as_ever(s3):
    """moto's own words, whatever the checksum of nothing would be."""
    made = create(s3, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": made["UploadId"]}
    with refused("MalformedXML"):
        s3.complete_multipart_upload(MultipartUpload={"Parts": []}, **where)
    with refused("InvalidPart"):
        s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": "x"}]}, **where)
