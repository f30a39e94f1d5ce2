"""What must stay secret stands in no record, however it is spelled."""

import base64
import json

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmsmock
from tests.support.trail import CONTEXT, FOREVER, HOME, SECRET, the_one, wrapped

pytestmark = pytest.mark.evidence("documented", '"Logging AWS KMS API calls with AWS CloudTrail": what is not logged')

ECDSA, HMAC = "ECDSA_SHA_256", "HMAC_SHA_256"


class Leaks:
    """Calls of KMS with secrets in them, and the secrets."""

    def __init__(self, kms):
        self.kms = kms
        self.secrets = []
        self.key = kms.create_key()["KeyMetadata"]["Arn"]
        self.signer = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        self.maker = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
        self.agreement = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"]

    def keep(self, *secrets):
        self.secrets += secrets
        return secrets[0]

    def encrypt(self, secret):
        blob = self.keep(self.kms.encrypt(KeyId=self.key, Plaintext=secret)["CiphertextBlob"])
        self.kms.decrypt(CiphertextBlob=blob)
        self.keep(self.kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=self.key)["CiphertextBlob"])

    def fail_to_encrypt(self, secret):
        with pytest.raises(self.kms.exceptions.ClientError):
            self.kms.encrypt(KeyId=self.signer, Plaintext=secret)
        with pytest.raises(self.kms.exceptions.ClientError):
            self.kms.encrypt(KeyId=self.key, Plaintext=(secret * 300)[:4097] if len(secret) > 16 else secret * 257)

    def fail_to_decrypt(self, secret):
        with pytest.raises(self.kms.exceptions.ClientError):
            self.kms.decrypt(CiphertextBlob=secret)
        with pytest.raises(self.kms.exceptions.ClientError):
            self.kms.decrypt(CiphertextBlob=secret, KeyId=self.key, DryRun=True)

    def sign(self, secret):
        algorithm = {"KeyId": self.signer, "SigningAlgorithm": ECDSA, "Message": secret}
        signature = self.keep(self.kms.sign(**algorithm)["Signature"])
        self.kms.verify(Signature=signature, **algorithm)
        with pytest.raises(self.kms.exceptions.ClientError):
            self.kms.verify(Signature=secret, **algorithm)

    def authenticate(self, secret):
        algorithm = {"KeyId": self.maker, "MacAlgorithm": HMAC, "Message": secret}
        mac = self.keep(self.kms.generate_mac(**algorithm)["Mac"])
        self.kms.verify_mac(Mac=mac, **algorithm)
        with pytest.raises(self.kms.exceptions.ClientError):
            self.kms.verify_mac(Mac=secret, **algorithm)

    def generate(self, secret):
        made = self.kms.generate_data_key(KeyId=self.key, NumberOfBytes=len(secret))
        self.keep(made["Plaintext"], made["CiphertextBlob"])
        made = self.kms.generate_data_key_pair(KeyId=self.key, KeyPairSpec="ECC_NIST_P256")
        self.keep(made["PrivateKeyPlaintext"], made["PrivateKeyCiphertextBlob"])
        self.keep(self.kms.generate_random(NumberOfBytes=len(secret))["Plaintext"])

    def agree(self, _secret):
        public = self.kms.get_public_key(KeyId=self.agreement)["PublicKey"]
        made = self.kms.derive_shared_secret(KeyId=self.agreement, KeyAgreementAlgorithm="ECDH", PublicKey=public)
        self.keep(made["SharedSecret"])

    def bring(self, secret):
        empty = self.kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
        material = self.keep((secret * 2)[:32])
        given = wrapped(self.kms, empty, material)
        self.keep(given["ImportToken"], given["EncryptedKeyMaterial"])
        self.kms.import_key_material(**given, ExpirationModel=FOREVER)

    def share(self, _secret):
        terms = {"GranteePrincipal": "arn:aws:iam::222222222222:root", "Operations": ["Decrypt"]}
        token = self.kms.create_grant(KeyId=self.key, **terms)["GrantToken"]
        self.keep(token.encode())
        self.kms.encrypt(KeyId=self.key, Plaintext=b"x", GrantTokens=[token])
        self.kms.retire_grant(GrantToken=token)


STEPS = [name for name in vars(Leaks) if not name.startswith("_") and name != "keep"]


def spelled(secret):
    """The ways in which bytes might stand in JSON."""
    ways = {
        base64.b64encode(secret).decode(),
        base64.urlsafe_b64encode(secret).decode(),
        secret.hex(),
        secret.hex().upper(),
        secret.decode("latin-1"),
        repr(secret)[2:-1],
        str(list(secret))[1:-1],
    }
    return ways | {json.dumps(way)[1:-1] for way in ways}


@settings(max_examples=8, deadline=None, database=None)
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.binary(min_size=16, max_size=40)), min_size=1, max_size=6))
def test_no_plaintext_and_no_ciphertext_ever_stands_in_the_trail(steps):
    """Whatever the caller gave or got that must stay secret: in no record, however it is spelled."""
    with kmsmock.World() as world:
        leaks = Leaks(boto3.client("kms", HOME))
        for step, core in steps:
            secret = b"\xfe" + core + b"\xef"  # recognizable even if the core is all zeros
            leaks.keep(secret)
            getattr(leaks, step)(secret)
        told = json.dumps(list(world.events)) + json.dumps(list(world.events), ensure_ascii=False)
        assert any(record["eventName"] != "CreateKey" for record in world.events)
        for secret in leaks.secrets:
            assert not [way for way in spelled(secret) if way in told]


def test_what_is_public_is_told_in_clear(aws_world, kms, key):
    kms.encrypt(KeyId=key, Plaintext=SECRET, EncryptionContext=CONTEXT)
    told = json.dumps(the_one(aws_world, "Encrypt"))
    assert "Engineering" in told
    assert not [way for way in spelled(SECRET) if way in told]
