"""Clients: where they are made, and where their endpoints are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from kmsmock.doctor.findings import Check, Finding
from kmsmock.doctor.project import Project
from kmsmock.doctor.sources import Source, Use

ENDPOINT = Check(
    "CLIENTS-ENDPOINT",
    "look",
    "a client has an endpoint of its own",
    "Unless that is AWS's, the client reaches it past the world: nothing is enforced there, and what it makes is not "
    "in the world.",
    '@pytest.mark.kmsmock(custom_endpoints="answer") lets the world answer as if it were AWS\'s; "refuse" keeps it in '
    "the process",
)
AT_IMPORT = Check(
    "CLIENTS-AT-IMPORT",
    "works",
    "clients that are made when a module is imported",
    "Each is of whichever world is active when it calls, and asks as whoever acts there. Leave them as they are.",
)
ASYNC = Check(
    "CLIENTS-ASYNC",
    "works",
    "clients of aiobotocore, aioboto3 and s3fs",
    "A world answers them as it does botocore's; no server and no patch is needed.",
)
CHECKS = (ENDPOINT, AT_IMPORT, ASYNC)

_MAKERS = frozenset({"client", "resource", "create_client"})
_AWS = re.compile(r"(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$")
_ASYNC = ("aiobotocore.session.", "aioboto3.", "s3fs.S3FileSystem")


def find(project: Project) -> Iterator[Finding]:
    """Clients, by where they are made and what their endpoints are."""
    for source in project.sources:
        for use in source.uses:
            yield from _client(source, use)


def _client(source: Source, use: Use) -> Iterator[Finding]:
    if use.call is None:
        return
    place = source.place(use.expression)
    if use.name.startswith(_ASYNC) and use.last in ("get_session", "AioSession", "Session", "S3FileSystem"):
        yield Finding(ASYNC, use.name.partition(".")[0], place)
    if use.last not in _MAKERS:
        return
    endpoint = use.argument("endpoint_url")
    if endpoint is not None and not _is_none_or_aws(source, use):
        yield Finding(ENDPOINT, source.text(endpoint) or "endpoint_url=...", place)
    if not use.functions and use.name.startswith("boto3."):
        yield Finding(AT_IMPORT, use.name, place)


def _is_none_or_aws(source: Source, use: Use) -> bool:
    endpoint = use.argument("endpoint_url")
    text = source.text(endpoint)
    if text is None:
        return getattr(endpoint, "value", "") is None
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        return False
    return _AWS.search(host) is not None
