"""A diagnosis for a terminal, or for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from kmsmock.doctor.diagnosis import LEVELS, Diagnosis
from kmsmock.doctor.findings import Group
from kmsmock.foreign import versions
from kmsmock.iam.printable import printable

SHOWN = 5
"""Places of one kind that a terminal shows; the JSON has all."""
_TOLD = ("kmsmock", "moto", "boto3", "botocore", "pytest", "Python")


def as_text(diagnosis: Diagnosis) -> str:
    """For a person: what has to be changed first, and at the end what to write."""
    return "\n".join(_lines(diagnosis))


def as_json(diagnosis: Diagnosis) -> str:
    """The same with every place, for a program."""
    return json.dumps(
        {
            "status": diagnosis.status,
            "files": diagnosis.files,
            "installed": _installed(),
            "findings": [_plain(group) for group in diagnosis.groups],
            "unread": [each._asdict() for each in diagnosis.unread],
            "first": list(diagnosis.first),
        },
        indent=2,
    )


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    here = ", ".join(f"{name} {version}" for name, version in _installed().items())
    yield f"Looked at {diagnosis.files} files, {diagnosis.sources} of them Python that has to do with AWS. Here: {here}"
    for level, title in LEVELS.items():
        groups = [group for group in diagnosis.groups if group.check.level == level]
        if groups:
            yield from ("", title, "")
        for group in groups:
            yield from _group(group)
    if diagnosis.unread:
        yield from ("", "Not read", "")
        yield from (f"  {printable(each.file)}: {printable(each.why)}" for each in diagnosis.unread[:SHOWN])
        yield from _and_more(len(diagnosis.unread) - SHOWN)
    yield from ("", "What to write first", "")
    yield from (f"  {number}  {printable(step)}" for number, step in enumerate(diagnosis.first, 1))


def _group(group: Group) -> Iterator[str]:
    yield f"{group.check.code}: {group.check.title}"
    shown = 1 if group.check.level == "works" else SHOWN
    yield from _labelled("at", [f"{each.place}: {each.what}" for each in group.found[:shown]])
    yield from _and_more(len(group.found) - shown)
    yield from _labelled("happens", [group.happens])
    yield from _labelled("write", group.write.splitlines())


def _labelled(label: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  {'' if number else label:<10}{printable(line)}"


def _and_more(count: int) -> Sequence[str]:
    return [f"            and {count} more"] if count > 0 else []


@cache
def _installed() -> Mapping[str, str]:
    return {name: versions.installed(name) for name in _TOLD}


def _plain(group: Group) -> dict[str, Any]:
    return {
        "code": group.check.code,
        "level": group.check.level,
        "title": group.check.title,
        "happens": group.happens,
        "write": group.write,
        "places": [
            {"file": each.place.file, "line": each.place.number or None, "what": each.what} for each in group.found
        ],
    }
