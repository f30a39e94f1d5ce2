"""The files of trails in their buckets."""

import gzip
import json

from tests.support.trail import KMS
from tests.trail.conftest import BUCKET

SERVICE = "cloudtrail.amazonaws.com"


def files(s3, bucket=BUCKET):
    """The keys of the files of logs; listing is what delivers them."""
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in listed if each["Key"].endswith(".json.gz")]


def content(s3, key, bucket=BUCKET):
    return json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def delivered(s3, bucket=BUCKET, source=KMS):
    """All records of a service in the bucket, in the order of their times."""
    records = [record for key in files(s3, bucket) for record in content(s3, key, bucket)["Records"]]
    return sorted((each for each in records if each["eventSource"] == source), key=lambda each: each["eventTime"])


def told(records):
    return [record["eventName"] for record in records]
