"""Calls that differ in what a condition key of KMS sees: each prepares with a lab, and gives the call to make."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support.enclave import Enclave
from tests.support.lab import ALIAS, Lab, grant
from tests.support.policies import encrypt

Calling = Callable[[Lab, Any], Any]


class Row(NamedTuple):
    """``right`` and ``wrong`` prepare with the lab and give the call to make."""

    key: str
    condition: dict[str, Any]
    action: str
    right: Calling
    wrong: Calling
    only_iam: bool = False

    def __str__(self):
        return f"{self.key.partition(':')[2]}-{self.action}"


def is_(key, value, action, right, wrong, operator="StringEquals", **more):
    return Row(f"kms:{key}", {operator: {f"kms:{key}": value}}, f"kms:{action}", right, wrong, **more)


def pair(operation, **fixed):
    """Two calls of one operation on a new key that differ in one parameter."""

    def made(key=None, **varied):
        def call(lab, client):
            arn = lab.key() if key is None else key(lab)
            return lambda: getattr(client, operation)(KeyId=arn, **fixed, **varied)

        return call

    return made


def sign(spec, algorithm, **more):
    message = {"Message": b"m" * 32, "SigningAlgorithm": algorithm, **more}
    return lambda lab, client: bound(client.sign, KeyId=lab.spec(spec, "SIGN_VERIFY"), **message)


def mac(size):
    def call(lab, client):
        key = lab.spec(f"HMAC_{size}", "GENERATE_VERIFY_MAC")
        return bound(client.generate_mac, KeyId=key, Message=b"m", MacAlgorithm=f"HMAC_SHA_{size}")

    return call


def bound(method, **params):
    return lambda: method(**params)


def granting(**terms):
    return lambda lab, client: bound(grant, client=client, key=lab.key(), **terms)


def rsa(algorithm):
    def call(lab, client):
        key = lab.spec("RSA_2048", "ENCRYPT_DECRYPT")
        return bound(client.encrypt, KeyId=key, Plaintext=b"x", EncryptionAlgorithm=algorithm)

    return call


def importing(**terms):
    return lambda lab, client: bound(client.import_key_material, **lab.material(lab.key(Origin="EXTERNAL")), **terms)


def re_encrypt(same):
    def call(lab, client):
        source = lab.key()
        return bound(client.re_encrypt, CiphertextBlob=lab.blob(source), DestinationKeyId=source if same else lab.key())

    return call


def unused(days):
    def call(lab, client):
        key = lab.key()
        lab.blob(key)
        lab.clock.advance(days=days)
        return bound(client.disable_key, KeyId=key)

    return call


def attested(**document):
    def call(lab, client):
        recipient = Enclave().recipient(**document)
        return bound(client.generate_data_key, KeyId=lab.key(), KeySpec="AES_256", Recipient=recipient)

    return call


def deriving(lab, client):
    mine = lab.spec("ECC_NIST_P256", "KEY_AGREEMENT")
    return bound(client.derive_shared_secret, KeyId=mine, KeyAgreementAlgorithm="ECDH", PublicKey=lab.peer())


def aliases(named):
    return lambda lab, client: bound(client.describe_key, KeyId=lab.aliased() if named else lab.key())


def by_alias(lab, client):
    lab.aliased()
    return bound(client.describe_key, KeyId=ALIAS)


def by_alias_arn(lab, client):
    key = lab.aliased()
    return bound(encrypt, client=client, key=key.partition("key/")[0] + ALIAS)


def by_key(lab, client):
    return bound(client.describe_key, KeyId=lab.aliased())


def of(**options):
    return lambda lab, client: bound(client.get_key_policy, KeyId=lab.key(**options))


def promoting(region):
    return lambda lab, client: bound(client.update_primary_region, KeyId=lab.replicated(region), PrimaryRegion=region)


def replica(lab, client):
    arn = lab.replicated().replace("us-east-1", "eu-west-1")
    return bound(lab.user.client("kms", "eu-west-1").get_key_policy, KeyId=arn)


def putting(**more):
    return lambda lab, client: bound(client.put_key_policy, KeyId=lab.key(), Policy=lab.policy, **more)


def external(lab):
    return lab.key(Origin="EXTERNAL")


def multi(lab):
    return lab.key(MultiRegion=True)
