"""Principals of whom only the name is known: policies and grants name them, and the world does not have them.

Files seldom tell of everybody whom a key lets in. What account such a one is of can be told, and that is all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from kmsmock.iam import Layer, MatchKind, Policies, Principal, Source, compile_policy
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions

ASSUMED = compile_policy({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def _user(name: str, arn: Arn) -> tuple[str, Principal]:
    return "user", Principal("user", name, arn.account, name, name)


def _role(name: str, arn: Arn) -> tuple[str, Principal]:
    role = arn.name.rpartition("/")[2]
    session = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{role}/any"
    linked = arn.resource.startswith(sessions.SERVICE_LINKED)
    return "role", Principal("role-session", session, arn.account, name, f"{role}:any", service_linked=linked)


def _session(name: str, arn: Arn) -> tuple[str, Principal]:
    role, _, session = arn.name.partition("/")
    role_arn = f"arn:{arn.partition}:iam::{arn.account}:role/{role}"
    return "session", Principal("role-session", name, arn.account, role_arn, f"{role}:{session}")


def _federated(name: str, arn: Arn) -> tuple[str, Principal]:
    return "federated", Principal("federated", name, arn.account, name, f"{arn.account}:{arn.name}")


_KINDS: Mapping[str, Callable[[str, Arn], tuple[str, Principal]]] = {
    "user": _user,
    "role": _role,
    "assumed-role": _session,
    "federated-user": _federated,
}


STRANGER = "000000000000"
"""An account of which nobody knows anything; what a file does not tell stands for somebody there, who is nobody."""


def are_among(names: Iterable[str]) -> Iterator[str]:
    """The names that users, roles or sessions have; the world has none of those whose names are shown so."""
    for name in names:
        arn = Arn.find(name)
        if arn is not None and arn.kind in _KINDS and arn.account != STRANGER:
            yield name


def principal(name: str, arn: Arn) -> tuple[str, Principal]:
    """The kind of a principal, and how policies see him, as far as his ARN tells."""
    return _KINDS[arn.kind](name, arn)


def as_if_allowed(policies: Policies, who: Principal) -> Policies:
    """Policies, as if his own account let him do everything."""
    own = Source(Layer.IDENTITY, f"what account {who.account} lets him do", ASSUMED)
    session = (replace(own, layer=Layer.SESSION),) if who.kind == "federated" else policies.session
    return policies._replace(identity=(own,), session=session)


def how_named(kind: str) -> MatchKind:
    """How a grant names him that has his ARN."""
    return MatchKind.ROLE if kind == "role" else MatchKind.SESSION if kind == "session" else MatchKind.USER


def assumed(kind: str, who: Principal, owner: str) -> str:
    """What is taken for granted of him, in words."""
    told = f"account {who.account} has such a {kind}"
    return told if who.account == owner else f"{told}, and lets it do this"
