"""A plan or a state: its resources, the values that are known, and what those are made of that are not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.loading.terraform import policy_documents
from kmsmock.loading.terraform.elements import Element, constant, primary
from kmsmock.loading.terraform.identities import MADE_UP, identity
from kmsmock.loading.terraform.rows import HARMLESS, ROWS
from kmsmock.loading.things import NotKnown, Read, unknown
from kmsmock.wire.regions import partition_by_name

_INDEX = re.compile(r"\[[^\]]*\]")


def is_plan(document: Mapping[str, Any]) -> bool:
    """Whether a file is a plan or a state as ``terraform show -json`` prints it."""
    return "format_version" in document and ("planned_values" in document or "values" in document)


def plain(address: str) -> str:
    """An address without the indexes of ``count`` and ``for_each``."""
    return _INDEX.sub("", address)


@dataclass(slots=True)
class Plan:
    """One plan or state, and the account and Region of what does not say its own."""

    file: str
    document: Mapping[str, Any]
    account: str
    region: str
    read: Read = field(default_factory=Read)
    elements: dict[str, Element] = field(default_factory=dict)
    changes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.changes = {each["address"]: each.get("change") or {} for each in self.document.get("resource_changes", [])}
        for values in (self.document.get("prior_state", {}).get("values"), self._values):
            for each in _resources((values or {}).get("root_module") or {}):
                if values is self._values or each.get("mode") == "data":
                    self._add(each)
        for each in self.document.get("resource_changes", []):
            after = (each.get("change") or {}).get("after")
            if each.get("mode") == "data" and isinstance(after, dict) and each["address"] not in self.elements:
                self._add({**each, "values": after})
        self.account = self._account_of_data() or self.account

    @property
    def _values(self) -> Any:
        return self.document.get("planned_values") or self.document.get("values")

    def _add(self, found: Mapping[str, Any]) -> None:
        address = str(found["address"])
        values = dict(found.get("values") or {})
        not_known = self.changes.get(address, {}).get("after_unknown") or {}
        module = address.rpartition(f"{found['type']}.{found['name']}")[0].removesuffix("data.").rstrip(".")
        self.elements[address] = Element(address, module, str(found["type"]), values, not_known, str(found.get("mode")))

    def _account_of_data(self) -> str:
        found = (each for each in self.elements.values() if each.type == "aws_caller_identity")
        return next((str(each.values["account_id"]) for each in found if each.values.get("account_id")), "")

    # --- the configuration ------------------------------------------------------------------------------------------

    def module(self, path: str) -> Mapping[str, Any]:
        """The configuration of a module, by its address."""
        found: Mapping[str, Any] = self.document.get("configuration", {}).get("root_module") or {}
        for name in plain(path).replace("module.", "").split(".") if path else ():
            found = found.get("module_calls", {}).get(name, {}).get("module") or {}
        return found

    def expressions(self, element: Element) -> Mapping[str, Any]:
        """What the configuration says of a resource."""
        return self._configured(element).get("expressions") or {}

    def _configured(self, element: Element) -> Mapping[str, Any]:
        wanted = plain(element.address[len(element.module) :].lstrip("."))
        found = (each for each in self.module(element.module).get("resources", []) if each["address"] == wanted)
        return next(found, {})

    def place(self, element: Element) -> tuple[str, str, str]:
        """Partition, Region and account of a resource: by its ARN, by its provider, or those that were given."""
        arn = Arn.find(str(element.values.get("arn") or ""))
        provider = self._provider(element)
        region = str(element.values.get("region") or constant(provider.get("region")) or self.region)
        assumed: Mapping[str, Any] = next(iter(provider.get("assume_role") or []), {})
        role = Arn.find(str(constant(assumed.get("role_arn")) or ""))
        allowed = constant(provider.get("allowed_account_ids")) or []
        account = role.account if role is not None else (str(allowed[0]) if len(allowed) == 1 else self.account)
        if arn is not None:
            return arn.partition, arn.region or region, arn.account or account
        return partition_by_name(region), region, account

    def _provider(self, element: Element) -> Mapping[str, Any]:
        key = str(self._configured(element).get("provider_config_key") or "aws")
        providers = self.document.get("configuration", {}).get("provider_config") or {}
        found = providers.get(key) or providers.get(key.rpartition(":")[2]) or {}
        return found.get("expressions") or {}

    # --- values -----------------------------------------------------------------------------------------------------

    def where(self, element: Element) -> str:
        return f"{self.file}, {element.address}"

    def value(self, element: Element, name: str) -> Any:
        """A value of a resource: as planned, as AWS makes it up, or by what it refers to. None for what is not set."""
        found = element.values.get(name)
        if found not in (None, [], {}):
            return found
        made = identity(self, element).get(name) if name in MADE_UP else None
        if made is not None or not (element.not_known.get(name) or name == "json"):
            return made
        asked = f"{element.address} {name}"
        if asked in self._busy:
            return self.not_known(element, name, "it depends on itself")
        self._busy.add(asked)
        try:
            return self._referred(element, name)
        finally:
            self._busy.discard(asked)

    def _referred(self, element: Element, name: str) -> Any:
        if name == "json" and element.type == "aws_iam_policy_document":
            return json.dumps(policy_documents.document(self, element))
        expression = self.expressions(element).get(name) or {}
        if isinstance(expression, Mapping) and "constant_value" in expression:
            return expression["constant_value"]
        references = primary(expression)
        values = [each for each in (self.reference(element, one) for one in references) if each is not None]
        if len(references) == 1 and len(values) == 1:
            return values[0]
        told = ", ".join(references)
        return self.not_known(element, name, f"only an apply tells it{f'; it is made of {told}' if told else ''}")

    def referred_in(self, element: Element, name: str, *blocks: str) -> Any:
        """What an argument of a block refers to, by the names of the blocks around it."""
        expression: Any = self.expressions(element)
        for each in blocks:
            expression = next(iter(expression.get(each) or []), {})
        references = primary(expression.get(name))
        found = self.reference(element, references[0]) if len(references) == 1 else None
        return self.not_known(element, name, "only an apply tells it") if references and found is None else found

    def reference(self, element: Element, text: str, module: str | None = None) -> Any:
        """What a reference in the configuration of a resource's module is; None for what is not told."""
        module = element.module if module is None else module
        head, _, rest = text.partition(".")
        if head == "each":
            return _key_of(element.address) if rest == "key" else None
        if head == "count":
            return _key_of(element.address)
        if head == "var":
            return self._variable(element, module, rest.partition(".")[0])
        if head == "module":
            return self._output(element, module, rest)
        parts = re.findall(r"[^.\[\]]+(?:\[[^\]]*\])?", text)
        size = 3 if head == "data" else 2
        if len(parts) <= size:
            return None
        address = ".".join(([module] if module else []) + parts[:size])
        found = self.elements.get(address) or self._alone(element, address)
        return None if found is None else self.value(found, parts[size].partition("[")[0])

    def _alone(self, element: Element, address: str) -> Element | None:
        """A resource with an index that the reference does not name: that of the same index, or the only one."""
        alike = [each for each in self.elements.values() if plain(each.address) == plain(address)]
        index = _INDEX.findall(element.address)[-1:]
        same = [each for each in alike if _INDEX.findall(each.address)[-1:] == index]
        found = same if len(same) == 1 else alike
        return found[0] if len(found) == 1 else None

    def _variable(self, element: Element, module: str, name: str) -> Any:
        if not module:
            return self.document.get("variables", {}).get(name, {}).get("value")
        parent, _, call = plain(module).rpartition("module.")
        called = self.module(parent.rstrip(".")).get("module_calls", {}).get(call, {})
        expression = called.get("expressions", {}).get(name)
        if expression is None:
            declared: Mapping[str, Any] = self.module(module).get("variables", {}).get(name, {})
            return declared.get("default")
        return self._one(element, expression, parent.rstrip("."))

    def _output(self, element: Element, module: str, rest: str) -> Any:
        name, _, output = rest.partition(".")
        inner = f"{module}.module.{name}" if module else f"module.{name}"
        expression = self.module(inner).get("outputs", {}).get(output.partition(".")[0], {}).get("expression") or {}
        return self._one(element, expression, inner)

    def _one(self, element: Element, expression: Mapping[str, Any], module: str) -> Any:
        if "constant_value" in expression:
            return expression["constant_value"]
        references = primary(expression)
        return self.reference(element, references[0], module) if len(references) == 1 else None

    def not_known(self, element: Element, name: str, why: str) -> str:
        """Tell that a value is not known. Returns what stands for it."""
        stands = unknown(f"{element.address}.{name}")
        told = NotKnown(self.where(element), name, why, str(stands))
        if told not in self.read.unknown:
            self.read.unknown.append(told)
        return stands


def _key_of(address: str) -> str | None:
    found = _INDEX.findall(address)
    return found[-1][1:-1].strip('"') if found else None


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)


def _read_element(plan: Plan, element: Element) -> None:
    """What a resource makes, and which of its arguments have no say in that."""
    found = identity(plan, element).get("arn") or element.values.get("arn")
    if found is not None:
        plan.read.names[element.address] = str(found)
    if element.mode != "managed":
        return
    row = ROWS.get(element.type)
    if row is None:
        plan.read.ignore(plan.where(element), element.type, "nothing is made of this type")
        return
    plan.read.things += row.things(plan, element)
    for name in sorted(set(element.values) - row.taken - HARMLESS):
        if element.values[name] not in (None, "", [], {}, False):
            plan.read.ignore(plan.where(element), name, f"this argument of {element.type} is not looked at")


def read_plan(file: str, document: Mapping[str, Any], account: str, region: str) -> Read:
    """Everything that is there once a plan is applied, or that a state says is there."""
    plan = Plan(file, document, account, region)
    for element in plan.elements.values():
        before = len(plan.read.things), len(plan.read.ignored)
        try:
            _read_element(plan, element)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as problem:
            plan.read.ignore(plan.where(element), element.type, f"its arguments are not understood: {problem!r}")
        if element.mode == "managed" and before == (len(plan.read.things), len(plan.read.ignored)):
            plan.read.ignore(plan.where(element), element.type, "as it stands it makes nothing: it names nobody")
    for address, change in plan.changes.items():
        if change.get("actions") == ["delete"]:
            plan.read.ignore(f"{file}, {address}", "delete", "it is gone once the plan is applied")
    return plan.read
