"""AWS managed keys: made on first use by a service, usable only through it ("AWS managed keys", developer guide)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kmsmock import clock, entropy
from kmsmock.crypto.symmetric import material_id
from kmsmock.iam import compile_policy
from kmsmock.model.alias import Alias
from kmsmock.model.key import Key, KeyMaterial, KeyPolicy
from kmsmock.policy_text import render
from kmsmock.store import Store

_USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
_SEE = ("kms:Describe*", "kms:Get*", "kms:List*")


@dataclass(frozen=True, slots=True)
class ManagedKey:
    """``via`` is the service label in kms:ViaService, ``policy_id`` the Id of the recorded policy."""

    via: str
    policy_id: str
    protects: str
    use: tuple[str, ...] = _USE
    see: tuple[str, ...] = _SEE


MANAGED_KEYS: Mapping[str, ManagedKey] = {
    "alias/aws/ebs": ManagedKey(
        "ec2", "auto-ebs-2", "EBS volumes", (*_USE, "kms:CreateGrant"), (*_SEE, "kms:RevokeGrant")
    ),
    "alias/aws/s3": ManagedKey("s3", "auto-s3-2", "S3 objects"),
}
"""The AWS managed keys of the services that are modelled, by alias."""


def find_or_make(store: Store, alias: str, partition: str, region: str, account: str) -> Key | None:
    """The managed key of an account and Region, made on first use; None for an alias that no modelled service has."""
    kind = MANAGED_KEYS.get(alias)
    if kind is None:
        return None
    alias_arn = f"arn:{partition}:kms:{region}:{account}:{alias}"
    if alias_arn not in store.aliases:
        key_id = entropy.uuid()
        secret = entropy.random_bytes(32)
        now = clock.now()
        key = Key(
            arn=f"arn:{partition}:kms:{region}:{account}:key/{key_id}",
            id=key_id,
            account=account,
            region=region,
            created=now,
            description=f"Default key that protects my {kind.protects} when no other key is defined",
            spec="SYMMETRIC_DEFAULT",
            usage="ENCRYPT_DECRYPT",
            origin="AWS_KMS",
            manager="AWS",
            policy=_policy(kind, region, account, partition),
            materials=[KeyMaterial(bytes.fromhex(material_id(key_id, secret)), secret, now)],
            aliases=frozenset({alias_arn}),
        )
        store.add_key(key)
        store.aliases[alias_arn] = Alias(alias_arn, alias, account, region, key.arn, now, now)
    return store.keys[store.aliases[alias_arn].target]


def _policy(kind: ManagedKey, region: str, account: str, partition: str) -> KeyPolicy:
    document: dict[str, Any] = {
        "Version": "2012-10-17",
        "Id": kind.policy_id,
        "Statement": [
            {
                "Sid": f"Allow access through {kind.protects} for all principals in the account that are authorized",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": list(kind.use),
                "Resource": "*",
                "Condition": {
                    "StringEquals": {
                        "kms:CallerAccount": account,
                        "kms:ViaService": f"{kind.via}.{region}.amazonaws.com",
                    }
                },
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
                "Action": list(kind.see),
                "Resource": "*",
            },
        ],
    }
    return KeyPolicy(render(document), compile_policy(document, kind="resource"))
