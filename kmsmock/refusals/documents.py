"""Which statement, element and principal of a key policy is at fault."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.iam import MalformedPolicy, compile_policy, parse
from kmsmock.store import Store

_BY_REASON = {"principal": "Principal", "no-principal": "Principal", "invalid-principal": "Principal"}


def faults(store: Store, call: Call) -> Iterator[str]:
    """What is wrong with the policy that a call brings, statement by statement."""
    text = call.params.get("Policy")
    try:
        document = parse(text) if isinstance(text, str) else {}
    except MalformedPolicy:
        yield from _no_json(str(text))
        return
    statements = document.get("Statement", []) if isinstance(document, Mapping) else []
    for number, raw in enumerate([statements] if isinstance(statements, Mapping) else statements, 1):
        sid = raw.get("Sid") if isinstance(raw, Mapping) else None
        name = f'statement {number} ("{sid}")' if sid else f"statement {number}"
        yield from (f"{name}, {fault}" for fault in _of_statement(store, call, raw))


def unknown_principals(store: Store, call: Call) -> Iterator[str]:
    """The principals in the policy that a call brings who do not exist."""
    document = json.loads(call.params["Policy"])
    statements = document["Statement"]
    for raw in [statements] if isinstance(statements, Mapping) else statements:
        named = raw.get("Principal", raw.get("NotPrincipal"))
        written = named.get("AWS", []) if isinstance(named, Mapping) else []
        for arn in [written] if isinstance(written, str) else written:
            if arn != "*" and store.directory.resolve(arn, call.partition) is None:
                yield arn


def _no_json(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError as problem:
        yield f"the text is no JSON: {problem}"


def _of_statement(store: Store, call: Call, raw: Any) -> Iterator[str]:
    def bind(name: str) -> str:
        if store.directory.resolve(name, call.partition) is None:
            raise MalformedPolicy(f"{name} does not exist", "invalid-principal")
        return name

    try:
        compile_policy({"Version": "2012-10-17", "Statement": [raw]}, kind="resource", bind=bind)
    except MalformedPolicy as problem:
        yield f"{_BY_REASON.get(problem.reason, 'its elements')}: {problem}"
        return
    for element in ("Action", "Resource"):
        if not {element, f"Not{element}"} & set(raw):
            yield f"{element} is missing"
