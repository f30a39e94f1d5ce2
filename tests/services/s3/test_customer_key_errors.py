"""What S3 says of a customer's key that is not right, and which argument it names.

Source: recorded answers of AWS in localstack/localstack (test_s3.snapshot.json, TestS3SSECEncryption).
"""

import pytest

from tests.support.claims import refused
from tests.support.s3 import BODY, copy, create, customer, get, head, keys, on_the_wire, part, put, sse

pytestmark = pytest.mark.evidence("recorded", "localstack (test_s3.snapshot.json, TestS3SSECEncryption)")

TELLS = "Requests specifying Server Side Encryption with Customer provided keys must provide"
WRONG_KEY = ("AccessDenied", f"{TELLS} the correct secret key.", 403)
MODE = "x-amz-server-side-encryption"
UNSUPPORTED = "x-amz-server-side-encryption header is not supported for this operation."

NOT_THE_KEY = {
    "another key": customer(b"o"),
    "a short key": {**customer(), "SSECustomerKey": b"c" * 16},
    "a long key": {**customer(), "SSECustomerKey": b"c" * 33},
    "another digest": {**on_the_wire(customer()), "SSECustomerKeyMD5": "N7UdGUp1E+RbVvZSTy1R8g=="},
}


@pytest.mark.parametrize("case", NOT_THE_KEY)
def test_a_read_with_a_key_that_does_not_fit_is_forbidden(s3, case):
    put(s3, **customer())
    given = NOT_THE_KEY[case]
    with refused(*WRONG_KEY):
        get(s3, **given)
    with refused("403", "Forbidden", 403):
        head(s3, **given)


def test_attributes_with_a_key_that_does_not_fit_are_forbidden(s3):
    put(s3, **customer())
    given = on_the_wire({**customer(), "SSECustomerKey": b"c" * 16})
    with refused(*WRONG_KEY):
        s3.get_object_attributes(Bucket="bucket", Key="k", ObjectAttributes=["ETag"], **given)


MALFORMED = {
    "a short key": (
        {**customer(), "SSECustomerKey": b"c" * 16},
        "InvalidArgument",
        "The secret key was invalid for the specified algorithm.",
    ),
    "another digest": (
        {**on_the_wire(customer()), "SSECustomerKeyMD5": "N7UdGUp1E+RbVvZSTy1R8g=="},
        "InvalidArgument",
        "The calculated MD5 hash of the key did not match the hash that was provided.",
    ),
    "no algorithm": ({"SSECustomerKey": b"c" * 32}, "InvalidArgument", f"{TELLS} a valid encryption algorithm."),
    "no key": ({"SSECustomerAlgorithm": "AES256"}, "InvalidArgument", f"{TELLS} an appropriate secret key."),
    "another algorithm": (
        {**customer(), "SSECustomerAlgorithm": "AES128"},
        "InvalidEncryptionAlgorithmError",
        "The Encryption request you specified is not valid. Supported value: AES256.",
    ),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_write_names_the_argument_that_is_wrong(s3, write, case):
    given, code, message = MALFORMED[case]
    with refused(code, message) as refusal:
        write(s3, **given)
    error = refusal.response["Error"]
    assert error["ArgumentName"] == MODE
    assert error["ArgumentValue"] == ("AES128" if case == "another algorithm" else "null")
    assert keys(s3) == []


@pytest.mark.parametrize("mode", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_a_customer_key_goes_with_no_other_mode(s3, write, mode):
    text = "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"
    with refused("InvalidArgument", text) as refusal:
        write(s3, **customer(), **sse(mode=mode))
    error = refusal.response["Error"]
    assert (error["ArgumentName"], error["ArgumentValue"]) == (MODE, mode)
    assert keys(s3) == []


# --- parts: the mode was chosen at the start ---------------------------------------------------------------------------


@pytest.mark.evidence("reported", "aws/aws-sdk-java#1119 and others")
@pytest.mark.parametrize("mode", ["AES256", "aws:kms"])
def test_a_part_may_not_choose_how_it_is_encrypted(s3, owner, mode):
    """aws/aws-sdk-java#1119 and others: parts that carry the header of the upload are refused."""
    created = create(s3)
    client = owner.client("s3")
    with_mode(client, "UploadPart", mode)
    with refused("InvalidArgument", UNSUPPORTED) as refusal:
        part(client, created)
    error = refusal.response["Error"]
    assert (error["ArgumentName"], error["ArgumentValue"]) == (MODE, mode)


SIBLINGS = {
    "UploadPartCopy": lambda s3, where: s3.upload_part_copy(
        PartNumber=1, CopySource={"Bucket": "bucket", "Key": "plain"}, **where
    ),
    "CompleteMultipartUpload": lambda s3, where: s3.complete_multipart_upload(
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}, **where
    ),
}


@pytest.mark.parametrize("operation", SIBLINGS)
def test_neither_may_a_copied_part_or_the_end(s3, owner, operation):
    created = create(s3)
    client = owner.client("s3")
    with_mode(client, operation, "AES256")
    with refused("InvalidArgument", UNSUPPORTED):
        SIBLINGS[operation](client, {name: created[name] for name in ("Bucket", "Key", "UploadId")})


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_neither_may_a_read(s3, owner, operation):
    client = owner.client("s3")
    with_mode(client, operation, "AES256")
    reading = {"GetObject": get, "HeadObject": head}[operation]
    expected = ("InvalidArgument", UNSUPPORTED) if operation == "GetObject" else ("400", "Bad Request")
    with refused(*expected):
        reading(client, "plain")


def with_mode(client, operation, mode):
    """Let a client send the header with an operation whose model has no parameter for it."""

    def add(request, **_):
        request.headers[MODE] = mode

    client.meta.events.register(f"before-sign.s3.{operation}", add)


def test_the_key_of_a_copys_source_has_to_be_the_right_one(s3):
    put(s3, **customer())
    with refused(*WRONG_KEY):
        copy(s3, "copied", "k", **customer(b"o", "CopySource"))
    assert copy(s3, "copied", "k", **customer(prefix="CopySource"))
    assert get(s3, "copied")["Body"].read() == BODY
