"""Bodies of objects in moto's S3: sealed when moto writes them, opened when it reads them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from kmsmock import entropy
from kmsmock.active import active
from kmsmock.call import Call, Caller
from kmsmock.crypto import streams
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.kms import gate
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.records.s3_objects import Handler, adopt, note, reseal, sealed_of
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.active import Patches


_S3 = "s3.amazonaws.com"
_SPOOLED = 16 * 2**20
"""Bytes from which moto keeps a body in a file; it copies the whole in memory before, unless it is told beforehand."""


class Reader:
    """Opens and seals objects for a service that reads and writes them in a caller's name."""

    raw = False

    def __init__(self, store: Store, caller: Caller) -> None:
        self._store = store
        self._caller = caller
        self._written: Any = None
        _readers[:] = [self]

    def made(self, key: Any, body: bytes) -> None:
        self._written = key

    def seal(self) -> tuple[bytes, Sealed] | None:
        """What a service writes is encrypted as the bucket says."""
        from kmsmock.services.s3 import encryption
        from kmsmock.services.s3.object_request import Exchange

        bucket = find_bucket(self._written.bucket_name or "")
        if bucket is None:
            return None
        params = {"Bucket": bucket.name, "Key": self._written.name}
        call = Call("s3", "PutObject", params, self._caller, bucket.region_name)
        wanted = encryption.wanted(call, bucket)
        return Exchange(call, ServiceKms(self._store, call, gate.answer, _S3), bucket).new_key(wanted)

    def open(self, sealed: Sealed) -> bytes:
        if sealed.envelope is None:
            raise AwsError("InvalidRequest", "The object was stored using a form of Server Side Encryption.")
        call = Call("s3", "GetObject", {}, self._caller, Arn.of(sealed.envelope.key_arn).region)
        return ServiceKms(self._store, call, gate.answer, _S3).unseal(sealed.envelope)


_readers: list[Reader] = []
"""Who asked last for something that moto may do in a thread of its own, where there is no context."""


def forget_readers() -> None:
    """The world has ended."""
    _readers.clear()


def _current() -> Handler | None:
    handler = s3_objects.current()
    if handler is None and _readers and threading.current_thread() is not threading.main_thread() and not _serves():
        return _readers[0]
    return handler


def _serves() -> bool:
    """Whether this thread answers a request: what moto looks at meanwhile, to list it, is not for any reader."""
    store = active()
    return store is not None and getattr(store.current_request, "request_id", None) is not None


def _sealing(handler: Handler, key: Any, value: bytes) -> Any:
    """What an object is sealed with, as its handler says; one that may not be written leaves nothing open."""
    try:
        handler.made(key, value)
        return handler.seal()
    except BaseException:
        key.dispose()
        raise


def _spool(key: Any, size: int) -> None:
    """A large body goes into a file at once."""
    if size > _SPOOLED:
        key._value_buffer.rollover()


def install(patches: Patches) -> None:
    """From now on objects are sealed."""
    from moto.s3.models import FakeKey

    original: Any = FakeKey.__dict__["value"]

    def keep(key: Any, value: bytes) -> None:
        _spool(key, len(value))
        original.fset(key, value)

    def read(key: Any) -> bytes:
        sealed, handler = sealed_of(key), _current()
        if sealed is None or handler is None or handler.raw:
            return cast("bytes", original.fget(key))
        data_key = handler.open(sealed)
        with key.lock:
            if sealed_of(key) is sealed:
                return streams.unseal(key._value_buffer, sealed.segments, data_key)
        return read(key)  # it was sealed anew meanwhile

    def write(key: Any, value: bytes) -> None:
        handler = _current()
        if handler is None:
            keep(key, value)
            return
        sealing = _sealing(handler, key, value)
        if sealing is None:
            keep(key, value)
            key.etag  # noqa: B018 - moto takes the MD5 later, when another thread may have overwritten the object
            return
        data_key, sealed = sealing
        if handler.raw:
            keep(key, value)
            adopt(key, sealed)
        else:
            reseal(key, value, data_key, sealed)
        if isinstance(handler, Reader):
            note(key, sealed)
        key._etag = key._etag or entropy.random_bytes(16).hex()  # under KMS it tells nothing about the body

    patches.replace(FakeKey, "value", property(read, write))
