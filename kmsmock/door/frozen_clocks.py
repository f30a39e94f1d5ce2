"""Libraries that keep the class of dates that they saw first: it is to be Python's own, never that of a frozen clock.

Found by importing all of moto's and the clients' ground while time stood still, and looking for what held on to
freezegun's classes afterwards: cryptography for good, in its native code; PyYAML, sqlite3 and pydantic in tables by
type. ssl, responses, urllib3, joserfc, boto3 and aiobotocore look the time up each time, or keep names that freezegun
puts back.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kmsmock.clock import FREEZEGUN
from kmsmock.door.contract import PYDANTIC, PYYAML, STANDARD_LIBRARY
from kmsmock.foreign.contract import Contract

_done: list[bool] = []
_CLASSES = (
    ("freezegun.api:FakeDatetime", "freezegun.api:real_datetime"),
    ("freezegun.api:FakeDate", "freezegun.api:real_date"),
)
"""freezegun's classes of dates, and what it found in their places."""


@contextmanager
def _pythons_own_dates() -> Iterator[None]:
    frozen = datetime.datetime, datetime.date
    real = next(
        each for each in datetime.datetime.__mro__ if each.__module__ == "datetime" and each.__name__ == "datetime"
    )
    datetime.datetime, datetime.date = real, real.__base__  # type: ignore[misc, assignment]  # as freezegun does it
    try:
        yield
    finally:
        datetime.datetime, datetime.date = frozen  # type: ignore[misc]  # as above


def neutralise() -> None:
    """Let cryptography see Python's own dates, once in a process, even while a test holds time."""
    if _done:
        return
    _done.append(True)
    with _pythons_own_dates():
        _sign()


def _sign() -> None:
    """The smallest signature with dates in it: that is when cryptography looks for their class."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    builder = x509.CertificateRevocationListBuilder(
        issuer_name=x509.Name([]),
        last_update=datetime.datetime(2020, 1, 1),
        next_update=datetime.datetime(2020, 1, 2),
    )
    builder.sign(Ed25519PrivateKey.generate(), None)


def heal() -> None:
    """Where a library was imported while time stood still, its tables know Python's own dates from now on as well."""
    if FREEZEGUN.find(_CLASSES[0][0]) is None:
        return
    pairs = {FREEZEGUN.get(fake): FREEZEGUN.get(real) for fake, real in _CLASSES}
    for library, name, tables in _TABLES:
        found = library.find(name)
        for table in () if found is None else tables(found):
            for key in [key for key in table if _mentions(key, pairs)]:
                table.setdefault(_real(key, pairs), table[key])


def _mentions(key: Any, pairs: dict[Any, Any]) -> bool:
    return key in pairs or (isinstance(key, tuple) and any(each in pairs for each in key))


def _real(key: Any, pairs: dict[Any, Any]) -> Any:
    return tuple(pairs.get(each, each) for each in key) if isinstance(key, tuple) else pairs[key]


def _representers(base: Any) -> Iterator[dict[Any, Any]]:
    todo = [base]
    while todo:
        kind = todo.pop()
        todo += kind.__subclasses__()
        if "yaml_representers" in vars(kind):
            yield kind.yaml_representers


def _handlers(kind: Any) -> Iterator[dict[Any, Any]]:
    if "_handlers" in vars(kind):  # since 2.14; before it was no table
        yield kind._handlers


def _itself(table: Any) -> Iterator[dict[Any, Any]]:
    yield table


_TABLES: tuple[tuple[Contract, str, Callable[[Any], Iterator[dict[Any, Any]]]], ...] = (
    (PYYAML, "yaml.representer:BaseRepresenter", _representers),
    (PYDANTIC, "pydantic._internal._generate_schema:GenerateSchema", _handlers),
    (STANDARD_LIBRARY, "sqlite3:adapters", _itself),
)
"""Tables by type, of the libraries that keep such."""
