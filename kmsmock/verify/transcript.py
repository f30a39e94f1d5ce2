"""What a case asked and was answered, call by call, heard by the events of botocore that clients offer to everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_SENT = "kmsmock: sent"
"""Where the context of a request has its parameters until it is answered."""


@dataclass(frozen=True)
class Exchange:
    """One call and its answer: of an error code, message and what else it has, of both the status."""

    service: str
    operation: str
    sent: Mapping[str, Any]
    answer: Mapping[str, Any]
    status: int

    @property
    def succeeded(self) -> bool:
        return "Error" not in self.answer


@dataclass
class Transcript:
    """All of one run of a case, and what in it belongs to this run alone: account, caller, names."""

    account: str
    caller: str
    run: str
    exchanges: list[Exchange] = field(default_factory=list)


def listen(
    client: Any,
    before: Callable[[str, str, Mapping[str, Any]], None],
    after: Callable[[Exchange], None],
) -> None:
    """Have ``before`` hear of each call of a client before it is sent, and ``after`` of its answer."""
    service = client.meta.service_model.service_name

    def sending(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        before(service, model.name, params)
        context[_SENT] = dict(params)

    def answered(parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        told = {name: _kept(value) for name, value in parsed.items() if name != "ResponseMetadata"}
        after(Exchange(service, model.name, context.get(_SENT, {}), told, status))

    client.meta.events.register(f"provide-client-params.{client.meta.service_model.service_id.hyphenize()}", sending)
    client.meta.events.register(f"after-call.{client.meta.service_model.service_id.hyphenize()}", answered)


def _kept(value: Any) -> Any:
    """A body that is a stream is the case's to read."""
    return "<stream>" if hasattr(value, "iter_chunks") else value
