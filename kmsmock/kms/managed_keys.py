"""AWS managed keys: made on first use by a service, usable only through it ("AWS managed keys", developer guide).

Their descriptions and key policies are AWS's own, in ``data/managed_keys.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kmsmock import clock, entropy
from kmsmock.crypto.symmetric import material_id
from kmsmock.iam import compile_policy
from kmsmock.iam.arn import Arn, kms_arn
from kmsmock.kms.policy_text import render
from kmsmock.model.alias import AWS_PREFIX, Alias
from kmsmock.model.key import Key, KeyMaterial, KeyPolicy, start_yearly
from kmsmock.store import Store

PREDEFINED = (
    "acm",
    "dynamodb",
    "ebs",
    "elasticfilesystem",
    "es",
    "glue",
    "kinesisvideo",
    "lambda",
    "rds",
    "redshift",
    "s3",
    "secretsmanager",
    "ssm",
    "xray",
)
"""The services whose aliases ListAliases shows in an account before there is a key behind them."""


@cache
def _kinds() -> Mapping[str, Any]:
    """Service label -> description and key policy of its managed key."""
    text = Path(__file__).with_name("data").joinpath("managed_keys.json").read_text(encoding="utf-8")
    kinds: Mapping[str, Any] = json.loads(text)
    return kinds


def find_or_make(store: Store, alias: str, partition: str, region: str, account: str) -> Key | None:
    """The managed key of an account and Region, made on first use; None for an alias that no service has."""
    if not alias.startswith(AWS_PREFIX):
        return None
    alias_arn = kms_arn(alias, partition, region, account)
    known = store.aliases.get(alias_arn)
    if known is not None:
        return store.keys[known.target]
    kind = _kinds().get(alias.removeprefix(AWS_PREFIX))
    return None if kind is None else _make(store, kind, alias_arn)


def _make(store: Store, kind: Mapping[str, Any], alias_arn: str) -> Key:
    partition, _, region, account, alias = Arn.of(alias_arn)
    key_id = entropy.uuid()
    secret = entropy.random_bytes(32)
    now = clock.now()
    key = Key(
        arn=kms_arn(key_id, partition, region, account),
        id=key_id,
        account=account,
        region=region,
        created=now,
        description=kind["description"],
        spec="SYMMETRIC_DEFAULT",
        usage="ENCRYPT_DECRYPT",
        origin="AWS_KMS",
        manager="AWS",
        policy=_policy(kind["policy"], {"partition": partition, "region": region, "account": account}),
        materials=[KeyMaterial(bytes.fromhex(material_id(key_id, secret)), secret, now)],
        aliases=frozenset({alias_arn}),
    )
    store.add_key(key)
    store.aliases[alias_arn] = Alias(alias_arn, alias, account, region, key.arn, now, now)
    start_yearly(key)
    return key


def _policy(document: Any, place: Mapping[str, str]) -> KeyPolicy:
    filled = _fill(document, place)
    return KeyPolicy(render(filled), compile_policy(filled, kind="resource"))


def _fill(value: Any, place: Mapping[str, str]) -> Any:
    """The policy of one account and Region."""
    if isinstance(value, dict):
        return {name: _fill(item, place) for name, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, place) for item in value]
    for name, text in place.items():
        value = value.replace(f"{{{name}}}", text)
    return value
