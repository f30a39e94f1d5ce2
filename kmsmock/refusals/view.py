"""What a test sees of refusals: each explains itself, and the list of them can be searched, grouped and written out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, SupportsIndex, overload

from kmsmock.call import Call, Refused
from kmsmock.iam import Decision
from kmsmock.iam.printable import printable
from kmsmock.refusals import finding, history
from kmsmock.refusals.causes import Cause
from kmsmock.store import Store
from kmsmock.trail import cloudtrail_format

By = Literal["cause", "test", "principal", "key", "service", "operation", "error"]


class Refusal:
    """One call that was refused. Nothing is worked out until somebody asks.

    ``error`` has AWS's ``code``, ``message`` and ``status``; ``when`` is the instant, ``decisions`` the denials behind
    it, ``within`` what KMS refused to the service that was called.
    """

    def __init__(self, store: Store, refused: Refused) -> None:
        self._store, self._refused = store, refused
        self.service, self.operation = refused.service, refused.operation
        self.error = refused.error
        self.when: datetime = refused.when
        self.decisions: tuple[Decision, ...] = refused.denials
        self.request_id = refused.request_id
        self.test = refused.test.rpartition(" (")[0]

    @property
    def within(self) -> tuple[Refusal, ...]:
        return tuple(Refusal(self._store, each) for each in self._refused.within)

    @cached_property
    def _cause(self) -> Cause:
        return finding.of(self._store, self._refused)

    @property
    def cause(self) -> str:
        """The stable code of the cause, such as ``KMS-STATE-DISABLED``; docs/refusals.md has a paragraph on each."""
        return self._cause.code

    @property
    def principal(self) -> str:
        """The ARN of who asked; empty where the credentials are nobody's."""
        call = self._call
        return call.caller.principal.arn if call is not None else ""

    @property
    def via(self) -> tuple[str, ...]:
        """The services through which KMS was asked, first to last."""
        return self._call.via if self._call is not None else ()

    @property
    def key(self) -> str:
        """The ARN of the key, or of whatever else was named; empty where that is nothing."""
        for refused in (self._refused, *reversed(self._refused.within)):
            if refused.keys:
                return refused.keys[0][0].arn
            named = None if refused.call is None else refused.call.params.get("KeyId")
            if refused.service == "kms" and isinstance(named, str):
                return named
        return next((each.resource for each in reversed(self.decisions)), "")

    @property
    def why(self) -> str:
        """The cause in a sentence."""
        return self._said(self._cause.why)

    @cached_property
    def history(self) -> tuple[str, ...]:
        """How it came to this, oldest first."""
        behind = (self._refused, *self._refused.within)
        return tuple(line for refused in behind for line in history.of(self._store, refused))

    @property
    def remedies(self) -> tuple[str, ...]:
        """What would help; at least one thing."""
        return tuple(map(self._said, self._cause.remedies))

    def explain(self) -> str:
        """Several lines for a person: what was asked, what is wrong, how it came to this, and what to do."""
        error = self.error
        lines = [f"{self.cause}: {self.why}"]
        lines += [f"  asked     {self.service}:{self.operation} at {self.when:%Y-%m-%d %H:%M:%S}"]
        lines += [f"  caller    {self.principal}"] if self.principal else []
        lines += [f"  via       {' '.join(self.via)}"] if self.via else []
        lines += [f"  about     {self.key}"] if self.key and not self.decisions else []
        lines += [f"  answered  {error.code} ({error.status}): {error.message}".rstrip(": ")]
        lines += [f"  KMS said  {each.error.code} to {each.operation}: {each.error.message}" for each in self.within]
        lines += [f"  before    {line}" for line in self.history]
        lines += [line for decision in self._told for line in decision.explain().splitlines()]
        if not self._told:
            lines += [f"  To do: {line}" for line in self.remedies]
        return "\n".join(map(printable, lines))

    @property
    def _told(self) -> tuple[Decision, ...]:
        """The denials that are the cause; those of a request that failed for another reason explain nothing."""
        return self.decisions[-1:] if self.cause.startswith("IAM-") else ()

    def as_dict(self) -> dict[str, Any]:
        """The same for a machine: texts, numbers and lists only."""
        call = self._call
        return {
            "cause": self.cause,
            "why": self.why,
            "history": list(self.history),
            "remedies": list(self.remedies),
            "service": self.service,
            "operation": self.operation,
            "parameters": _plain({} if call is None else call.params),
            "principal": self.principal,
            "via": list(self.via),
            "key": self.key,
            "error": {"code": self.error.code, "message": self.error.message, "status": self.error.status},
            "when": self.when.isoformat(),
            "test": self.test,
            "within": [each.as_dict() for each in self.within],
        }

    @property
    def _call(self) -> Call | None:
        return self._refused.call

    def _said(self, text: str) -> str:
        words = {
            "key": self.key or "the key",
            "operation": self.operation,
            "service": self.service,
            "caller": self.principal or "the caller",
        }
        for name, word in words.items():
            text = text.replace(f"{{{name}}}", word)
        return text

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        by = f" by {self.principal}" if self.principal else ""
        return f"<Refusal {self.cause}: {self.service}:{self.operation}{by}, {self.error.code}>"


def of(store: Store) -> Refusals:
    """Everything that a world has refused, newest last."""
    return Refusals(Refusal(store, each) for each in store.refusals)


_VALUE: Mapping[By, Callable[[Refusal], str]] = {
    "cause": lambda each: each.cause,
    "test": lambda each: each.test,
    "principal": lambda each: each.principal,
    "key": lambda each: each.key,
    "service": lambda each: each.service,
    "operation": lambda each: each.operation,
    "error": lambda each: each.error.code,
}


class Refusals(list[Refusal]):
    """Refusals, newest last: a list, of which ``where`` selects, and which ``by`` groups."""

    @overload
    def __getitem__(self, which: SupportsIndex) -> Refusal: ...

    @overload
    def __getitem__(self, which: slice) -> Refusals: ...

    def __getitem__(self, which: SupportsIndex | slice) -> Refusal | Refusals:
        found = super().__getitem__(which)
        return Refusals(found) if isinstance(found, list) else found

    def where(self, **wanted: Any) -> Refusals:
        """Those for which every condition holds: ``refusals.where(cause="KMS-STATE-DISABLED", principal=role)``.

        Conditions: ``cause``, ``test``, ``principal`` (an ARN, or what ``account.role()`` gave), ``key``, ``service``,
        ``operation``, ``error`` (a code). Raises TypeError for another.
        """
        for name in wanted:
            _must_be_one(name)
        given = {name: getattr(value, "arn", value) for name, value in wanted.items()}
        return Refusals(each for each in self if all(_is(each, name, value) for name, value in given.items()))

    def by(self, what: By) -> dict[str, Refusals]:
        """Grouped by one of the conditions of ``where``: ``refusals.by("cause")``. Raises TypeError for another."""
        _must_be_one(what)
        found: dict[str, Refusals] = {}
        for each in self:
            found.setdefault(_VALUE[what](each), Refusals()).append(each)
        return found

    def to_json(self) -> str:
        """All of them as a JSON list."""
        return json.dumps([each.as_dict() for each in self], indent=2)

    def __str__(self) -> str:
        return "\n\n".join(each.explain() for each in self)


def _is(refusal: Refusal, name: Any, value: Any) -> bool:
    """Whether a condition holds; the ARN of a role stands for its sessions."""
    call = refusal._call
    if name == "principal" and call is not None and call.caller.principal.principal_arn == value:
        return True
    return bool(_VALUE[name](refusal) == value)


def _must_be_one(name: str) -> None:
    if name not in _VALUE:
        raise TypeError(f"{name!r}: refusals are told apart by {', '.join(_VALUE)}")


_SECRET = cloudtrail_format.SECRET | {
    "Plaintext", "CiphertextBlob", "Body", "SecretString", "SecretBinary", "Message", "MessageBody", "Value",
    "MasterUserPassword",
}  # fmt: skip


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters for a machine; what is secret or long is told by its size."""
    return {name: _short(name, value) for name, value in params.items()}


def _short(name: str, value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    if name in _SECRET:
        return "..."
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, (list, tuple)):
        return [_short(name, each) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
