"""Lists come in the same order every time ("ListMultipartUploads", "ListObjectVersions" in the Amazon S3 API reference)."""

import pytest

from tests.support.s3 import BUCKET, create, keys, put

pytestmark = pytest.mark.evidence("documented", "ListMultipartUploads, ListObjectVersions (S3 API reference)")

NAMES = ["b", "a/b", "a", "ü", "B", "a b", "_"]


def test_uploads_are_sorted_by_key_and_then_by_time(s3):
    """ "Uploads are sorted in ascending order based on their object keys, then in the order of their initiation."""
    made = [(name, create(s3, name)["UploadId"]) for name in [*NAMES, *NAMES, *NAMES]]
    listed = [(each["Key"], each["UploadId"]) for each in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]]
    assert listed == sorted(made, key=lambda each: each[0].encode())


def test_objects_are_sorted_by_the_bytes_of_their_keys(s3):
    for name in NAMES:
        put(s3, name)
    assert keys(s3) == sorted(NAMES, key=str.encode)


@pytest.mark.parametrize("count", [3, 12])
def test_versions_come_the_newest_first_also_within_a_second(s3, count):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    made = {name: [put(s3, name)["VersionId"] for _ in range(count)] for name in ("k", "a")}
    listed = s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert [each["Key"] for each in listed] == ["a"] * count + ["k"] * count + ["plain"]
    for name, versions in made.items():
        found = [each for each in listed if each["Key"] == name]
        assert [each["VersionId"] for each in found] == versions[::-1]
        assert [each["IsLatest"] for each in found] == [True] + [False] * (count - 1)


def test_deletes_of_several_objects_are_told_in_the_order_in_which_they_were_asked(s3):
    for name in NAMES:
        put(s3, name)
    asked = [{"Key": name} for name in [*NAMES, "absent"]]
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": asked})["Deleted"]
    assert [each["Key"] for each in deleted] == [*NAMES, "absent"]
    assert keys(s3) == []


def test_parts_are_sorted_by_their_numbers(s3):
    upload = create(s3)["UploadId"]
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": upload}
    for number in (3, 1, 10, 2):
        s3.upload_part(PartNumber=number, Body=b"x", **where)
    assert [each["PartNumber"] for each in s3.list_parts(**where)["Parts"]] == [1, 2, 3, 10]
