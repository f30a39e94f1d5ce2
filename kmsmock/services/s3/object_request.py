"""One request that writes or reads objects: which keys it has, and what KMS is asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.iam.arn import Arn
from kmsmock.model.sealed import Sealed
from kmsmock.records import s3_objects
from kmsmock.services import Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import bucket_keys, customer_keys, integrity, ownership
from kmsmock.services.s3.customer_keys import CustomerKey
from kmsmock.services.s3.encryption import VERSION, Wanted, amended, shown, shown_of
from kmsmock.services.s3.errors import in_words_of_s3
from kmsmock.services.s3.replication import queue
from kmsmock.services.s3.replication.status import status_of
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding.request import body_of


class Exchange:
    """The ``objects.Handler`` of a request: KMS is asked for a data key when moto makes or reads the object, so that
    what moto refuses is refused first, and nothing is asked twice."""

    def __init__(
        self,
        call: Call,
        kms: ServiceKms,
        bucket: Any,
        wanted: Wanted | None = None,
        *,
        upload: Sealed | None = None,
        source_key: CustomerKey | None = None,
    ) -> None:
        self.raw = False
        self.written: Any = None
        self.body = b""
        """What moto writes: plaintext, unless it goes from place to place as it is."""
        self._call = call
        self._kms = kms
        self._bucket = bucket
        self._wanted = wanted
        self._upload = upload
        self._customer_keys = [key for key in (source_key, customer_keys.of(call)) if key is not None]
        self._known: dict[bytes, bytes] = {}
        """Wrapped data key -> the data key, of those that this request has opened."""

    # --- what moto's objects ask ------------------------------------------------------------------------------------

    def made(self, key: Any, body: bytes) -> None:
        self.written, self.body = key, body
        integrity.check(self._call, body, self._trailed())

    def _trailed(self) -> bytes:
        """The body of the request as it came over the wire, where its checksum stands behind it."""
        asked = getattr(self._kms.store.current_request, "request", None)
        return b"" if asked is None or "X-Amz-Trailer" not in self._call.headers else body_of(asked.request)

    def seal(self) -> tuple[bytes, Sealed] | None:
        if self._upload is not None:
            return (b"" if self.raw else self.open(self._upload)), self._upload.anew()
        if self._wanted is None:
            return None
        return self.new_key(self._wanted)

    def new_key(self, wanted: Wanted) -> tuple[bytes, Sealed] | None:
        """The data key of a new object; None under SSE-S3."""
        if wanted.customer is not None:
            return wanted.customer.key, Sealed(wanted.mode, customer=wanted.customer.digest)
        if not wanted.kms:
            return None
        params = self._call.params
        place = f"arn:{self._call.partition}:s3:::{params['Bucket']}"
        context = {"aws:s3:arn": place if wanted.bucket_key else f"{place}/{params['Key']}", **wanted.pairs}
        with in_words_of_s3():
            plaintext, envelope = bucket_keys.seal(
                self._kms, wanted.key_id, context, self._bucket.region_name, cached=wanted.bucket_key
            )
        self._known[envelope.wrapped] = plaintext
        return plaintext, Sealed(wanted.mode, envelope, wanted.bucket_key)

    def open(self, sealed: Sealed) -> bytes:
        if sealed.envelope is None:
            return next(each.key for each in self._customer_keys if each.digest == sealed.customer)
        wrapped = sealed.envelope.wrapped
        if wrapped not in self._known:
            region = Arn.of(sealed.envelope.key_arn).region
            with in_words_of_s3():
                self._known[wrapped] = bucket_keys.unseal(self._kms, sealed.envelope, region, cached=sealed.bucket_key)
        return self._known[wrapped]

    # --- answers ----------------------------------------------------------------------------------------------------

    def answer(self, moto: Moto, sent: Mapping[str, str] | None = None) -> Answer:
        """moto's answer, and what it writes sealed. ``sent`` are headers for moto."""
        with s3_objects.handling(self):
            return moto.own_answer(sent)

    def write(self, moto: Moto, sent: Mapping[str, str] | None = None, *, with_context: bool = True) -> Answer:
        """The answer to a write, with the headers of what was written."""
        status, headers, body = self.answer(moto, sent)
        if self.written is None or (status >= 400 and self._call.form is None):  # forms may ask for any status
            return status, headers, body
        sealed = s3_objects.sealed_of(self.written)
        s3_objects.note(self.written, sealed)
        told = shown(sealed, with_context=with_context)
        if self.written.bucket_name is not None:  # parts have none
            ownership.written(self._call, self._bucket, self.written)
            queue.written(self._kms, self._bucket, self.written)
            told |= self._version(self.written)
        return status, amended(headers, told), body

    def read(
        self, moto: Moto, key: Any, sent: Mapping[str, str] | None = None, told: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a read of an object. ``told`` are more headers for the client."""
        status, headers, body = self.answer(moto, sent)
        if status >= 300:
            return status, headers, body
        about = {**shown_of(key), **status_of(key), **self._version(key), **(told or {})}
        return status, amended(headers, about), body

    def _version(self, key: Any) -> dict[str, str]:
        """The version of an object; a bucket that never had versions tells none ("Using versioning in S3 buckets")."""
        return {} if self._bucket.versioning_status is None else {VERSION: str(key.version_id)}
