"""What is the same for all sessions, made once: while a world is active, each new session has its share in it.

A session reads and parses the model of each service anew, looks up which services there are, inspects and copies
botocore's handlers, and asks rules where calls go; that, and the methods of clients, is nearly all of what these cost.
Here it is done once in a process, by file, by name and by function, so that a session keeps what is its own: its loader
and where that looks for data, its handlers, its plug-ins; and whatever it writes into a model, it writes into a copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from inspect import CO_VARKEYWORDS
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import boto3
import botocore
from botocore import handlers, hooks
from botocore.endpoint_provider import EndpointProvider, RuleSetEndpoint
from botocore.hooks import EventAliaser, HierarchicalEmitter, NodeList
from botocore.loaders import JSONFileLoader, Loader, instance_cache
from botocore.model import ServiceModel
from botocore.regions import EndpointRulesetResolver
from botocore.session import Session
from botocore.utils import EVENT_ALIASES, CachedProperty

from kmsmock.foreign.notes import Note
from kmsmock.wire.own_copies import flagged, own, untouched

if TYPE_CHECKING:
    from botocore.endpoint_provider import RuleSet

    from kmsmock.active import Patches

_SHIPPED = tuple(str(Path(str(each.__file__)).parent / "data") for each in (botocore, boto3))
"""Where the data is that nobody writes but who installs these libraries."""
_WITHIN = tuple(path + os.sep for path in _SHIPPED)

_parsed: dict[str, Any] = {}
_compiled: dict[tuple[int, int], RuleSet] = {}
"""By the identities of what was parsed, which stays."""
_NAMED = Note[dict[Any, set[str]]]("named")
"""On a resolver of endpoints: the parameters of its rules that an operation itself says, or is asked."""
_rules: set[int] = set()
"""The identities of what was compiled, which stays."""
_registered: list[tuple[list[Any], Any]] = []
"""botocore's list of handlers, and those that a session has registered of it."""
_resolved: dict[tuple[Any, ...], RuleSetEndpoint] = {}
"""By the identity of shared rules, and what they were asked."""
_MOST = 1024
_NO_RULES: Any = {"version": "1.0", "parameters": {}, "rules": []}
_services: dict[tuple[str, str], list[str]] = {}
_ALIASES = dict(EVENT_ALIASES)
_aliased: dict[str, str] = {}


def install(patches: Patches) -> None:
    """From now on sessions share what is made once."""
    patches.replace(JSONFileLoader, "load_file", _parsing_once(JSONFileLoader.load_file))
    patches.replace(EndpointProvider, "__init__", _compiling_once(EndpointProvider.__init__))
    patches.replace(EndpointProvider, "_resolve_endpoint", _resolving_once(vars(EndpointProvider)["_resolve_endpoint"]))
    patches.replace(Loader, "list_available_services", _listing_once(Loader.list_available_services))
    patches.replace(hooks, "accepts_kwargs", _without_inspecting(vars(hooks)["accepts_kwargs"]))
    patches.replace(vars(hooks)["_PrefixTrie"], "__copy__", copied_trie)
    patches.replace(
        Session, "_register_builtin_handlers", _registering_once(vars(Session)["_register_builtin_handlers"])
    )
    patches.replace(EventAliaser, "_alias_event_name", _aliasing_once(vars(EventAliaser)["_alias_event_name"]))
    resolve = vars(EndpointRulesetResolver)["_resolve_param_from_context"]
    patches.replace(EndpointRulesetResolver, "_resolve_param_from_context", _placing_once(resolve))
    patches.replace(ServiceModel, "endpoint_discovery_operation", CachedProperty(endpoint_discovery_operation))
    patches.replace(ServiceModel, "error_shapes", CachedProperty(error_shapes))


def _parsing_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        """JSONFileLoader.load_file while a world is active: what ships with botocore and boto3 is parsed once."""
        if type(self) is not JSONFileLoader or not file_path.startswith(_WITHIN):
            return original(self, file_path)
        if file_path not in _parsed:
            _parsed[file_path] = original(self, file_path)
        return own(_parsed[file_path])

    return load_file


def _compiling_once(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: EndpointProvider, ruleset_data: Any, partition_data: Any, *args: Any, **options: Any) -> None:
        """EndpointProvider.__init__ while a world is active: rules that nobody looked into are compiled once."""
        rules, partitions = untouched(ruleset_data), untouched(partition_data)
        if rules is None or partitions is None:
            original(self, ruleset_data, partition_data, *args, **options)
            return
        key = id(rules), id(partitions)
        known = _compiled.get(key)
        original(self, ruleset_data if known is None else _NO_RULES, partition_data, *args, **options)
        self.ruleset = _compiled.setdefault(key, self.ruleset)
        _rules.add(id(self.ruleset))

    return init


def _resolving_once(original: Callable[..., RuleSetEndpoint]) -> Callable[..., RuleSetEndpoint]:
    def resolve_endpoint(self: EndpointProvider, **parameters: Any) -> RuleSetEndpoint:
        """EndpointProvider._resolve_endpoint while a world is active: what shared rules say is found out once."""
        asked = id(self.ruleset), *parameters.items()
        if id(self.ruleset) not in _rules or not all(map(_is_plain, parameters.values())):
            return original(self, **parameters)
        if asked not in _resolved:
            if len(_resolved) >= _MOST:
                _resolved.clear()  # of names of buckets there is no end
            _resolved[asked] = original(self, **parameters)
        url, properties, headers = _resolved[asked]
        return RuleSetEndpoint(url, _copied(properties), _copied(headers))

    return resolve_endpoint


def _is_plain(value: Any) -> bool:
    return type(value) in (str, bool)


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _copied(each) for name, each in data.items()}
    return [_copied(each) for each in data] if isinstance(data, list) else data


def _listing_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def names(path: str, type_name: str) -> list[str]:
        if not Path(path).is_dir():  # hardly anybody has one of his own
            return []
        return list(original(Loader([path], include_default_search_paths=False), type_name))

    @instance_cache
    def list_available_services(self: Any, type_name: str) -> list[str]:
        """Loader.list_available_services while a world is active: folders that ship are gone through once."""
        if type(self) is not Loader or type(self.file_loader) is not JSONFileLoader:
            return list(original(self, type_name))
        for path in _SHIPPED:
            if (path, type_name) not in _services:
                _services[path, type_name] = names(path, type_name)
        known, asked = _services, [(path, type_name) for path in self.search_paths]
        return sorted(set().union(*(known[each] if each in known else names(*each) for each in asked)))

    return list_available_services


def _placing_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve_param_from_context(self: Any, param_name: str, operation_model: Any, call_args: Any) -> Any:
        """EndpointRulesetResolver._resolve_param_from_context while a world is active: most parameters of a rule set
        come from the client alone, whatever an operation is asked."""
        known = _NAMED.get(self)
        if known is None:
            _NAMED.set(self, known := {})
        named = known.get(operation_model)
        if named is None:
            told = *operation_model.static_context_parameters, *operation_model.context_parameters
            named = {*(each.name for each in told), *operation_model.operation_context_parameters}
            known[operation_model] = named
        if param_name in named:
            return original(self, param_name, operation_model, call_args)
        return self._resolve_param_as_client_context_param(param_name)

    return resolve_param_from_context


def _without_inspecting(original: Callable[..., bool]) -> Callable[..., bool]:
    def accepts_kwargs(func: Any) -> bool:
        """botocore's look at the signature of a handler while a world is active: a plain function's code tells it."""
        plain = getattr(func, "__func__", func)
        if type(plain) is not FunctionType or vars(plain):  # a signature that was set goes before the code
            return original(func)
        return bool(plain.__code__.co_flags & CO_VARKEYWORDS)

    return accepts_kwargs


def copied_trie(trie: Any) -> Any:
    """_PrefixTrie.__copy__ while a world is active: the same, by what a node of handlers is known to have."""
    copied = type(trie)()
    vars(copied).update(vars(trie), _root=_copied_node(trie._root))
    return copied


def _copied_node(node: Any) -> Any:
    children, values = node["children"], node["values"]
    return {
        "chunk": node["chunk"],
        "children": {chunk: _copied_node(child) for chunk, child in children.items()} if children else {},
        "values": values and NodeList(values[0][:], values[1][:], values[2][:]),
    }


def _registering_once(original: Callable[..., None]) -> Callable[..., None]:
    def register_builtin_handlers(self: Any, events: Any) -> None:
        """Session._register_builtin_handlers while a world is active: each new session has a copy of the first's."""
        emitter: Any = vars(events).get("_emitter")
        if (type(self), type(emitter)) != (Session, HierarchicalEmitter) or emitter._handlers._root["children"]:
            original(self, events)
            return
        if not _registered or _registered[0][0] != handlers.BUILTIN_HANDLERS:
            original(self, events)
            _registered[:] = [(list(handlers.BUILTIN_HANDLERS), copied_trie(emitter._handlers))]
        else:
            emitter._handlers = copied_trie(_registered[0][1])

    return register_builtin_handlers


def _aliasing_once(original: Callable[..., str]) -> Callable[..., str]:
    def alias_event_name(self: Any, event_name: str) -> str:
        """EventAliaser._alias_event_name while a world is active: botocore's aliases are looked through once a name."""
        known = self._alias_name_cache
        if event_name in known:
            return str(known[event_name])
        if self._event_aliases != _ALIASES:
            return original(self, event_name)
        if event_name not in _aliased:
            _aliased[event_name] = original(self, event_name)
        known[event_name] = _aliased[event_name]
        return _aliased[event_name]

    return alias_event_name


def endpoint_discovery_operation(service: Any) -> Any:
    """ServiceModel.endpoint_discovery_operation while a world is active: no other operation is looked at for it."""
    found = flagged(service._service_description.get("operations", {}), "endpointoperation")
    return service.operation_model(found[0]) if found else None


def error_shapes(service: Any) -> Any:
    """ServiceModel.error_shapes while a world is active: no other shapes are looked at for them."""
    found = flagged(service._service_description.get("shapes", {}), "exception")
    return [service.shape_for(name) for name in found]
