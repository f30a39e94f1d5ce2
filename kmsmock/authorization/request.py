"""The question that condition keys answer about: one call, on one target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock.call import Call, Target
from kmsmock.iam.matching import Value
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key
from kmsmock.store import Store

Rule = Callable[["AuthorizationRequest"], Value | None]


class AuthorizationRequest(NamedTuple):
    """A call, and the thing that it needs permission on."""

    store: Store
    call: Call
    target: Target

    @property
    def key(self) -> Key | None:
        return self.target.key

    def param(self, name: str) -> Any:
        return self.call.params.get(name)

    @property
    def retired(self) -> Grant | None:
        """The grant that RetireGrant is about."""
        if self.call.operation != "RetireGrant" or self.key is None:
            return None
        token = self.param("GrantToken")
        return self.key.grant(self.param("GrantId")) if token is None else self.store.grant_tokens.get(token)

    @property
    def encryption_context(self) -> Mapping[str, str] | None:
        """The pairs that the call sends, or that the constraint of a new grant demands."""
        if self.call.operation == "CreateGrant":
            constraints = self.param("Constraints") or {}
            demanded: Mapping[str, str] | None = constraints.get("EncryptionContextEquals") or constraints.get(
                "EncryptionContextSubset"
            )
            return demanded
        retired = self.retired
        if retired is not None:
            return retired.context_equals or retired.context_subset
        sent: Mapping[str, str] | None = self.param(self.target.context_param)
        return sent


def text(value: Any) -> Value:
    """A parameter as policies see it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    if isinstance(value, (list, tuple)):
        return tuple(str(item) for item in value)
    return str(value)
