"""Keys, aliases and grants, put into a world as they stand at their source.

A policy is stored whatever KMS would say of it: it may name principals of accounts that were not loaded. These keep the
names that they have, so that whoever has such a name later is meant.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from kmsmock import clock
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.iam import MalformedPolicy, compile_policy, parse
from kmsmock.iam.arn import Arn, kms_arn
from kmsmock.kms.handlers import policies
from kmsmock.kms.handlers.keys import new_material
from kmsmock.kms.policy_text import render
from kmsmock.loading.key_states import moment, set_state
from kmsmock.loading.things import Read, Thing
from kmsmock.model.alias import Alias
from kmsmock.model.grant import Grant
from kmsmock.model.key import Family, Key, KeyMaterial, KeyPolicy
from kmsmock.store import Store


@dataclass(slots=True)
class Making:
    """A world in which is made what was read."""

    store: Store
    read: Read
    arns: dict[str, str] = field(default_factory=dict)
    """What has another ARN in the world than at the source, by that one: secrets, of which AWS makes up the end,
    and what EC2 gives its id."""
    _resolved: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def resolve(self, name: str, partition: str) -> str | None:
        """What a principal is stored as; looked up once, for the same are named again and again."""
        asked = (name, partition)
        if asked not in self._resolved:
            self._resolved[asked] = self.store.directory.resolve(name, partition)
        return self._resolved[asked]

    def forget(self) -> None:
        """Users and roles came."""
        self._resolved.clear()


def document(value: Any) -> str:
    """The text of a policy."""
    return value if isinstance(value, str) else json.dumps(value)


def partition_of(thing: Thing) -> str:
    """The partition that a thing is in."""
    found = Arn.find(thing.arn)
    return "aws" if found is None else found.partition


def make_key(making: Making, thing: Thing) -> None:
    """A key. Raises ValueError for one that is there, and for a spec or usage that KMS does not have."""
    store, values = making.store, thing.values
    if thing.arn in store.keys:
        raise ValueError(f"there is a key {thing.arn} already")
    primary = _primary(store, thing)
    spec = str(values.get("KeySpec") or "SYMMETRIC_DEFAULT") if primary is None else primary.spec
    if spec not in KEY_SPECS:
        raise ValueError(f"KMS has no key spec {spec}")
    usages = KEY_SPECS[spec].usages
    usage = str(values.get("KeyUsage") or next(iter(usages)))
    if usage not in usages:
        raise ValueError(f"keys of spec {spec} are not for {usage}")
    key = Key(
        arn=thing.arn,
        id=thing.arn.rpartition("/")[2],
        account=thing.account,
        region=thing.region,
        created=moment(values.get("CreationDate")) or clock.now(),
        description=str(values.get("Description") or ""),
        spec=spec,
        usage=usage if primary is None else primary.usage,
        origin=str(values.get("Origin") or "AWS_KMS") if primary is None else primary.origin,
        manager=str(values.get("KeyManager") or "CUSTOMER"),
        policy=_policy(making, thing),
        materials=[],
        tags={str(each["Key"]): str(each["Value"]) for each in values.get("Tags") or []},
    )
    _give_material(store, key, primary)
    set_state(store, key, values)
    store.add_key(key)
    if values.get("Policy") is not None:
        store.wrote("key", f"key policy of {key.arn}", document(values["Policy"]))


def _primary(store: Store, thing: Thing) -> Key | None:
    """The key of which this is a replica. Raises ValueError where it is not loaded."""
    named = thing.values.get("PrimaryKeyArn")
    if named is None or named == thing.arn:
        return None
    if named not in store.keys:
        raise ValueError(f"it is a replica of {named}, which is not loaded")
    return store.keys[named]


def _give_material(store: Store, key: Key, primary: Key | None) -> None:
    if primary is not None and primary.family is not None:
        key.family = primary.family
        key.family.keys[key.region] = key
        key.rotation = primary.rotation
        key.materials = [KeyMaterial(each.id, each.secret, each.created) for each in primary.materials]
        return
    if key.id.startswith("mrk-"):
        key.family = Family(key.region, {key.region: key})
    key.materials = [new_material(store, key)]


def _policy(making: Making, thing: Thing) -> KeyPolicy:
    """A key policy whose users and roles are bound to their unique ids, as far as they are there."""
    given, partition = thing.values.get("Policy"), partition_of(thing)
    if given is None:
        return policies.default(partition, thing.account)
    stored: dict[str, str] = {}

    def bind(name: str) -> str:
        found = making.resolve(name, partition)
        if found is None:
            return name
        if found.startswith(("AIDA", "AROA")) and ":assumed-role/" not in name and name != found:
            stored[name] = found
        return found

    text = document(given)
    try:
        found = parse(text)
        compiled = compile_policy(found, kind="resource", bind=bind, text=text)
    except MalformedPolicy as problem:
        making.read.ignore(thing.where, "its key policy", f"KMS would refuse it: {problem}; the default one decides")
        return policies.instead_of(text, partition, thing.account)
    return KeyPolicy(render(found), compiled, stored)


def put_policy(making: Making, thing: Thing) -> None:
    """A key policy that the source has apart from its key. Raises ValueError where the key is not loaded."""
    arn = kms_arn(str(thing.values["KeyId"]), partition_of(thing), thing.region, thing.account)
    if arn not in making.store.keys:
        raise ValueError(f"its key {arn} is not loaded")
    making.store.keys[arn].policy = _policy(making, thing)
    making.store.wrote("key", f"key policy of {arn}", document(thing.values["Policy"]))


def make_alias(making: Making, thing: Thing) -> None:
    """An alias. Raises ValueError for one that is there, and where its key is not."""
    store = making.store
    name = str(thing.values["AliasName"])
    arn = kms_arn(name, partition_of(thing), thing.region, thing.account)
    target = kms_arn(str(thing.values["TargetKeyId"]), partition_of(thing), thing.region, thing.account)
    if arn in store.aliases:
        raise ValueError(f"there is an alias {arn} already")
    if target not in store.keys:
        raise ValueError(f"its key {target} is not loaded")
    now = clock.now()
    store.aliases[arn] = Alias(arn, name, thing.account, thing.region, target, now, now)
    store.keys[target].aliases |= {arn}


def make_grant(making: Making, thing: Thing) -> None:
    """A grant on a key. Raises ValueError where the key is not loaded."""
    store, values, partition = making.store, thing.values, partition_of(thing)
    arn = kms_arn(str(values["KeyId"]), partition, thing.region, thing.account)
    if arn not in store.keys:
        raise ValueError(f"its key {arn} is not loaded")
    constraints = values.get("Constraints") or {}
    named = str(values.get("GranteePrincipal") or values.get("GranteeServicePrincipal") or "")
    retiring = values.get("RetiringPrincipal") or values.get("RetiringServicePrincipal")
    issuer = Arn.find(str(values.get("IssuingAccount") or ""))
    grant = Grant(
        id=str(values.get("GrantId") or hashlib.sha256(f"{arn} {thing.where}".encode()).hexdigest()),
        key_arn=arn,
        grantee=making.resolve(named, partition) or named,
        operations=tuple(values.get("Operations") or ()),
        issuing_account=thing.account if issuer is None else issuer.account,
        created=moment(values.get("CreationDate")) or clock.now().replace(microsecond=0),
        retiring=None if retiring is None else making.resolve(str(retiring), partition) or str(retiring),
        name=str(values.get("Name") or ""),
        context_equals=constraints.get("EncryptionContextEquals"),
        context_subset=constraints.get("EncryptionContextSubset"),
        source_arn=constraints.get("SourceArn"),
        grantee_is_service="GranteeServicePrincipal" in values or named.endswith(_SERVICE),
        retiring_is_service="RetiringServicePrincipal" in values,
        named=named,
    )
    store.keys[arn].add_grant(grant)


_SERVICE = (".amazonaws.com", ".amazonaws.com.cn")
