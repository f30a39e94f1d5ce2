"""Request quotas: who pays, how much there is, and how it comes back."""

import json
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import freezegun.api
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

import kmsmock
from kmsmock.errors import AwsError
from kmsmock.quotas import DEFAULTS, RESOURCES, Quotas
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.rotation import AWAY

TEXT = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
ONCE = Config(retries={"total_max_attempts": 1})
pytestmark = [
    pytest.mark.usefixtures("clock"),
    pytest.mark.evidence("documented", '"Request quotas" (developer guide); how tokens come back is chosen here'),
]


@pytest.fixture
def kms(owner):
    """A client that asks once."""
    return owner.client("kms", config=ONCE)


def throttled():
    return refused("ThrottlingException", TEXT)


def passing(ask, most=200):
    """How many calls pass at this instant."""
    for number in range(most):
        try:
            ask()
        except ClientError as error:
            if error.response["Error"] != {"Code": "ThrottlingException", "Message": TEXT}:
                raise
            return number
    return most


# --- the numbers of AWS ---------------------------------------------------------------------------------------------

FROM_THE_GUIDE = """
1 GetParametersForImport
5 CancelKeyDeletion ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores
5 DisconnectCustomKeyStore UpdateCustomKeyStore CreateAlias CreateKey DisableKey DisableKeyRotation EnableKey
5 GetKeyLastUsage ReplicateKey RotateKeyOnDemand UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion
10 TagResource
15 DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion
50 CreateGrant RetireGrant RevokeGrant
100 ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants
500 ListAliases ListKeys
1000 GetKeyPolicy GetKeyRotationStatus
2000 DescribeKey GetPublicKey ListResourceTags
"""
OWN = {name: int(line.split()[0]) for line in FROM_THE_GUIDE.split("\n") for name in line.split()[1:]}
PAIRS = {
    "RSA_4096": 1,
    "RSA_3072": 4,
    "RSA_2048": 20,
    "ECC_NIST_P256": 100,
    "ECC_NIST_P384": 100,
    "ECC_NIST_P521": 100,
    "ECC_SECG_P256K1": 100,
    "ECC_NIST_EDWARDS25519": 100,
}
REGIONS = {
    100_000: ["us-east-1", "us-west-2", "eu-west-1"],
    20_000: ["us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"],
    10_000: ["eu-north-1", "sa-east-1", "us-west-1", "cn-north-1", "ca-central-1"],
}


def test_each_operation_has_the_quota_of_the_guide():
    shared = {"RSA": 1000, "ECC": 1000, "ML_DSA": 1000, "custom key store": 1800}
    pairs = {f"GenerateDataKeyPair {spec}": rate for spec, rate in PAIRS.items()}
    assert {**OWN, **pairs, **shared}.items() <= DEFAULTS.items()
    for name, rate in {**OWN, **pairs, **shared}.items():
        assert Quotas().rate(name, "us-east-1") == Quotas().rate(name, "eu-north-1") == rate


def test_symmetric_operations_are_more_in_large_regions():
    for rate, regions in REGIONS.items():
        assert {region: Quotas().rate("symmetric", region) for region in regions} == dict.fromkeys(regions, rate)


@pytest.mark.parametrize(
    ("rate", "ask"),
    [
        (5, lambda kms, key: kms.create_key()),
        (5, lambda kms, key: kms.disable_key(KeyId=key)),
        (10, lambda kms, key: kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}])),
        (15, lambda kms, key: kms.enable_key_rotation(KeyId=key)),
        (50, lambda kms, key: kms.create_grant(KeyId=key, GranteePrincipal=OTHER_ROOT, Operations=["Decrypt"])),
        (100, lambda kms, key: kms.list_grants(KeyId=key)),
    ],
)
def test_a_second_of_calls_passes_and_no_more(aws_world, kms, key, rate, ask):
    aws_world.quotas()
    assert passing(lambda: ask(kms, key)) == rate
    with throttled():
        ask(kms, key)


OTHER_ROOT = f"arn:aws:iam::{OTHER}:root"


def test_data_key_pairs_draw_on_the_quota_of_their_spec_only(aws_world, kms, key):
    aws_world.quotas({"symmetric": 1})
    kms.encrypt(KeyId=key, Plaintext=b"x")
    kms.generate_data_key_pair(KeyId=key, KeyPairSpec="RSA_4096")
    with throttled():
        kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="RSA_4096")
    kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256")


def test_without_quotas_nothing_is_throttled(aws_world, kms):
    assert passing(kms.create_key, 30) == 30
    aws_world.quotas()
    assert passing(kms.create_key, 30) == 5
    aws_world.quotas(False)
    assert passing(kms.create_key, 30) == 30


# --- shared, and custom ---------------------------------------------------------------------------------------------


def test_cryptographic_operations_share_one_quota(aws_world, kms, key):
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    aws_world.quotas({"symmetric": 8})
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key)
    kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
    made = kms.generate_mac(KeyId=mac, Message=b"x", MacAlgorithm="HMAC_SHA_256")["Mac"]
    kms.verify_mac(KeyId=mac, Message=b"x", Mac=made, MacAlgorithm="HMAC_SHA_256")
    kms.generate_random(NumberOfBytes=8)
    with throttled():
        kms.decrypt(CiphertextBlob=blob)
    kms.describe_key(KeyId=key)


def test_each_kind_of_key_has_its_own(aws_world, kms, key):
    rsa, ecc = (
        kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        for spec in ("RSA_2048", "ECC_NIST_P256")
    )
    aws_world.quotas({"symmetric": 1, "RSA": 2, "ECC": 3})
    sign_rsa = {"KeyId": rsa, "Message": b"x", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    sign_ecc = {"KeyId": ecc, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert passing(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == 1
    assert passing(lambda: kms.sign(**sign_rsa)) == 2
    assert passing(lambda: kms.sign(**sign_ecc)) == 3


@pytest.mark.kmsmock(quotas={"ListKeys": 3})
def test_regions_and_accounts_do_not_share(owner, other, kms):
    assert passing(kms.list_keys) == 3
    assert passing(owner.client("kms", AWAY, config=ONCE).list_keys) == 3
    assert passing(other.client("kms", config=ONCE).list_keys) == 3


@pytest.mark.parametrize("rate", [1, 2, 10, 50])
def test_it_comes_back_with_time_and_not_beyond_a_second_of_it(aws_world, clock, kms, rate):
    aws_world.quotas({"ListKeys": rate})
    assert passing(kms.list_keys) == rate
    clock.advance(seconds=1)
    assert passing(kms.list_keys) == rate
    clock.advance(days=1)
    assert passing(kms.list_keys) == rate


def test_fractions_of_a_second_count_exactly(aws_world, clock, kms):
    aws_world.quotas({"ListKeys": 5})
    clock.advance(microseconds=648513)
    assert passing(kms.list_keys) == 5
    for _ in range(10):
        clock.advance(milliseconds=200)
        assert passing(kms.list_keys) == 1


def test_a_quota_of_one_lets_one_pass_and_a_replica_all_the_same(aws_world, clock, owner, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    aws_world.quotas({"CreateKey": 1})
    assert passing(kms.create_key) == 1
    kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    assert passing(owner.client("kms", AWAY, config=ONCE).create_key) == 0


def test_a_primary_region_that_stays_where_it_is_counts_once(aws_world, clock, kms):
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    aws_world.quotas({"UpdatePrimaryRegion": 3})
    assert passing(lambda: kms.update_primary_region(KeyId=key, PrimaryRegion="us-east-1")) == 3


def test_a_rate_below_one_lets_a_call_through_now_and_then(aws_world, clock, kms):
    aws_world.quotas({"ListKeys": 0.25})
    assert passing(kms.list_keys) == 1
    clock.advance(seconds=3)
    assert passing(kms.list_keys) == 0
    clock.advance(seconds=1)
    assert passing(kms.list_keys) == 1


def test_wrong_limits_say_what_is_accepted(aws_world):
    with pytest.raises(
        ValueError, match=r"there is no quota 'Encrypt'; there are, of requests: .*CreateKey.*symmetric"
    ):
        aws_world.quotas({"Encrypt": 5})
    with pytest.raises(ValueError, match="there is no quota 'rsa'"):
        kmsmock.World(quotas={"rsa": 5})
    for rate in (0, -1, float("inf"), True, "5", None):
        with pytest.raises(TypeError, match="the quota CreateKey is a positive number of requests per second, not "):
            aws_world.quotas({"CreateKey": rate})


# --- who pays -------------------------------------------------------------------------------------------------------


def test_the_account_of_the_caller_pays_for_a_foreign_key(aws_world, owner, other, kms, key):
    shared = policy(
        {"Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{OWNER}:root", OTHER_ROOT]}, "Action": "kms:*", "Resource": "*"}
    )  # fmt: skip
    kms.put_key_policy(KeyId=key, Policy=json.dumps(shared))
    aws_world.quotas({"symmetric": 2})
    guest = other.role("guest", [allow("kms:*")]).client("kms", config=ONCE)
    assert passing(lambda: guest.encrypt(KeyId=key, Plaintext=b"x")) == 2
    assert passing(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == 2


def test_refused_calls_count(aws_world, owner, kms, key):
    aws_world.quotas({"symmetric": 2})
    stranger = owner.role("stranger").client("kms", config=ONCE)
    for _ in range(2):
        with refused("AccessDeniedException"):
            stranger.encrypt(KeyId=key, Plaintext=b"x")
    with throttled():
        kms.encrypt(KeyId=key, Plaintext=b"x")


def test_objects_under_sse_kms_count_for_the_caller(aws_world, owner, kms, key):
    s3 = owner.client("s3", config=ONCE)
    s3.create_bucket(Bucket="bucket")
    aws_world.quotas({"symmetric": 2})
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.get_object(Bucket="bucket", Key="k")
    with throttled():
        kms.encrypt(KeyId=key, Plaintext=b"x")


def test_a_replica_takes_two_keys_of_the_quota_of_its_region(aws_world, owner, kms):
    primaries = [kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"] for _ in range(3)]
    away = owner.client("kms", AWAY, config=ONCE)
    aws_world.quotas()
    for primary in primaries[:2]:
        kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    with throttled():
        kms.replicate_key(KeyId=primaries[2], ReplicaRegion=AWAY)
    assert passing(away.create_key) == 1
    assert passing(kms.create_key) == 5


# --- back-offs and waiters in world time ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_retries_back_off_in_world_time(aws_world, owner, key, mode):
    retrying = owner.client("kms", config=Config(retries={"mode": mode, "total_max_attempts": 10}))
    aws_world.quotas({"symmetric": 1})
    started, wall = aws_world.clock.now(), freezegun.api.real_perf_counter()
    for _ in range(25):
        retrying.encrypt(KeyId=key, Plaintext=b"x")
    assert freezegun.api.real_perf_counter() - wall < 12
    assert aws_world.clock.now() - started >= timedelta(seconds=23.9)


def test_a_waiter_waits_in_world_time(aws_world, owner):
    ec2 = owner.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    started, wall = aws_world.clock.now(), freezegun.api.real_perf_counter()
    ec2.get_waiter("volume_available").wait(VolumeIds=[volume])
    assert aws_world.clock.now() == started
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        ec2.get_waiter("volume_in_use").wait(VolumeIds=[volume])
    assert aws_world.clock.now() == started + timedelta(seconds=39 * 15)
    assert freezegun.api.real_perf_counter() - wall < 60


def test_a_cache_of_data_keys_saves_quota(aws_world, kms, key):
    aws_world.quotas({"symmetric": 10})
    cache = []

    def cached():
        if not cache or cache[-1][0] == 100:
            cache.append([0, kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]])
        cache[-1][0] += 1

    assert passing(cached, 900) == 900
    assert len(cache) == 9
    assert passing(lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256")) == 1


def test_the_text_about_a_quota_that_does_not_exist_is_whole(aws_world):
    known = f"{', '.join(sorted({'symmetric', *DEFAULTS}))}; of resources: {', '.join(sorted(RESOURCES))}"
    with pytest.raises(ValueError, match="'Encrypt'") as far:
        aws_world.quotas({"Encrypt": 1})
    with pytest.raises(ValueError, match="'CreateKeys'") as near:
        aws_world.quotas({"CreateKeys": 1})
    assert str(far.value) == f"there is no quota 'Encrypt'; there are, of requests: {known}"
    assert str(near.value) == (
        f"there is no quota 'CreateKeys'; did you mean 'CreateKey'? there are, of requests: {known}"
    )


def test_the_text_about_a_rate_that_is_none_is_whole(aws_world):
    with pytest.raises(TypeError) as told:
        aws_world.quotas({"CreateKey": "x"})
    assert str(told.value) == "the quota CreateKey is a positive number of requests per second, not 'x'"


NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)
KINDS = {
    "SYMMETRIC_DEFAULT": "symmetric",
    "HMAC_256": "symmetric",
    "RSA_2048": "RSA",
    "ECC_NIST_P256": "ECC",
    "ECC_NIST_EDWARDS25519": "ECC",
    "SM2": "ECC",
    "ML_DSA_44": "ML_DSA",
}
"""The three rows of "Shared quota" in the guide's page of request quotas."""
SHARING = [
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
    "Encapsulate",
    "Decapsulate",
]


def call_of(operation, region=AWAY, **params):
    return SimpleNamespace(account=OWNER, operation=operation, region=region, params=params)


def a_key(spec="SYMMETRIC_DEFAULT"):
    return SimpleNamespace(account=OWNER, spec=spec, key_store=None)


def used_up(quotas, call, *keys):
    """Which quota a call finds empty."""
    with pytest.raises(AwsError) as told:
        quotas.spend(call, keys, NOW)
    return told.value.clue


@pytest.mark.parametrize(("spec", "kind"), KINDS.items())
@pytest.mark.parametrize("operation", SHARING)
def test_every_cryptographic_operation_counts_for_the_kind_of_its_key(operation, spec, kind):
    quotas = Quotas(dict.fromkeys(("symmetric", "RSA", "ECC", "ML_DSA"), 1))
    quotas.spend(call_of(operation), (a_key(spec),), NOW)
    assert used_up(quotas, call_of("Decrypt"), a_key(spec)).bucket == kind


def test_a_key_encapsulation_counts_as_ours_decide():
    """No page says which quota ML-KEM keys share."""
    quotas = Quotas({"ECC": 1})
    quotas.spend(call_of("Encapsulate"), (a_key("ML_KEM_512"),), NOW)
    assert used_up(quotas, call_of("Decapsulate"), a_key("ML_KEM_512")).bucket == "ECC"


def test_at_one_instant_exactly_the_rate_passes():
    quotas = Quotas()
    for _ in range(2000):
        quotas.spend(call_of("DescribeKey"), (a_key(),), NOW)
    assert used_up(quotas, call_of("DescribeKey"), a_key()) == (OWNER, AWAY, "DescribeKey", 2000, -1.0)


def test_what_is_told_is_the_rate_of_the_region():
    quotas = Quotas()
    for _ in range(10_000):
        quotas.spend(call_of("Encrypt", "us-west-1"), (a_key(),), NOW)
    quotas.spend(call_of("Encrypt", "us-east-1"), (a_key(),), NOW)
    assert used_up(quotas, call_of("Encrypt", "us-west-1"), a_key()).rate == 10_000


def test_of_several_quotas_that_is_told_which_is_empty():
    quotas = Quotas({"ReplicateKey": 1, "CreateKey": 2})
    for _ in range(2):
        quotas.spend(call_of("CreateKey"), (), NOW)
    replicate = call_of("ReplicateKey", "us-east-1", ReplicaRegion=AWAY)
    assert used_up(quotas, replicate, a_key())[:3] == (OWNER, AWAY, "CreateKey")


def test_a_primary_region_that_moves_counts_in_both():
    quotas = Quotas({"UpdatePrimaryRegion": 1})
    quotas.spend(call_of("UpdatePrimaryRegion", "us-east-1", PrimaryRegion=AWAY), (a_key(),), NOW)
    back = call_of("UpdatePrimaryRegion", AWAY, PrimaryRegion=AWAY)
    assert used_up(quotas, back, a_key())[:3] == (OWNER, AWAY, "UpdatePrimaryRegion")


@pytest.mark.parametrize("quotas", ["x", ["CreateKey"], 3])
def test_quotas_are_a_mapping_of_them(aws_world, quotas):
    with pytest.raises(TypeError) as told:
        aws_world.quotas(quotas)
    assert str(told.value) == (
        f"quotas={quotas!r}: give True, False, or a mapping of quotas to requests per second, such as {{'CreateKey': 1}}, "
        "or to how many there may be of something, such as {'keys': 10}"
    )


def test_a_call_of_nobody_s_account_is_paid_by_the_account_of_its_key():
    """So AWS services call, that deliver for nobody in particular."""
    quotas, now = Quotas({"symmetric": 1}), datetime(2030, 1, 1, tzinfo=timezone.utc)
    call = SimpleNamespace(account="", operation="Decrypt", region=AWAY, params={})
    one, two = (
        SimpleNamespace(account=account, spec="SYMMETRIC_DEFAULT", key_store=None) for account in (OWNER, OTHER)
    )
    quotas.spend(call, (one,), now)
    quotas.spend(call, (two,), now)
    with pytest.raises(AwsError, match="ThrottlingException"):
        quotas.spend(call, (one,), now)


@pytest.mark.parametrize(
    ("operation", "store", "limited"),
    [("Decrypt", "cks-1", True), ("Decrypt", None, False), ("GetKeyPolicy", "cks-1", False)],
)
def test_a_key_store_limits_only_the_cryptography_of_its_keys(operation, store, limited):
    quotas, now = Quotas({"custom key store": 1}), datetime(2030, 1, 1, tzinfo=timezone.utc)
    call = SimpleNamespace(account=OWNER, operation=operation, region=AWAY, params={})
    key = SimpleNamespace(account=OWNER, spec="SYMMETRIC_DEFAULT", key_store=store)
    quotas.spend(call, (key,), now)
    if limited:
        with pytest.raises(AwsError, match="ThrottlingException"):
            quotas.spend(call, (key,), now)
    else:
        quotas.spend(call, (key,), now)
