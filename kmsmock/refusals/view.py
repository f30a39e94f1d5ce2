"""What a test sees of a refusal: it explains itself, in words and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from kmsmock.call import Call, Refused
from kmsmock.iam import Decision, plain
from kmsmock.iam.decision import in_short, names_of, to_do
from kmsmock.iam.names import Names
from kmsmock.iam.printable import printable
from kmsmock.refusals import causes, finding, history, remedies
from kmsmock.refusals.causes import Cause
from kmsmock.store import Store
from kmsmock.telling import colours, own_lines
from kmsmock.trail import cloudtrail_format


class Refusal:
    """One call that was refused. Nothing is worked out until somebody asks.

    ``error`` has AWS's ``code``, ``message`` and ``status``; ``when`` is the instant, ``decisions`` the denials behind
    it, ``within`` what KMS refused to the service that was called, ``passed`` whether audit mode let it through,
    ``late`` what came to nothing after the call was answered.
    """

    def __init__(self, store: Store, refused: Refused) -> None:
        self._store, self._refused = store, refused
        self.service, self.operation = refused.service, refused.operation
        self.error = refused.error
        self.when: datetime = refused.when
        self.decisions: tuple[Decision, ...] = refused.denials
        self.request_id = refused.request_id
        self.passed = refused.passed
        self.late = refused.late
        self.test = refused.test.rpartition(" (")[0]

    @property
    def within(self) -> tuple[Refusal, ...]:
        return tuple(Refusal(self._store, each) for each in self._refused.within)

    @cached_property
    def behind(self) -> Refusal | None:
        """The earlier call because of which that is missing, or failed, which this one names."""
        found = finding.behind(self._store, self._refused)
        return None if found is None else Refusal(self._store, found)

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
        call = self.call
        return call.caller.principal.arn if call is not None else ""

    @property
    def via(self) -> tuple[str, ...]:
        """The services through which KMS was asked, first to last."""
        return self.call.via if self.call is not None else ()

    @property
    def key(self) -> str:
        """The ARN of the key, or of whatever else was named; empty where that is nothing."""
        for refused in _with_what_is_within(self._refused):
            if refused.keys:
                return refused.keys[0][0].arn
            named = None if refused.call is None else refused.call.params.get("KeyId")
            if refused.service == "kms" and isinstance(named, str):
                return named
        return next((each.resource for each in reversed(self.decisions)), "")

    @property
    def why(self) -> str:
        """The cause in a sentence."""
        return self._said(self._cause.why) if self.behind is None else self.behind.why

    @property
    def general(self) -> str:
        """The cause in a sentence that is true of all refusals of the kind."""
        return self._said(self._cause.why, {"key": "the key", "operation": "the operation"})

    @property
    def place(self) -> str:
        """Whose line made the call, as ``tests/test_app.py:17``; empty where only libraries ran."""
        return self._refused.lines[0].place if self._refused.lines else ""

    @property
    def asked(self) -> str:
        """What was asked, as an action: that which was denied, or the operation."""
        return self.denials[-1].action if self.denials else f"{self.service}:{self.operation}"

    @property
    def because(self) -> str:
        """What came nearest to letting the request in, in a few words."""
        return in_short(self.denials[-1]) if self.denials else ""

    @cached_property
    def history(self) -> tuple[str, ...]:
        """How it came to this, oldest first."""
        return tuple(
            line for refused in _with_what_is_within(self._refused) for line in history.of(self._store, refused)
        )

    @property
    def remedies(self) -> tuple[str, ...]:
        """What would help; at least one thing."""
        if self.behind is not None:
            return self.behind.remedies
        tried = [each for decision in self.denials for each in to_do(decision)]
        if tried and self.cause != causes.EXPLICIT_DENY.code:
            return tuple(tried)
        here = remedies.of(self._store, self._refused, self._cause)
        return (*tried, *here, *map(self._said, self._cause.remedies))

    def explain(self) -> str:
        """Several lines for a person: what was asked, what is wrong, how it came to this, and what to do."""
        names, error = self.names, self.error
        at = own_lines.told(self._refused.lines)
        lines = [f"{self.cause}: {names.within(self.why)}"]
        lines += [f"  at        {at}"] if at else []
        lines += [f"  asked     {self.service}:{self.operation} at {self.when:%Y-%m-%d %H:%M:%S}"]
        if not self.denials:  # they say it themselves
            lines += [f"  caller    {names.whole(self.principal)}"] if self.principal else []
            lines += [f"  about     {names.whole(self.key)}"] if self.key else []
        lines += [f"  via       {' '.join(self.via)}"] if self.via else []
        words = [] if self.denials else [error.message]  # what a denial says is said better below
        answered = "let pass  would be" if self.passed else "later    " if self.late else "answered "
        told = [f"  result    {self.late.about} {self.late.outcome}"] if self.late else []
        told += [": ".join(filter(None, [f"  {answered} {error.code} ({error.status})", *words]))]
        for each in self.within:
            words = [] if self.denials else [each.error.message]
            told.append(": ".join([f"  KMS said  {each.error.code} to {each.operation}", *words]))
        label = "at fault" if self.cause.startswith(("POLICY-", "KMS-POLICY-")) else "before"
        told += [f"  {label:10}{line}" for line in self.history]
        lines += map(names.within, told)
        lines += [line for decision in self.denials for line in decision.explain().splitlines()]
        if self.behind is not None:
            lines += [
                "  This is because of an earlier call:",
                *(f"  {each}" for each in self.behind.explain().splitlines()),
            ]
        elif not self.denials:
            lines += [f"  To do: {names.within(line)}" for line in self.remedies]
        return "\n".join(map(printable, lines))

    @cached_property
    def denials(self) -> tuple[Decision, ...]:
        """The denials that are the cause; those of a request that failed for another reason explain nothing."""
        if not self.cause.startswith("IAM-"):
            return ()
        return tuple({(each.action, each.resource, each.reason): each for each in self.decisions}.values())

    @cached_property
    def names(self) -> Names:
        """What the caller and the key are called for short."""
        if self.behind is not None:
            return self.behind.names
        if self.denials:
            return names_of(self.denials[-1])
        aliases = [alias for each, _ in self._refused.keys if each.arn == self.key for alias in each.aliases]
        return Names.of((self.principal, self.key), [f"alias/{alias.partition(':alias/')[2]}" for alias in aliases])

    def as_dict(self) -> dict[str, Any]:
        """The same for a machine: texts, numbers and lists only."""
        call = self.call
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
            "at": self.place,
            "passed": self.passed,
            "late": None if self.late is None else self.late._asdict(),
            "behind": None if self.behind is None else self.behind.as_dict(),
            "decisions": [plain.of(each) for each in self.denials],
            "within": [each.as_dict() for each in self.within],
        }

    @property
    def call(self) -> Call | None:
        """The call, as it was read; None for a request that was refused before."""
        return self._refused.call

    def _said(self, text: str, instead: Mapping[str, str] = MappingProxyType({})) -> str:
        words = {
            "key": self.key or "the key",
            "operation": self.operation,
            "service": self.service,
            "caller": self.principal or "the caller",
            **instead,
        }
        for name, word in words.items():
            text = text.replace(f"{{{name}}}", word)
        return text

    def __str__(self) -> str:
        return self.explain()

    def _repr_html_(self) -> str:
        return colours.html(self.explain())

    def __repr__(self) -> str:
        by = f" by {self.principal}" if self.principal else ""
        return f"<Refusal {self.cause}: {self.service}:{self.operation}{by}, {self.error.code}>"


def _with_what_is_within(refused: Refused) -> Iterator[Refused]:
    yield refused
    for each in reversed(refused.within):
        yield from _with_what_is_within(each)


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
