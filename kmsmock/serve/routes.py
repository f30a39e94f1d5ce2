"""THE TABLE of the admin API: method, path, what it does, what it takes. Adding a page is adding a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from kmsmock.serve import circumstances, people, telling
from kmsmock.serve.reading import DOCUMENT, DOCUMENTS, FLAG, NUMBER, OBJECT, SOME, SWITCH, TEXT, Field
from kmsmock.serve.served import Question

ROOT = "/_kmsmock"
_NOTHING: Mapping[str, Field] = MappingProxyType({})


class Route(NamedTuple):
    """What is done for a method at a path, in whose ``{…}`` anything but a slash may stand."""

    method: str
    path: str
    does: Callable[[Question], Any]
    takes: Mapping[str, Field] = _NOTHING
    """Of a GET in its query, of others in their body."""
    is_open: bool = False
    """Whether it needs no token."""


_PRINCIPAL = Field(TEXT, "the ARN of a user, a role or a root", needed=True)
_USED_BY = Field(TEXT, "the ARN of the function, instance or task that has the role")
_POLICIES: Mapping[str, Field] = {
    "name": Field(TEXT, "", needed=True),
    "policies": Field(DOCUMENTS, "what it may do"),
    "boundary": Field(DOCUMENT, "its permissions boundary"),
}
_AT = "an instant in ISO 8601, such as 2030-01-31T12:00"
_LAST = Field(NUMBER, f"how many, the newest; {telling.NEWEST} unless said")


def _texts(*names: str) -> Mapping[str, Field]:
    return {name: Field(TEXT, "") for name in names}


ROUTES: tuple[Route, ...] = (
    Route("GET", "/health", telling.health, is_open=True),
    Route("GET", "/ca.pem", telling.certificate, is_open=True),
    Route("GET", "/world", telling.world),
    Route("GET", "/loaded", telling.loaded),
    Route("GET", "/accounts", people.accounts),
    Route("POST", "/accounts/{account}", people.root_of_account),
    Route("POST", "/accounts/{account}/users", people.new_user, _POLICIES),
    Route(
        "POST",
        "/accounts/{account}/roles",
        people.new_role,
        {
            **_POLICIES,
            "trust": Field(DOCUMENT, "its trust policy, or the name of a service"),
            "used_by": _USED_BY,
        },
    ),
    Route(
        "POST",
        "/sessions",
        people.new_session,
        {
            "principal": _PRINCIPAL,
            "used_by": _USED_BY,
            "context": Field(OBJECT, 'global condition keys, such as {"aws:SourceIp": "203.0.113.7"}'),
        },
    ),
    Route(
        "GET",
        "/environment",
        people.environment,
        {"principal": _PRINCIPAL._replace(needed=False), "format": Field(TEXT, "json, or sh for a shell")},
    ),
    Route("GET", "/acting", people.who_acts),
    Route("PUT", "/acting", people.act, {"principal": _PRINCIPAL, "used_by": _USED_BY}),
    Route("DELETE", "/acting", people.act_no_more),
    Route("GET", "/clock", circumstances.clock),
    Route(
        "POST",
        "/clock/advance",
        circumstances.advance,
        {name: Field(SOME, "") for name in ("weeks", "days", "hours", "minutes", "seconds")},
    ),
    Route("POST", "/clock/move", circumstances.move, {"at": Field(TEXT, _AT, needed=True)}),
    Route("POST", "/clock/freeze", circumstances.freeze, {"at": Field(TEXT, _AT)}),
    Route("POST", "/clock/release", circumstances.release),
    Route("GET", "/faults", circumstances.faults),
    Route(
        "POST",
        "/faults",
        circumstances.add_fault,
        {
            "operation": Field(TEXT, "such as Decrypt, or * for all", needed=True),
            "error": Field(TEXT, "a code, such as ThrottlingException", needed=True),
            "service": Field(TEXT, "botocore's id; kms unless said"),
            "message": Field(TEXT, ""),
            "times": Field(NUMBER, "how many calls fail; all unless said"),
        },
    ),
    Route("DELETE", "/faults", circumstances.no_faults),
    Route("DELETE", "/faults/{id}", circumstances.no_fault),
    Route("GET", "/delays", circumstances.delays),
    Route(
        "PUT",
        "/delays",
        circumstances.set_delays,
        {"delays": Field(SWITCH, 'as on AWS, none, or seconds: {"ReplicateKey": 60}', needed=True)},
    ),
    Route(
        "PUT",
        "/quotas",
        circumstances.set_quotas,
        {"quotas": Field(SWITCH, 'AWS\'s, none, or requests per second: {"CreateKey": 1}', needed=True)},
    ),
    Route("GET", "/context", circumstances.context),
    Route(
        "PUT",
        "/context",
        circumstances.set_context,
        {"keys": Field(OBJECT, 'global condition keys, such as {"aws:SourceIp": "203.0.113.7"}', needed=True)},
    ),
    Route(
        "GET",
        "/decisions",
        telling.decisions,
        {
            "last": _LAST,
            "allowed": Field(FLAG, ""),
            **_texts("principal", "action", "resource", "effect", "reason"),
        },
    ),
    Route(
        "GET",
        "/refusals",
        telling.refusals,
        {"last": _LAST, **_texts("cause", "principal", "key", "service", "operation", "error")},
    ),
    Route(
        "GET",
        "/events",
        telling.events,
        {"last": _LAST, **_texts("name", "principal", "key", "source", "error", "account", "region", "via")},
    ),
    Route("POST", "/reset", circumstances.reset),
    Route("GET", "/snapshots", circumstances.snapshots),
    Route("PUT", "/snapshots/{name}", circumstances.remember),
    Route("POST", "/snapshots/{name}/restore", circumstances.put_back),
    Route("DELETE", "/snapshots/{name}", circumstances.forget),
)
