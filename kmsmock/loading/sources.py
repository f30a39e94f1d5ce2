"""Which file is what, and who reads it: told by what stands in the file, not by its name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmsmock.bridge.stacks import templates
from kmsmock.errors import AwsError
from kmsmock.loading.cloudformation import Stack, read_stacks
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
        _read_file(path, asked, found, stacks)
    found.add(read_stacks(stacks))
    return found


def _read_file(path: Path, asked: Asked, found: Read, stacks: list[Stack]) -> None:
    document = content(path)
    if isinstance(document.get("Resources"), dict):
        stacks.append(Stack(path.name, document, asked.account, asked.region, parameters=asked.parameters))
        return
    raise ValueError(f"{path}: {_ACCEPTED}")


_ACCEPTED = "give a template of CloudFormation"


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
