"""One run of a case: its clients, what it made, and how that is removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore import xform_name

from kmsmock.verify import operations
from kmsmock.verify.transcript import Exchange, Transcript, listen


class Place(NamedTuple):
    """Where a case runs: a world, or an account."""

    account: str
    caller: str
    """The ARN of who calls."""
    region: str
    client: Callable[[str], Any]
    """A client of a service that signs as the caller."""
    must_be_there: Callable[[], None] = lambda: None
    """Raises where calls would be answered by somebody else."""
    settle: Callable[[], object] = lambda: None
    """Waits until what was changed is known everywhere."""


class Made(NamedTuple):
    """Something that a case made."""

    kind: str
    name: str
    service: str
    removal: str
    told: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Declared(NamedTuple):
    """What ``@pytest.mark.verify_aws`` says of a case."""

    reads: bool
    makes: tuple[str, ...]

    @classmethod
    def of(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Declared:
        """What was written. Raises TypeError for what says nothing."""
        kinds = sorted({each.kind for each in operations.MAKES.values()})
        makes, reads = tuple(kwargs.get("makes", ())), kwargs.get("reads", False)
        if args or kwargs.keys() - {"reads", "makes"} or set(makes) - set(kinds) or bool(reads) == bool(makes):
            raise TypeError(
                "@pytest.mark.verify_aws takes reads=True, or makes=[...] with what the case makes: " + ", ".join(kinds)
            )
        return cls(bool(reads), makes)


class AwsCase:
    """The fixture ``aws_case``: clients of one place, whose calls are kept for comparison.

    Only operations that kmsmock knows to be harmless are sent: what reads, what makes something that it can remove, and
    what changes what the case itself made.
    """

    def __init__(self, place: Place, run: str, declared: Declared) -> None:
        self.region, self.account_id = place.region, place.account
        self.transcript = Transcript(place.account, place.caller, f"kmsmock-verify-{run}")
        self.made: list[Made] = []
        self._place, self._declared = place, declared
        self._names: set[str] = set()

    def client(self, service: str) -> Any:
        """A boto3 client of a service, in the Region of the run."""
        client = self._place.client(service)
        listen(client, self._may_send, self._answered)
        return client

    def name(self, text: str) -> str:
        """A name that no other run has, for aliases, buckets and the like: ``alias/`` comes before it where needed."""
        return f"{self.transcript.run}-{text}"

    def settle(self) -> None:
        """Wait until AWS knows everywhere what was changed ("AWS KMS eventual consistency"); a world knows at once."""
        self._place.settle()

    def _may_send(self, service: str, operation: str, sent: Mapping[str, Any]) -> None:
        self._place.must_be_there()
        if operations.reads_only(service, operation):
            return
        if not operations.is_known(service, operation):
            raise NotInACase(f"{service}:{operation} is not in kmsmock/verify/operations.py: no case may call it")
        making = operations.MAKES.get((service, operation))
        if self._declared.reads or (making is not None and making.kind not in self._declared.makes):
            what = f"makes something ({making.kind})" if making is not None else "changes something"
            raise NotInACase(f"{service}:{operation} {what}, and @pytest.mark.verify_aws does not say so")
        if making is not None and making.is_named and not _named(sent, making).startswith(self.transcript.run):
            raise NotInACase(f"{service}:{operation}: {making.is_named} has to be one of aws_case.name(...)")
        for name, value in operations.owned(service, operation, sent).items():
            if value not in self._names:
                raise NotInACase(f"{service}:{operation}: {name} {value!r} is nothing that the case made itself")

    def _answered(self, exchange: Exchange) -> None:
        self.transcript.exchanges.append(exchange)
        making = operations.MAKES.get((exchange.service, exchange.operation))
        if making is not None and exchange.succeeded:
            names = making.names(exchange.sent, exchange.answer)
            told = making.told(exchange.sent, exchange.answer)
            self._names.update(names)
            self.made.append(Made(making.kind, names[0], exchange.service, making.removal, told))

    def remove(self) -> list[tuple[Made, str]]:
        """Remove all that was made, the latest first; returns what could not be removed, and why."""
        left = []
        for each in reversed(self.made):
            try:
                getattr(self._place.client(each.service), xform_name(each.removal))(**each.told)
            except Exception as error:  # the others are still to be removed
                answer = getattr(error, "response", None)
                if answer is None or not operations.is_gone(answer["Error"]):
                    left.append((each, f"{type(error).__name__}: {error}"))
        return left


def _named(sent: Mapping[str, Any], making: operations.Making) -> str:
    return str(sent.get(making.is_named, ""))


class NotInACase(Exception):
    """A call that a case may not make. It was not sent."""
