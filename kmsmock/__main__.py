"""``python -m kmsmock``: ``explain`` says whether policies allow something, and why; ``who-can``, ``can`` and ``diff``
ask templates, plans and dumps; ``lint`` judges their policies; ``doctor`` looks at a project; ``report`` makes a page
of what a run saw; ``serve`` is a world at an address."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kmsmock import lint_command as lint
from kmsmock.asking import difference, files, questions
from kmsmock.doctor import command as doctor
from kmsmock.errors import PolicyWarning
from kmsmock.iam import Decision, MalformedPolicy, compile_policy, parse, places, plain
from kmsmock.iam.document import PolicyKind
from kmsmock.iam.printable import printable
from kmsmock.loading import dumping
from kmsmock.report import command as report
from kmsmock.serve import command as serve
from kmsmock.telling import colours, own_lines

_FILES = (
    ("--identity", "identity_policies", "an identity-based policy of the principal"),
    ("--boundary", "boundary", "the permissions boundary of the principal"),
    ("--session", "session_policies", "a session policy"),
    ("--resource-policy", "resource_policy", "the policy of the resource, such as a key policy"),
    ("--scp", "scps", "a service control policy"),
    ("--rcp", "rcps", "a resource control policy"),
    ("--endpoint-policy", "endpoint_policy", "the policy of the VPC endpoint"),
)
_SEVERAL = {"identity_policies", "session_policies", "scps", "rcps"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. The exit status is 2 if the question is no good; else 0 or 1, as ``_COMMANDS`` says."""
    asked = _parser().parse_args(arguments)
    try:
        status = _COMMANDS[asked.command].run(asked)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever reads, such as head, has seen enough; Python writes the rest at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except (ValueError, OSError) as problem:
        print(f"kmsmock: {printable(str(problem))}", file=sys.stderr)  # noqa: T201 - a command's output
        return 2


_PIPE_CLOSED = 141
"""What shells tell of a program whose reader went away: 128, and the number of SIGPIPE."""


class _Command(NamedTuple):
    """What a command is for, what it takes, and what it does: the exit status."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def _explain(asked: argparse.Namespace) -> int:
    """0 if allowed, 1 if denied."""
    with warnings.catch_warnings(record=True) as typos:
        warnings.simplefilter("always", PolicyWarning)
        with files.loaded_if_any(asked) as world:
            if world is not None:
                questions.named_in(world, asked)
            if asked.principal is None or asked.action is None:
                _parser().error("explain: give --principal and --action, or --in with a principal, an action and a key")
            decision = _decide(asked)
            told = _SHOW[asked.format](decision)
    for typo in typos:
        print(f"kmsmock: {printable(str(typo.message))}", file=sys.stderr)  # noqa: T201 - likewise
    print(told)  # noqa: T201 - what a command is for
    return 0 if decision.allowed else 1


def _can(asked: argparse.Namespace) -> int:
    """0 if allowed, 1 if denied."""
    return questions.can(asked, _context(asked.context))


def _as_text(decision: Decision) -> str:
    if not colours.may_colour(sys.stdout):
        return decision.explain()
    return colours.ansi(decision.explain())


_SHOW: Mapping[str, Callable[[Decision], str]] = {
    "text": _as_text,
    "json": lambda decision: json.dumps(plain.of(decision), indent=2),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kmsmock", description="AWS KMS with its rules switched on.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, command in _COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.help))
    return parser


def _arguments_of_explain(explain: argparse.ArgumentParser) -> None:
    explain.add_argument(
        "policy", nargs="*", type=Path, help="policies; one that has a Principal is the resource's own"
    )
    explain.add_argument("--principal", help="ARN of a user, role or session, or the name of a service")
    explain.add_argument("--action", help="such as kms:Decrypt")
    explain.add_argument("--resource", default="*", help="ARN of the resource (default: *)")
    files.add_arguments(explain, required=False)
    explain.add_argument("--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key")
    explain.add_argument("--format", choices=[*_SHOW], default="text", help="for a person, or for a program")
    for option, name, text in _FILES:
        explain.add_argument(option, dest=name, action="append", default=[], type=Path, metavar="FILE", help=text)


_COMMANDS: Mapping[str, _Command] = {
    "explain": _Command("say whether policies allow an action, and why", _arguments_of_explain, _explain),
    "who-can": _Command(
        "say who may do something with a key, as files describe it", questions.arguments_of_who_can, questions.who_can
    ),
    "can": _Command(
        "say whether somebody may, as files describe it",
        questions.arguments_of_can,
        _can,
    ),
    "diff": _Command(
        "say which access to keys is new and which is gone, between two files", difference.add_arguments, difference.run
    ),
    "doctor": _Command(
        "look at a project, and say what will happen there with kmsmock", doctor.add_arguments, doctor.run
    ),
    "dump": _Command(
        "read the policies of an account, by calls that write nothing", dumping.add_arguments, dumping.run
    ),
    "lint": _Command(
        "say what is wrong with the policies of templates, plans, dumps and files", lint.add_arguments, lint.run
    ),
    "report": _Command("make a page of what --kmsmock-results wrote", report.add_arguments, report.run),
    "serve": _Command("serve a world over HTTP, with an admin API", serve.add_arguments, serve.run),
}


def _decide(asked: argparse.Namespace) -> Decision:
    from kmsmock.simulation import simulate

    known: places.Places = {}
    given = {name: list(getattr(asked, name)) for _, name, _ in _FILES}
    for path in asked.policy:
        given["resource_policy" if _has_principal(_read(path)) else "identity_policies"].append(path)
    layers: dict[str, Any] = {}
    for name, paths in given.items():
        documents = [_read(path) for path in paths]
        for path, document in zip(paths, documents, strict=True):
            places.add(known, path, document, own_lines.place)
        if len(documents) > 1 and name not in _SEVERAL:
            raise ValueError(f"{paths[1]}: there can be only one {name.replace('_', ' ')}")
        if documents:
            layers[name] = documents if name in _SEVERAL else documents[0]
    decision = simulate(asked.principal, asked.action, asked.resource, _context(asked.context), **layers)
    return places.placed(decision, known)


def _read(path: Path) -> dict[str, Any]:
    """A document that compiles; says which file it is that does not."""
    try:
        document = parse(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise MalformedPolicy("a policy document is a JSON object")
        kind: PolicyKind = "resource" if _has_principal(document) else "identity"
        compile_policy(document, kind=kind)
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None
    return document


def _has_principal(document: Mapping[str, Any]) -> bool:
    statements = document.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return any("Principal" in each or "NotPrincipal" in each for each in listed if isinstance(each, dict))


def _context(pairs: Sequence[str]) -> dict[str, str | list[str]]:
    """``KEY=VALUE``, several times for a key of several values."""
    context: dict[str, str | list[str]] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ValueError(f"--context {pair}: give KEY=VALUE")
        before = context.get(name)
        if before is None:
            context[name] = value
        else:
            context[name] = [*([before] if isinstance(before, str) else before), value]
    return context


if __name__ == "__main__":
    sys.exit(main())
