"""Public reports on the names of keys: ids, aliases, and what the names of AWS's own keys answer."""

import re

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import lacking, use
from tests.support.reports import bare, make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

ALIAS = "alias/app"
ALIAS_ARN = f"arn:aws:kms:us-east-1:{OWNER}:{ALIAS}"
SIGNING = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"}


def named(kms, key, name=ALIAS):
    kms.create_alias(AliasName=name, TargetKeyId=key)
    return key


def test_encrypting_under_an_alias_answers_the_arn_of_its_key(kms, key):
    # getmoto/moto issue 5957
    named(kms, key)
    answer = kms.encrypt(KeyId=ALIAS, Plaintext=b"x")
    assert answer["KeyId"] == key
    assert kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], KeyId=ALIAS)["Plaintext"] == b"x"


def test_a_public_key_is_given_out_by_alias(owner, kms):
    # getmoto/moto issue 8364
    key = named(kms, make_key(owner, **SIGNING))
    by_alias = kms.get_public_key(KeyId=ALIAS)
    assert by_alias["KeyId"] == key
    assert by_alias["PublicKey"] == kms.get_public_key(KeyId=key)["PublicKey"]


def test_signing_takes_the_arn_of_an_alias(owner, kms):
    # getmoto/moto issue 8090, nsmithuk/local-kms issue 40
    key = named(kms, make_key(owner, **SIGNING))
    made = kms.sign(KeyId=ALIAS_ARN, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256", Message=bytes(8))
    assert made["KeyId"] == key
    verify = {"Message": bytes(8), "Signature": made["Signature"], "SigningAlgorithm": "ECDSA_SHA_256"}
    assert kms.verify(KeyId=ALIAS, **verify)["SignatureValid"]


def test_a_made_up_key_id_is_not_accepted(kms):
    # getmoto/moto issue 5415: the mock has to have the key, as AWS has to
    with refused("NotFoundException", "Invalid keyId '24six0one'"):
        kms.encrypt(KeyId="24six0one", Plaintext=b"x")


def test_aliases_are_listed_for_one_key_when_it_is_named(owner, kms, key):
    # localstack/localstack issue 6193
    named(kms, key)
    named(kms, make_key(owner), "alias/else")
    assert [each["AliasName"] for each in kms.list_aliases(KeyId=bare(key))["Aliases"]] == [ALIAS]


def test_a_name_without_the_prefix_is_no_alias(kms, key):
    # localstack/localstack issue 7494, opened because the emulator took such a name
    with refused(
        "ValidationException",
        'Alias must start with the prefix "alias/". '
        "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    ):
        kms.create_alias(AliasName="some-nice-alias-name", TargetKeyId=key)
    assert kms.list_aliases(KeyId=key)["Aliases"] == []


def test_an_alias_that_was_made_with_an_arn_shows_the_bare_id(kms, key):
    # localstack/localstack issue 8502: AWS shortens the target to the id
    named(kms, key)
    (alias,) = kms.list_aliases(KeyId=key)["Aliases"]
    assert (alias["TargetKeyId"], alias["AliasArn"]) == (bare(key), ALIAS_ARN)


def test_permission_for_a_key_covers_its_use_by_alias(owner, kms, key):
    # localstack/localstack issue 7540
    named(kms, key)
    user = owner.user("example", [allow(["kms:Encrypt"], key)])
    assert user.client("kms").encrypt(KeyId=ALIAS, Plaintext=b"x")["KeyId"] == key
    stranger = owner.user("stranger", [allow(["kms:Encrypt"], ALIAS_ARN)])
    with refused("AccessDeniedException", lacking(stranger, "kms:Encrypt", key)):
        stranger.client("kms").encrypt(KeyId=ALIAS, Plaintext=b"x")


def test_the_key_of_parameter_store_is_there_when_it_is_asked_for(kms):
    # getmoto/moto issue 1360, localstack/localstack issue 4604: alias/aws/ssm needs nobody to create it
    found = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]
    assert (found["KeyManager"], found["Enabled"], found["AWSAccountId"]) == ("AWS", True, OWNER)
    targets = {each["AliasName"]: each.get("TargetKeyId") for each in kms.list_aliases()["Aliases"]}
    assert targets["alias/aws/ssm"] == found["KeyId"]


def test_the_alias_of_a_key_that_is_pending_deletion_is_taken_until_it_is_deleted(aws_clock, owner, kms, key):
    # hashicorp/terraform-provider-aws issue 35161, aws/aws-cdk issue 4336, terraform-aws-eks issue 2346
    named(kms, key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    newer = make_key(owner)
    with refused("AlreadyExistsException", f"An alias with the name {ALIAS_ARN} already exists"):
        named(kms, newer)
    kms.delete_alias(AliasName=ALIAS)
    named(kms, newer)
    aws_clock.advance(days=8)
    assert kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"] == newer


@pytest.mark.kmsmock(quotas=True)
def test_a_key_has_no_more_than_fifty_aliases(kms, key):
    # scylladb/scylla-cluster-tests issue 7611 and pull request 7634; the usage told in the report was of a raised quota
    for number in range(50):
        named(kms, key, f"alias/test-{number}")
    text = re.compile(r"Aliases per key quota for this account in this region is 50, current usage is \d+\.")
    with refused("LimitExceededException", text):
        named(kms, key, "alias/one-more")
    kms.delete_alias(AliasName="alias/test-0")
    named(kms, key, "alias/one-more")


def test_a_name_is_found_by_describing_it_where_the_first_page_of_aliases_lacks_it(kms, owner):
    # serverless-ca/terraform-aws-ca issue 526: a list of a hundred aliases is not all of them
    keys = [make_key(owner) for _ in range(3)]
    for number in range(120):
        named(kms, keys[number // 40], f"alias/a-{number:03}")
    page = kms.list_aliases(Limit=100)
    assert (len(page["Aliases"]), page["Truncated"]) == (100, True)
    pages = kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 100})
    names = {each["AliasName"] for found in pages for each in found["Aliases"]}
    assert {f"alias/a-{number:03}" for number in range(120)} <= names
    assert kms.describe_key(KeyId="alias/a-119")["KeyMetadata"]["Arn"] == keys[2]


def test_an_administrator_does_not_see_a_key_whose_policy_names_somebody_else(owner):
    # rebuy-de/aws-nuke issue 247, ekristen/aws-nuke issue 663: AdministratorAccess is not enough
    named_only = owner.user("named-only")
    key = make_key(owner, use([named_only.arn, f"arn:aws:iam::{OWNER}:root"], "kms:PutKeyPolicy"), delegate=False)
    nuke = owner.user("nuke", [allow("*")])
    client = nuke.client("kms")
    assert bare(key) in {each["KeyId"] for each in client.list_keys()["Keys"]}
    with refused("AccessDeniedException", lacking(nuke, "kms:DescribeKey", key, "resource-based policy")):
        client.describe_key(KeyId=key)


def test_an_alias_moves_to_a_key_that_is_named_by_its_arn(kms, key):
    # getmoto/moto issue 9831 and pull requests 9841 and 9745: it goes from the one to the other, and is there once
    new = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms.update_alias(AliasName="alias/app", TargetKeyId=new["Arn"])
    assert kms.describe_key(KeyId="alias/app")["KeyMetadata"]["Arn"] == new["Arn"]
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    (alias,) = kms.list_aliases(KeyId=new["Arn"])["Aliases"]
    assert (alias["AliasName"], alias["TargetKeyId"]) == ("alias/app", new["KeyId"])


def test_an_alias_moves_between_families_of_asymmetric_keys_of_the_same_use_only(kms, key):
    # floci-io/floci pull request 2324: from RSA to ECC is allowed, from signing to encrypting is not
    rsa, ecc = (
        kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        for spec in ("RSA_2048", "ECC_NIST_P256")
    )
    kms.create_alias(AliasName="alias/signer", TargetKeyId=rsa)
    kms.update_alias(AliasName="alias/signer", TargetKeyId=ecc)
    encrypting = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    for wrong in (key, encrypting):
        with refused("ValidationException"):
            kms.update_alias(AliasName="alias/signer", TargetKeyId=wrong)
    assert kms.describe_key(KeyId="alias/signer")["KeyMetadata"]["KeyId"] == ecc
