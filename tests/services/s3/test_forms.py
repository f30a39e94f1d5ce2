"""Forms that browsers post: what their policy has to say, and what S3 answers.

Sources: "Creating a POST policy" and "POST Object" in the Amazon S3 API reference; recorded answers of AWS in
localstack/localstack (test_s3.snapshot.json, TestS3PresignedPost, recorded in 2023 and 2024).
"""

import base64
import json

import pytest

from tests.support.raw_s3 import BUCKET, SIGNATURE_2, elements, form_of, policy_of, posted, refusal
from tests.support.s3 import get, head, keys, read, shown

pytestmark = pytest.mark.evidence(
    "recorded", 'localstack (test_s3.snapshot.json, TestS3PresignedPost, 2023 and 2024); "POST Object"'
)

REDIRECT = "http://localhost.test/random"
FIELD = "success_action_redirect"


def failed(condition):
    return 403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {json.dumps(condition)}"


# --- conditions -----------------------------------------------------------------------------------------------------

UNMET = [
    ["eq", f"${FIELD}", REDIRECT.replace("random", "other")],
    ["eq", f"${FIELD}", REDIRECT.replace("http", "HTTP")],
    ["eq", FIELD, REDIRECT],
    ["starts-with", f"${FIELD}", "https://"],
    ["starts-with", f"${FIELD}", "HTTP://localhost"],
    ["starts-with", FIELD, "http://localhost"],
    ["starts-with", FIELD, ""],
]


@pytest.mark.parametrize("condition", UNMET, ids=str)
def test_a_condition_that_does_not_hold_refuses_the_form(s3, signer, condition):
    url, fields = form_of(signer, conditions=[condition], fields={FIELD: REDIRECT})
    assert refusal(posted(url, fields)) == failed(condition)
    assert keys(s3) == []


@pytest.mark.parametrize(
    "condition", [["eq", f"${FIELD}", REDIRECT], ["starts-with", f"${FIELD}", "http://"], {FIELD: REDIRECT}], ids=str
)
def test_a_condition_that_holds_lets_the_form_pass(s3, signer, condition):
    url, fields = form_of(signer, conditions=[condition], fields={FIELD: REDIRECT})
    answer = posted(url, fields, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{REDIRECT}?bucket={BUCKET}&key=k&etag=")
    assert read(s3) == b"abcdef"


def test_a_condition_in_braces_names_one_field(s3, signer):
    url, fields = form_of(signer, conditions=[{FIELD: REDIRECT, "acl": "private"}], fields={FIELD: REDIRECT})
    text = "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
    assert refusal(posted(url, fields)) == (400, "InvalidPolicyDocument", text)


# --- sizes ----------------------------------------------------------------------------------------------------------


def test_a_file_has_to_be_in_the_range(s3, signer):
    url, fields = form_of(signer, conditions=[["content-length-range", 5, 10]])
    large, small = posted(url, fields, b"a" * 12), posted(url, fields, b"a")
    assert refusal(large) == (400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    assert (elements(large)["ProposedSize"], elements(large)["MaxSizeAllowed"]) == ("12", "10")
    assert refusal(small) == (400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    assert (elements(small)["ProposedSize"], elements(small)["MinSizeAllowed"]) == ("1", "5")
    assert posted(url, fields, b"a" * 10).status_code == 204


@pytest.mark.parametrize("bounds", [["test", 10], [0, "test"], [None, 10]], ids=str)
def test_a_range_that_is_no_number_never_holds(s3, signer, bounds):
    condition = ["content-length-range", *bounds]
    url, fields = form_of(signer, conditions=[condition])
    assert refusal(posted(url, fields)) == failed(condition)


def test_numbers_of_a_range_may_be_texts(s3, signer):
    url, fields = form_of(signer, conditions=[["content-length-range", "5", "10"]])
    assert posted(url, fields).status_code == 204


# --- the signature --------------------------------------------------------------------------------------------------

FIELDS_4 = {
    "x-amz-signature": "X-Amz-Signature",
    "x-amz-algorithm": "X-Amz-Algorithm",
    "x-amz-credential": "X-Amz-Credential",
    "x-amz-date": "X-Amz-Date",
}


def missing(name):
    text = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )
    return 400, "InvalidArgument", text


@pytest.mark.parametrize("name", FIELDS_4)
def test_a_form_has_all_fields_of_its_signature(s3, signer, name):
    url, fields = form_of(signer)
    del fields[name]
    answer = posted(url, fields)
    assert refusal(answer) == missing(FIELDS_4[name])
    assert (elements(answer)["ArgumentName"], elements(answer)["ArgumentValue"]) == (FIELDS_4[name], "")
    assert keys(s3) == []


@pytest.mark.parametrize("name", ["signature", "AWSAccessKeyId"])
def test_a_form_of_version_2_has_all_fields_of_its_signature(s3, signer, name):
    url, fields = form_of(signer, config=SIGNATURE_2)
    assert posted(url, fields).status_code == 204
    del fields[name]
    assert refusal(posted(url, fields)) == missing(name)


def test_a_policy_that_nobody_signed_lets_nobody_in(s3, signer):
    url, fields = form_of(signer)
    bare = {name: value for name, value in fields.items() if name not in FIELDS_4}
    assert refusal(posted(url, bare)) == (403, "AccessDenied", "Access Denied")


def test_a_form_without_a_key_is_refused(s3, signer):
    url, fields = form_of(signer)
    del fields["key"]
    assert refusal(posted(url, fields)) == missing("key")


@pytest.mark.parametrize("config", [None, SIGNATURE_2], ids=["version 4", "version 2"])
def test_a_policy_cannot_be_changed_afterwards(s3, signer, config):
    url, fields = form_of(signer, conditions=[["content-length-range", 0, 1]], **({"config": config} if config else {}))
    policy = policy_of(fields)
    policy["conditions"] = [each for each in policy["conditions"] if isinstance(each, dict)]
    changed = {**fields, "policy": base64.b64encode(json.dumps(policy).encode()).decode()}
    status, code, message = refusal(posted(url, changed))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert message.startswith("The request signature we calculated does not match the signature you provided.")
    assert keys(s3) == []


def test_an_expired_policy_is_refused(s3, signer, aws_world):
    url, fields = form_of(signer, expires=60)
    aws_world.clock.advance(seconds=90)
    assert refusal(posted(url, fields)) == (403, "AccessDenied", "Invalid according to Policy: Policy expired.")


# --- answers --------------------------------------------------------------------------------------------------------


def test_201_has_a_body_that_tells_what_was_made(s3, signer):
    url, fields = form_of(signer, "my key", [{"success_action_status": "201"}])
    answer = posted(url, {**fields, "success_action_status": "201"})
    etag = get(s3, "my key")["ETag"]
    location = f"https://{BUCKET}.s3.amazonaws.com/my%20key"
    assert answer.status_code == 201
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>')
    assert elements(answer) == {"Location": location, "Bucket": BUCKET, "Key": "my key", "ETag": etag}
    assert (answer.headers["Location"], answer.headers["ETag"]) == (location, etag)
    assert answer.headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize(("asked", "status"), [(None, 204), ("200", 200), ("204", 204), ("418", 204)])
def test_other_answers_have_no_body(s3, signer, asked, status):
    fields = {} if asked is None else {"success_action_status": asked}
    url, signed = form_of(signer, conditions=[fields] if fields else [], fields=fields)
    answer = posted(url, signed)
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["ETag"] == head(s3)["ETag"]


def test_the_answer_tells_the_encryption(s3, signer, key):
    mode = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key}
    url, fields = form_of(signer, conditions=[{name: value} for name, value in mode.items()], fields=mode)
    answer = posted(url, fields)
    assert answer.status_code == 204
    assert answer.headers["x-amz-server-side-encryption-aws-kms-key-id"] == key == shown(head(s3))["key"]
