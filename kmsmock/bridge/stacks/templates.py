"""Templates as CloudFormation reads them: data, and nothing that Python would run.

moto reads them with PyYAML's unsafe loader, for which a tag is a call. "AWS CloudFormation template formats" in the
user guide: no aliases, and of tags only those of the functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import import_module
from inspect import signature
from types import SimpleNamespace
from typing import Any

from kmsmock.active import Patches
from kmsmock.errors import AwsError


def install(patches: Patches) -> None:
    """From now on moto reads templates with ``read``."""
    from moto.cloudformation import models, responses

    yaml = _yaml()
    ours = SimpleNamespace(**vars(yaml))
    ours.load = lambda template, **_: read(template)  # whichever loader moto names
    ours.add_multi_constructor = lambda prefix, constructor: None  # moto would change everybody's loaders
    for module in (models, responses):
        patches.replace(module, "yaml", ours)
    backend: Any = models.CloudFormationBackend
    for name in ("create_change_set", "create_stack_set", "update_stack", "update_stack_set", "validate_template"):
        patches.replace(backend, name, _reading_first(getattr(backend, name)))


def _reading_first(original: Callable[..., Any]) -> Callable[..., Any]:
    """What moto would store before it reads, or read with a linter that has words of its own, is read first."""
    parameters = signature(original)

    def reading(*args: Any, **options: Any) -> Any:
        template = parameters.bind(*args, **options).arguments.get("template")
        if template:
            read(template)
        return original(*args, **options)

    return reading


def read(template: str | None) -> dict[str, Any]:
    """A template in YAML or JSON. Raises CloudFormation's ValidationError."""
    if not template:
        raise _refused("Either Template URL or Template Body must be specified.")
    yaml = _yaml()
    try:
        found = yaml.load(template, Loader=_loader())
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        found = _read_json(template, problem)
    if not isinstance(found, dict):
        raise _refused("Template format error: unsupported structure.")
    return found


def _read_json(template: str, problem: Exception) -> Any:
    """YAML takes no tabs; JSON does."""
    try:
        return json.loads(template)
    except (ValueError, RecursionError):
        mark = getattr(problem, "problem_mark", None)
        place = "" if mark is None else f" (line {mark.line + 1}, column {mark.column + 1})"
        raise _refused(f"Template format error: YAML not well-formed.{place}") from None


def _refused(text: str) -> AwsError:
    return AwsError("ValidationError", text)


def _yaml() -> Any:
    return import_module("yaml")  # moto's, for templates


@cache
def _loader() -> Any:
    """PyYAML's safe loader, with CloudFormation's short forms of functions and without aliases."""
    from moto.cloudformation.utils import yaml_tag_constructor

    yaml = _yaml()
    safe: Any = yaml.SafeLoader

    class Loader(safe):  # type: ignore[misc]  # PyYAML has no types
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise _refused("Template error: YAML aliases are not allowed in CloudFormation templates")
            return super().compose_node(parent, index)

    def short_form(loader: Any, tag: str, node: Any) -> Any:
        if not tag.startswith("!"):  # the text that AWS has for other tags is unverified
            mark = node.start_mark
            text = f"Template format error: YAML not well-formed. (line {mark.line + 1}, column {mark.column + 1})"
            raise _refused(text)
        return yaml_tag_constructor(loader, tag, node)

    Loader.add_multi_constructor("", short_form)
    return Loader
