"""``diff old new``: which access to keys is new and which is gone, for who reads it in CI."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kmsmock.asking import files
from kmsmock.errors import did_you_mean
from kmsmock.iam.printable import printable

if TYPE_CHECKING:
    from kmsmock.access import Access, AccessDiff


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("old", type=Path, help="a template, cdk.out, a plan or state (terraform show -json), a dump")
    parser.add_argument("new", type=Path, help="likewise")
    parser.add_argument("--key", action="append", default=[], help="only this one; may be given several times")
    parser.add_argument("--only", choices=("new", "gone"), help="only what is new, or what is gone")
    parser.add_argument("--allow", type=Path, metavar="FILE", help="the differences that were agreed, as JSON")
    files.add_arguments(parser, files=False)
    files.add_format(parser)


def run(asked: argparse.Namespace) -> int:
    """1 if there is a difference that was not agreed, else 0. Raises ValueError and OSError."""
    from kmsmock.access import Agreed, comparing
    from kmsmock.world import load

    agreed = Agreed() if asked.allow is None else Agreed.read(asked.allow)
    pictures = []
    for path in (asked.old, asked.new):
        values = files.parameters(asked.parameter)
        with load(path, account_id=asked.account, region_name=asked.region, parameters=values) as world:
            pictures.append(world.access())
    every = comparing.compare(*pictures)
    found = _asked_for(asked, every, pictures)
    left = _asked_for(asked, agreed.without(every), pictures)
    accepted = sum(len(each.actions) for each in found) - sum(len(each.actions) for each in left)
    unused = [f"{asked.allow}, {each}" for each in agreed.unused]
    if asked.format == "json":
        document = {**left.as_dict(), "agreed": accepted, "unused": unused}
        print(json.dumps(document, indent=2))  # noqa: T201 - what a command is for
    else:
        agreed_on = [f"agreed in {asked.allow}: {accepted}{' more' if left else '; nothing else differs'}"]
        told = [*([str(left)] if left or not accepted else []), *(agreed_on if accepted else [])]
        print(files.shown("\n".join(told)))  # noqa: T201 - likewise
    for path, picture in zip((asked.old, asked.new), pictures, strict=True):
        files.tell_what_is_missing(picture.loaded, str(path))
    for each in unused:
        print(f"kmsmock: {printable(each)}: nothing differs so any more; take it out", file=sys.stderr)  # noqa: T201
    return 1 if left else 0


def _asked_for(asked: argparse.Namespace, found: AccessDiff, pictures: Sequence[Access]) -> AccessDiff:
    """What is about the keys, and of the kind, that was asked for. Raises ValueError for a key that there is not."""
    if asked.only is not None:
        found = found.where(change=asked.only)
    if not asked.key:
        return found
    known = {name for side in pictures for key in side.keys.values() for name in (key.arn, key.id, *key.names)}
    for name in asked.key:
        if name not in known:
            raise ValueError(f"--key {name}: neither side has such a key; {did_you_mean(name, known, 'give its ARN')}")
    wanted = {
        key.arn
        for side in pictures
        for key in side.keys.values()
        if not {key.arn, key.id, *key.names}.isdisjoint(asked.key)
    }
    return found.among(each for each in found if each.key in wanted)
