"""What moto looks up again for each value that it writes, and for each look at a request, is looked up once.

The names under which a member of an answer may stand on a record follow from the member and the type of the record;
whether a host holds a bucket's name follows from the host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.active import Patches
from kmsmock.wire.models import Shape

Transform = Callable[[Any], Any]

_names: dict[tuple[Shape, str, type], tuple[str, ...]] = {}
"""The names of a member on records of a type."""
_fitting: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}
"""The paths of transformers, and the name of a member -> those of them that may be meant for it."""


def install_core(patches: Patches) -> None:
    """The members of answers."""
    from moto.core.serialize import ResponseSerializer

    patches.replace(ResponseSerializer, "get_value", _finding_names_once(ResponseSerializer.get_value))


def _finding_names_once(original: Callable[..., Any]) -> Callable[..., Any]:
    from moto.core.serialize import (
        DEFAULT_ALIAS_PROVIDERS,
        MISSING,
        AttributePickerContext,
        XFormedAttributePicker,
        get_value,
    )

    def get_member(serializer: Any, value: Any, key: str, shape: Any) -> Any:
        """ResponseSerializer.get_value while a world is active."""
        picker = serializer._value_picker
        if type(picker) is not XFormedAttributePicker or picker.alias_providers is not DEFAULT_ALIAS_PROVIDERS:
            return original(serializer, value, key, shape)
        kind = shape, key, type(value)
        names = _names.get(kind)
        if names is None:
            context: Any = AttributePickerContext(obj=value, key=key, shape=shape)
            names = _names[kind] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
        found = None
        for name in names:
            each = get_value(value, name, MISSING)
            if each is not MISSING:
                found = each
                break
        transformers: Mapping[str, Transform] = picker.response_transformers
        if transformers:  # responses add to them and change them while they answer
            for path in _that_fit(tuple(transformers), key):
                if ".".join((*serializer.path, key)).endswith(path):
                    return transformers[path](found)
        return found

    return get_member


def _that_fit(paths: tuple[str, ...], key: str) -> tuple[str, ...]:
    """The paths that may be meant for a member of this name."""
    asked = paths, key
    if asked not in _fitting:
        _fitting[asked] = tuple(path for path in paths if _fits(path, key))
    return _fitting[asked]


def _fits(path: str, key: str) -> bool:
    last = path.rpartition(".")[2]
    return key == last if "." in path else key.endswith(path)


def install_s3(patches: Patches) -> None:
    """Hosts of S3."""
    from moto import settings
    from moto.s3.responses import S3Response

    original: Any = S3Response.subdomain_based_buckets
    hosts: dict[tuple[object, ...], bool] = {}

    def subdomain_based_buckets(request: Any) -> bool:
        """S3Response.subdomain_based_buckets while a world is active; the settings may change."""
        host = request.headers.get("host")
        if not isinstance(host, str) or not host:
            return bool(original(request))
        asked = host, settings.S3_IGNORE_SUBDOMAIN_BUCKETNAME, *settings.get_s3_custom_endpoints()
        if asked not in hosts:
            hosts[asked] = bool(original(request))
        return hosts[asked]

    patches.replace(S3Response, "subdomain_based_buckets", staticmethod(subdomain_based_buckets))
