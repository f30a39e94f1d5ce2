"""Two users whom one condition limits: ``iam`` by his own policy, ``named`` by the policy of every key."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.claims import OWNER, policy
from tests.support.policies import key_policy, use

ALIAS = "alias/app"
NAMES = ("iam", "named")


class Lab:
    """``condition`` guards ``actions``; everything else is open to both users. Keys are made when asked for."""

    def __init__(self, owner, condition, actions, only_iam=False):
        self.owner, self.kms = owner, owner.client("kms")
        self.statement = {"Action": actions, "Resource": "*", "Condition": condition}
        rest = {"Effect": "Allow", "NotAction": actions, "Resource": "*"}
        self.users = {
            "iam": owner.user("iam", [policy(rest, {"Effect": "Allow", **self.statement})]),
            "named": owner.user("named", [policy(rest)]),
        }
        # KMS does not store a condition that is for policies of IAM only: then nobody is named, and one user is left.
        named = [] if only_iam else [use(self.users["named"].arn, actions, Condition=condition)]
        self.policy = key_policy(*named)

    def key(self, **options):
        """The ARN of a new key."""
        return self.kms.create_key(Policy=self.policy, **options)["KeyMetadata"]["Arn"]

    def spec(self, spec, usage):
        return self.key(KeySpec=spec, KeyUsage=usage)

    def aliased(self):
        """The key that has the alias, a new one each time."""
        key = self.key()
        names = [alias["AliasName"] for alias in self.kms.list_aliases()["Aliases"]]
        (self.kms.update_alias if ALIAS in names else self.kms.create_alias)(AliasName=ALIAS, TargetKeyId=key)
        return key

    def blob(self, key, **more):
        return self.kms.encrypt(KeyId=key, Plaintext=b"x", **more)["CiphertextBlob"]

    def role(self, name="worker"):
        return self.owner.role(name).arn

    def material(self, key):
        """What ImportKeyMaterial takes."""
        given = self.kms.get_parameters_for_import(
            KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
        )
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        blob = load_der_public_key(given["PublicKey"]).encrypt(b"m" * 32, oaep)
        return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}

    def peer(self):
        """The public key of the other side of a key agreement."""
        key = self.spec("ECC_NIST_P256", "KEY_AGREEMENT")
        return self.kms.get_public_key(KeyId=key)["PublicKey"]

    def replicated(self, region="eu-west-1"):
        """A multi-Region key with a replica."""
        key = self.key(MultiRegion=True)
        self.kms.replicate_key(KeyId=key, ReplicaRegion=region, Policy=self.policy)
        return key


SERVICE = {
    "GranteeServicePrincipal": "backup.amazonaws.com",
    "RetiringServicePrincipal": "backup.amazonaws.com",
    "Constraints": {"SourceArn": f"arn:aws:backup:us-east-1:{OWNER}:vault/a"},
}


def grant(client, key, **more):
    """CreateGrant to the account, unless a grantee is named."""
    if not any(name.startswith("Grantee") for name in more):
        more["GranteePrincipal"] = f"arn:aws:iam::{OWNER}:root"
    return client.create_grant(KeyId=key, Operations=more.pop("Operations", ["Decrypt"]), **more)


def tags(**pairs):
    return [{"TagKey": name, "TagValue": value} for name, value in pairs.items()]
