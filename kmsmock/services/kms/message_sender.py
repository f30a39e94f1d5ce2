"""Who sends a message to an encrypted queue: the service that handles the request, with what it sends from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from kmsmock.call import Call, Caller
from kmsmock.identity import sessions
from kmsmock.kms import gate
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store


@dataclass(frozen=True, slots=True)
class Sender:
    """Who handles messages: a client through ``kms``, or a service in its own name."""

    kms: ServiceKms
    service: Caller | None = None


_sender: ContextVar[Sender | None] = ContextVar("kmsmock_sender", default=None)


def current() -> Sender | None:
    """Who handles the messages of this request; None where nobody looks at their keys."""
    return _sender.get()


@contextmanager
def handling(kms: ServiceKms, service: Caller | None = None) -> Iterator[None]:
    """Messages that are sent or received in the block need the keys of their queues."""
    token = _sender.set(Sender(kms, service))
    try:
        yield
    finally:
        _sender.reset(token)


def service_for(store: Store, service: str, source_arn: str, account: str, region: str) -> tuple[ServiceKms, Caller]:
    """A service that sends for the sake of a resource."""
    caller = sessions.of_service(f"{service}.amazonaws.com", source_account=account, source_arn=source_arn)
    call = Call(service, "SendMessage", {}, caller, region)
    return ServiceKms(store, call, gate.answer, f"{service}.amazonaws.com"), caller
