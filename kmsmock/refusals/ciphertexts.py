"""Why a ciphertext cannot be read: looked at as a person would, with what the world remembers of its making."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from kmsmock.call import Call, Refused
from kmsmock.crypto import symmetric
from kmsmock.refusals import causes
from kmsmock.refusals.causes import Cause
from kmsmock.store import Store

_CODES = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
_SOURCE = {"ReEncrypt": ("SourceEncryptionContext", "SourceKeyId")}
_SEALED_UNDER = {"ReEncrypt": "DestinationEncryptionContext"}
_SHOWN = "EncryptionContext"


class Found(NamedTuple):
    """The cause, and what there is to say of this ciphertext."""

    cause: Cause
    details: tuple[str, ...]
    remedy: str = ""


def cause(store: Store, refused: Refused) -> Cause | None:
    """The cause of a refusal that is about a ciphertext; None for any other."""
    found = look(store, refused)
    return None if found is None else found.cause


def look(store: Store, refused: Refused) -> Found | None:
    """What is wrong with the ciphertext of a refused call; None where it is about something else."""
    call = refused.call
    if refused.error.code not in _CODES or call is None or "CiphertextBlob" not in call.params:
        return None
    blob = call.params["CiphertextBlob"]
    if refused.keys and not refused.keys[0][0].symmetric:
        return Found(causes.CIPHERTEXT_ASYMMETRIC, ())
    material = symmetric.material_id_of(blob)
    if material is None:
        return _no_ciphertext(blob)
    known = (*store.key_by_material.get(material, ()), *store.deleted_materials.get(material, ()))
    if not known and b"\xef\xbf\xbd" in blob:
        return Found(causes.CIPHERTEXT_DAMAGED, ("it went through text: there are replacement characters in it",))
    if not known:
        return Found(causes.CIPHERTEXT_UNKNOWN, ())
    made = _made(store, blob)
    if refused.error.code == "IncorrectKeyException" or (refused.keys and refused.keys[0][0].arn not in known):
        named = call.params.get(_SOURCE.get(call.operation, ("", "KeyId"))[1])
        return Found(causes.CIPHERTEXT_OTHER_KEY, (f"made under {known[0]}", f"the request names {named}", *made))
    return _of_known_key(store, call, blob, made)


def _of_known_key(store: Store, call: Call, blob: bytes, made: tuple[str, ...]) -> Found:
    first = store.sealed.get(symmetric.mark_of(blob))
    if first is None:
        return Found(causes.CIPHERTEXT_DAMAGED, made)
    under = first[0].params.get(_SEALED_UNDER.get(first[0].operation, _SHOWN)) or {}
    parameter = _SOURCE.get(call.operation, (_SHOWN,))[0]
    sent = call.params.get(parameter) or {}
    differ = tuple(_differences(under, sent))
    if not differ:
        return Found(causes.CIPHERTEXT_DAMAGED, made)
    return Found(
        causes.CIPHERTEXT_CONTEXT,
        (f"encrypted under context {dict(under)}; sent {dict(sent)}: {'; '.join(differ)}", *made),
        f"Send {parameter}={dict(under)}." if under else f"Leave {parameter} out.",
    )


def _differences(under: Mapping[str, str], sent: Mapping[str, str]) -> list[str]:
    """What differs, key by key."""
    found = []
    for name in dict.fromkeys([*under, *sent]):
        if name not in sent:
            found.append(f"{name!r} is missing (it was {under[name]!r})")
        elif name not in under:
            found.append(f"{name!r} is too much")
        elif under[name] != sent[name]:
            found.append(f"{name!r} differs: {under[name]!r} then, {sent[name]!r} now")
    return found


def _made(store: Store, blob: bytes) -> tuple[str, ...]:
    """Where a ciphertext came from."""
    first = store.sealed.get(symmetric.mark_of(blob))
    if first is None:
        return ()
    call, number = first
    when: datetime = store.events[number].when
    via = f" via {call.via[-1]}" if call.via else ""
    return (f"made by {call.operation} of {call.caller.principal.arn}{via} at {when:%Y-%m-%d %H:%M:%S}",)


def _no_ciphertext(blob: bytes) -> Found:
    """Bytes in which there is no ciphertext of KMS."""
    if not blob:
        return Found(causes.CIPHERTEXT_OTHER_FORMAT, ("it is empty",))
    decoded, times = blob, 0
    while times < 3:
        try:
            decoded = base64.b64decode(decoded, validate=True)
        except (binascii.Error, ValueError):
            break
        times += 1
        if symmetric.material_id_of(decoded) is not None:
            how = {1: "once", 2: "twice"}.get(times, f"{times} times")
            return Found(causes.CIPHERTEXT_BASE64, (f"it is a ciphertext that was encoded {how} too often",))
    if blob[:2] == b"\x01\x80" or blob[:1] == b"\x02":
        return Found(causes.CIPHERTEXT_OTHER_FORMAT, ("it looks like a message of the AWS Encryption SDK",))
    if blob[:4] == b"\x01\x02\x02\x00" or blob[:4] == b"\x01\x02\x03\x00":
        return Found(causes.CIPHERTEXT_DAMAGED, (f"only {len(blob)} bytes are left of it",))
    return Found(causes.CIPHERTEXT_OTHER_FORMAT, (f"it has {len(blob)} bytes and begins with 0x{blob[:4].hex()}",))
