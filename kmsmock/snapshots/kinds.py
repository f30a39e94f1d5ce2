"""Of which parts the state of an object consists, by its type: THE TABLE of what a snapshot knows.

An object stays the one that it is, and so does whoever holds it. What never changes once it is made (texts, numbers,
decisions, the keys of cryptography) is not looked into; what cannot be put back is refused by name.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import io
import re
import types
from collections import OrderedDict, deque
from functools import partial
from typing import Any

from kmsmock.snapshots import facets
from kmsmock.snapshots.facets import Facet

Kind = tuple[Facet, ...]
NOTHING: Kind = ()
"""The parts of what is taken as it is."""


class Unknown(Exception):
    """Why an object cannot be put back."""


_NEVER_CHANGE: tuple[type, ...] = (
    *(str, bytes, int, float, complex, range, type, type(None), type(Ellipsis), type(NotImplemented)),
    *(datetime.date, datetime.timedelta, datetime.tzinfo, datetime.time, decimal.Decimal, enum.Enum, re.Pattern),
    *(types.ModuleType, types.CodeType, types.FunctionType, types.BuiltinFunctionType, types.MethodWrapperType),
    *(types.WrapperDescriptorType, types.MethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType),
    *(property, staticmethod, classmethod, BaseException),
)
_AS_THEY_ARE = (
    *("ipaddress.", "uuid.", "zoneinfo."),  # which never change, either
    *("itertools.count", "random.", "secrets."),  # numbers that go on are not given twice
    *("_thread.", "threading.Condition", "threading.Event", "threading.Semaphore", "weakref."),  # nobody waits now
    *("boto3.", "botocore.", "cryptography.", "jinja2.", "requests.", "responses.", "urllib3.", "werkzeug."),  # tools
    *("kmsmock.iam.", "kmsmock.crypto.", "kmsmock.call.", "kmsmock.errors.", "kmsmock.trail."),  # records of ours that
    *("kmsmock.model.written.", "kmsmock.quotas.UsedUp", "kmsmock.identity.directory."),  # nobody changes afterwards
)
"""The names of types, and how those of packages begin, whose objects are not looked into."""
_ADDRESSES = "hosts"
"""The generator of ``ipaddress``: an address that was given to somebody is not given again."""


def of(kind: type) -> Kind:
    """The parts of objects of a type. Raises Unknown for those that cannot be read."""
    names = [f"{each.__module__}.{each.__qualname__}" for each in kind.__mro__[:-1]]
    if not names or issubclass(kind, _NEVER_CHANGE) or any(each.startswith(_AS_THEY_ARE) for each in names):
        return NOTHING
    for known, facet in _TABLE:
        if issubclass(kind, known):
            return (facet,) if issubclass(kind, _WHOLE) else (facet, *_attributes_of(kind))
    if _SPOOLED in names:
        return (facets.FILE,)
    if _THREAD in names:
        return (Facet(_thread),)
    if issubclass(kind, io.IOBase) or kind.__module__ in _WRITTEN_IN_C:
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


def _thread(each: Any) -> list[Any]:
    if each.is_alive() or each.ident is None:
        raise Unknown("what it will do next cannot be read from it")
    return []


_TABLE: tuple[tuple[type | tuple[type, ...], Facet], ...] = (
    (OrderedDict, facets.ORDERED),
    (dict, facets.ENTRIES),
    (list, facets.ITEMS),
    (set, facets.MEMBERS),
    ((tuple, frozenset), facets.WITHIN),
    (deque, facets.QUEUE),
    (bytearray, facets.BYTES),
    ((io.BytesIO, io.StringIO), facets.FILE),
    (types.MethodType, Facet(lambda each: [each.__self__])),
    (types.MappingProxyType, Facet(lambda each: [*each, *each.values()])),
    (partial, Facet(lambda each: [each.func, *each.args, *each.keywords.values()])),
    (types.GeneratorType, Facet(_generator)),
)
_WHOLE = (io.BytesIO, io.StringIO, types.MethodType, partial, types.GeneratorType)
"""Of what the rest is an affair of Python's own."""
_SPOOLED, _THREAD = "tempfile.SpooledTemporaryFile", "threading.Thread"
_WRITTEN_IN_C = ("builtins", "_io", "itertools", "sqlite3", "_socket", "_asyncio")
