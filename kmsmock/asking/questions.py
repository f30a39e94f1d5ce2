"""``who-can``, ``can`` and ``explain --in``: who may do something with a key, as files describe it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kmsmock.asking import files
from kmsmock.iam import Decision, plain
from kmsmock.iam.decision import in_short
from kmsmock.iam.printable import printable
from kmsmock.radius.permitted import allowed_by

if TYPE_CHECKING:
    from kmsmock.radius.holders import Holder, Holders
    from kmsmock.world import World


def arguments_of_who_can(parser: argparse.ArgumentParser) -> None:
    """What ``who-can`` takes."""
    parser.add_argument("action", help="such as kms:Decrypt")
    parser.add_argument("--key", required=True, help="its ARN, id or alias, or what the file calls it")
    files.add_arguments(parser)
    files.add_format(parser)


def who_can(asked: argparse.Namespace) -> int:
    """0. Raises ValueError for what is no action, no key, no file."""
    with files.loaded(asked) as world:
        found = world.who_can(asked.action, files.key(world, asked.key))
        text = json.dumps(found.as_dict(), indent=2) if asked.format == "json" else files.shown(_holders(found))
    print(text)  # noqa: T201 - what a command is for
    return 0


def _holders(found: Holders) -> str:
    """Who can, with what lets each in and under which conditions."""
    if not found:
        return f"{found.asked}: nobody can"
    lines = [f"{found.asked}: {len(found.principals)} can"]
    for each in found:
        kind = "account" if each.kind == "root" else each.kind
        lines.append(f"  {each.principal} ({kind})")
        lines += _of_holder(each)
    return "\n".join(map(printable, lines))


def _of_holder(each: Holder) -> Iterator[str]:
    yield from (f"        {'and' if number else 'if':5} {text}" for number, text in enumerate(each.conditions))
    key = "" if each.decision is None else each.decision.resource
    yield from (f"        by    {text}".replace(f"key policy of {key}", "the key policy") for text in each.by)


# --- can, and why -----------------------------------------------------------------------------------------------------


def arguments_of_can(parser: argparse.ArgumentParser) -> None:
    """What ``can`` takes."""
    parser.add_argument("principal", help="the ARN of a user, role, session or root user, a service, or a file's name")
    parser.add_argument("action", help="such as kms:Decrypt")
    parser.add_argument("key", help="its ARN, id or alias, or what the file calls it")
    parser.add_argument("--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key")
    files.add_arguments(parser)
    files.add_format(parser)


def can(asked: argparse.Namespace, context: Mapping[str, Any]) -> int:
    """0 if he can, with these condition keys; else 1, also if he could with others, which is told."""
    with files.loaded(asked) as world:
        key, who = files.key(world, asked.key), files.principal(world, asked.principal)
        decision = _decide(who, asked.action, key, context)
        others = [] if decision.allowed else _other_ways(world.who_can(asked.action, key), decision)
        if asked.format == "json":
            told = {"can": decision.allowed, **plain.of(decision), "only_if": [list(each) for each in others]}
            text = json.dumps(told, indent=2)
        else:
            text = files.shown("\n".join(map(printable, _answer(decision, others))))
    print(text)  # noqa: T201 - what a command is for
    return 0 if decision.allowed else 1


def _decide(who: str, action: str, key: str, context: Mapping[str, Any]) -> Decision:
    from kmsmock.simulation import simulate

    return simulate(who, action, key, context)


def _other_ways(holders: Holders, decision: Decision) -> list[tuple[str, ...]]:
    """The conditions under which he could all the same."""
    who = decision.request.principal
    return [each.conditions for each in holders if each.conditions and each.principal in (who.principal_arn, who.arn)]


def _answer(decision: Decision, others: Sequence[tuple[str, ...]]) -> Iterator[str]:
    asked = f"{decision.request.principal.principal_arn or decision.caller} {decision.action} on {decision.resource}"
    if decision.allowed:
        yield f"ALLOWED: {asked}"
        yield from (f"  by {text}" for text in allowed_by(decision))
        return
    yield f"DENIED{'' if not others else ' unless conditions are met'}: {asked}"
    for conditions in others:
        yield f"  only if {' and '.join(conditions)}"
    if not others:
        yield f"  {in_short(decision)}"
    yield "  (explain tells every statement that was looked at)"


# --- explain --in -----------------------------------------------------------------------------------------------------


def named_in(world: World, asked: argparse.Namespace) -> None:
    """What ``explain`` is asked, by the names that the files have: ``explain PRINCIPAL ACTION KEY --in FILE``, or by
    options, with policies that stand in for what the files say. Raises ValueError."""
    if asked.principal is None and asked.action is None:
        if len(asked.policy) != len(_OF_EXPLAIN):
            raise ValueError(f"explain --in takes {', '.join(_OF_EXPLAIN)}, as `can` does, or --principal and --action")
        asked.principal, asked.action, asked.resource = map(str, asked.policy)
        asked.policy = []
    if asked.principal is not None:
        asked.principal = files.principal(world, asked.principal)
    if asked.resource != "*" and str(asked.action).lower().startswith("kms:"):
        asked.resource = files.key(world, asked.resource)


_OF_EXPLAIN = ("a principal", "an action", "a key")
