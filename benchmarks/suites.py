"""What a suite of 200 tests costs with kmsmock, against the same tests with moto alone, each in a process of its own.

Four styles, fifty tests each: default clients, clients of principals, resources, ``@mock_aws`` beside ``aws_world``.
With moto alone, principals' clients are clients with an access key. Time is the wall's; suites are run in turns.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure

TESTS, ROUNDS = 50, 3
BODY = """
    kms, s3, ec2 = {clients}
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1")
    assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"]
"""
RESOURCES = """
    kms, s3 = boto3.client("kms"), boto3.resource("s3")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    bucket = s3.create_bucket(Bucket="bucket")
    bucket.put_object(Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert [each.key for each in bucket.objects.all()] == ["k"]
    table = boto3.resource("dynamodb").create_table(
        TableName="t", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    table.put_item(Item={"k": "a"})
    assert table.get_item(Key={"k": "a"})["Item"] == {"k": "a"}
"""
DEFAULT = 'map(boto3.client, ("kms", "s3", "ec2"))'
OWN = 'map(aws_world.account("111111111111").client, ("kms", "s3", "ec2"))'
KEYED = '(boto3.client(each, aws_access_key_id="a", aws_secret_access_key="b") for each in ("kms", "s3", "ec2"))'
STYLES = {
    # name: (a test with kmsmock, the same with moto alone)
    "default clients": (
        "def test_{n}(aws_world):" + BODY.format(clients=DEFAULT),
        "@mock_aws\ndef test_{n}():" + BODY.format(clients=DEFAULT),
    ),
    "clients of principals": (
        "def test_{n}(aws_world):" + BODY.format(clients=OWN),
        "@mock_aws\ndef test_{n}():" + BODY.format(clients=KEYED),
    ),
    "resources": ("def test_{n}(aws_world):" + RESOURCES, "@mock_aws\ndef test_{n}():" + RESOURCES),
    "mock_aws beside aws_world": (
        "@mock_aws\ndef test_{n}(aws_world):" + BODY.format(clients=DEFAULT),
        "@mock_aws\ndef test_{n}():" + BODY.format(clients=DEFAULT),
    ),
}
CONFTEST = """
import os

os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="us-east-1")
"""


def write(folder, which, styles):
    """A suite of these styles; ``which`` is 0 for kmsmock and 1 for moto."""
    (folder / "conftest.py").write_text(CONFTEST)
    for number, style in enumerate(styles):
        tests = "\n\n".join(STYLES[style][which].replace("{n}", str(each)) for each in range(TESTS))
        (folder / f"test_{number}.py").write_text(f"import boto3\nfrom moto import mock_aws\n\n{tests}\n")


def lasts(folder, which, *options):
    """Seconds of a run. moto's runs do not load the plugin."""
    without = ["-p", "no:kmsmock"] if which else []
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *without, *options]
    started = time.perf_counter()
    subprocess.run([*command, str(folder)], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


REFUSED = """
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x")
"""


def audited():
    """CPU time of the suite under ``--kmsmock=audit``, with 50 tests that AWS would refuse, against that of moto."""
    ratios = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), 1, STYLES)
            tests = "\n\n".join(f"@mock_aws\ndef test_{each}():{REFUSED}" for each in range(TESTS))
            Path(name, "test_refused.py").write_text(f"import boto3\nfrom moto import mock_aws\n\n{tests}\n")
            ratios.append(cpu(name, "--kmsmock=audit") / cpu(name, "-p", "no:kmsmock"))
    return statistics.median(ratios)


def collecting(*options):
    """CPU time of the suite with kmsmock where what worlds saw is written down, against the same without: of each the
    least of some rounds, as what comes on top is less than a machine's moods."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), 0, STYLES)
        rounds = [(cpu(name, *options), cpu(name)) for _ in range(ROUNDS)]
    return min(mine for mine, _ in rounds) / min(other for _, other in rounds)


def cpu(folder, *options):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *options, folder]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compared(styles, *options):
    ratios = []
    for _ in range(ROUNDS):
        spent = []
        for which in (0, 1):
            with tempfile.TemporaryDirectory() as name:
                write(Path(name), which, styles)
                spent.append(lasts(Path(name), which, *options))
        ratios.append(spent[0] / spent[1])
    return statistics.median(ratios)


def figures() -> Iterator[Figure]:
    """The whole suite in one process and in two, and each style by itself."""
    yield Figure("suites", f"{TESTS * len(STYLES)} tests of four styles", compared(STYLES), "x moto", 0.5)
    yield Figure(
        "suites", f"{TESTS * len(STYLES)} tests of four styles, -n 2", compared(STYLES, "-n", "2"), "x moto", 0.5
    )
    count = TESTS * (len(STYLES) + 1)
    yield Figure("suites", f"{count} tests of moto's, --kmsmock=audit, CPU time", audited(), "x moto", 1.0)
    name = f"{TESTS * len(STYLES)} tests of four styles, --kmsmock-report, CPU time"
    yield Figure("suites", name, collecting("--kmsmock-report=report.html"), "x without", 1.05)
    for style in STYLES:
        yield Figure("suites", f"{TESTS} tests: {style}", compared([style]), "x moto")
