"""Imported key material ("Importing key material for AWS KMS keys" in the developer guide)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock, entropy, trail
from kmsmock.call import Call
from kmsmock.crypto import asymmetric, wrapping
from kmsmock.crypto.asymmetric import KeyPair
from kmsmock.crypto.signatures import MAC_KEY_SIZES
from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.crypto.symmetric import material_id
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.errors import lifetime as lifetime_errors
from kmsmock.model.import_token import ImportToken
from kmsmock.model.key import PENDING_DELETION, Key, KeyMaterial
from kmsmock.store import Store

TOKEN_VALID = timedelta(hours=24)
LONGEST = timedelta(days=365)
EXPIRES, FOREVER = "KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"
NEW, EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"

_WRAPS = {
    "RSAES_OAEP": ("symmetric", "hmac", "ecc", "ed25519"),
    "RSA_AES_KEY_WRAP": ("rsa", "ecc", "ed25519"),
}
"""Which families of keys a family of wrapping algorithms can carry."""


def check_origin(key: Key, operation: str) -> None:
    """Only keys of origin EXTERNAL take key material."""
    if key.origin != "EXTERNAL":
        raise key_errors.origin_not_valid(key.arn, key.origin)


def parameters(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GetParametersForImport: a wrapping key and a token, both good for 24 hours and for this key only."""
    algorithm, spec = call.params["WrappingAlgorithm"], call.params["WrappingKeySpec"]
    if not _can_wrap(algorithm, spec, key):
        raise lifetime_errors.cannot_import(algorithm, spec, key.spec)
    issued = ImportToken(
        key_arn=key.arn,
        wrapping=store.new_key_pair(spec),
        algorithm=algorithm,
        valid_to=clock.milliseconds(clock.now()) + TOKEN_VALID,
    )
    token = entropy.random_bytes(256)
    store.import_tokens[token] = issued
    return {
        "KeyId": key.arn,
        "ImportToken": token,
        "PublicKey": issued.wrapping.public_der(),
        "ParametersValidTo": issued.valid_to,
    }


def _can_wrap(algorithm: str, spec: str, key: Key) -> bool:
    if spec == "SM2" or ((key.spec, spec) == ("ECC_NIST_P521", "RSA_2048") and algorithm.startswith("RSAES")):
        return False
    return any(algorithm.startswith(name) and KEY_SPECS[key.spec].family in fit for name, fit in _WRAPS.items())


def import_(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ImportKeyMaterial: the first material, the same again, or (symmetric keys) new material for a rotation."""
    params = call.params
    expires = _expiry(params)
    kind = _kind(key, params)
    secret = _secret(store, key, params)
    bytes_ = secret.private_der() if isinstance(secret, KeyPair) else secret
    new_id = bytes.fromhex(material_id(key.id, bytes_))
    if params.get("KeyMaterialId") not in (None, new_id.hex()):
        raise lifetime_errors.unexpected_material(params["KeyMaterialId"])
    material = _new(store, key, new_id) if kind == NEW else _existing(key, new_id, params.get("KeyMaterialId"))
    material.secret = secret
    material.expires = expires
    material.imported = True
    for each in _in_all_regions(key, new_id):
        each.description = params.get("KeyMaterialDescription", each.description)
    if expires is not None:
        store.schedule(expires, "expire material", key.arn)
    if key.materials_missing:
        pass
    elif key.state == "Updating":
        key.resumes = "Enabled"
    else:
        key.state = "Enabled"
    return {"KeyId": key.arn, **({"KeyMaterialId": new_id.hex()} if key.symmetric else {})}


def _in_all_regions(key: Key, material_id: bytes) -> list[KeyMaterial]:
    """One material as every related key has it: they share its description."""
    found = ((each.material(material_id), each.pending) for each in key.related)
    return [each for pair in found for each in pair if each is not None and each.id == material_id]


def _expiry(params: dict[str, Any]) -> datetime | None:
    valid_to: datetime | None = params.get("ValidTo")
    if params.get("ExpirationModel", EXPIRES) == FOREVER:
        if valid_to is not None:
            raise lifetime_errors.valid_to_forbidden()
        return None
    if valid_to is None:
        raise lifetime_errors.valid_to_required()
    valid_to = valid_to.replace(microsecond=0)
    now = clock.now()
    if valid_to <= now:
        raise lifetime_errors.valid_to_past()
    if valid_to - now >= LONGEST:
        raise lifetime_errors.valid_to_too_far()
    return valid_to


_SYMMETRIC_ONLY = {
    "ImportType": "importType",
    "KeyMaterialId": "keyMaterialId",
    "KeyMaterialDescription": "keyMaterialDescription",
}


def _kind(key: Key, params: dict[str, Any]) -> str:
    """NEW or EXISTING: what is asked for, else new exactly if nothing was ever imported."""
    if not key.symmetric:
        for name, answer in _SYMMETRIC_ONLY.items():
            if name in params:
                raise lifetime_errors.parameter_not_for(answer, key.spec)
    kind = str(params.get("ImportType") or (EXISTING if key.materials else NEW))
    if kind == NEW and "KeyMaterialId" in params:
        raise lifetime_errors.material_id_with_new()
    if key.multi_region_type == "REPLICA":
        if params.get("ImportType") == NEW:
            raise lifetime_errors.new_on_replica()
        if "KeyMaterialDescription" in params:
            raise lifetime_errors.description_on_replica()
    return kind


def _secret(store: Store, key: Key, params: dict[str, Any]) -> bytes | KeyPair:
    """The unwrapped material. Raises the errors of a wrong token, a broken wrap, or bytes that are no such key."""
    token = store.import_tokens.get(params["ImportToken"])
    if token is None or token.key_arn != key.arn:
        raise lifetime_errors.invalid_import_token()
    if token.valid_to < clock.now():
        raise lifetime_errors.expired_import_token()
    try:
        unwrapped = wrapping.unwrap(token.wrapping.private, token.algorithm, params["EncryptedKeyMaterial"])
        if KEY_SPECS[key.spec].family not in ("symmetric", "hmac"):
            return asymmetric.load_private(key.spec, unwrapped)
    except ValueError:
        raise key_errors.invalid_ciphertext() from None
    if len(unwrapped) != MAC_KEY_SIZES.get(key.spec, 32):
        raise key_errors.invalid_ciphertext()
    return unwrapped


def _new(store: Store, key: Key, new_id: bytes) -> KeyMaterial:
    """Room for material that the key never had: the first, or the one for the next rotation."""
    if key.material(new_id) is not None or (key.pending is not None and key.pending.id == new_id):
        raise lifetime_errors.material_known(new_id.hex(), key.arn)
    if key.pending is not None:
        raise lifetime_errors.other_material_pending(new_id.hex(), key.arn, key.pending.id.hex())
    rotates = bool(key.materials)
    created = {related.region: KeyMaterial(new_id, None, clock.now()) for related in key.related}
    for related in key.related:
        material = created[related.region]
        if rotates:
            related.pending = material
        else:
            related.materials.append(material)
            store.file_material(related, material)
    return created[key.region]


def _existing(key: Key, new_id: bytes, named: str | None) -> KeyMaterial:
    """The material that these bytes are. Raises IncorrectKeyMaterialException if the key does not know them."""
    found = key.material(new_id)
    if found is None and key.pending is not None and key.pending.id == new_id:
        found = key.pending
    if found is not None:
        return found
    expected = named or (key.current.id.hex() if key.materials else new_id.hex())
    raise lifetime_errors.unexpected_material(expected)


def delete(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """DeleteImportedKeyMaterial: the key is unusable until the same material is imported again."""
    named = call.params.get("KeyMaterialId")
    if named is not None and not key.symmetric:
        raise lifetime_errors.parameter_not_for("keyMaterialId", key.spec)
    pending = key.pending
    if named is not None and pending is not None and pending.id.hex() == named:
        _forget_pending(key)
        return {"KeyId": key.arn, "KeyMaterialId": named}
    if named is None:
        material = key.current if key.materials else None
    else:
        material = key.material(bytes.fromhex(named))
        if material is None:
            raise lifetime_errors.never_imported(named, key.arn)
    answer = {"KeyId": key.arn}
    if material is not None and key.symmetric:
        answer["KeyMaterialId"] = material.id.hex()
    if material is not None:
        _lose(key, material)
    return answer


def _forget_pending(key: Key) -> None:
    """Pending material goes without a trace, from the primary in every Region. A running rotation comes to nothing,
    unless other material is pending when it ends."""
    if key.multi_region_type == "REPLICA":
        assert key.pending is not None
        key.pending.secret = None
        key.pending.imported = False
        return
    for related in key.related:
        related.pending = None


def _lose(key: Key, material: KeyMaterial) -> None:
    material.secret = None
    material.expires = None
    if material is not key.pending and key.state not in PENDING_DELETION:
        key.state = "PendingImport"


def expire(store: Store, when: datetime, arn: str) -> None:
    """The ValidTo of imported material. Material that was imported again meanwhile has another one."""
    key = store.keys.get(arn)
    if key is None:
        return
    for material in (*key.materials, *([key.pending] if key.pending is not None else [])):
        if material.expires == when and material.secret is not None:
            _lose(key, material)
            record = {"keyMaterialId": material.id.hex()} if key.symmetric else {}
            trail.service_event(store, "DeleteExpiredKeyMaterial", when, key, **record)
