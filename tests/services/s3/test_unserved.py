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
