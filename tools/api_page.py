"""Writes docs/reference/api.md, from the docstrings and signatures of what is public.

``python -m tools.api_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import kmsmock
from kmsmock import scenarios
from kmsmock.billing.bill import Bill
from kmsmock.billing.lines import Line, Saving
from kmsmock.clock import Clock
from kmsmock.coverage.view import PolicyCoverage
from kmsmock.iam.decisions import Decisions
from kmsmock.loading import Ignored, NotKnown, Taken
from kmsmock.model.sealed import AtRest
from kmsmock.options import WorldOptions
from kmsmock.privilege.result import LeastPrivilege
from kmsmock.radius.dependents import Dependent, Dependents
from kmsmock.radius.holders import Holder, Holders
from kmsmock.refusals import Needed, Refusal, Refusals
from kmsmock.trail.events import Event, Events
from kmsmock.trail.timeline import Moment, Timeline

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "api.md"
_HEAD = """\
# Python

This page is made by `python -m tools.api_page` from the code; a test fails when it is out of date.

`import kmsmock` offers {names}. The other classes are what
methods answer: you need not import them. Times are `datetime` in UTC, amounts are `Decimal` in US dollars, durations
are `timedelta`. What AWS refuses is botocore's `ClientError`; the errors named here are for a wrong use of kmsmock.
"""
_PARTS: dict[str, tuple[Any, ...]] = {
    "The world": (kmsmock.World, WorldOptions, kmsmock.Snapshot),
    "Templates, plans and accounts": (kmsmock.load, kmsmock.Loaded, Taken, Ignored, NotKnown),
    "Who asks": (kmsmock.Account, kmsmock.Principal),
    "Time": (Clock, Timeline, Moment),
    "Decisions and refusals": (kmsmock.Decision, Decisions, Refusal, Refusals, Needed),
    "Assertions": (kmsmock.assert_denied, kmsmock.assert_refused),
    "Without a call": (kmsmock.simulate,),
    "The trail": (Events, Event),
    "What depends on a key, and who can use it": (Dependents, Dependent, Holders, Holder),
    "Policies": (PolicyCoverage, LeastPrivilege),
    "What differs between two worlds": (kmsmock.access_diff, kmsmock.AccessDiff, kmsmock.Change, kmsmock.Access),
    "What is wrong with policies": (kmsmock.lint, kmsmock.assert_no_findings, kmsmock.Findings, kmsmock.Finding),
    "The bill": (Bill, Line, Saving),
    "What the disk holds": (AtRest,),
    "Errors and warnings": (
        kmsmock.KmsMockError,
        kmsmock.RealRequestRefused,
        kmsmock.PolicyWarning,
        kmsmock.VersionWarning,
    ),
    "Set-ups: kmsmock.scenarios": tuple(
        each for name, each in vars(scenarios).items() if inspect.isfunction(each) and not name.startswith("_")
        if each.__module__ == scenarios.__name__
    ),
}  # fmt: skip


_INSIDE = {
    "of_state",
    "times",
    "must_be_of_the_active_world",
    "held",
    "hold_again",
    "among",
    "check",
    "names",
    "call",
    "decide",
}
"""What our own rooms ask of these classes."""


def page() -> str:
    """The whole page."""
    names = ", ".join(f"`{name}`" for name in kmsmock.__all__)
    parts = (f"\n## {title}\n" + "".join(map(_told, things)) for title, things in _PARTS.items())
    return _HEAD.format(names=names) + "".join(parts)


def told() -> set[str]:
    """The names of everything on the page."""
    return {each.__name__ for things in _PARTS.values() for each in things}


def _told(thing: Any) -> str:
    if not inspect.isclass(thing):
        return f"\n### `{thing.__name__}`\n\n`{thing.__name__}{signature(thing)}`\n\n{_words(thing)}\n"
    head = f"\n### `{thing.__name__}`\n\n{_words(thing)}\n"
    fields = _fields(thing)
    if fields:
        head += "\nFields: " + ", ".join(f"`{name}: {kind}`" for name, kind in fields.items()) + ".\n"
    rows = "".join(f"| `{name}` | {words} |\n" for name, words in _members(thing))
    return head + (f"\n| member | what |\n|---|---|\n{rows}" if rows else "")


def _fields(thing: type) -> dict[str, str]:
    if issubclass(thing, tuple) or hasattr(thing, "__dataclass_fields__"):
        kinds = inspect.get_annotations(thing)
        return {
            name: str(getattr(kind, "__forward_arg__", kind))
            for name, kind in kinds.items()
            if not name.startswith("_") and name not in _INSIDE
        }
    return {}


def _members(thing: type) -> Iterator[tuple[str, str]]:
    """Properties and methods, those of bases of ours included, in the order in which they are written."""
    seen = set(_fields(thing))
    for home in (each for each in thing.__mro__ if each.__module__.startswith("kmsmock")):
        for name, member in vars(home).items():
            made = getattr(member, "__func__", member)
            read = isinstance(member, (property, cached_property))
            if name.startswith("_") or name in seen | _INSIDE or not (read or callable(made)):
                continue
            seen.add(name)
            words = " ".join(_words(member).split()).replace("|", "\\|")
            yield (f".{name}" if read else f".{name}{signature(made)}".replace("|", "\\|")), words


def _words(thing: Any) -> str:
    text = inspect.getdoc(thing) or ""
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def signature(function: Any) -> str:
    """Its parameters with their types and defaults, and what it answers."""
    found = inspect.signature(function)
    parts, keyword = [], False
    for name, each in found.parameters.items():
        if name == "self":
            continue
        if each.kind is each.KEYWORD_ONLY and not keyword:
            parts.append("*")
        keyword |= each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        kind = "" if each.annotation is each.empty else f": {each.annotation}"
        default = "" if each.default is each.empty else f" = {_default(each.default)}"
        parts.append(f"{stars}{name}{kind}{default}")
    answer = "" if found.return_annotation in (found.empty, "None") else f" -> {found.return_annotation}"
    return f"({', '.join(parts)}){answer}"


def _default(value: Any) -> str:
    """A default as one would write it; marks for "not given" are told as dots."""
    return repr(value) if isinstance(value, (str, int, float, bool, tuple, type(None))) else "…"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
