"""Everything that one world remembers: flat stores keyed by ARN, and what falls due when."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from kmsmock import clock
from kmsmock.call import Call, Caller, Refused
from kmsmock.clock import Clock
from kmsmock.crypto import pool
from kmsmock.crypto.asymmetric import KeyPair
from kmsmock.directory import Directory
from kmsmock.errors import AwsError, chain
from kmsmock.faults import Fault
from kmsmock.iam import Decision, Decisions
from kmsmock.iam.places import Places
from kmsmock.model.agenda import Agenda
from kmsmock.model.alias import Alias
from kmsmock.model.grant import Grant
from kmsmock.model.import_token import ImportToken
from kmsmock.model.key import Key, KeyMaterial
from kmsmock.model.key_store import CustomKeyStore
from kmsmock.model.written import Written
from kmsmock.options import DEFAULT_ACCOUNT, DEFAULT_REGION, CustomEndpoints, Enforce, EnforceIam
from kmsmock.quotas import Quotas, UsedUp
from kmsmock.telling import own_lines

Records = TypeVar("Records")
Mode = Enforce | Literal["watch"]


def is_meant(error: AwsError) -> bool:
    """Whether a test asked for an error, or for what lies behind it: by a fault or a quota."""
    return any(isinstance(each.clue, (Fault, UsedUp)) for each in chain(error))


@dataclass(slots=True)
class Store:
    """The state of a world. Handlers change it; nothing else in the package keeps any."""

    directory: Directory
    account_id: str = DEFAULT_ACCOUNT
    """Whose root user is meant by credentials that nobody issued."""
    region_name: str = DEFAULT_REGION
    clock: Clock = field(default_factory=Clock)
    enforce: Mode = "strict"
    """``watch`` is for ``world.permissions()``: what is denied is let pass, and nothing else."""
    enforce_services: frozenset[str] = frozenset()
    """The services that are enforced, by their ids with hyphens; all where there are none."""
    enforce_iam: EnforceIam = "model"
    delays: Mapping[str, timedelta] = field(default_factory=dict)
    """How long what AWS does in the background takes, by operation; what is not named is done by the next call."""
    service_caches: bool = False
    """Whether services keep data keys in memory for a while, as they do in AWS."""
    custom_endpoints: CustomEndpoints = "pass"
    """What becomes of requests to hosts that are not AWS's."""
    enforce_network: bool = True
    """Whether what nobody serves is kept in the process, and child processes from AWS."""
    acting: tuple[str, str, str | None] | None = None
    """The credentials of whoever acts in all of the world: access key, secret, session token."""
    shares_mock: bool = False
    """Whether a mock of moto's own holds the data, and goes on with it afterwards."""
    unwind: Callable[[], None] | None = None
    """Ends the world, for the one outside of it that is left first."""
    keys: dict[str, Key] = field(default_factory=dict)
    deleted_keys: dict[str, Key] = field(default_factory=dict)
    """The keys that have been deleted."""
    key_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Customer managed keys by account and Region, for their quota."""
    adopted: dict[str, Any] = field(default_factory=dict)
    """moto's records of the keys that a mock outside had, by ARN: they know the ciphertexts of before."""
    aliases: dict[str, Alias] = field(default_factory=dict)
    key_by_material: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    deleted_materials: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    """Which keys knew the material of a ciphertext that they cannot open any more."""
    grant_tokens: dict[str, Grant] = field(default_factory=dict)
    import_tokens: dict[bytes, ImportToken] = field(default_factory=dict)
    key_stores: dict[str, CustomKeyStore] = field(default_factory=dict)
    credentials: dict[str, Caller] = field(default_factory=dict)
    decisions: Decisions = field(default_factory=Decisions)
    quotas: Quotas | None = None
    faults: list[Fault] = field(default_factory=list)
    current_request: threading.local = field(default_factory=threading.local)
    """What belongs to the request that this thread serves: ``denied``, its denials and what KMS refused; ``call``, what
    it asks of a service; ``request``, moto's part in it; ``note``, what to say of each decision; ``element``, which
    resource of a template is made."""
    refusals: list[Refused] = field(default_factory=list)
    """What was refused, newest last; what KMS refused to a service stands in the service's own refusal."""
    sealed: dict[bytes, tuple[Call, int]] = field(default_factory=dict)
    """The calls that made ciphertexts, by the marks of these, and where in the trail they stand."""
    expected: set[str] = field(default_factory=set)
    """The failed requests that the test was prepared for."""
    events: list[Any] = field(default_factory=list)
    """The trail's records, some of them not written out yet: read them by ``trail.events``."""
    before: dict[str, Callable[[Call, Any], None]] = field(default_factory=dict)
    """What another service does before a service's requests, with its ``ServiceKms``: CloudTrail delivers."""
    request_context: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    agenda: Agenda = field(default_factory=Agenda)
    places: Places = field(default_factory=dict)
    """Where the statements of policies stand that came from files."""
    written: list[Written] = field(default_factory=list)
    """The policy documents and grants that were stored, oldest first, for whoever counts what they were good for."""
    questioned: set[str] = field(default_factory=set)
    """The policy documents whose names have been looked at, by their text."""
    extra_regions: frozenset[str] = frozenset()
    """Regions that exist in this world beside those that botocore knows."""
    _records: dict[type, Any] = field(default_factory=dict)
    """What integrated services keep beside moto, by type: see ``records``."""
    _drawn: Counter[str] = field(default_factory=Counter)

    def records(self, kind: type[Records]) -> Records:
        """What a service keeps beside moto: the one instance of a type in this world, made on first use.

        A type that needs to know the world has a class method ``for_world``, which is given the store.
        """
        found: Records | None = self._records.get(kind)
        if found is None:
            make: Callable[[Store], Records] | None = getattr(kind, "for_world", None)
            found = self._records.setdefault(kind, kind() if make is None else make(self))
        return found

    def keeps(self, kind: str) -> bool:
        return any(each.__name__ == kind for each in self._records)

    def remember(self, decision: Decision) -> None:
        """Keep a decision, and tell whoever serves the present request of a denial."""
        note = getattr(self.current_request, "note", "")
        if note:
            decision = decision._replace(note=note)
        self.decisions.append(decision)
        denied = getattr(self.current_request, "denied", None)
        if denied is not None and not decision.allowed:
            denied.append(decision)

    def refuse(self, call: Call, error: AwsError, keys: tuple[Key, ...]) -> None:
        """Keep what KMS refused, and tell whoever serves the present request."""
        made = self.keep_refusal(call, error, keys)
        denied = getattr(self.current_request, "denied", None)
        if denied is not None:
            denied.append(made)

    def insist(self, call: Call, error: AwsError, keys: tuple[Key, ...] = ()) -> None:
        """Raise what AWS answers. A world that lets pass goes on; ``audit`` keeps it."""
        if not self.lets_pass:
            raise error
        self._pass(call, error, keys)

    def deny(self, call: Call, error: AwsError, keys: tuple[Key, ...] = ()) -> None:
        """The same of a denial, which somebody who watches lets pass as well."""
        if self.enforce == "strict":
            raise error
        self._pass(call, error, keys)

    def _pass(self, call: Call, error: AwsError, keys: tuple[Key, ...]) -> None:
        if self.enforce != "off":
            self.keep_refusal(call, error, keys).passed = True

    def keep_refusal(self, call: Call, error: AwsError, keys: tuple[Key, ...]) -> Refused:
        """One more refusal of this world."""
        made = Refused(
            call.service,
            call.operation,
            error,
            clock.now(),
            call,
            call.request_id,
            len(self.events),
            tuple((key, key.state) for key in keys),
            (error.clue,) if isinstance(error.clue, Decision) else (),
        )
        return self._kept(made)

    def _kept(self, made: Refused) -> Refused:
        made.test, made.lines = os.environ.get(own_lines.TEST, ""), own_lines.asking()
        self.refusals.append(made)
        return made

    def refuse_request(self, error: AwsError, asked: tuple[str, str, str], behind: list[Any], passed: bool) -> None:
        """Keep that a request failed. ``asked``: service, operation and the request's id; ``behind``: its denials, and
        what KMS refused, which is the failure itself where KMS was called; ``passed``: moto answers all the same."""
        service, operation, request_id = asked
        denials = tuple(each for each in behind if isinstance(each, Decision))
        within = tuple(each for each in behind if isinstance(each, Refused))
        if within and within[-1].request_id == request_id:
            within[-1].denials = denials
            return
        for each in within:
            if each in self.refusals:  # else it stands in one of what fails later
                self.refusals.remove(each)
        call = None if service == "kms" else self.current_request.call
        if passed and self.enforce == "off":
            return
        made = Refused(service, operation, error, clock.now(), call, request_id, len(self.events))
        made.denials, made.within, made.passed = denials, within, passed
        self._kept(made)

    @property
    def lets_pass(self) -> bool:
        """Whether what AWS refuses goes on as if it did not."""
        return self.enforce in ("audit", "off")

    @property
    def refuses(self) -> bool:
        """Whether what a service would refuse is refused: with its error, or in ``audit`` by moto's answer."""
        return self.enforce != "off"

    @contextmanager
    def strictly(self) -> Iterator[None]:
        """In the block an audited world refuses as ever: a service words it, and moto answers its request instead."""
        before = self.enforce
        self.enforce = "strict" if before == "audit" else before
        try:
            yield
        finally:
            self.enforce = before

    @contextmanager
    def noting(self, note: str) -> Iterator[None]:
        """Whatever is decided in the block is decided under this remark."""
        self.current_request.note = note
        try:
            yield
        finally:
            self.current_request.note = ""

    @contextmanager
    def making(self, element: str) -> Iterator[None]:
        """What is written in the block stands in a template, in the resource of this logical id."""
        self.current_request.element = element
        try:
            yield
        finally:
            self.current_request.element = ""

    def wrote(
        self,
        kind: str,
        whose: str,
        text: str = "",
        check: Decision | None = None,
        grant: tuple[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Remember who wrote a document or a grant, and where."""
        element = getattr(self.current_request, "element", "")
        call = getattr(self.current_request, "call", None) if element else None
        template = "" if call is None else str(call.params.get("TemplateBody") or "")
        self.written.append(Written(kind, whose, text, own_lines.asking(), element, template, check, grant))

    def add_key(self, key: Key) -> None:
        self.keys[key.arn] = key
        if key.manager == "CUSTOMER":
            self.key_counts[key.account, key.region] += 1
        for material in key.materials:
            self.file_material(key, material)

    def file_material(self, key: Key, material: KeyMaterial) -> None:
        """Make ciphertexts that name a material findable."""
        arns = self.key_by_material.get(material.id, ())
        if key.arn not in arns:
            self.key_by_material[material.id] = (*arns, key.arn)

    def remove_key(self, arn: str) -> None:
        """Delete a key for good: its materials, aliases and grants go with it."""
        key = self.deleted_keys[arn] = self.keys.pop(arn)
        if key.manager == "CUSTOMER":
            self.key_counts[key.account, key.region] -= 1
        for material in key.materials:
            self.key_by_material[material.id] = tuple(each for each in self.key_by_material[material.id] if each != arn)
            self.deleted_materials[material.id] = (*self.deleted_materials.get(material.id, ()), arn)
        for alias_arn in key.aliases:
            del self.aliases[alias_arn]
        for token in [token for token, grant in self.grant_tokens.items() if grant.key_arn == arn]:
            del self.grant_tokens[token]

    def new_key_pair(self, spec: str) -> KeyPair:
        """A key pair of this world, made when it is first used."""

        def make() -> Any:
            number = self._drawn[spec]
            self._drawn[spec] += 1
            return pool.draw(spec, number)

        return KeyPair(spec, make)

    def schedule(self, when: datetime, event: str, subject: Any) -> None:
        """Put something on the agenda; ``lifecycle.DUE`` says what it does when time has come."""
        self.agenda.add(when, event, subject)

    def schedule_after(self, now: datetime, operation: str, event: str, arn: str) -> datetime:
        """Schedule the end of what an operation started: by the next call, unless the world has a delay for it."""
        due = now + self.delays.get(operation, timedelta())
        self.schedule(due, event, arn)
        return due
