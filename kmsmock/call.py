"""What was asked, by whom, through which service: the record that travels from the wire to the handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from kmsmock.iam import Policies, Principal, Source

Params = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request: the principal that policies see, and what his credentials say about him."""

    principal: Principal
    access_key: str
    session: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that the credentials fix (lower case), such as ``aws:tokenissuetime``."""

    @property
    def account(self) -> str:
        return self.principal.account


class Call(NamedTuple):
    """One API call on the model. ``via`` names the services that forward it, first to last (``ec2.amazonaws.com``)."""

    service: str
    operation: str
    params: Params
    caller: Caller
    region: str
    partition: str = "aws"
    secure: bool = True
    via: tuple[str, ...] = ()
    headers: Mapping[str, Any] = {}

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
        return self._replace(service=service, operation=operation, params=params, region=region, via=(*self.via, via))


class Directory(Protocol):
    """What the model asks about identities; answered by ``identity`` from moto's IAM and STS."""

    def exists(self, arn_or_id: str) -> bool:
        """True if an account, user, role or session of that ARN or unique id can be named in a policy or grant."""

    def policies_of(self, principal: Principal) -> tuple[tuple[Source, ...], tuple[Source, ...] | None]:
        """The identity-based policies of a principal, and its permissions boundary if it has one."""

    def organization_policies(self, policies: Policies, principal: Principal, owner: str) -> Policies:
        """``policies`` with the service and resource control policies of both accounts added."""
