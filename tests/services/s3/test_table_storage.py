"""The storage under a table of S3 Tables, which S3's own operations write and read ("How S3 Tables work" in the Amazon
S3 user guide: "you can perform S3 object operations on your table's warehouse location"; which of them S3 refuses is
told in "Amazon S3 operations for table buckets")."""

import pytest

from tests.support.claims import refused
from tests.support.s3 import BODY

pytestmark = pytest.mark.evidence(
    "documented", '"How S3 Tables work", "Amazon S3 operations for table buckets" (S3 user guide)'
)

NOT_ALLOWED = "The specified method is not allowed against this resource."


@pytest.fixture
def tables(owner):
    return owner.client("s3tables")


@pytest.fixture
def table(tables):
    """Whose table it is: its table bucket, namespace and name."""
    arn = tables.create_table_bucket(name="tables")["arn"]
    tables.create_namespace(tableBucketARN=arn, namespace=["space"])
    tables.create_table(tableBucketARN=arn, namespace="space", name="table", format="ICEBERG")
    return {"tableBucketARN": arn, "namespace": "space", "name": "table"}


@pytest.fixture
def storage(tables, table):
    """The name of the bucket under the table."""
    return tables.get_table(**table)["warehouseLocation"].removeprefix("s3://")


def test_objects_are_written_and_read_encrypted(s3, storage):
    written = s3.put_object(Bucket=storage, Key="metadata/1.json", Body=BODY)
    read = s3.get_object(Bucket=storage, Key="metadata/1.json")
    assert read["Body"].read() == BODY
    assert written["ServerSideEncryption"] == read["ServerSideEncryption"] == "AES256"
    upload = s3.create_multipart_upload(Bucket=storage, Key="data/1")["UploadId"]
    part = s3.upload_part(Bucket=storage, Key="data/1", UploadId=upload, PartNumber=1, Body=BODY)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=storage, Key="data/1", UploadId=upload, MultipartUpload=parts)
    assert s3.head_object(Bucket=storage, Key="data/1")["ContentLength"] == len(BODY)


@pytest.mark.parametrize("operation", ["list_objects_v2", "delete_object"])
def test_objects_are_neither_listed_nor_deleted(s3, storage, operation):
    s3.put_object(Bucket=storage, Key="k", Body=BODY)
    named = {"Key": "k"} if operation == "delete_object" else {}
    with refused("MethodNotAllowed", NOT_ALLOWED, 405):
        getattr(s3, operation)(Bucket=storage, **named)


def test_it_goes_with_its_table(s3, tables, table, storage):
    s3.head_bucket(Bucket=storage)
    tables.delete_table(**table)
    with refused("404", "Not Found", 404):
        s3.head_bucket(Bucket=storage)


def test_it_is_none_of_the_buckets_of_its_owner(s3, storage):
    assert storage not in [each["Name"] for each in s3.list_buckets()["Buckets"]]
