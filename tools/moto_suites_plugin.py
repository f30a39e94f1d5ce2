"""The plugin of pytest with which ``tools.moto_suites`` runs moto's own tests: a world for each, results as they come.

``MOTO_SUITES_RESULTS`` names the file of results, one JSON object a line: a test that begins, one that ends, with the
CPU time that it took. The last one that began is the one that hangs or crashes. ``MOTO_SUITES_WORLDS`` has how worlds
are made, as JSON; where it is unset there is no world.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

import pytest

_WORLDS: dict[str, dict[str, str]] | None = json.loads(os.environ.get("MOTO_SUITES_WORLDS", "null"))
"""``scopes``: how wide, and ``roles``: with which role, by the beginnings of the tests' ids."""
_REGIONS = {"": "us-east-1", "cn-": "cn-north-1", "us-isob": "us-isob-east-1"}
"""Regions of the partitions that moto's tests use, by what stands in the names of those that use it."""
_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
_PHASES: dict[str, dict[str, Any]] = {}


def pytest_runtest_logstart(nodeid: str) -> None:
    """Note that a test begins."""
    _PHASES[nodeid] = {"test": nodeid, "outcome": "passed", "cpu": process_time()}
    _note({"begins": nodeid})


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The worst of a test's three phases is its outcome."""
    if report.failed or (report.skipped and report.when != "teardown"):
        crash = getattr(report.longrepr, "reprcrash", None)
        said = crash.message if crash is not None else str(report.longrepr)
        _PHASES[report.nodeid].update(outcome=report.outcome, when=report.when, said=said[:600])


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Note how a test ended."""
    ended = _PHASES.pop(nodeid)
    _note(ended | {"cpu": round(process_time() - ended["cpu"], 4)})


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported has no tests; that is to be seen."""
    if report.failed:
        _note({"test": report.nodeid, "outcome": "failed", "when": "collect", "said": str(report.longrepr)[-600:]})


def _note(line: dict[str, Any]) -> None:
    with Path(os.environ["MOTO_SUITES_RESULTS"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@contextmanager
def _world(request: pytest.FixtureRequest) -> Iterator[None]:
    """A world, where the scope that asks is the one that the test is to have."""
    if _WORLDS is None or request.scope != _of(request, "scopes", "function"):
        yield
        return
    from kmsmock.world import World

    with World() as world:
        role = _of(request, "roles", "")
        if role:
            account = world.account(world.account_id)
            for region in (each for part, each in _REGIONS.items() if part in request.node.nodeid):
                account.client("iam", region).create_role(
                    RoleName=role,
                    Path="/my-path/",
                    AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [_TRUST]}),
                )
        yield


def _of(request: pytest.FixtureRequest, what: str, default: str) -> str:
    node = request.node.nodeid
    return next((value for start, value in (_WORLDS or {})[what].items() if node.startswith(start)), default)


@pytest.fixture(autouse=True, scope="module")
def _world_of_the_module(request: pytest.FixtureRequest) -> Iterator[None]:
    with _world(request):
        yield


@pytest.fixture(autouse=True, scope="class")
def _world_of_the_class(request: pytest.FixtureRequest) -> Iterator[None]:
    with _world(request):
        yield


@pytest.fixture(autouse=True)
def _world_of_the_test(request: pytest.FixtureRequest) -> Iterator[None]:
    with _world(request):
        yield
