"""What S3 objects under SSE-KMS cost, against bare moto: calls, large bodies, and memory of an upload in parts.

``python -m benchmarks objects``, or all of them by ``make bench``.
Rounds are taken in turns, and the figure is the median of the rounds' ratios.
"""

import gc
import os
import statistics
import time
import tracemalloc

import boto3
from moto import mock_aws

import kmsmock
from benchmarks.figures import CREDENTIALS, Figure

SIZES = {"1 KiB": (1024, 60, 15), "64 MiB": (64 << 20, 2, 4)}
"""Bytes, calls in a round, rounds."""
PART, PARTS = 64 << 20, 4
WHERE = {"Bucket": "bucket", "Key": "k"}


def clients():
    """An S3 client with a bucket, and a key."""
    s3 = boto3.client("s3", **CREDENTIALS)
    s3.create_bucket(Bucket="bucket")
    return s3, boto3.client("kms", **CREDENTIALS).create_key()["KeyMetadata"]["Arn"]


def calls(body, times):
    """Seconds of one put and of one get."""
    s3, key = clients()
    under = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**WHERE, Body=body, **under)
    started = time.process_time()
    for _ in range(times):
        s3.put_object(**WHERE, Body=body, **under)
    written = time.process_time()
    for _ in range(times):
        s3.get_object(**WHERE)["Body"].read()
    return (written - started) / times, (time.process_time() - written) / times


def peak():
    """Memory that uploading a part takes at its peak, the part itself included, in parts."""
    s3, key = clients()
    tracemalloc.start()
    upload = s3.create_multipart_upload(**WHERE, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    body, highest = os.urandom(PART), 0
    for number in range(1, PARTS + 1):
        gc.collect()  # moto's requests refer to themselves; what waits for the collector is not what a part needs
        tracemalloc.reset_peak()
        s3.upload_part(**WHERE, UploadId=upload["UploadId"], PartNumber=number, Body=body)
        highest = max(highest, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    return highest / PART


def figures():
    """Writing and reading as ratios to moto, and the memory of an upload in parts."""
    for label, (size, times, rounds) in SIZES.items():
        body, ratios = os.urandom(size), []
        for _ in range(rounds):
            with mock_aws():
                moto = calls(body, times)
            with kmsmock.World():
                ours = calls(body, times)
            ratios.append([mine / theirs for mine, theirs in zip(ours, moto, strict=True)])
        for at, name in enumerate(("put", "get")):
            ratio = statistics.median(each[at] for each in ratios)
            yield Figure("s3", f"{name} {label}", ratio, "x moto", 0.6 if size == 1024 else None)
    with mock_aws():
        theirs = peak()
    with kmsmock.World():
        yield Figure("s3", f"memory while {PARTS} parts of 64 MiB are uploaded", peak() / theirs, "x moto")
