"""``--kmsmock-least-privilege``: the narrowest policies under which a suite passes, whoever ran its tests.

Each run is a process of its own; what a run shows is asserted together.
"""

import json

import pytest

SUITE = """
    import pytest
    from botocore.exceptions import ClientError

    OWNER = "111111111111"

    def allow(*actions):
        return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}

    @pytest.mark.parametrize("number", range(3))
    def test_of_objects(aws_world, number):
        account = aws_world.account(OWNER)
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        s3 = account.role("app", policies=[allow("kms:*", "s3:*")]).client("s3")
        s3.create_bucket(Bucket="invoices")
        s3.put_object(Bucket="invoices", Key="1", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    def test_of_a_grant_and_a_denial(aws_world):
        account = aws_world.account(OWNER)
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        clerk = account.user("clerk")
        operations = ["Encrypt", "Decrypt"]
        account.client("kms").create_grant(KeyId=key, GranteePrincipal=clerk.arn, Operations=operations)
        clerk.client("kms").encrypt(KeyId=key, Plaintext=b"x")
        for tenant in ("a", "b"):
            account.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": tenant})
        with pytest.raises(ClientError):
            clerk.client("kms").disable_key(KeyId=key)

    def test_of_another_policy_of_the_same_role(aws_world):
        role = aws_world.account(OWNER).role("app", policies=[allow("kms:ListKeys", "kms:ListAliases")])
        role.client("kms").list_keys()

    def test_of_no_world():
        pass
"""
OPTIONS = ["-p", "no:cacheprovider", "-p", "no:randomly", "-q"]
APP, CLERK = "arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:user/clerk"


@pytest.fixture
def run(pytester):
    pytester.makepyfile(SUITE)

    def made(*options):
        return pytester.runpytest_subprocess(*OPTIONS, *options)

    return made


def test_the_documents_of_all_tests_are_put_together_also_of_workers(run, pytester):
    done = run("--kmsmock-least-privilege")
    done.assert_outcomes(passed=6)
    found = json.loads((pytester.path / "kmsmock-least-privilege.json").read_text())
    assert (found["version"], list(found["identity_policies"]), len(found["key_policies"])) == (1, [APP], 4)
    statements = found["identity_policies"][APP]["Statement"]
    keys = [each for each in found["key_policies"] if "GenerateDataKey" in json.dumps(found["key_policies"][each])]
    arn, via = {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::invoices/1"}, "s3.us-east-1.amazonaws.com"
    assert {
        "Effect": "Allow",
        "Action": "kms:GenerateDataKey",
        "Resource": sorted(keys),
        "Condition": {"StringEquals": {**arn, "kms:ViaService": via}},
    } in statements
    assert {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"} in statements
    assert '"kms:EncryptionContext:tenant": ["a", "b"]' in json.dumps(found["key_policies"])
    assert [(each["GranteePrincipal"], each["Operations"]) for each in found["grants"]] == [(CLERK, ["Encrypt"])]
    done.stdout.fnmatch_lines(
        [
            "*= kmsmock: least privilege =*",
            "over-wide *kms:[*], s3:[*] on [*] *",
            "over-wide *kms:ListKeys, *",
            "over-wide *kms:[*] for root of *",
            "kmsmock-least-privilege.json has the narrowest that would do: 1 identity policy, 4 key policies, 1 grant",
        ]
    )
    run("--kmsmock-least-privilege=again.json", "-n", "2").assert_outcomes(passed=6)
    assert json.loads((pytester.path / "again.json").read_text()) == found


def test_it_goes_with_the_other_reports_and_a_test_is_no_file(run, pytester):
    options = ["--kmsmock-least-privilege=least.json", "--kmsmock-cov", "--kmsmock-results=results.jsonl"]
    done = run(*options, "-k", "objects")
    done.assert_outcomes(passed=3)
    assert len(json.loads((pytester.path / "least.json").read_text())["key_policies"]) == 3
    kinds = [json.loads(line)["kind"] for line in (pytester.path / "results.jsonl").read_text().splitlines()]
    assert kinds.count("privilege") == 3
    run("--kmsmock-results=plain.jsonl").assert_outcomes(passed=6)
    assert '"privilege"' not in (pytester.path / "plain.jsonl").read_text(), "nobody asked"
    wrong = run("--kmsmock-least-privilege", "test_it_goes_with_the_other_reports_and_a_test_is_no_file.py")
    run("--kmsmock-least-privilege=out/least.json").stderr.fnmatch_lines(["ERROR: *: there is no folder out"])
    wrong.stderr.fnmatch_lines(["ERROR: *: give a file to write, with an equals sign (*least-privilege.json test_it*"])
