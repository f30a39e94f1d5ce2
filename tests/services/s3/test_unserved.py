"""What moto would take for something else is refused by name: its DeleteBucketAnalyticsConfiguration deletes the bucket."""

import pytest

from tests.support.s3 import BUCKET, read

pytestmark = pytest.mark.evidence("documented", "docs/limits.md: what is not modelled is refused, never ignored")

CALLS = {
    "DeleteBucketAnalyticsConfiguration": lambda s3: s3.delete_bucket_analytics_configuration(Bucket=BUCKET, Id="x"),
    "DeleteBucketMetricsConfiguration": lambda s3: s3.delete_bucket_metrics_configuration(Bucket=BUCKET, Id="x"),
    "PutBucketMetricsConfiguration": lambda s3: s3.put_bucket_metrics_configuration(
        Bucket=BUCKET, Id="x", MetricsConfiguration={"Id": "x"}
    ),
    "ListBucketMetricsConfigurations": lambda s3: s3.list_bucket_metrics_configurations(Bucket=BUCKET),
}


@pytest.mark.parametrize("name", CALLS)
def test_it_is_refused_by_name_and_the_bucket_stays(s3, name):
    with pytest.raises(NotImplementedError, match=f"kmsmock does not model S3 {name}"):
        CALLS[name](s3)
    assert read(s3, "plain")


ZONAL = "b--use1-az4--x-s3"
DIRECTORY = {
    "make": lambda s3: s3.create_bucket(
        Bucket=ZONAL,
        CreateBucketConfiguration={
            "Location": {"Type": "AvailabilityZone", "Name": "use1-az4"},
            "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
        },
    ),
    "list": lambda s3: s3.list_directory_buckets(),
    "session": lambda s3: s3.create_session(Bucket=ZONAL),
    "write": lambda s3: s3.put_object(Bucket=ZONAL, Key="k", Body=b"x"),
}


@pytest.mark.parametrize("what", DIRECTORY)
def test_directory_buckets_are_refused_by_name(s3, what):
    with pytest.raises(NotImplementedError, match="kmsmock does not model directory buckets of S3"):
        DIRECTORY[what](s3)
