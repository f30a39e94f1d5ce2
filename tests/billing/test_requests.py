"""What requests cost, and who pays. By hand from "Key usage" and "Free tier" of AWS's page on the pricing of KMS, and for
the kinds of requests from the usage types of AWS's price list: US dollars for 10,000 requests.
"""

import json
from decimal import Decimal

import pytest

from tests.support.billing import ALL_PAID, AWAY, REQUEST, many
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import key_policy, make_key, use

pytestmark = pytest.mark.evidence(
    "documented",
    '"AWS Key Management Service Pricing"; which request is of which kind: AWS\'s price list as public repositories quote it',
)

SIGNED = {"Message": b"m", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}


@pytest.fixture
def since(aws_world, clock):
    """The bill of a month in which only what comes after is asked."""
    clock.move_to("2026-02-01")
    return lambda **more: aws_world.bill(prices=ALL_PAID | more)


def made(kms, spec, usage):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]


@pytest.mark.parametrize(
    ("spec", "usage", "ask", "kind", "amount"),
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", lambda kms, key: kms.describe_key(KeyId=key), "symmetric", "0.000003"),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x"),
            "symmetric",
            "0.000003",
        ),
        (
            "HMAC_256",
            "GENERATE_VERIFY_MAC",
            lambda kms, key: kms.generate_mac(KeyId=key, Message=b"m", MacAlgorithm="HMAC_SHA_256"),
            "symmetric",
            "0.000003",
        ),
        ("RSA_2048", "SIGN_VERIFY", lambda kms, key: kms.sign(KeyId=key, **SIGNED), "RSA_2048", "0.000003"),
        ("RSA_3072", "SIGN_VERIFY", lambda kms, key: kms.sign(KeyId=key, **SIGNED), "asymmetric", "0.000015"),
        ("ECC_NIST_P256", "SIGN_VERIFY", lambda kms, key: kms.get_public_key(KeyId=key), "asymmetric", "0.000015"),
        ("ECC_NIST_P256", "SIGN_VERIFY", lambda kms, key: kms.describe_key(KeyId=key), "symmetric", "0.000003"),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            lambda kms, key: kms.generate_data_key_pair(KeyId=key, KeyPairSpec="RSA_2048"),
            "RSA data key pair",
            "0.0012",
        ),
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            lambda kms, key: kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256"),
            "ECC data key pair",
            "0.00001",
        ),
    ],
)
def test_requests_are_priced_by_kind(aws_world, clock, kms, spec, usage, ask, kind, amount):
    key = made(kms, spec, usage)
    clock.move_to("2026-02-01")
    ask(kms, key)
    bill = aws_world.bill(prices=ALL_PAID)
    assert ({line.kind for line in bill.request_lines}, bill.requests) == ({kind}, Decimal(amount))


def test_the_free_tier_is_twenty_thousand_requests_a_month_across_regions(aws_world, clock, owner, kms):
    """20,003 requests in two Regions, of which 3 are paid, where they were made: 3 x 0.000003."""
    away = owner.client("kms", region_name=AWAY)
    many(aws_world, kms.list_keys, 10_000)
    many(aws_world, away.list_keys, 10_003)
    bill = aws_world.bill()
    assert (bill.request_count, bill.free_requests) == (20_003, 20_000)
    assert bill.by_region == {"us-east-1": 0, AWAY: Decimal("0.000009")}
    clock.move_to("2026-02-01")
    away.list_keys()
    assert aws_world.bill().requests == 0  # another month, another tier


def test_each_account_has_a_free_tier_of_its_own(aws_world, clock, kms, other):
    for client in (kms, kms, kms, other.client("kms")):
        client.list_keys()
    assert aws_world.bill(prices={"free requests": 2}).by_account == {OWNER: Decimal("0.000003"), OTHER: 0}


def test_an_organization_has_one_free_tier(aws_world, clock, organization, member, owner):
    """As others tell of consolidated billing."""
    clock.move_to("2026-02-01")
    for account in (owner, member):
        account.client("kms").list_keys()
    assert aws_world.bill(prices={"free requests": 1}).by_account == {OWNER: 0, member.id: Decimal("0.000003")}


def test_asymmetric_requests_and_pairs_are_not_in_the_free_tier(aws_world, clock, kms, key):
    kms.sign(KeyId=made(kms, "RSA_2048", "SIGN_VERIFY"), **SIGNED)
    kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    bill = aws_world.bill()
    assert bill.requests == Decimal("0.000003") + Decimal("0.00001")
    assert bill.by_kind["symmetric"] == 0


def test_who_asks_pays_for_another_accounts_key(since, kms, other):
    key = kms.create_key(Policy=key_policy(use(f"arn:aws:iam::{OTHER}:root", "kms:Encrypt")))["KeyMetadata"]["Arn"]
    other.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    lines = since().where(key=key).request_lines
    assert [(line.account, line.quantity) for line in lines if line.account == OTHER] == [(OTHER, 1)]
    assert since().where(key=key, account=OTHER).total == Decimal("0.000003")
    assert since().where(account=OTHER).keys == 0


def test_what_a_service_asks_is_paid_by_whom_it_asks_for(since, owner, key):
    role = owner.role("app", [allow(["s3:*", "kms:*"])])
    s3 = role.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.get_object(Bucket="bucket", Key="a")["Body"].read()
    bill = since()
    assert bill.by_service == {"s3.amazonaws.com": Decimal("0.000006")}  # GenerateDataKey and Decrypt
    (line,) = bill.where(via="s3.amazonaws.com").lines
    assert (line.account, line.region, line.principal, line.quantity) == (OWNER, "us-east-1", role.arn, 2)


def test_requests_to_managed_keys_are_charged(since, owner):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"x", ServerSideEncryption="aws:kms")
    bill = since()
    assert (bill.keys, bill.by_service) == (0, {"s3.amazonaws.com": Decimal("0.000003")})


def test_what_was_denied_counts_and_what_was_throttled_or_malformed_does_not(since, aws_world, owner, key):
    kms = owner.user("nobody").client("kms")
    with refused("AccessDeniedException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("ValidationException"):
        kms.encrypt(KeyId=key, Plaintext=b"x" * 5000)
    with aws_world.fault("kms", "Encrypt", error="ThrottlingException"), refused("ThrottlingException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    (line,) = since().where(principal=owner.get_user("nobody").arn).lines
    assert line.quantity == 1


def test_a_dry_run_counts(since, kms, key):
    before = since().request_count
    with refused("DryRunOperationException"):
        kms.encrypt(KeyId=key, Plaintext=b"x", DryRun=True)
    assert since().request_count == before + 1


def test_replicating_a_key_is_three_requests(since, kms):
    """One of ReplicateKey, and two of CreateKey where the replica is ("Request quotas" in the developer guide)."""
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    assert since().by_region == {"us-east-1": Decimal("0.000006"), AWAY: Decimal("0.000006")}
    assert since().by_service == {}


def test_what_kms_does_by_itself_is_no_request(aws_world, clock, kms, key):
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    clock.move_to("2026-05-15")
    assert aws_world.events.where(name="RotateKey")
    assert aws_world.bill("2026-04").request_count == 0


def test_reencrypting_costs_what_the_dearer_key_does(since, kms, key):
    ecc = made(kms, "RSA_4096", "ENCRYPT_DECRYPT")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=ecc, DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256")
    assert since().by_kind["asymmetric"] == Decimal("0.000015")


def test_what_a_service_asks_in_its_own_name_is_paid_by_the_keys_owner(since, owner, kms):
    """A topic sends to an encrypted queue as sns.amazonaws.com, which has no account: GenerateDataKey and Decrypt."""
    key = make_key(kms, use({"Service": "sns.amazonaws.com"}, ["kms:GenerateDataKey*", "kms:Decrypt"]))
    sqs, sns = owner.client("sqs"), owner.client("sns")
    sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}
    sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key, "Policy": json.dumps(policy(sender))})
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{OWNER}:queue")
    sns.publish(TopicArn=topic, Message="news")
    bill = since().where(via="sns.amazonaws.com")
    assert bill.by_account == {OWNER: 2 * REQUEST}
    assert {line.principal for line in bill.lines} == {"sns.amazonaws.com"}
