"""What is the same for all sessions, made once: while a world is active, each new session has its share in it.

A session reads and parses the model of each service anew, looks up which services there are, inspects and copies
botocore's handlers, and asks rules where calls go; that, and the methods of clients, is nearly all of what these cost.
Here it is done once in a process, by file, by name and by function, so that a session keeps what is its own: its loader
and where that looks for data, its handlers, its plug-ins; and whatever it writes into a model, it writes into a copy.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib import request

import boto3
import botocore
from botocore.endpoint import EndpointCreator
from botocore.endpoint_provider import EndpointProvider, RuleSetEndpoint
from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader, instance_cache
from botocore.model import ServiceModel
from botocore.regions import EndpointRulesetResolver
from botocore.utils import CachedProperty

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
_resolved: dict[tuple[Any, ...], RuleSetEndpoint] = {}
"""By the identity of shared rules, and what they were asked."""
_MOST = 1024
_PROXY = "_proxy"
_NO_RULES: Any = {"version": "1.0", "parameters": {}, "rules": []}
_listed: dict[tuple[str, ...], list[str]] = {}
"""By folder that ships, and what it was asked for."""


def install(patches: Patches) -> None:
    """From now on sessions share what is made once."""
    patches.replace(JSONFileLoader, "load_file", _parsing_once(JSONFileLoader.load_file))
    patches.replace(EndpointProvider, "__init__", _compiling_once(EndpointProvider.__init__))
    where = "_resolve_endpoint" if "_resolve_endpoint" in vars(EndpointProvider) else "resolve_endpoint"
    patches.replace(EndpointProvider, where, _resolving_once(vars(EndpointProvider)[where]))
    patches.replace(Loader, "list_available_services", _listing_services_once(Loader.list_available_services))
    patches.replace(Loader, "list_api_versions", _listing_versions_once(Loader.list_api_versions))
    resolve = vars(EndpointRulesetResolver)["_resolve_param_from_context"]
    patches.replace(EndpointRulesetResolver, "_resolve_param_from_context", _placing_once(resolve))
    patches.replace(ServiceModel, "endpoint_discovery_operation", CachedProperty(endpoint_discovery_operation))
    patches.replace(ServiceModel, "error_shapes", CachedProperty(error_shapes))
    patches.replace(EndpointCreator, "_get_proxies", _looking_for_proxies(vars(EndpointCreator)["_get_proxies"]))


def _parsing_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        """JSONFileLoader.load_file while a world is active: what ships with botocore and boto3 is parsed once."""
        if type(self) is not JSONFileLoader or not file_path.startswith(_WITHIN):
            return original(self, file_path)
        if file_path not in _parsed:
            _parsed[file_path] = _read(file_path)
        return own(_parsed[file_path])

    return load_file


def _read(file_path: str) -> Any:
    """The data of a file that ships, in the dictionaries that are parsed and copied soonest; None if there is none."""
    for ending, opened in ((".json", open), (".json.gz", gzip.open)):
        if Path(file_path + ending).is_file():
            with opened(file_path + ending, "rb") as file:
                return json.loads(file.read())
    return None


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
        """EndpointProvider._resolve_endpoint while a world is active: what shared rules say is found out once. In
        botocore before 1.43.20 it has no underscore."""
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


def _listing_services_once(original: Callable[..., Any]) -> Callable[..., Any]:
    @instance_cache
    def list_available_services(self: Loader, type_name: str) -> list[str]:
        """Loader.list_available_services while a world is active."""
        return _listed_once(original, self, type_name)

    return list_available_services


def _listing_versions_once(original: Callable[..., Any]) -> Callable[..., Any]:
    @instance_cache
    def list_api_versions(self: Loader, service_name: str, type_name: str) -> list[str]:
        """Loader.list_api_versions while a world is active."""
        return _listed_once(original, self, service_name, type_name)

    return list_api_versions


def _listed_once(original: Callable[..., Any], loader: Loader, *asked: str) -> list[str]:
    """What a loader finds in its folders: those that ship are gone through once."""
    if type(loader) is not Loader or type(loader.file_loader) is not JSONFileLoader:
        return list(original(loader, *asked))
    found = set[str]()
    for place in [(path, *asked) for path in loader.search_paths]:
        if place[0] in _SHIPPED and place not in _listed:
            _listed[place] = _names(original, *place)
        found.update(_listed[place] if place in _listed else _names(original, *place))
    return sorted(found) or list(original(loader, *asked))


def _names(original: Callable[..., Any], path: str, *asked: str) -> list[str]:
    if not Path(path).is_dir():  # hardly anybody has one of his own
        return []
    try:
        return list(original(Loader([path], include_default_search_paths=False), *asked))
    except DataNotFoundError:
        return []


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


def endpoint_discovery_operation(service: Any) -> Any:
    """ServiceModel.endpoint_discovery_operation while a world is active: no other operation is looked at for it."""
    found = flagged(service._service_description.get("operations", {}), "endpointoperation")
    return service.operation_model(found[0]) if found else None


def error_shapes(service: Any) -> Any:
    """ServiceModel.error_shapes while a world is active: no other shapes are looked at for them."""
    found = flagged(service._service_description.get("shapes", {}), "exception")
    return [service.shape_for(name) for name in found]


def _looking_for_proxies(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_proxies(self: Any, url: str) -> Any:
        """EndpointCreator._get_proxies while a world is active: urllib reads the whole environment twice for each
        client, and where no variable is one of a proxy there is none."""
        settled = request.getproxies is request.getproxies_environment  # not by the system's settings
        named = not settled or any(name[-len(_PROXY) :].lower() == _PROXY for name in os.environ)
        return original(self, url) if named else {}

    return get_proxies
