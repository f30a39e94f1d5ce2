"""The AWS Encryption SDK with master key providers, and its cache of data keys."""

import aws_encryption_sdk
import pytest
from aws_encryption_sdk import (
    CachingCryptoMaterialsManager,
    CommitmentPolicy,
    DiscoveryAwsKmsMasterKeyProvider,
    LocalCryptoMaterialsCache,
    StrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.exceptions import DecryptKeyError, GenerateKeyError
from aws_encryption_sdk.key_providers.kms import (
    MRKAwareDiscoveryAwsKmsMasterKeyProvider,
    MRKAwareStrictAwsKmsMasterKeyProvider,
)

SDK = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
CONTEXT = {"purpose": "test"}

pytestmark = pytest.mark.usefixtures("app")


def strict(*keys):
    return StrictAwsKmsMasterKeyProvider(key_ids=list(keys))


def encrypt(**options):
    return SDK.encrypt(source=b"secret", encryption_context=CONTEXT, **options)[0]


def decrypt(message, **options):
    return SDK.decrypt(source=message, **options)[0]


def test_encrypts_under_several_keys_and_decrypts_with_any(kms, key, calls):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    calls()
    message = encrypt(key_provider=strict(key, second))
    assert calls() == {"GenerateDataKey": 1, "Encrypt": 1}
    kms.disable_key(KeyId=key)
    assert decrypt(message, key_provider=strict(second)) == b"secret"
    assert decrypt(message, key_provider=DiscoveryAwsKmsMasterKeyProvider()) == b"secret"


def test_the_context_reaches_kms(aws_world, key):
    decrypt(encrypt(key_provider=strict(key)), key_provider=strict(key))
    for event in aws_world.events[-2:]:
        context = event["requestParameters"]["encryptionContext"]
        assert context["purpose"] == "test"
        assert "aws-crypto-public-key" in context


def test_a_context_that_was_changed_is_refused(key):
    message = encrypt(key_provider=strict(key))
    with pytest.raises(DecryptKeyError):
        decrypt(message.replace(b"purpose", b"purport"), key_provider=strict(key))


def test_refusals_are_its_own_errors_with_the_reason_as_their_cause(key, refusal):
    message = encrypt(key_provider=strict(key))
    refusal.befall(key)
    with pytest.raises(GenerateKeyError) as refused:
        encrypt(key_provider=strict(key))
    assert reason_of(refused.value) == refusal.code
    assert refusal.reason in str(refused.value.__context__)
    with pytest.raises(DecryptKeyError, match="Unable to decrypt any data key"):
        decrypt(message, key_provider=strict(key))


def reason_of(error):
    return error.__context__.response["Error"]["Code"]


def test_decryption_by_discovery_goes_to_the_region_of_the_key(owner, key, aws_world):
    far = owner.client("kms", "eu-west-1").create_key()["KeyMetadata"]["Arn"]
    message = encrypt(key_provider=strict(key, far))
    assert decrypt(message, key_provider=strict(far)) == b"secret"
    assert aws_world.events[-1]["awsRegion"] == "eu-west-1"


def test_a_replica_decrypts_what_its_primary_encrypted(multi_region, aws_world, kms):
    primary, replica = multi_region
    message = encrypt(key_provider=MRKAwareStrictAwsKmsMasterKeyProvider(key_ids=[primary]))
    kms.disable_key(KeyId=primary)
    assert decrypt(message, key_provider=MRKAwareStrictAwsKmsMasterKeyProvider(key_ids=[replica])) == b"secret"
    near = MRKAwareDiscoveryAwsKmsMasterKeyProvider(discovery_region="eu-west-1")
    assert decrypt(message, key_provider=near) == b"secret"
    assert aws_world.events[-1]["awsRegion"] == "eu-west-1"
    with pytest.raises(DecryptKeyError):  # it compares ARNs
        decrypt(message, key_provider=strict(replica))


def test_one_data_key_is_cached_for_many_messages(key, calls):
    manager = CachingCryptoMaterialsManager(
        master_key_provider=strict(key),
        cache=LocalCryptoMaterialsCache(10),
        max_age=60.0,
        max_messages_encrypted=3,
    )
    calls()
    messages = [encrypt(materials_manager=manager) for _ in range(4)]
    assert calls() == {"GenerateDataKey": 2}
    assert [decrypt(each, materials_manager=manager) for each in messages] == [b"secret"] * 4
    assert calls() == {"Decrypt": 2}


def test_a_cached_data_key_outlives_its_key_until_its_time_is_over(aws_world, kms, key):
    manager = CachingCryptoMaterialsManager(
        master_key_provider=strict(key), cache=LocalCryptoMaterialsCache(10), max_age=60.0
    )
    encrypt(materials_manager=manager)
    kms.disable_key(KeyId=key)
    encrypt(materials_manager=manager)
    aws_world.clock.advance(seconds=61)
    with pytest.raises(GenerateKeyError):
        encrypt(materials_manager=manager)
