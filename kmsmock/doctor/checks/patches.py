"""Patches of botocore, boto3 and aiobotocore: what they still do in a world, which has patches of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kmsmock.doctor.findings import Check, Finding
from kmsmock.doctor.project import Project
from kmsmock.doctor.sources import Source, Use

ASYNC = Check(
    "PATCHES-AIOBOTOCORE",
    "look",
    "aiobotocore is patched so that moto can answer it",
    "A world answers aiobotocore's clients by itself. A patch that fits the installed aiobotocore goes on working; one "
    "that was copied from an older suite fails inside of it, as without a world, such as with AttributeError: "
    "'MockAWSResponse' object has no attribute 'headers'.",
    "Delete the patch and its classes; keep: async with session.create_client(...) as client",
)
CALLS = Check(
    "PATCHES-CALLS",
    "look",
    "the calls of clients are replaced",
    "What the replacement answers never reaches the world: nothing is enforced there. What it hands on to the original "
    "is answered by the world.",
    "Let the test make the keys, buckets and secrets that it needs, in a world, and delete the replacement; for an "
    'error of AWS\'s: with world.fault("kms", "Decrypt", error="KMSInternalException"): ...',
)
WIRE = Check(
    "PATCHES-WIRE",
    "look",
    "what sends botocore's requests is replaced",
    "A world answers before that: the replacement is not called for requests to AWS, and a test that waits for its "
    "call fails.",
    'For errors: with world.fault("kms", "Decrypt", error="KMSInternalException", times=2): ...; for what was asked: '
    "world.events",
)
MAKERS = Check(
    "PATCHES-BOTO3",
    "works",
    "boto3 itself is replaced by a mock",
    "Such tests never reach AWS or a world: they pass as before, and nothing is enforced in them.",
)
CHECKS = (ASYNC, CALLS, WIRE, MAKERS)

_PATCHERS = frozenset({"patch", "object", "setattr", "multiple", "patch_object"})
_ROWS = (
    (re.compile(r"aiobotocore\.|botocore\.awsrequest\.AWSResponse"), ASYNC),
    (
        re.compile(r"botocore\.client\.(BaseClient|ClientCreator)\._\w+|botocore\.endpoint\.Endpoint\.make_request"),
        CALLS,
    ),
    (re.compile(r"botocore\.(endpoint\.Endpoint\._\w+|httpsession\.URLLib3Session\.\w+)"), WIRE),
    (re.compile(r"([\w.]+\.)?boto3(\.(client|resource|Session|session\.Session))?"), MAKERS),
)
"""What is replaced, and what becomes of it."""


def find(project: Project) -> Iterator[Finding]:
    """What is replaced by ``patch``, ``setattr``, an assignment or a class."""
    for source in project.sources:
        for node, target in (*_by_call(source), *_by_assignment(source), *_by_class(source)):
            for pattern, check in _ROWS:
                if pattern.match(target) if pattern is _ROWS[0][0] else pattern.fullmatch(target):
                    yield Finding(check, target, source.place(node))
                    break


def _by_call(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """``patch("a.b.c")``, ``patch.object(a.b, "c")``, ``monkeypatch.setattr(...)``."""
    for use in source.uses:
        if use.call is not None and use.last in _PATCHERS and use.call.args:
            yield use.expression, _target(source, use)


def _target(source: Source, use: Use) -> str:
    first = use.call.args[0] if use.call else use.expression
    text = source.text(first)
    if text is not None:
        return text
    attribute = source.text(use.argument("attribute", 1)) or source.text(use.argument("name"))
    return f"{source.whole(first)}.{attribute}" if attribute else ""


def _by_assignment(source: Source) -> Iterator[tuple[ast.AST, str]]:
    for node in source.nodes:
        if isinstance(node, ast.Assign):
            yield from ((node, source.whole(each)) for each in node.targets if isinstance(each, ast.Attribute))


def _by_class(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Classes in the place of aiobotocore's answers."""
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            bases = (source.whole(base) for base in node.bases)
            yield from ((node, base) for base in bases if base.endswith(".AioAWSResponse"))
