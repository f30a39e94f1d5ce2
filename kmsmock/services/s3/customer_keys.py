"""SSE-C: the customer sends the key with each request ("Using server-side encryption with customer-provided keys")."""

from __future__ import annotations

import base64
import binascii
from hashlib import md5
from typing import NamedTuple

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.sealed import Sealed
from kmsmock.services.s3 import errors


class CustomerKey(NamedTuple):
    """A customer's key, and its MD5 as answers show it."""

    key: bytes
    digest: str


def of(call: Call, prefix: str = "") -> CustomerKey | None:
    """The key that a request brings; ``prefix`` is ``CopySource`` for the source of a copy. Raises S3's errors."""
    algorithm, sent, digest = (call.params.get(f"{prefix}SSECustomer{name}") for name in ("Algorithm", "Key", "KeyMD5"))
    if algorithm is None and sent is None and digest is None:
        return None
    if algorithm is None:
        raise errors.no_customer_algorithm()
    if algorithm != "AES256":
        raise errors.customer_algorithm(algorithm)
    if sent is None:
        raise errors.no_customer_key()
    try:
        key = base64.b64decode(sent, validate=True)
    except (binascii.Error, ValueError):
        raise errors.customer_key_length() from None
    if len(key) != 32:
        raise errors.customer_key_length()
    calculated = base64.b64encode(md5(key, usedforsecurity=False).digest()).decode()
    if digest is not None and digest != calculated:
        raise errors.customer_key_digest()
    return CustomerKey(key, calculated)


def of_reader(call: Call) -> CustomerKey | None:
    """The key that a read brings. One that is no key, or has another digest, is a wrong key. Raises S3's errors."""
    try:
        return of(call)
    except AwsError as error:
        if error.message in (errors.customer_key_length().message, errors.customer_key_digest().message):
            raise errors.customer_key_wrong() from None
        raise


def must_fit(sealed: Sealed | None, given: CustomerKey | None) -> None:
    """A reader sends the key of an object under SSE-C, and none for another. Raises S3's errors."""
    wanted = None if sealed is None else sealed.customer
    if wanted is None and given is not None:
        raise errors.customer_key_not_applicable()
    if wanted is not None and given is None:
        raise errors.customer_key_missing()
    if given is not None and given.digest != wanted:
        raise errors.customer_key_wrong()


def must_fit_upload(sealed: Sealed | None, given: CustomerKey | None) -> None:
    """A part comes with the key that the upload was started with. Raises S3's errors."""
    wanted = None if sealed is None else sealed.customer
    if wanted is not None and given is None:
        raise errors.part_without_customer_key()
    if given is not None and given.digest != wanted:
        raise errors.part_with_other_customer_key()
