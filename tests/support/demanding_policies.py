"""Bucket policies that demand encryption."""

import json

from tests.support.claims import policy
from tests.support.s3 import ARN, BUCKET

HEADER = "s3:x-amz-server-side-encryption"


KEY_ID = f"{HEADER}-aws-kms-key-id"


def demand(s3, condition, actions="s3:PutObject"):
    """A bucket policy that denies what meets a condition."""
    stop = {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": [ARN, f"{ARN}/*"]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy({**stop, "Condition": condition})))
