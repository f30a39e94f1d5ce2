"""The environment that settings and fixtures give to the tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from kmsmock.doctor.checks.mocks import scope_of_function
from kmsmock.doctor.findings import Check, Finding, Place
from kmsmock.doctor.project import Project
from kmsmock.doctor.sources import Function, Source, Use

REGION = Check(
    "ENVIRONMENT-REGION",
    "change",
    "a Region that AWS does not have",
    "EndpointConnectionError for every call: there is no Region {region}. MOTO_ALLOW_NONEXISTENT_REGION is moto's own.",
    'us-east-1 in its place; one that botocore does not know yet: @pytest.mark.kmsmock(extra_regions=["eu-north-7"])',
)
ENDPOINT = Check(
    "ENVIRONMENT-ENDPOINT",
    "look",
    "the environment gives clients an endpoint",
    "Clients reach it past the world: nothing is enforced there.",
    'Unset it for the tests, or @pytest.mark.kmsmock(custom_endpoints="answer")',
)
ACCOUNT = Check(
    "ENVIRONMENT-ACCOUNT",
    "look",
    "a test or fixture chooses the account by MOTO_ACCOUNT_ID",
    "A world reads it when it is made. One that is set later is not seen: the account is the one of before.",
    '@pytest.mark.kmsmock(account_id="222222222222") for a whole test\n'
    'with aws_world.account("222222222222").root.acting(): ... for a block',
)
PROFILE = Check(
    "ENVIRONMENT-PROFILE",
    "look",
    "a profile of the developer's",
    "A world keeps it: where ~/.aws/config has no such profile, boto3 raises ProfileNotFound, as it does outside.",
    'monkeypatch.delenv("AWS_PROFILE", raising=False)',
)
AMBIENT = Check(
    "ENVIRONMENT-AMBIENT",
    "works",
    "credentials, Region and account of the environment",
    "Credentials that no world issued stand for whoever acts, else for the root user of the default account; the "
    "Region is kept; MOTO_ACCOUNT_ID, set before the world begins, is its account.",
)
REGION_OF_A_TEST = REGION._replace(code="ENVIRONMENT-REGION-OF-A-TEST", level="look")
CHECKS = (REGION, REGION_OF_A_TEST, ENDPOINT, ACCOUNT, PROFILE, AMBIENT)

_REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-\d{1,2}")
_AMBIENT = re.compile(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|(DEFAULT_)?REGION)|MOTO_ACCOUNT_ID")


class Variable(NamedTuple):
    """A variable that something sets. ``late``: a test or fixture does, for itself."""

    name: str
    value: str
    place: Place
    late: bool = False


def find(project: Project) -> Iterator[Finding]:
    """Variables that settings, fixtures and tests set."""
    variables = [Variable(*each) for each in project.environment]
    variables += [each for source in project.sources for each in _set_in(source)]
    for name, value, place, late in variables:
        if name in ("AWS_DEFAULT_REGION", "AWS_REGION") and _is_no_region(value):
            yield Finding(REGION_OF_A_TEST if late else REGION, f"{name}={value}", place, {"region": value})
        elif name.startswith("AWS_ENDPOINT_URL"):
            yield Finding(ENDPOINT, f"{name}={value}", place)
        elif name == "MOTO_ACCOUNT_ID" and late:
            yield Finding(ACCOUNT, f"{name}={value}", place)
        elif name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") and value:
            yield Finding(PROFILE, f"{name}={value}", place)
        elif _AMBIENT.fullmatch(name):
            yield Finding(AMBIENT, name, place)


def _is_no_region(value: str) -> bool:
    """Whether it cannot be a Region by its form; what is computed is not looked at."""
    return bool(value) and not set(value) & set("${}%<>()") and not _REGION.fullmatch(value)


def _set_in(source: Source) -> Iterator[Variable]:
    """``os.environ["A"] = "b"``, ``monkeypatch.setenv("A", "b")``, ``patch.dict(os.environ, {"A": "b"})``."""
    for use in source.uses:
        if use.last == "setenv" and use.call is not None:
            yield from _variable(source, use, use.argument("name", 0), use.argument("value", 1))
        elif use.name in ("os.environ.setdefault", "os.putenv"):
            yield from _variable(source, use, use.argument("key", 0), use.argument("value", 1))
        elif use.last == "dict" and use.call is not None and len(use.call.args) > 1:
            changed, given = use.call.args[:2]
            if "os.environ" in (source.whole(changed), source.text(changed)) and isinstance(given, ast.Dict):
                for key, value in zip(given.keys, given.values, strict=True):
                    yield from _variable(source, use, key, value)
    yield from _assigned(source)


def _assigned(source: Source) -> Iterator[Variable]:
    for node in source.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if source.whole(target.value) == "os.environ":
                name = source.text(target.slice)
                if name:
                    late = _is_late(source.function(node))
                    yield Variable(name, source.text(node.value) or "", source.place(node), late)


def _variable(source: Source, use: Use, key: ast.expr | None, value: ast.expr | None) -> Iterator[Variable]:
    name = source.text(key)
    if name:
        late = use.how == "decorator" or _is_late(use.functions[0] if use.functions else None)
        yield Variable(name, source.text(value) or "", source.place(use.expression), late)


def _is_late(function: Function | None) -> bool:
    """Whether what a function sets is set for one test, whose world may have begun."""
    return function is not None and scope_of_function(function) == "function"
