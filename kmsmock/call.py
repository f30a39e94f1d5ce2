"""What was asked, by whom, through which service: what travels from the wire to the handler; and refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from kmsmock.errors import AwsError
from kmsmock.iam import Decision, Principal, Source
from kmsmock.model.key import Key, KeyState
from kmsmock.telling.own_lines import Line

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request: the principal that policies see, and what his credentials say about him."""

    principal: Principal
    access_key: str
    session: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that the credentials fix (lower case), such as ``aws:tokenissuetime``."""
    policies: tuple[Source, ...] | None = None
    """The session policies; None where there are none to limit."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The session tags."""
    transitive: frozenset[str] = frozenset()
    """The keys of the session tags that go on to the next role."""
    expires: datetime | None = None
    token: str = ""
    """The session token that goes with the access key; empty for long-term keys."""
    ambient: bool = False
    """True for credentials that nobody issued: whoever runs the suite, with all that the root user may."""

    @property
    def account(self) -> str:
        return self.principal.account

    @property
    def temporary(self) -> bool:
        """True for what STS gave: a session of a role, or of a user who asked for one."""
        return "aws:tokenissuetime" in self.session


Problem = Literal[
    "deleted", "inactive", "expired", "token", "secret", "skewed", "body", "chunk", "unsigned", "region", "undigested"
]
"""What may be wrong with credentials, and with what was signed with them."""


class CredentialProblem(Exception):
    """A request was signed with credentials that are no good any more; each service has its own words for it."""

    def __init__(self, problem: Problem, text: str = "", **details: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.text = text
        """What is said of it, where that has dates or a Region in it."""
        self.details = details
        """What the error has beside, such as the Region that was expected."""


class Signature(NamedTuple):
    """What a request's signature says: who signed, and for which Region. Empty where it does not say."""

    access_key: str = ""
    region: str = ""
    version: int | None = None
    token: str = ""
    """The session token that was sent with it."""
    secret: str | None = None
    """What it would be made with; None where it was made."""
    text: str = ""
    """The signature itself, of version 4."""
    host: str = ""
    """The host that was signed; empty where it is that of the URL."""
    problem: CredentialProblem | None = None
    """What was found wrong with it where it came in."""


class Call(NamedTuple):
    """One API call on the model. ``via`` names the services that forward it, first to last (``ec2.amazonaws.com``)."""

    service: str
    operation: str
    params: Params
    caller: Caller
    region: str
    partition: str = "aws"
    secure: bool = True
    """Whether it came over TLS."""
    via: tuple[str, ...] = ()
    headers: Mapping[str, Any] = {}
    signed: int | None = 4
    """The version of the signature; None for a request that nobody signed."""
    request_id: str = ""
    """The id that the answer tells; empty for a call that a service makes, whose answer no client sees."""
    url: str = ""
    form: Mapping[str, str] | None = None
    """The fields of a form that a browser posted, by their names in lower case; None for any other request."""
    local: bool = False
    """Whether it came in at an address of this machine, which stands for one of AWS's."""

    @property
    def user_agent(self) -> str:
        value = self.headers.get("User-Agent", "")
        return value.decode() if isinstance(value, bytes) else value

    @property
    def account(self) -> str:
        return self.caller.principal.account

    @property
    def dry_run(self) -> bool:
        return bool(self.params.get("DryRun"))

    def forwarded(self, service: str, operation: str, params: Params, region: str, via: str) -> Call:
        """The call that service ``via`` makes for this caller (a forward access session)."""
        return self._replace(
            service=service,
            operation=operation,
            params=params,
            region=region,
            via=(*self.via, via),
            request_id="",
            url="",
        )


class Target(NamedTuple):
    """One thing that a call needs permission on.

    ``key`` is None for ``*``, for an alias itself, and for another account's key that does not exist: whoever asks for
    the last is refused as if it did, so that nothing is told about it.
    """

    action: str
    arn: str
    owner: str
    key: Key | None = None
    alias: str | None = None
    by_ciphertext: bool = False
    context_param: str = "EncryptionContext"
    same_key: bool = False
    """True where ReEncrypt stays under one key."""
    region: str | None = None
    """The Region in which the permission is asked for, where it is not that of the call."""

    @property
    def absent(self) -> bool:
        """True for the key of a ciphertext that is in another Region, or was deleted there or in another account."""
        return self.by_ciphertext and self.key is None


class Late(NamedTuple):
    """What failed after its call was answered: an id or ARN that later calls may name, and how it shows."""

    about: str
    outcome: str


@dataclass(slots=True, eq=False)
class Refused:
    """One call that was refused: what somebody will need who asks why. The words are made in ``refusals``."""

    service: str
    operation: str
    error: AwsError
    when: datetime
    call: Call | None
    """None for a request that was refused before it was read."""
    request_id: str
    events: int
    """How long the trail was then."""
    keys: tuple[tuple[Key, KeyState], ...] = ()
    """The keys that it was about, and their states then."""
    denials: tuple[Decision, ...] = ()
    within: tuple[Refused, ...] = ()
    """What KMS refused to the service that was called."""
    test: str = ""
    """The test that ran, by pytest's name for it."""
    lines: tuple[Line, ...] = ()
    """Whose line of code made the call."""
    late: Late | None = None
    """What came to nothing after the call was answered; None where the call itself was refused."""
    passed: bool = False
    """True for what was let through, because the world is in audit mode."""
