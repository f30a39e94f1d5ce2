"""The context of one request: the value of any condition key, computed when a policy asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kmsmock.authorization.condition_keys import resource_tags, services
from kmsmock.authorization.condition_keys.global_keys import CONDITION_KEYS, principal_tag, tags_of_request
from kmsmock.authorization.condition_keys.kms import KMS_NAMED_KEYS
from kmsmock.authorization.condition_keys.settable import set_for
from kmsmock.authorization.request import AuthorizationRequest
from kmsmock.iam.matching import Value


def _resource_tag(key: str) -> Callable[[AuthorizationRequest, str], Value | None]:
    return lambda ask, name: resource_tags.value(ask, key, name)


def _request_tag(ask: AuthorizationRequest, name: str) -> Value | None:
    return next((value for key, value in tags_of_request(ask).items() if key.lower() == name), None)


NAMED_KEYS: dict[str, Callable[[AuthorizationRequest, str], Value | None]] = {
    **KMS_NAMED_KEYS,
    "aws:principaltag/": principal_tag,
    **{key: _resource_tag(key) for key in resource_tags.KEYS},
    "aws:requesttag/": _request_tag,
}
"""Condition keys that end in a name of the user's choice."""


class Context(Mapping[str, Value]):
    """The condition context of one call. Values are computed on demand and then kept."""

    __slots__ = ("_ask", "_known")

    def __init__(self, ask: AuthorizationRequest) -> None:
        self._ask = ask
        self._known: dict[str, Value | None] = {**set_for(ask.call, ask.store.request_context)}

    def __getitem__(self, name: str) -> Value:
        known = self._known
        if name not in known:
            known[name] = self._compute(name)
        value = known[name]
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        known = self._known
        if name not in known:
            known[name] = self._compute(name)
        value = known[name]
        return default if value is None else value

    def _compute(self, name: str) -> Value | None:
        rule = CONDITION_KEYS.get(name)
        if rule is not None:
            return rule(self._ask)
        for prefix, named in NAMED_KEYS.items():
            if name.startswith(prefix):
                return named(self._ask, name[len(prefix) :])
        return services.value(self._ask.call, self._ask.target.action, name)

    def compute_all(self) -> None:
        """Compute every key now, so that an explanation read later tells what was true at the time of the call."""
        for name in CONDITION_KEYS:
            if self._ask.call.service == "kms" or not name.startswith("kms:"):
                self.get(name)
        for name in self._ask.encryption_context or {}:
            self.get(f"kms:encryptioncontext:{name.lower()}")
        for name in resource_tags.of(self._ask):
            self.get(f"aws:resourcetag/{name.lower()}")

    def __iter__(self) -> Iterator[str]:
        return (name for name, value in self._known.items() if value is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
