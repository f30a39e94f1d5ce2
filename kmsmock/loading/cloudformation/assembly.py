"""What ``cdk synth`` writes: a manifest with stacks, each with a template, and nested assemblies ("Cloud assembly")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kmsmock.loading.cloudformation.stack import Stack

_ENVIRONMENT = re.compile(r"aws://([^/]+)/(.+)")
_NOT_STACKS = ("cdk:tree", "cdk:asset-manifest", "cdk:feature-flag-report", "aws:cdk:info")


def stacks_of(
    folder: Path, content: Callable[[Path], Mapping[str, Any]], account: str, region: str, parameters: Mapping[str, Any]
) -> tuple[list[Stack], list[tuple[str, str]]]:
    """The stacks of an assembly, and the artifacts that are none, each with its type.

    An environment that is not known when an app is synthesised is the account and Region that were given.
    """
    stacks, others = list[Stack](), list[tuple[str, str]]()
    for name, artifact in (content(folder / "manifest.json").get("artifacts") or {}).items():
        kind, properties = str(artifact.get("type")), artifact.get("properties") or {}
        if kind == "aws:cloudformation:stack":
            place = _ENVIRONMENT.fullmatch(str(artifact.get("environment") or ""))
            where = [account, region] if place is None else [place[1], place[2]]
            file = folder / str(properties["templateFile"])
            stacks.append(
                Stack(
                    file.name,
                    content(file),
                    account if where[0] == "unknown-account" else where[0],
                    region if where[1] == "unknown-region" else where[1],
                    str(properties.get("stackName") or name),
                    {**(properties.get("parameters") or {}), **parameters},
                )
            )
        elif kind == "cdk:cloud-assembly":
            inner = stacks_of(folder / str(properties["directoryName"]), content, account, region, parameters)
            stacks += inner[0]
            others += inner[1]
        elif kind not in _NOT_STACKS:
            others.append((name, kind))
    return stacks, others
