"""The text of a policy, cut into pieces that know what became of them: data for whatever shows it in colours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.coverage.policies import Part, Policy, Statement
from kmsmock.coverage.shapes import parts_of, parts_of_grant


class Span(NamedTuple):
    """A piece of text. ``state`` is that of its statement (``allowed``, ``denied``, ``not matched``, ``never looked
    at``), or ``missing`` of a part that no test needed of a statement that matched; empty outside of statements.
    ``note`` says so in words."""

    text: str
    state: str = ""
    note: str = ""


Path = tuple[str, ...]


def spans(policy: Policy) -> list[Span]:
    """The document as indented JSON; what stands together in one state is one piece."""
    states = dict(_states(policy))
    made: list[Span] = []
    for text, path in _rendered(policy.document, (), 0):
        state, note = _at(states, path)
        if made and made[-1][1:] == (state, note):
            made[-1] = made[-1]._replace(text=made[-1].text + text)
        else:
            made.append(Span(text, state, note))
    return made


def as_data(policy: Policy) -> dict[str, Any]:
    """The same for a machine."""
    return {"policy": policy.title, "spans": [list(each) for each in spans(policy)]}


def _at(states: Mapping[Path, tuple[str, str]], path: Path) -> tuple[str, str]:
    """The state of the nearest thing around a place that has one."""
    return next((states[path[:end]] for end in range(len(path), -1, -1) if path[:end] in states), ("", ""))


def _states(policy: Policy) -> Iterator[tuple[Path, tuple[str, str]]]:
    if policy.kind == "grant":
        yield from _of_statement(policy.statements[0], (), policy.document, parts_of_grant(policy.document))
        return
    listed = policy.document.get("Statement", [])
    for statement in policy.statements:
        raw = listed[statement.index] if isinstance(listed, list) else listed
        at = ("Statement", str(statement.index)) if isinstance(listed, list) else ("Statement",)
        yield from _of_statement(statement, at, raw, (path for path, _ in parts_of(raw)))


def _of_statement(
    statement: Statement, at: Path, raw: Mapping[str, Any], paths: Iterator[str]
) -> Iterator[tuple[Path, tuple[str, str]]]:
    yield at, (statement.state, _words(statement))
    if statement.exercised:
        for part, path in zip(statement.parts, paths, strict=True):
            if not part.exercised:
                yield (*at, *_place(raw, part, path)), ("missing", part.missing)


def _words(statement: Statement) -> str:
    """``"Use": allowed 3 requests, did not match 1``."""
    if not statement.exercised:
        return f"{statement.label}: {statement.state}"
    return f"{statement.label}: {statement.state} {statement.matched}, did not match {statement.unmatched}"


def _place(raw: Mapping[str, Any], part: Part, path: str) -> Path:
    """Where a part stands: a value that is the only one may have no list around it."""
    if part.element == "Condition":
        return ("Condition", *part.key.split(" ", 1))
    value: Any = raw
    found: list[str] = []
    for step in path.split("/"):
        if isinstance(value, (Mapping, list)):
            found.append(step)
            value = value[int(step)] if isinstance(value, list) else value[step]
    return tuple(found)


def _rendered(value: Any, path: Path, depth: int) -> Iterator[tuple[str, Path]]:
    """Indented JSON, piece by piece, each with the path of what it belongs to."""
    if isinstance(value, Mapping) and value:
        items, ends = [(str(name), each, f"{json.dumps(name)}: ") for name, each in value.items()], "{}"
    elif isinstance(value, list) and value:
        items, ends = [(str(number), each, "") for number, each in enumerate(value)], "[]"
    else:
        yield json.dumps(value, ensure_ascii=False), path
        return
    yield ends[0], path
    for number, (name, each, label) in enumerate(items):
        inside = (*path, name)
        yield f"{',' if number else ''}\n{'  ' * (depth + 1)}", path
        yield label, inside
        yield from _rendered(each, inside, depth + 1)
    yield f"\n{'  ' * depth}{ends[1]}", path
