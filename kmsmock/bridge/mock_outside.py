"""A world inside a ``mock_aws`` of a wider scope: what the mock holds is the world's meanwhile, KMS keys included.

The mock goes on with what the world leaves, as an inner mock would leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

from kmsmock import entropy
from kmsmock.crypto import symmetric
from kmsmock.crypto.asymmetric import KeyPair
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.crypto.streams import unseal
from kmsmock.iam import MalformedPolicy, compile_policy
from kmsmock.kms.handlers import policies
from kmsmock.model.alias import Alias
from kmsmock.model.key import Key, KeyMaterial, KeyPolicy
from kmsmock.records import backends, s3_objects
from kmsmock.store import Store
from kmsmock.wire.regions import partition_by_name

_HEADER = 64
"""How much of a ciphertext of moto's KMS stands before its content: key id, nonce, tag."""


def share(store: Store) -> Callable[[], None]:
    """The mock's keys become the world's; returns what gives the mock all that the world has then."""
    of_kms = _kms()
    before = {account: dict(regions) for account, regions in of_kms.items()}
    found: dict[str, Any] = {}
    for regions in before.values():
        for region, backend in regions.items():
            for record in list(backend.keys.values()):
                found[record.arn] = record
                _adopt(store, region, backend, record)
    store.adopted.update(found)

    def give_back() -> None:
        _open_bodies(store)
        of_kms.clear()
        for account, regions in before.items():
            of_kms[account].update(regions)
        _hand_over(store, found)

    return give_back


def _kms() -> Any:
    from moto.kms.models import kms_backends

    return kms_backends


# --- in -------------------------------------------------------------------------------------------------------------


def _adopt(store: Store, region: str, backend: Any, record: Any) -> None:
    partition = partition_by_name(region)
    key = Key(
        arn=record.arn,
        id=record.id,
        account=record.account_id,
        region=region,
        created=_instant(record.creation_date),
        description=record.description,
        spec=record.key_spec,
        usage=record.key_usage or "ENCRYPT_DECRYPT",  # moto leaves the default out
        origin=record.origin,
        manager=record.key_manager,
        policy=_policy(partition, record),
        materials=[_material(record)],
        state=record.key_state,
        deletion_date=record.deletion_date,
        tags=dict(backend.tagger.get_tag_dict_for_resource(record.id)),
    )
    store.add_key(key)
    for name in record.aliases:
        arn = f"arn:{partition}:kms:{region}:{key.account}:{name}"
        store.aliases[arn] = Alias(arn, name, key.account, region, key.arn, key.created, key.created)
        key.aliases |= {arn}


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _policy(partition: str, record: Any) -> KeyPolicy:
    if record.policy == record.generate_default_policy():
        return policies.default(partition, record.account_id)
    try:
        return KeyPolicy(record.policy, compile_policy(record.policy, kind="resource"))
    except MalformedPolicy:  # moto took it before the world began; as in CreateKey of a world that lets it pass
        return policies.instead_of(record.policy, partition, record.account_id)


def _material(record: Any) -> KeyMaterial:
    if KEY_SPECS[record.key_spec].family in ("symmetric", "hmac"):
        name = bytes.fromhex(symmetric.material_id(record.id, record.key_material))
        return KeyMaterial(name, record.key_material, _instant(record.creation_date))
    pair = KeyPair(record.key_spec, partial(getattr, record.private_key, "private_key"))
    return KeyMaterial(entropy.random_bytes(32), pair, _instant(record.creation_date))


def translated(store: Store, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a call with a ciphertext that the mock made as one that the world made.

    Under another context than it was made for it stays what it is: no ciphertext of KMS.
    """
    blob = params.get("CiphertextBlob")
    if not store.adopted or not isinstance(blob, bytes) or len(blob) < _HEADER:
        return params
    context = params.get("EncryptionContext") or params.get("SourceEncryptionContext") or {}
    name = blob[:36].decode("ascii", "replace")
    for arn, record in store.adopted.items():
        if record.id == name and arn in store.keys:
            return {**params, "CiphertextBlob": _sealed_anew(store.keys[arn], record, blob, context)}
    return params


def _sealed_anew(key: Key, record: Any, blob: bytes, context: Mapping[str, str]) -> bytes:
    from moto.kms.exceptions import InvalidCiphertextException
    from moto.kms.utils import decrypt

    material = key.materials[0]
    try:
        plaintext, _ = decrypt({record.id: record}, blob, dict(context))
    except InvalidCiphertextException:
        return blob
    return symmetric.seal(record.key_material, material.id, plaintext, context, random=entropy.random_bytes)


# --- out ------------------------------------------------------------------------------------------------------------


def _hand_over(store: Store, found: Mapping[str, Any]) -> None:
    """The mock's KMS has the keys that the world has, in the state in which it has them."""
    of_kms = _kms()
    for arn in found.keys() - store.keys.keys():
        record = found[arn]
        of_kms[record.account_id][record.region].keys.pop(record.id, None)
    for key in store.keys.values():
        if key.manager != "CUSTOMER":
            continue
        backend = of_kms[key.account][key.region]
        record = found.get(key.arn) or _record(key)
        if record is None:
            continue
        record.description, record.policy = key.description, key.policy.text
        record.key_state, record.enabled = key.state, key.state == "Enabled"
        record.deletion_date = key.deletion_date
        backend.keys[key.id] = record
        backend.tagger.delete_all_tags_for_resource(key.id)
        backend.tagger.tag_resource(key.id, [{"TagKey": name, "TagValue": value} for name, value in key.tags.items()])
        record.aliases.clear()
        for alias in (store.aliases[arn] for arn in key.aliases):
            backend.create_alias(key.id, alias.name)


def _record(key: Key) -> Any:
    """moto's record of a key that the world made; None for one whose material or spec moto has no place for."""
    from moto.kms.models import Key as Record
    from moto.kms.utils import KeySpec

    secret = key.materials[-1].secret if key.materials else None
    if secret is None or key.spec not in KeySpec.key_specs():
        return None
    record = Record(
        key.policy.text,
        key.usage,
        "SYMMETRIC_DEFAULT",
        key.description,
        key.account,
        key.region,
        key.multi_region,
        key.origin,
    )
    record.id, record.arn, record.key_spec = key.id, key.arn, key.spec
    record.creation_date = key.created.timestamp()
    if isinstance(secret, bytes):
        record.key_material = secret
    else:
        record.private_key = Record(None, key.usage, key.spec, "", key.account, key.region).private_key
        record.private_key.private_key = secret.private
    return record


def _open_bodies(store: Store) -> None:
    """Objects that lie encrypted lie as they are read, while whoever reads them has no keys."""
    for body in _bodies():
        sealed = s3_objects.sealed_of(body)
        data_key = None if sealed is None or sealed.envelope is None else _data_key(store, sealed.envelope)
        if sealed is None or data_key is None:
            continue
        with body.lock:
            plain = unseal(body._value_buffer, sealed.segments, data_key)
            body._value_buffer.seek(0)
            body._value_buffer.truncate()
            body._value_buffer.write(plain)
            s3_objects.forget(body)


def _bodies() -> Iterator[Any]:
    for regions in (backends.table("s3") or {}).values():
        for backend in regions.values():
            for bucket in (*backend.buckets.values(), *backend.table_buckets.values()):
                for name in list(bucket.keys):
                    yield from (each for each in bucket.keys.getlist(name) if hasattr(each, "_value_buffer"))


def _data_key(store: Store, envelope: Any) -> bytes | None:
    key = store.keys.get(envelope.key_arn) or store.deleted_keys.get(envelope.key_arn)
    name = symmetric.material_id_of(envelope.wrapped)
    secrets = [each.secret for each in (key.materials if key is not None else ()) if each.id == name]
    if not secrets or not isinstance(secrets[0], bytes):
        return None
    return symmetric.open_sealed(secrets[0], envelope.wrapped, envelope.context)
