"""``python -m kmsmock dump``: what it may call is listed, told before, and enough; what it wrote can be loaded."""

import json
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
