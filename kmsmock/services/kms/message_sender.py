"""Who sends a message to an encrypted queue: the service that handles the request, with what it sends from.

What a service cannot send is lost to whoever asked it; where it shows (dead-letter queues, metrics, logs) is for those
who had it sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.kms import gate
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store


class Lost(NamedTuple):
    """A message that a service could not put into a queue: what it met, and how it sent it."""

    error: AwsError
    body: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who handles messages: a client through ``kms``, or a service in its own name, and what it lost."""

    kms: ServiceKms
    service: Caller | None = None
    lost: list[Lost] = field(default_factory=list)


_sender: ContextVar[Sender | None] = ContextVar("kmsmock_sender", default=None)


def current() -> Sender | None:
    """Who handles the messages of this request; None where nobody looks at their keys."""
    return _sender.get()


@contextmanager
def handling(kms: ServiceKms, service: Caller | None = None) -> Iterator[Sender]:
    """Messages that are sent or received in the block need the keys of their queues."""
    sender = Sender(kms, service)
    token = _sender.set(sender)
    try:
        yield sender
    finally:
        _sender.reset(token)


_sealed: ContextVar[Envelope | None] = ContextVar("kmsmock_sealed", default=None)


def sealed() -> Envelope | None:
    """What opens the message or record that is being put; None for one in the clear."""
    return _sealed.get()


@contextmanager
def putting(envelope: Envelope | None) -> Iterator[None]:
    """In the block a message or record is put that this opens."""
    token = _sealed.set(envelope)
    try:
        yield
    finally:
        _sealed.reset(token)


@contextmanager
def nobody() -> Iterator[None]:
    """In the block messages are handled in the name of nobody: what an event source mapping reads is its own matter."""
    token = _sender.set(None)
    try:
        yield
    finally:
        _sender.reset(token)


def service_for(
    store: Store, service: str, source_arn: str, account: str, region: str, *, tells_source: bool = True
) -> tuple[ServiceKms, Caller]:
    """A service that sends for the sake of a resource. Unless it ``tells_source``, key policies see none of the source:
    EventBridge sends neither aws:SourceAccount nor aws:SourceArn where it publishes to an encrypted topic ("Managing
    Amazon SNS encryption keys and costs")."""
    caller = sessions.of_service(f"{service}.amazonaws.com", source_account=account, source_arn=source_arn)
    if not tells_source:
        caller = replace(caller, session={})
    call = Call(service, "SendMessage", {}, caller, region)
    return ServiceKms(store, call, gate.answer, f"{service}.amazonaws.com"), caller


def must_be_let_in(kms: ServiceKms, action: str, arn: str) -> None:
    """Raise the refusal unless the policy of a queue or topic lets a service send. Within one account that is asked for
    where a world asks for everything, between accounts always."""
    if Arn.of(arn).account != kms.call.account or kms.store.enforce_iam == "all":
        services.require(kms.store, kms.call, Need(action, arn), "query")
