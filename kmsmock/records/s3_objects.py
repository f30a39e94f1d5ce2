"""moto's S3 objects, whose bytes are ciphertext while they lie there, and the buckets that they lie in.

moto makes and reads objects in many places. All of them write and read ``FakeKey.value``: there the bytes are sealed as
they come and opened as they go, by whoever handles the request (``Handler``). Nobody else finds more than ciphertext.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any, Protocol, cast

from kmsmock import entropy
from kmsmock.crypto import streams
from kmsmock.foreign.notes import Note
from kmsmock.model.sealed import Sealed
from kmsmock.records import backends
from kmsmock.records.buckets import bucket_in

_SEALED = Note[Sealed]("sealed")
"""On an object, a part or an upload: what its bytes are sealed with."""


class Handler(Protocol):
    """Has the keys of the request that is being answered."""

    raw: bool
    """Ciphertext goes from place to place as it is."""

    def made(self, key: Any, body: bytes) -> None:
        """moto has begun to make an object or a part, with this body. Raises AwsError."""

    def seal(self) -> tuple[bytes, Sealed] | None:
        """The data key of a new object; None for one that S3 encrypts with keys of its own. Raises AwsError."""

    def open(self, sealed: Sealed) -> bytes:
        """The data key of an object that is read. Raises AwsError."""


class WriteOnly:
    """The ``Handler`` of a service that writes an object of its own, sealed so or by S3's own keys, and reads none."""

    raw = False

    def __init__(self, sealing: tuple[bytes, Sealed] | None = None) -> None:
        self._sealing = sealing

    def made(self, key: Any, body: bytes) -> None:
        """Nothing to remember."""

    def seal(self) -> tuple[bytes, Sealed] | None:
        return self._sealing

    def open(self, sealed: Sealed) -> bytes:
        raise NotImplementedError("a service that writes an object of its own reads none")


_handler: ContextVar[Handler | None] = ContextVar("kmsmock_s3_handler", default=None)


def current() -> Handler | None:
    """Who handles the request that is being answered; None where nobody does, or in a thread of moto's own."""
    return _handler.get()


@contextmanager
def handling(handler: Handler) -> Iterator[None]:
    """While moto answers this request, what it writes is sealed and what it reads is opened."""
    token = _handler.set(handler)
    try:
        yield
    finally:
        _handler.reset(token)


def reseal(key: Any, value: bytes, data_key: bytes, sealed: Sealed) -> None:
    """Put a body into an object, under a data key."""
    nonces = tuple(entropy.random_bytes(streams.NONCE_SIZE) for _ in range(sealed.layers))
    with getattr(key, "lock", None) or nullcontext():  # an object that is being made has no lock yet
        key._value_buffer.seek(0)
        key._value_buffer.truncate()
        sealed.segments[:] = [streams.seal(key._value_buffer, value, data_key, nonces)]
        key.contentsize = len(value)
        adopt(key, sealed)


def sealed_of(key: Any) -> Sealed | None:
    """What an object, part or upload keeps beside its ciphertext; None where S3 encrypts with keys of its own."""
    return _SEALED.get(key)


def note(key: Any, sealed: Sealed | None) -> None:
    """Tell moto's record how its object is encrypted: other operations of moto's look there."""
    key.encryption = "AES256" if sealed is None else None if sealed.envelope is None else sealed.mode
    key.kms_key_id = None if sealed is None or sealed.envelope is None else sealed.envelope.key_arn
    key.bucket_key_enabled = True if sealed is not None and sealed.bucket_key else None


def adopt(key: Any, sealed: Sealed) -> None:
    """Say what the bytes of an object, or the parts of an upload, are sealed with."""
    _SEALED.set(key, sealed)


def forget(key: Any) -> None:
    """An object lies as it is read from now on."""
    _SEALED.remove(key)


def ciphertext_of(key: Any) -> bytes:
    """The bytes of an object as they lie there."""
    with key.lock:
        key._value_buffer.seek(0)
        return cast("bytes", key._value_buffer.read())


# --- finding --------------------------------------------------------------------------------------------------------


def backend_of(bucket: Any) -> Any:
    """moto's backend that has a bucket."""
    return backends.made("s3", bucket.account_id, bucket.partition)


def find(bucket: Any, name: str, version: str | None = None) -> Any:
    """moto's record of an object, without looking at it as a reader would; None for none and for a delete marker."""
    versions = bucket.keys.getlist(name, [])
    found = [each for each in versions if version is None or str(each.version_id) == version][-1:]
    return found[0] if found and hasattr(found[0], "_value_buffer") else None


def tags(owner: str, partition: str, bucket_name: str, name: str, version: str | None) -> dict[str, str]:
    """The tags of a version of an object, by default the newest."""
    backend = backends.existing("s3", owner, partition)
    bucket = None if backend is None else bucket_in(backend, bucket_name)
    versions = [] if bucket is None else bucket.keys.getlist(name, [])
    found = [each for each in versions if version in (None, each.version_id) and hasattr(each, "arn")]
    return dict(backend.tagger.get_tag_dict_for_resource(found[-1].arn)) if found else {}
