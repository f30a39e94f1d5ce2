"""Where a statement stands: file and line, for policies that came from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kmsmock.iam.decision import Decision
from kmsmock.iam.request import Source

Places = dict[str, tuple[str, ...]]
"""Where the statements of a document stand, by what they say."""

_LAYERS = ("identity", "boundary", "session", "rcp", "resource", "vpce")
_STATEMENTS = re.compile(r'"Statement"\s*:\s*(?=[\[{])')


def add(places: Places, path: Path, document: Mapping[str, Any], place: Callable[[str, int], str]) -> None:
    """Remember where the statements of a document stand of a file; ``place`` writes a file and a line."""
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    text = path.read_text(encoding="utf-8")
    places[_said(listed)] = tuple(place(str(path.absolute()), number) for number in lines(text))


def lines(text: str) -> Iterator[int]:
    """The line on which each statement of a JSON text begins."""
    found = _STATEMENTS.search(text)
    if found is None:
        return
    decoder, at = json.JSONDecoder(), found.end() + (text[found.end()] == "[")
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        if not text.startswith("{", at):
            return
        yield text.count("\n", 0, at) + 1
        at = decoder.raw_decode(text, at)[1]


def _said(statements: Iterable[Any]) -> str:
    return json.dumps(list(statements), sort_keys=True)


def of(places: Places, statements: Iterable[Any]) -> tuple[str, ...]:
    """Where these statements stand, if they came from a file."""
    return places.get(_said(statements), ()) if places else ()


def placed(decision: Decision, places: Places) -> Decision:
    """A decision whose policies know where their statements stand."""
    if not places:
        return decision

    def known(source: Source) -> Source:
        found = places.get(_said(each.raw for each in source.policy.statements))
        return source if found is None else replace(source, places=found)

    def all_of(sources: Iterable[Source] | None) -> tuple[Source, ...] | None:
        return None if sources is None else tuple(map(known, sources))

    policies = decision.policies
    simple: dict[str, Any] = {name: all_of(getattr(policies, name)) for name in _LAYERS}
    levels = None if policies.scp is None else tuple(tuple(map(known, level)) for level in policies.scp)
    matched = tuple((known(source), statement) for source, statement in decision.matched)
    return decision._replace(policies=policies._replace(**simple, scp=levels), matched=matched)
