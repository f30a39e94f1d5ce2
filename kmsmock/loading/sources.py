"""Which file is what, and who reads it: told by what stands in the file, not by its name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmsmock.bridge.stacks import templates
from kmsmock.errors import AwsError
from kmsmock.loading import dumps
from kmsmock.loading.cloudformation import Stack, assembly, read_stacks
from kmsmock.loading.terraform import is_plan, read_plan
from kmsmock.loading.things import Read


@dataclass(frozen=True, slots=True)
class Asked:
    """What a file is read for: the account and Region of what does not say its own, and values of parameters."""

    account: str
    region: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


def read(paths: Sequence[str | Path], asked: Asked) -> Read:
    """What files and folders tell together. Raises ValueError, saying what is accepted, for what is no source."""
    found, stacks = Read(), list[Stack]()
    for path in map(Path, paths):
        if not path.exists():
            raise ValueError(f"{path}: there is no such file or folder")
        try:
            _read_file(path, asked, found, stacks)
        except _MISSHAPEN as problem:
            raise ValueError(f"{path}: its shape is not understood ({problem!r}): {_ACCEPTED}") from None
    try:
        found.add(read_stacks(stacks))
    except _MISSHAPEN as problem:
        told = ", ".join(str(each) for each in paths)
        raise ValueError(f"{told}: the shape of a template is not understood ({problem!r}): {_ACCEPTED}") from None
    return found


_MISSHAPEN = (TypeError, KeyError, IndexError, AttributeError, RecursionError)
"""What Python says of a file that has something else in a place where there is always the same."""


def _read_file(path: Path, asked: Asked, found: Read, stacks: list[Stack]) -> None:
    if path.name == "manifest.json":
        path = path.parent
    if path.is_dir() and not (path / "manifest.json").exists() and (path / "cdk.out").is_dir():
        path = path / "cdk.out"
    if path.is_dir():
        if not (path / "manifest.json").exists():
            found.add(dumps.read_folder(path, content, asked.account, asked.region))
            return
        made, others = assembly.stacks_of(path, content, asked.account, asked.region, asked.parameters)
        stacks += made
        for name, kind in others:
            found.ignore(f"{path.name}, {name}", kind, "this kind of artifact is not understood")
        return
    document = content(path)
    if isinstance(document.get("Resources"), dict):
        stacks.append(Stack(path.name, document, asked.account, asked.region, parameters=asked.parameters))
    elif is_plan(document):
        found.add(read_plan(path.name, document, asked.account, asked.region))
    elif dumps.is_output(document):
        found.add(dumps.read_folder(path, content, asked.account, asked.region))
    elif "terraform_version" in document:
        raise ValueError(f"{path}: this is how Terraform keeps a state; give what `terraform show -json` prints of it")
    else:
        raise ValueError(f"{path}: {_ACCEPTED}")


_ACCEPTED = (
    "give a template of CloudFormation, a folder that `cdk synth` wrote, what `terraform show -json` prints of a plan "
    "or a state, or a dump of an account"
)


def content(path: Path) -> dict[str, Any]:
    """A JSON object, or a template in YAML. Raises ValueError with the file's name."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if text.lstrip().startswith(("{", "[")) else templates.read(text)
    except AwsError as problem:
        raise ValueError(f"{path}: {problem.message}") from None
    except (ValueError, OSError, RecursionError) as problem:
        raise ValueError(f"{path}: {problem}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path}: {_ACCEPTED}")
    return found
