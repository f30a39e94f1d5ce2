"""Versioning that is suspended: what is written is the null version, and what was there before stays.

"Working with objects in a versioning-suspended bucket" and "Deleting objects from versioning-suspended buckets".
"""

import pytest

from tests.support.claims import refused
from tests.support.s3 import BUCKET, copy, get, head, part, put, read, shown, sse, under

pytestmark = pytest.mark.evidence(
    "documented", '"Working with objects in a versioning-suspended bucket" (Amazon S3 user guide)'
)


def versioning(s3, status):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})


@pytest.fixture
def older(s3):
    """The id of a version from before the suspension, whose body is ``old``."""
    versioning(s3, "Enabled")
    made = put(s3, body=b"old")["VersionId"]
    versioning(s3, "Suspended")
    return made


def versions(s3):
    """The versions of the object, the newest first."""
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="k")
    found = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
    return [each["VersionId"] for each in sorted(found, key=lambda each: not each["IsLatest"])]


def multipart(s3, body):
    made = s3.create_multipart_upload(Bucket=BUCKET, Key="k")
    parts = [{"PartNumber": 1, "ETag": part(s3, made, body=body)["ETag"]}]
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": made["UploadId"]}
    return s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)


WRITES = {
    "put": lambda s3: put(s3, body=b"new"),
    "copy": lambda s3: [put(s3, "source", b"new"), copy(s3, source="source")],
    "multipart": lambda s3: multipart(s3, b"new"),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_write_leaves_older_versions(s3, older, how):
    WRITES[how](s3)
    assert versions(s3) == ["null", older]
    assert (read(s3), read(s3, VersionId="null"), read(s3, VersionId=older)) == (b"new", b"new", b"old")


def test_a_write_replaces_the_null_version(s3, older):
    put(s3, body=b"new")
    put(s3, body=b"newer")
    assert versions(s3) == ["null", older]
    assert read(s3, VersionId="null") == b"newer"


def test_an_object_from_before_versioning_is_the_null_version(s3):
    """ "plain" was put when the bucket had no versions."""
    versioning(s3, "Enabled")
    newer = put(s3, "plain", b"versioned")["VersionId"]
    versioning(s3, "Suspended")
    put(s3, "plain", b"last")
    assert (read(s3, "plain"), read(s3, "plain", VersionId=newer)) == (b"last", b"versioned")


def test_each_version_keeps_its_key(s3, key, another):
    versioning(s3, "Enabled")
    older = put(s3, **sse(key))["VersionId"]
    versioning(s3, "Suspended")
    put(s3, **sse(another))
    assert shown(get(s3, VersionId=older)) == under(key)
    assert shown(head(s3, VersionId=older)) == under(key)
    assert shown(get(s3)) == under(another)


def test_a_refused_write_leaves_all_as_it_was(s3, older, kms, another):
    put(s3, body=b"new")
    kms.disable_key(KeyId=another)
    with refused("KMS.DisabledException"):
        put(s3, body=b"newer", **sse(another))
    assert versions(s3) == ["null", older]
    assert read(s3) == b"new"


def test_a_delete_leaves_a_null_marker_in_place_of_the_null_version(s3, older):
    put(s3, body=b"new")
    gone = s3.delete_object(Bucket=BUCKET, Key="k")
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, "null")
    assert versions(s3) == ["null", older]
    with refused("NoSuchKey", "The specified key does not exist.", status=404):
        read(s3)
    assert read(s3, VersionId=older) == b"old"


def test_a_second_delete_leaves_one_marker(s3, older):
    for _ in range(2):
        assert s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"] == "null"
    assert versions(s3) == ["null", older]


def test_a_write_replaces_the_null_marker(s3, older):
    s3.delete_object(Bucket=BUCKET, Key="k")
    put(s3, body=b"back")
    assert versions(s3) == ["null", older]
    assert read(s3) == b"back"


def test_a_version_that_is_named_goes_for_good(s3, older):
    put(s3, body=b"new")
    assert s3.delete_object(Bucket=BUCKET, Key="k", VersionId=older)["VersionId"] == older
    assert versions(s3) == ["null"]
    s3.delete_object(Bucket=BUCKET, Key="k", VersionId="null")
    assert versions(s3) == []


def test_deletes_of_several_objects_do_likewise(s3, older):
    put(s3, body=b"new")
    objects = [{"Key": "k"}, {"Key": "k", "VersionId": older}]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": objects})
    assert versions(s3) == ["null"]


def test_versions_go_on_when_versioning_is_enabled_again(s3, older):
    put(s3, body=b"new")
    versioning(s3, "Enabled")
    newest = put(s3, body=b"newest")["VersionId"]
    assert set(versions(s3)) == {older, "null", newest}
    assert read(s3) == b"newest"
