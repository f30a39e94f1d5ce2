"""What each operation of KMS costs, against a client that is answered with the same constant (the floor) and moto."""

import itertools
import json
import statistics
import time
from collections.abc import Iterator

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from moto import mock_aws

import kmsmock
from benchmarks.calls import floor_client
from benchmarks.figures import CREDENTIALS, Figure, taken

ROUNDS, TIMES = 5, 40
ROOT = "arn:aws:iam::123456789012:root"
ALLOW = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, "Principal": {"AWS": ROOT}}]})


class Lab:
    """A client with what calls need. ``usual`` gives the parameters of one call of an operation, again and again."""

    def __init__(self, kms):
        self.kms, self.numbers = kms, itertools.count()
        self.key, self.other, self.idle = self.make(), self.make(), self.make()
        self.rsa = self.make(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
        self.mac = self.make(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        kms.create_alias(AliasName="alias/one", TargetKeyId=self.key)
        kms.enable_key_rotation(KeyId=self.key)
        self.blob = kms.encrypt(KeyId=self.key, Plaintext=b"x" * 32)["CiphertextBlob"]
        signed = {"KeyId": self.rsa, "Message": b"x", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
        self.signature = kms.sign(**signed)["Signature"]
        hashed = {"KeyId": self.mac, "Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
        self.tag = kms.generate_mac(**hashed)["Mac"]
        self.usual = {
            "CancelKeyDeletion": lambda: {"KeyId": self._leaving()},
            "CreateAlias": lambda: {"AliasName": f"alias/{next(self.numbers)}", "TargetKeyId": self.key},
            "CreateGrant": lambda: {"KeyId": self.make(), "GranteePrincipal": ROOT, "Operations": ["Decrypt"]},
            "CreateKey": dict,
            "Decrypt": lambda: {"CiphertextBlob": self.blob},
            "DeleteAlias": lambda: {"AliasName": self._alias()},
            "DescribeKey": lambda: {"KeyId": self.key},
            "DisableKey": lambda: {"KeyId": self.idle},
            "DisableKeyRotation": lambda: {"KeyId": self.other},
            "EnableKey": lambda: {"KeyId": self.idle},
            "EnableKeyRotation": lambda: {"KeyId": self.key},
            "Encrypt": lambda: {"KeyId": self.key, "Plaintext": b"x" * 32, "EncryptionContext": {"a": "b"}},
            "GenerateDataKey": lambda: {"KeyId": self.key, "KeySpec": "AES_256"},
            "GenerateDataKeyPair": lambda: {"KeyId": self.key, "KeyPairSpec": "ECC_NIST_P256"},
            "GenerateDataKeyPairWithoutPlaintext": lambda: {"KeyId": self.key, "KeyPairSpec": "ECC_NIST_P256"},
            "GenerateDataKeyWithoutPlaintext": lambda: {"KeyId": self.key, "KeySpec": "AES_256"},
            "GenerateMac": lambda: hashed,
            "GenerateRandom": lambda: {"NumberOfBytes": 32},
            "GetKeyPolicy": lambda: {"KeyId": self.key},
            "GetKeyRotationStatus": lambda: {"KeyId": self.key},
            "GetParametersForImport": self._waiting,
            "GetPublicKey": lambda: {"KeyId": self.rsa},
            "ImportKeyMaterial": self._brought,
            "ListAliases": lambda: {"KeyId": self.key},
            "ListGrants": lambda: {"KeyId": self.key},
            "ListKeyPolicies": lambda: {"KeyId": self.key},
            "ListKeyRotations": lambda: {"KeyId": self.key},
            "ListKeys": lambda: {"Limit": 10},
            "ListResourceTags": lambda: {"KeyId": self.key},
            "ListRetirableGrants": lambda: {"RetiringPrincipal": ROOT},
            "PutKeyPolicy": lambda: {"KeyId": self.other, "PolicyName": "default", "Policy": POLICY},
            "ReEncrypt": lambda: {"CiphertextBlob": self.blob, "DestinationKeyId": self.key},
            "RevokeGrant": self._granted,
            "RotateKeyOnDemand": lambda: {"KeyId": self.make()},
            "ScheduleKeyDeletion": lambda: {"KeyId": self.make()},
            "Sign": lambda: signed,
            "TagResource": lambda: {"KeyId": self.other, "Tags": [{"TagKey": "a", "TagValue": "b"}]},
            "UntagResource": lambda: {"KeyId": self.other, "TagKeys": ["a"]},
            "UpdateAlias": lambda: {"AliasName": "alias/one", "TargetKeyId": self.key},
            "UpdateKeyDescription": lambda: {"KeyId": self.other, "Description": "x"},
            "Verify": lambda: {**signed, "Signature": self.signature},
            "VerifyMac": lambda: {**hashed, "Mac": self.tag},
        }

    def make(self, **given):
        return self.kms.create_key(**given)["KeyMetadata"]["Arn"]

    def _leaving(self):
        key = self.make()
        self.kms.schedule_key_deletion(KeyId=key)
        return key

    def _alias(self):
        name = f"alias/{next(self.numbers)}"
        self.kms.create_alias(AliasName=name, TargetKeyId=self.make())  # a key has fifty at most
        return name

    def _granted(self):
        key = self.make()
        grant = self.kms.create_grant(KeyId=key, GranteePrincipal=ROOT, Operations=["Decrypt"])
        return {"KeyId": key, "GrantId": grant["GrantId"]}

    def _waiting(self):
        key = self.make(Origin="EXTERNAL")
        return {"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}

    def _brought(self):
        asked = self._waiting()
        given = self.kms.get_parameters_for_import(**asked)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        blob = load_der_public_key(given["PublicKey"]).encrypt(b"m" * 32, oaep)
        forever = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
        return {"KeyId": asked["KeyId"], "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob, **forever}


HEAVY = {"GetParametersForImport", "ImportKeyMaterial", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"}
"""Real keys are made in these: fewer calls do."""


def called(client, lab, operation):
    """Seconds of each call; what a call needs is made beforehand."""
    times = 5 if operation in HEAVY else TIMES
    method = getattr(client, xform_name(operation))
    asked = [lab.usual[operation]() for _ in range(times)]
    method(**lab.usual[operation]())
    started = time.process_time()
    for params in asked:
        method(**params)
    return (time.process_time() - started) / times


def floor(operation, asked, body):
    """Seconds of a call that is answered with a constant."""
    method = getattr(floor_client(body), xform_name(operation))
    return taken(lambda: method(**asked), TIMES)


def in_world():
    """Seconds of every operation in a world, and what the floor is to answer."""
    with kmsmock.World() as world:
        role = world.account("123456789012").role("app", [{"Version": "2012-10-17", "Statement": [ALLOW]}])
        client, lab = role.client("kms"), Lab(role.client("kms"))
        bodies = {}
        watched = role.client("kms")
        watched.meta.events.register(
            "after-call.kms", lambda http_response, model, **_: bodies.update({model.name: http_response.content})
        )
        spent, asked = {}, {}
        for operation in lab.usual:
            spent[operation] = called(client, lab, operation)
            asked[operation] = lab.usual[operation]()
            getattr(watched, xform_name(operation))(**asked[operation])
        return spent, asked, bodies


def in_moto():
    """Seconds of every operation that moto has."""
    spent = {}
    with mock_aws():
        client = boto3.client("kms", **CREDENTIALS)
        lab = Lab(client)
        for operation in lab.usual:
            try:
                spent[operation] = called(client, lab, operation)
            except (ClientError, NotImplementedError, KeyError, AttributeError, TypeError):
                continue
    return spent


def figures() -> Iterator[Figure]:
    """Each operation as a ratio to the floor, and to moto where it has the operation."""
    to_floor, to_moto = {}, {}
    for _ in range(ROUNDS):
        ours, asked, bodies = in_world()
        theirs = in_moto()
        for operation, mine in ours.items():
            least = floor(operation, asked[operation], bodies[operation])
            to_floor.setdefault(operation, []).append(mine / least)
            if operation in theirs:
                to_moto.setdefault(operation, []).append(mine / theirs[operation])
    for operation, ratios in to_floor.items():
        yield Figure("kms", operation, statistics.median(ratios), "x floor")
    for operation, ratios in to_moto.items():
        yield Figure("kms", operation, statistics.median(ratios), "x moto")
