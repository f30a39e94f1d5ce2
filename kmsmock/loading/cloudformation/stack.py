"""One template as a stack: what its names mean, and what it makes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kmsmock.loading.cloudformation import intrinsics
from kmsmock.loading.cloudformation.assets import given_by_cdk
from kmsmock.loading.cloudformation.intrinsics import NO_VALUE, Untold
from kmsmock.loading.cloudformation.resources import ROWS, identity_of, things_of
from kmsmock.loading.cloudformation.rows import Identity, Resource
from kmsmock.loading.things import NotKnown, Read, Unknown, unknown
from kmsmock.wire.regions import partition_by_name

_KEPT = frozenset({"AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Parameters", "Mappings"})
_READ = _KEPT | {"Conditions", "Resources", "Rules"}


@dataclass(slots=True)
class Stack:
    """A template, the account and Region that it is for, and what is given for its parameters."""

    file: str
    template: Mapping[str, Any]
    account: str
    region: str
    name: str = "stack"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    exports: dict[str, Any] = field(default_factory=dict)
    """Of all stacks that are read together, by name; shared by them."""
    read: Read = field(default_factory=Read)
    _identities: dict[str, Identity] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _where: str = ""
    _told: set[tuple[str, str]] = field(default_factory=set)

    # --- what functions ask -----------------------------------------------------------------------------------------

    @property
    def partition(self) -> str:
        return partition_by_name(self.region)

    def ref(self, name: str) -> Any:
        """A parameter, a pseudo parameter, or what a resource is called once it is made."""
        if name in self._pseudo():
            return self._pseudo()[name]
        if name in (self.template.get("Parameters") or {}):
            return self._parameter(name)
        return self._identity(name).ref

    def _pseudo(self) -> Mapping[str, Any]:
        suffix = {"aws-cn": "amazonaws.com.cn"}.get(self.partition, "amazonaws.com")
        stack_id = f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{self.name}/loaded"
        return {
            "AWS::AccountId": self.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": stack_id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": suffix,
        }

    def _parameter(self, name: str) -> Any:
        declared = self.template["Parameters"][name]
        kind = str(declared.get("Type", "String"))
        if name in self.parameters:
            value = self.parameters[name]
        elif (stands := given_by_cdk(name, declared)) is not None:
            told = f"{self.file}: the parameter {name} is CDK's to give; it is taken to be {stands}"
            if told not in self.read.notes:
                self.read.notes.append(told)
            value = stands
        elif kind.startswith("AWS::SSM::Parameter::Value"):
            raise Untold(f"it is read from Parameter Store: give parameters={{{name!r}: ...}}")
        elif "Default" in declared:
            value = declared["Default"]
        else:
            raise Untold(f"the parameter has no default: give parameters={{{name!r}: ...}}")
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return [each.strip() for each in value.split(",")] if isinstance(value, str) else value
        return value

    def attribute(self, name: str, attribute: str) -> Any:
        found = self._identity(name).attributes
        if attribute not in found:
            raise Untold(f"AWS makes up {name}.{attribute}")
        return found[attribute]

    def _identity(self, name: str) -> Identity:
        if not isinstance((self.template.get("Resources") or {}).get(name), Mapping):
            raise Untold(f"the template has no {name}")
        if name not in self._identities:
            if name in self._busy:
                raise Untold(f"{name} depends on itself")
            self._busy.add(name)
            try:
                self._identities[name] = identity_of(self, self.resource(name))
            finally:
                self._busy.discard(name)
        return self._identities[name]

    def identity(self, resource: Resource) -> Identity:
        """What a resource is called once it is made."""
        return self._identity(resource.name)

    def mapped(self, name: str, first: str, second: str) -> Any:
        try:
            return self.template["Mappings"][name][first][second]
        except (KeyError, TypeError):
            raise Untold(f"Mappings have no {name}.{first}.{second}") from None

    def condition(self, name: str) -> bool:
        known = self.template.get("Conditions") or {}
        if name not in known:
            raise Untold(f"the template has no condition {name}")
        return intrinsics.holds(self, known[name])

    def imported(self, name: str) -> Any:
        if name not in self.exports:
            raise Untold(f"no stack that is loaded exports {name}")
        return self.exports[name]

    def zones(self, region: str) -> list[str]:
        return [f"{region or self.region}{letter}" for letter in "abc"]

    # --- values -----------------------------------------------------------------------------------------------------

    def resource(self, name: str) -> Resource:
        found = self.template["Resources"][name]
        properties = found.get("Properties") or {}
        return Resource(name, str(found.get("Type", "")), properties, found, self.place(name))

    def place(self, name: str) -> str:
        return f"{self.file}, {name}"

    def resolve(self, value: Any) -> Any:
        """A value with its functions carried out; what cannot be told is replaced, and told in the report."""
        name, argument = intrinsics.function_of(value)
        if name and name != "Condition":
            try:
                return intrinsics.FUNCTIONS.get(name, intrinsics.not_understood(name))(self, argument)
            except (Untold, TypeError, ValueError, KeyError, IndexError, AttributeError) as problem:
                return self._not_known(name, argument, problem)
        if isinstance(value, Mapping):
            pairs = ((str(key), self.resolve(each)) for key, each in value.items())
            return {key: each for key, each in pairs if each is not NO_VALUE}
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each is not NO_VALUE]
        if isinstance(value, (datetime.date, datetime.datetime)):
            return value.isoformat()
        return value

    def _not_known(self, name: str, argument: Any, problem: Exception) -> Unknown:
        why = str(problem) if isinstance(problem, Untold) else f"its argument is not understood ({problem})"
        shown = argument if isinstance(argument, str) else ".".join(map(str, _texts(argument)))
        what = f"{name} {shown[:120]}"
        stands = unknown(shown[:120] or name)
        if (self._where, what) not in self._told:
            self._told.add((self._where, what))
            self.read.unknown.append(NotKnown(self._where or self.file, what, why, str(stands)))
        return stands

    # --- what it makes ----------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Read all anew: other stacks may export more than they did."""
        self.read, self._told = Read(), set()
        self._identities.clear()

    def export(self) -> None:
        """Add the exports of this template to those of all."""
        for name, output in (self.template.get("Outputs") or {}).items():
            exported = output.get("Export", {}).get("Name") if isinstance(output, Mapping) else None
            if exported is not None and self._is_made(output, f"output {name}"):
                self._where = self.place(f"output {name}")
                self.exports[str(self.resolve(exported))] = self.resolve(output.get("Value"))

    def make(self) -> None:
        """Everything that the template makes, into ``read``."""
        for section in self.template.keys() - _READ:
            self.read.ignore(self.file, str(section), "this section of a template is not understood")
        for name in self.template.get("Resources") or {}:
            written = self.template["Resources"][name]
            if not isinstance(written, Mapping) or not isinstance(written.get("Properties") or {}, Mapping):
                self.read.ignore(self.place(name), name, "this is not understood in the place of a resource")
                continue
            resource = self.resource(name)
            self._where = resource.where
            if not self._is_made(resource.whole, name):
                continue
            self.read.names[name] = self.read.names[f"{self.name}.{name}"] = self._identity(name).arn
            if resource.type not in ROWS:
                self.read.ignore(resource.where, resource.type or "no type", "nothing is made of this type")
                continue
            before = len(self.read.things), len(self.read.ignored)
            for thing in things_of(self, resource):
                self.read.things.append(thing)
            if before == (len(self.read.things), len(self.read.ignored)):
                self.read.ignore(resource.where, resource.type, "as it stands it makes nothing: it names nobody")
        self._where = ""

    def _is_made(self, element: Mapping[str, Any], name: str) -> bool:
        wanted = element.get("Condition")
        if wanted is None:
            return True
        try:
            made = self.condition(str(wanted))
        except Untold as problem:
            self.read.ignore(self.place(name), f"Condition {wanted}", f"it cannot be told whether it holds: {problem}")
            return False
        if not made:
            self.read.ignore(self.place(name), f"Condition {wanted}", "it does not hold, so nothing is made")
        return made


def _texts(value: Any) -> Iterable[Any]:
    """The texts in an argument of a function, in their order."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield value


def read_stacks(stacks: Sequence[Stack]) -> Read:
    """What several stacks make together; what one exports, others import, in whatever order they stand."""
    read, exports = Read(), dict[str, Any]()
    for stack in stacks:
        stack.exports = exports
    for _ in stacks:  # an export may be made of what was imported
        before = dict(exports)
        for stack in stacks:
            stack.forget()
            stack.export()
        if exports == before:
            break
    for stack in stacks:
        stack.forget()
        stack.make()
        read.add(stack.read)
    return read
