"""The files that a question is about, in a world; and what keys and principals are called in it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kmsmock.errors import nearest
from kmsmock.iam.printable import printable
from kmsmock.telling import colours

if TYPE_CHECKING:
    from kmsmock.world import World

FORMATS = ("text", "json")


def add_arguments(parser: argparse.ArgumentParser, *, files: bool = True, required: bool = True) -> None:
    """What all questions take."""
    if files:
        parser.add_argument(
            "--in",
            dest="files",
            nargs="+",
            type=Path,
            metavar="FILE",
            required=required,
            help="templates, cdk.out, plans or states of Terraform (terraform show -json), dumps of accounts",
        )
    parser.add_argument("--account", metavar="ID", help="the account of what does not say its own")
    parser.add_argument("--region", metavar="REGION", help="likewise the Region")
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of templates"
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """How the answer is told."""
    parser.add_argument("--format", choices=FORMATS, default="text", help="for a person, or for a program")


def parameters(given: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE``, as a mapping. Raises ValueError."""
    found = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator:
            raise ValueError(f"--parameter {each}: give NAME=VALUE")
        found[name] = value
    return found


@contextmanager
def loaded(asked: argparse.Namespace) -> Iterator[World]:
    """A world with what the files describe; what was not taken of them is told. Raises ValueError and OSError."""
    from kmsmock.world import load

    values = parameters(asked.parameter)
    with load(*asked.files, account_id=asked.account, region_name=asked.region, parameters=values) as world:
        yield world
        tell_what_is_missing(world.loaded.plain(), ", ".join(map(str, asked.files)))


@contextmanager
def loaded_if_any(asked: argparse.Namespace) -> Iterator[World | None]:
    """The same; None where the question names no files."""
    if not asked.files:
        yield None
        return
    with loaded(asked) as world:
        yield world


def tell_what_is_missing(report: Mapping[str, Any], name: str) -> None:
    """On the other output, after the answer: what of the files has no part in the answer."""
    ignored = Counter(str(each["what"]) for each in report["ignored"])
    if ignored:
        counted = ", ".join(f"{number} {what}" for what, number in sorted(ignored.items()))
        _say(f"{name}: not taken: {counted}")
    for each in report["unknown"]:
        _say(f"{name}: not known: {each['where']}: {each['what']}: {each['why']}")
    for each in report["notes"]:
        _say(f"{name}: taken for granted: {each}")


def _say(text: str) -> None:
    print(f"kmsmock: {printable(text)}", file=sys.stderr)  # noqa: T201 - a command's output


def shown(text: str) -> str:
    """A text for whoever reads: with colours in a person's terminal."""
    return colours.ansi(text) if colours.may_colour(sys.stdout) else text


def key(world: World, name: str) -> str:
    """The ARN of a key: by its ARN, id or alias, or by what a file calls it. Raises ValueError."""
    from kmsmock.radius import keys

    if name in world.loaded and ":key/" in world.loaded[name]:
        return world.loaded[name]
    if name in world.loaded and ":alias/" in world.loaded[name]:
        name = world.loaded[name]
    try:
        return keys.find(world.store, name).arn
    except ValueError as problem:
        known = [each for key in world.store.keys for each in world.loaded.names_of(key)]
        meant = None if name.startswith("arn:") else nearest(name, known)
        if meant is None or "there are" in str(problem):
            raise ValueError(f"--key {name}: {str(problem).partition(': ')[2]}") from None
        raise ValueError(f"--key {name}: no key is called so; did you mean {meant!r}?") from None


def principal(world: World, name: str) -> str:
    """The ARN of a principal: itself, or what a file calls it; the name of a service. Raises ValueError."""
    return world.loaded[name] if name in world.loaded and not name.startswith("arn:") else name
