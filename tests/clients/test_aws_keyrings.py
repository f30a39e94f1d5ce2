"""The AWS Encryption SDK with the keyrings of the Material Providers Library, which needs Python 3.11."""

from functools import partial

import pytest
from aws_cryptographic_material_providers import mpl
from aws_cryptographic_material_providers.keystore.client import KeyStore
from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
from aws_cryptographic_material_providers.keystore.models import (
    CreateKeyInput,
    CreateKeyStoreInput,
    KMSConfigurationKmsKeyArn,
)
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.errors import ComAmazonawsKms
from aws_cryptographic_material_providers.mpl.models import (
    CreateAwsKmsDiscoveryKeyringInput,
    CreateAwsKmsHierarchicalKeyringInput,
    CreateAwsKmsKeyringInput,
    CreateAwsKmsMrkDiscoveryKeyringInput,
    CreateAwsKmsMrkKeyringInput,
    CreateAwsKmsMultiKeyringInput,
    CreateAwsKmsRsaKeyringInput,
    DiscoveryFilter,
)
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.hazmat.primitives import serialization

SDK = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
CONTEXT = {"purpose": "test"}

pytestmark = pytest.mark.usefixtures("app")


def encrypt(**options):
    return SDK.encrypt(source=b"secret", encryption_context=CONTEXT, **options)[0]


def decrypt(message, **options):
    return SDK.decrypt(source=message, **options)[0]


@pytest.fixture(scope="module")
def providers():
    return mpl.AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


@pytest.fixture
def client(app):
    return partial(app.client, "kms")


def test_a_keyring_encrypts_and_decrypts(providers, client, key, calls):
    keyring = providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=client()))
    calls()
    message = encrypt(keyring=keyring)
    assert decrypt(message, keyring=keyring, encryption_context=CONTEXT) == b"secret"
    assert calls() == {"GenerateDataKey": 1, "Decrypt": 1}


def test_a_keyring_passes_the_reason_on(providers, client, key, refusal):
    keyring = providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=client()))
    message = encrypt(keyring=keyring)
    refusal.befall(key)
    with pytest.raises(AWSEncryptionSDKClientError, match="No Configured KMS Key was able to decrypt") as refused:
        decrypt(message, keyring=keyring)
    assert refusal.reason in repr(refused.value)
    with pytest.raises(ComAmazonawsKms, match=refusal.reason):
        encrypt(keyring=keyring)


def test_an_rsa_keyring_encrypts_by_itself_and_decrypts_by_kms(providers, client, kms, calls):
    made = kms.create_key(KeyUsage="ENCRYPT_DECRYPT", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=made)["PublicKey"])
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    keyring = providers.create_aws_kms_rsa_keyring(
        CreateAwsKmsRsaKeyringInput(
            kms_key_id=made, kms_client=client(), public_key=pem, encryption_algorithm="RSAES_OAEP_SHA_256"
        )
    )
    calls()
    unsigned = AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
    message = encrypt(keyring=keyring, algorithm=unsigned)
    assert decrypt(message, keyring=keyring) == b"secret"
    assert calls() == {"Decrypt": 1}


def test_a_hierarchical_keyring_asks_kms_once_for_its_branch_key(providers, app, client, kms, key, calls, refusal):
    store = KeyStore(
        KeyStoreConfig(
            ddb_table_name="keys",
            logical_key_store_name="keys",
            kms_configuration=KMSConfigurationKmsKeyArn(key),
            ddb_client=app.client("dynamodb"),
            kms_client=client(),
        )
    )
    store.create_key_store(CreateKeyStoreInput())
    calls()
    branch = store.create_key(CreateKeyInput()).branch_key_identifier
    assert calls() == {"GenerateDataKeyWithoutPlaintext": 2, "ReEncrypt": 1}

    def keyring():
        return providers.create_aws_kms_hierarchical_keyring(
            CreateAwsKmsHierarchicalKeyringInput(key_store=store, branch_key_id=branch, ttl_seconds=600)
        )

    one = keyring()
    messages = [encrypt(keyring=one) for _ in range(3)]
    assert calls() == {"Decrypt": 1}
    refusal.befall(key)
    assert encrypt(keyring=one)
    with pytest.raises(AWSEncryptionSDKClientError) as refused:
        decrypt(messages[0], keyring=keyring())
    assert refusal.reason in repr(refused.value)


def test_a_multi_keyring_wraps_the_data_key_for_all(providers, client, kms, key, calls):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    both = providers.create_aws_kms_multi_keyring(CreateAwsKmsMultiKeyringInput(generator=key, kms_key_ids=[second]))
    calls()
    message = encrypt(keyring=both)
    assert calls() == {"GenerateDataKey": 1, "Encrypt": 1}
    kms.disable_key(KeyId=key)
    only = providers.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=second, kms_client=client()))
    assert decrypt(message, keyring=only) == b"secret"


@pytest.mark.parametrize(("account", "found"), [("111111111111", True), ("222222222222", False)])
def test_a_discovery_keyring_asks_for_keys_of_its_accounts_only(providers, client, key, calls, account, found):
    ring = CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=client())
    message = encrypt(keyring=providers.create_aws_kms_keyring(ring))
    of_account = DiscoveryFilter(account_ids=[account], partition="aws")
    discovery = providers.create_aws_kms_discovery_keyring(
        CreateAwsKmsDiscoveryKeyringInput(kms_client=client(), discovery_filter=of_account)
    )
    calls()
    if found:
        assert decrypt(message, keyring=discovery) == b"secret"
    else:
        with pytest.raises(AWSEncryptionSDKClientError):
            decrypt(message, keyring=discovery)
    assert calls() == ({"Decrypt": 1} if found else {})


def test_mrk_keyrings_decrypt_with_a_replica(providers, client, multi_region, kms):
    primary, replica = multi_region
    near = CreateAwsKmsMrkKeyringInput(kms_key_id=primary, kms_client=client())
    message = encrypt(keyring=providers.create_aws_kms_mrk_keyring(near))
    kms.disable_key(KeyId=primary)
    far = CreateAwsKmsMrkKeyringInput(kms_key_id=replica, kms_client=client("eu-west-1"))
    assert decrypt(message, keyring=providers.create_aws_kms_mrk_keyring(far)) == b"secret"
    discovery = CreateAwsKmsMrkDiscoveryKeyringInput(kms_client=client("eu-west-1"), region="eu-west-1")
    assert decrypt(message, keyring=providers.create_aws_kms_mrk_discovery_keyring(discovery)) == b"secret"
