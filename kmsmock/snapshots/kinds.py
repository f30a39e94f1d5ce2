"""Of which parts the state of an object consists, by its type: THE TABLE of what a snapshot knows.

An object stays the one that it is, and so does whoever holds it. What never changes once it is made (texts, numbers,
decisions, the keys of cryptography) is not looked into; what cannot be put back is refused by name.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import io
import itertools
import random
import re
import tempfile
import threading
import types
import uuid
import weakref
from collections import OrderedDict, deque
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from zoneinfo import ZoneInfo

from kmsmock.snapshots import facets
from kmsmock.snapshots.facets import Facet

Kind = tuple[Facet, ...]
NOTHING: Kind = ()
"""The parts of what is taken as it is."""


class Unknown(Exception):
    """Why an object cannot be put back."""


_NEVER_CHANGE: tuple[type, ...] = (
    *(str, bytes, int, float, complex, range, type, type(None), type(Ellipsis), type(NotImplemented)),
    *(datetime.date, datetime.timedelta, datetime.tzinfo, datetime.time, ZoneInfo, decimal.Decimal, enum.Enum),
    *(uuid.UUID, IPv4Address, IPv4Network, IPv6Address, IPv6Network, re.Pattern, types.ModuleType, types.CodeType),
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodWrapperType, types.WrapperDescriptorType),
    *(types.MethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType),
    *(property, staticmethod, classmethod, BaseException),
)
_GO_ON: tuple[type, ...] = (
    *(itertools.count, random.Random, threading.local, weakref.ref, threading.Event, threading.Condition),
    *(threading.Semaphore, type(threading.Lock()), type(threading.RLock())),
)
"""What goes on as it is: numbers that count up are not given twice, and nobody waits while a snapshot is put back."""
_LIBRARIES = tuple(
    f"{each}."
    for each in ("boto3", "botocore", "cryptography", "jinja2", "requests", "responses", "urllib3", "werkzeug")
)
"""Whose objects are tools, and no state of a world."""
_PURE = (
    *(
        "kmsmock.iam.",
        "kmsmock.crypto.",
        "kmsmock.call.",
        "kmsmock.errors.",
        "kmsmock.trail.",
        "kmsmock.model.written.",
    ),
    *("kmsmock.quotas.UsedUp", "kmsmock.identity.directory."),
)
"""Our own records that nobody changes once a request has been answered."""
_ADDRESSES = "hosts"
"""The generator of ``ipaddress``: an address that was given to somebody is not given again."""


def of(kind: type) -> Kind:
    """The parts of objects of a type. Raises Unknown for those that cannot be read."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if kind is object or issubclass(kind, _NEVER_CHANGE + _GO_ON) or name.startswith((*_LIBRARIES, *_PURE)):
        return NOTHING
    for known, facet in _TABLE:
        if issubclass(kind, known):
            return (facet,) if issubclass(kind, _WHOLE) else (facet, *_attributes_of(kind))
    if issubclass(kind, _HIDDEN) or kind.__module__ in _WRITTEN_IN_C:
        raise Unknown("what it will do next cannot be read from it")
    return _attributes_of(kind)


def _attributes_of(kind: type) -> Kind:
    slots = facets.slots_of(kind)
    has_any = any("__dict__" in vars(each) for each in kind.__mro__)
    return (*([] if slots is None else [slots]), *([facets.ATTRIBUTES] if has_any else []))


def _generator(each: Any) -> list[Any]:
    if each.gi_frame is not None and each.gi_code.co_name != _ADDRESSES:
        raise Unknown(f"what {each.__qualname__} will do next cannot be read from it")
    return []


_TABLE: tuple[tuple[type | tuple[type, ...], Facet], ...] = (
    (OrderedDict, facets.ORDERED),
    (dict, facets.ENTRIES),
    (list, facets.ITEMS),
    (set, facets.MEMBERS),
    ((tuple, frozenset), facets.WITHIN),
    (deque, facets.QUEUE),
    (bytearray, facets.BYTES),
    ((io.BytesIO, io.StringIO), facets.MEMORY),
    (tempfile.SpooledTemporaryFile, facets.SPOOLED),
    (types.MethodType, Facet(lambda each: [each.__self__])),
    (types.MappingProxyType, Facet(lambda each: [*each, *each.values()])),
    (partial, Facet(lambda each: [each.func, *each.args, *each.keywords.values()])),
    (types.GeneratorType, Facet(_generator)),
)
_WHOLE = (io.BytesIO, io.StringIO, tempfile.SpooledTemporaryFile, types.MethodType, partial, types.GeneratorType)
"""Of what the rest is an affair of Python's own."""
_HIDDEN = (threading.Thread, io.IOBase, types.CoroutineType, types.AsyncGeneratorType)
_WRITTEN_IN_C = ("builtins", "_io", "_thread", "itertools", "sqlite3", "_socket", "_asyncio")
