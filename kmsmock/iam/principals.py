"""Who asks, and how precisely a policy's Principal names him ("AWS JSON policy elements: Principal")."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal

from kmsmock.iam.arn import Arn, root

Kind = Literal["root", "user", "role-session", "federated", "service", "provider", "anonymous"]
"""``provider`` is an identity provider that vouches for somebody who has no credentials of AWS yet."""


class MatchKind(IntEnum):
    """How a principal was named, weakest first. ACCOUNT delegates to IAM; ROLE is limited by boundary and session."""

    ACCOUNT = 1
    ROLE = 2
    SERVICE = 3
    STAR = 4
    USER = 5
    SESSION = 6


@dataclass(frozen=True)  # no slots: known_as is kept on the instance
class Principal:
    """The caller as policies see him.

    ``arn`` is the ARN of messages (a role's *session*), ``principal_arn`` the value of aws:PrincipalArn (the *role*,
    with its path), ``unique_id`` the ``AIDA…`` or ``AROA…:session``. A service has its name for an ARN. ``names`` are
    the other names of a service; of a federated user, the ARN and id of the user whose session it is.
    """

    kind: Kind
    arn: str
    account: str
    principal_arn: str
    unique_id: str
    service_linked: bool = False
    names: frozenset[str] = field(default=frozenset())
    parent: str = ""
    """The ARN of the user who asked for a federated session."""

    @property
    def partition(self) -> str:
        """The partition whose identity this is; services and strangers have none of their own."""
        found = Arn.find(self.arn)
        return "aws" if found is None else found.partition

    @cached_property
    def known_as(self) -> dict[str, MatchKind]:
        """Every text that names this caller in a Principal element."""
        if self.kind in ("service", "provider"):
            return dict.fromkeys({self.arn, *self.names}, MatchKind.SERVICE)
        account = dict.fromkeys((self.account, root(self.partition, self.account)), MatchKind.ACCOUNT)
        if self.kind == "role-session":
            role_id = self.unique_id.partition(":")[0]
            return account | {
                self.principal_arn: MatchKind.ROLE,
                role_id: MatchKind.ROLE,
                self.arn: MatchKind.SESSION,
                self.unique_id: MatchKind.SESSION,
            }
        if self.kind == "user":
            return account | {self.arn: MatchKind.USER, self.unique_id: MatchKind.USER}
        if self.kind == "federated":
            # the user who asked for the session is limited in it, as a role is in its sessions
            return account | dict.fromkeys(self.names, MatchKind.ROLE) | {self.arn: MatchKind.SESSION}
        return account if self.kind == "root" else {}


@dataclass(frozen=True, slots=True)
class PrincipalSet:
    """A compiled Principal element. ``star`` is ``*``; ``aws``, ``services`` and ``federated`` are the names in it."""

    star: bool
    aws: frozenset[str]
    services: frozenset[str]
    federated: frozenset[str] = frozenset()

    def match(self, caller: Principal) -> MatchKind | None:
        """The strongest way in which this element names the caller, or None."""
        best: MatchKind | None = MatchKind.STAR if self.star else None
        mine = self._of_kind(caller)
        for name, kind in caller.known_as.items():
            if name in mine and (best is None or kind > best):
                best = kind
        return best

    def covers(self, caller: Principal) -> bool:
        """True if the caller is listed by all that he is: his account, his role or user, and his session."""
        if self.star:
            return True
        mine = self._of_kind(caller)
        listed = {kind for name, kind in caller.known_as.items() if name in mine}
        return bool(listed) and listed == set(caller.known_as.values())

    def _of_kind(self, caller: Principal) -> frozenset[str]:
        if caller.kind == "provider":
            return self.federated
        return self.services if caller.kind == "service" else self.aws

    def names(self) -> frozenset[str]:
        """Everything named, for the check that it exists."""
        return self.aws | self.services


_ACCEPTED = re.compile(
    r"\d{12}|arn:[\w-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/[\w+=,.@/:-]+)"
    r"|arn:[\w-]+:iam::cloudfront:user/CloudFront Origin Access Identity \w+"
    r"|(AIDA|AROA)[A-Z0-9]+(:[\w+=,.@-]+)?"
)


def is_principal(text: str) -> bool:
    """True if a text has the shape of something that an AWS principal can be; wildcards have not."""
    return _ACCEPTED.fullmatch(text) is not None
