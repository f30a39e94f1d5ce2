"""The XML that moto's serializers make of their trees, written at once: xmltodict has a handler of SAX told of each.

What it makes of anything but elements, texts, numbers and namespaces, it is left to make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from kmsmock.active import Patches

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_known = set[str]()
"""Names of elements, which are those of botocore's models."""


class _Unusual(Exception):
    """A tree with something in it that xmltodict has rules for."""


def install(patches: Patches) -> None:
    """From now on bodies are written here."""
    from moto.core.serialize import BaseXMLSerializer, EC2Serializer

    for owner, head in ((BaseXMLSerializer, ""), (EC2Serializer, _HEAD)):
        patches.replace(owner, "_serialize_body", _writing(vars(owner)["_serialize_body"], head))


def _writing(original: Callable[[Any, Any], str], head: str) -> Callable[[Any, Any], str]:
    def serialize_body(serializer: Any, body: Any) -> str:
        """The serializer's ``_serialize_body`` while a world is active."""
        if serializer.pretty_print or len(body) != 1:
            return original(serializer, body)
        try:
            return head + written(body)
        except _Unusual:
            return original(serializer, body)

    return serialize_body


def written(tree: Mapping[str, Any]) -> str:
    """What ``xmltodict.unparse(tree, full_document=False, short_empty_elements=True)`` gives. Raises _Unusual."""
    parts: list[str] = []
    ((name, value),) = tree.items()
    _element(name, value, parts.append)
    return "".join(parts)


def _element(name: str, value: Any, put: Callable[[str], None]) -> None:
    if name not in _known:
        if not _NAME.fullmatch(name):
            raise _Unusual
        _known.add(name)
    kind = type(value)
    if kind is dict:
        _structure(name, value, put)
    elif kind is str:
        put(f"<{name}>{escape(value)}</{name}>" if value else f"<{name}/>")
    elif kind is int:
        put(f"<{name}>{value}</{name}>")
    else:
        raise _Unusual


def _structure(name: str, value: dict[str, Any], put: Callable[[str], None]) -> None:
    spaces, children = "", []
    for key, child in value.items():
        if key[:1] != "@":
            children.append((key, child))
        elif type(child) is str:
            spaces += f" {key[1:]}={quoteattr(child)}"
        else:
            raise _Unusual
    if not any(child != [] for _, child in children):
        put(f"<{name}{spaces}/>")
        return
    put(f"<{name}{spaces}>")
    for key, child in children:
        for each in child if type(child) is list else (child,):
            _element(key, each, put)
    put(f"</{name}>")
