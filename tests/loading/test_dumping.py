"""``python -m kmsmock dump``: what it may call is listed, told before, and enough; what it wrote can be loaded."""

import json
import subprocess
import sys
from pathlib import Path

import kmsmock
from kmsmock.__main__ import main
from kmsmock.loading.dumping import CALLS, PERMISSIONS
from tests.support.claims import OWNER

REGION = "eu-west-1"
DUMP = ["dump", "--region", REGION]


def test_an_account_is_dumped_under_just_the_policy_that_is_documented(tmp_path, aws_world, capsys):
    account = aws_world.account(OWNER)
    kms, s3 = account.client("kms", REGION), account.client("s3", REGION)
    key = kms.create_key(Description="data")["KeyMetadata"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=key["KeyId"])
    s3.create_bucket(Bucket="store", CreateBucketConfiguration={"LocationConstraint": REGION})
    app = account.role("app")
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=app.arn, Operations=["Decrypt"])
    dumper = account.role("dumper", policies=[PERMISSIONS])
    before = len(aws_world.decisions)
    with dumper.acting():
        assert main([*DUMP, "-o", str(tmp_path)]) == 0, capsys.readouterr().err
    asked = {each.action for each in aws_world.decisions[before:] if each.action.startswith("kms:")}
    assert asked == {each for each in PERMISSIONS["Statement"][0]["Action"] if each.startswith("kms:")}
    with kmsmock.load(tmp_path) as copy:
        assert copy.loaded.ignored == ()
        holders = {each.principal for each in copy.who_can("kms:Decrypt", key["Arn"])}
        assert holders == {f"arn:aws:iam::{OWNER}:root", app.arn}
        described = copy.account(OWNER).client("kms", REGION).describe_key(KeyId="alias/data")["KeyMetadata"]
        assert (described["KeyId"], described["Description"]) == (key["KeyId"], "data")


def test_a_world_that_is_served_is_dumped_by_a_program_that_knows_no_world(tmp_path, aws_world):
    """All that it may call it is told by AWS's protocols, as an account would."""
    account = aws_world.account(OWNER)
    kms, s3 = account.client("kms", REGION), account.client("s3", REGION)
    key = kms.create_key(Description="data")["KeyMetadata"]
    s3.create_bucket(Bucket="store", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket="store", Policy=json.dumps(policy_of("store")))
    app = account.role("app")
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=app.arn, Operations=["Decrypt"])
    dumper = account.role("dumper", policies=[PERMISSIONS])
    command = [sys.executable, "-m", "kmsmock", *DUMP, "-o", str(tmp_path)]
    with aws_world.endpoint(), dumper.acting():
        child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (child.returncode, child.stderr) == (0, "")
    seen = {each["userIdentity"]["arn"] for each in aws_world.events.where(name="ListGrants")}
    assert seen == {f"arn:aws:sts::{OWNER}:assumed-role/dumper/kmsmock"}
    with kmsmock.load(tmp_path) as copy:
        assert copy.loaded.ignored == ()
        holders = {each.principal for each in copy.who_can("kms:Decrypt", key["Arn"])}
        assert holders == {f"arn:aws:iam::{OWNER}:root", app.arn}
        found = copy.account(OWNER).client("s3", REGION).get_bucket_policy(Bucket="store")["Policy"]
        assert json.loads(found) == policy_of("store")


def policy_of(bucket):
    arn = f"arn:aws:s3:::{bucket}/*"
    statement = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "s3:GetObject", "Resource": arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_what_will_be_called_is_told_before_and_only_reads(tmp_path, aws_world, capsys):
    with aws_world.account(OWNER).role("nobody").acting():
        assert main([*DUMP, "-o", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("This will call, in eu-west-1, what only reads:\n  sts: get_caller_identity\n")
    assert "AccessDenied" in told.err
    assert {each.operation.partition("_")[0] for each in CALLS} == {"get", "list", "describe"}


def test_without_credentials_nothing_is_called(tmp_path, monkeypatch, capsys):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main([*DUMP, "-o", str(tmp_path / "out")]) == 2
    assert "there are no credentials" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_policy_is_printed_and_documented(capsys):
    assert main(["dump", "--policy"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == PERMISSIONS
    assert printed in (Path(__file__).parents[2] / "docs/loading.md").read_text(encoding="utf-8")
