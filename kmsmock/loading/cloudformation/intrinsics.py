"""The functions of a template, each with the same two arguments ("Intrinsic function reference", CloudFormation).

A function that cannot tell its value raises Untold; what stands in the value's place names nobody and nothing.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Protocol

NO_VALUE = object()
"""What AWS::NoValue is: the property that has it is not there."""


class Untold(Exception):
    """A value that the template does not tell, and why."""


class Scope(Protocol):
    """What the functions look into: parameters, resources, mappings, conditions and the exports of other stacks."""

    def resolve(self, value: Any) -> Any: ...
    def ref(self, name: str) -> Any: ...
    def attribute(self, name: str, attribute: str) -> Any: ...
    def mapped(self, name: str, first: str, second: str) -> Any: ...
    def condition(self, name: str) -> bool: ...
    def imported(self, name: str) -> Any: ...
    def zones(self, region: str) -> list[str]: ...


def _two(argument: Any, name: str) -> list[Any]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise Untold(f"{name} takes a list of two")
    return argument


def _text(scope: Scope, value: Any) -> str:
    found = scope.resolve(value)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, (str, int, float)):
        return str(found)
    raise Untold(f"{json.dumps(found, default=str)} is no text")


def _ref(scope: Scope, argument: Any) -> Any:
    return scope.ref(str(argument))


def _get_att(scope: Scope, argument: Any) -> Any:
    name, _, attribute = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
    return scope.attribute(str(name), _text(scope, attribute))


def _join(scope: Scope, argument: Any) -> str:
    separator, values = _two(argument, "Fn::Join")
    listed = scope.resolve(values)
    if not isinstance(listed, list):
        raise Untold("Fn::Join takes a list of texts")
    return str(separator).join(_text(scope, each) for each in listed if each is not NO_VALUE)


_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def _sub(scope: Scope, argument: Any) -> str:
    text, given = (argument, {}) if isinstance(argument, str) else _two(argument, "Fn::Sub")

    def value(found: re.Match[str]) -> str:
        name = found[2].strip()
        if found[1]:
            return "${" + found[2] + "}"
        if name in given:
            return _text(scope, given[name])
        head, dot, attribute = name.partition(".")
        return _text(scope, scope.attribute(head, attribute) if dot else scope.ref(name))

    return _VARIABLE.sub(value, str(text))


def _if(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise Untold("Fn::If takes a list of three")
    return scope.resolve(argument[1] if scope.condition(str(argument[0])) else argument[2])


def _find_in_map(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in (3, 4):
        raise Untold("Fn::FindInMap takes a list of three")
    names = [_text(scope, each) for each in argument[:3]]
    try:
        return scope.mapped(names[0], names[1], names[2])
    except Untold:
        if len(argument) == 4 and "DefaultValue" in argument[3]:
            return scope.resolve(argument[3]["DefaultValue"])
        raise


def _select(scope: Scope, argument: Any) -> Any:
    index, values = _two(argument, "Fn::Select")
    listed = scope.resolve(values)
    number = int(_text(scope, index))
    if not isinstance(listed, list) or not 0 <= number < len(listed):
        raise Untold(f"Fn::Select has no item {number}")
    return listed[number]


def _split(scope: Scope, argument: Any) -> list[str]:
    separator, text = _two(argument, "Fn::Split")
    return _text(scope, text).split(str(separator))


def _import_value(scope: Scope, argument: Any) -> Any:
    return scope.imported(_text(scope, argument))


def _base64(scope: Scope, argument: Any) -> str:
    return base64.b64encode(_text(scope, argument).encode()).decode()


def _get_azs(scope: Scope, argument: Any) -> list[str]:
    return scope.zones(_text(scope, argument))


def _to_json(scope: Scope, argument: Any) -> str:
    return json.dumps(scope.resolve(argument))


def _cidr(scope: Scope, argument: Any) -> list[str]:
    """So many blocks of a size from a block of addresses; the size is told by the bits that are left for hosts."""
    block, count, *size = (_text(scope, each) for each in argument)
    whole = ipaddress.ip_network(block, strict=False)
    bits = int(size[0]) if size else 8
    return [str(each) for each in islice(whole.subnets(new_prefix=whole.max_prefixlen - bits), int(count))]


def _length(scope: Scope, argument: Any) -> int:
    return len(scope.resolve(argument))


def not_understood(name: str) -> Callable[[Scope, Any], Any]:
    """The function that stands for one that is not among these."""

    def untold(scope: Scope, argument: Any) -> Any:
        raise Untold(f"{name} is not understood")

    return untold


FUNCTIONS: Mapping[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": _length,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json,
}


def _equals(scope: Scope, argument: Any) -> bool:
    first, second = (scope.resolve(each) for each in _two(argument, "Fn::Equals"))
    return str(first) == str(second)


CONDITIONS: Mapping[str, Callable[[Scope, Any], bool]] = {
    "Condition": lambda scope, argument: scope.condition(str(argument)),
    "Fn::And": lambda scope, argument: all(holds(scope, each) for each in argument),
    "Fn::Contains": lambda scope, argument: scope.resolve(argument[1]) in scope.resolve(argument[0]),
    "Fn::Equals": _equals,
    "Fn::Not": lambda scope, argument: not holds(scope, argument[0]),
    "Fn::Or": lambda scope, argument: any(holds(scope, each) for each in argument),
}


def holds(scope: Scope, condition: Any) -> bool:
    """Whether a condition of a template holds. Raises Untold for one that cannot be told."""
    name, argument = function_of(condition)
    if name not in CONDITIONS:
        raise Untold(f"{name or json.dumps(condition, default=str)} is no condition that is understood")
    return CONDITIONS[name](scope, argument)


def function_of(value: Any) -> tuple[str, Any]:
    """The function that a value is, and its argument; an empty name for a plain value."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if isinstance(name, str) and (name in ("Ref", "Condition") or name.startswith("Fn::")):
            return name, argument
    return "", None
