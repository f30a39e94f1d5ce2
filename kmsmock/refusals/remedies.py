"""What would help in this very case; it is told before what helps whenever there is such a cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from kmsmock.call import Refused
from kmsmock.iam.arn import Arn
from kmsmock.kms.operations import OPERATIONS
from kmsmock.refusals import ciphertexts, documents, elsewhere
from kmsmock.refusals.causes import Cause
from kmsmock.store import Store

Help = Callable[[Store, Refused], Iterator[str]]


def of(store: Store, refused: Refused, cause: Cause) -> list[str]:
    """Sentences, the first of which leads straightest to what the caller wants."""
    help_with = _BY_CODE.get(cause.code)
    found: list[str] = []
    while help_with is not None:
        if refused.service == "kms" and refused.call is not None:
            found += help_with(store, refused)
        if not refused.within:
            break
        refused = refused.within[-1]
    return list(dict.fromkeys(found))


def _place(store: Store, refused: Refused) -> Iterator[str]:
    yield from (place.way for place in elsewhere.places(store, refused) if place.missed)


def _name(store: Store, refused: Refused) -> Iterator[str]:
    yield from _place(store, refused)
    assert refused.call is not None
    for said in elsewhere.named(refused.call):
        name = elsewhere.meant(store, said)
        if elsewhere.tail_of(said).startswith("alias/aws/"):
            yield "Use a customer managed key: AWS's own are made by their service's first use, and for it only."
        elif name is not None:
            yield f"Did you mean {name}?"


def _region(store: Store, refused: Refused) -> Iterator[str]:
    assert refused.call is not None
    for said in elsewhere.named(refused.call):
        parts = Arn.find(said)
        if parts is not None and parts.region != refused.call.region:
            yield f"Use a client of Region {parts.region}, where {said} is."


def _context(store: Store, refused: Refused) -> Iterator[str]:
    found = ciphertexts.look(store, refused)
    if found is not None and found.remedy:
        yield found.remedy


def _usage(store: Store, refused: Refused) -> Iterator[str]:
    """A key of the wrong usage: what it is for, and what the operation needs."""
    operation = OPERATIONS.get(refused.operation)
    if operation is None or operation.usage is None:
        return
    for key, _ in refused.keys:
        if key.usage != operation.usage:
            fitting = [name for name, each in OPERATIONS.items() if each.usage == key.usage]
            yield (
                f"A key of KeyUsage {key.usage} is for {', '.join(fitting)}; "
                f"{refused.operation} takes one of KeyUsage {operation.usage}."
            )


_HASH = re.compile(r"SHA_(\d+)$")


def _digest(store: Store, refused: Refused) -> Iterator[str]:
    assert refused.call is not None
    algorithm = str(refused.call.params.get("SigningAlgorithm", ""))
    found = _HASH.search(algorithm)
    if found is not None:
        length = int(found[1]) // 8
        yield f"Pass the {length} bytes of the {found[0]} digest, or the whole message with MessageType='RAW'."


def _rotation(store: Store, refused: Refused) -> Iterator[str]:
    if "Rotat" in refused.operation:
        yield "Rotate by hand, with a new key behind the alias: KMS rotates symmetric encryption keys only."


_LINKED = re.compile(r"arn:[^:]*:iam::\d+:role/aws-service-role/([^/]+)/")


def _principals(store: Store, refused: Refused) -> Iterator[str]:
    assert refused.call is not None
    for arn in documents.unknown_principals(store, refused.call):
        linked = _LINKED.match(arn)
        if linked is not None:
            yield f"Call CreateServiceLinkedRole with AWSServiceName='{linked[1]}' first: {arn} is not there yet."
        elif ":group/" in arn:
            yield f"Name the users of the group, or a role: a group such as {arn} is no principal."
        elif arn.endswith("/root"):
            yield f"Write :root for the account, not /root: {arn}."
        else:
            yield f"Create the user or role {arn} before the key, or correct the ARN."


def _document(store: Store, refused: Refused) -> Iterator[str]:
    assert refused.call is not None
    yield from (f"Correct {fault}." for fault in documents.of_key_policy(store, refused.call))


_BY_CODE: Mapping[str, Help] = {
    "KMS-KEY-ABSENT": _place,
    "KMS-KEY-NOT-FOUND": _place,
    "KMS-KEY-OTHER-REGION": _region,
    "KMS-KEY-ID-MALFORMED": _name,
    "KMS-ALIAS-NOT-FOUND": _name,
    "KMS-CIPHERTEXT-CONTEXT": _context,
    "KMS-KEY-USAGE": _usage,
    "KMS-DIGEST-LENGTH": _digest,
    "KMS-UNSUPPORTED": _rotation,
    "KMS-POLICY-PRINCIPAL": _principals,
    "KMS-POLICY-MALFORMED": _document,
}
"""The code of a cause -> who looks at the case."""
