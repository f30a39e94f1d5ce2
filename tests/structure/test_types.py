"""What type checkers see: public names, and clients with boto3-stubs' types where these are installed.

mypy looks at a suite as a user has it: kmsmock is an installed package, and a service's stubs are there or not.
"""

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from botocore.model import ServiceId
from botocore.session import get_session

import kmsmock
from kmsmock.services import MODULES
from tests.support.sources import ROOT

SUITE = """
from __future__ import annotations

import kmsmock
from kmsmock import Account, Clock, Decision, Event, Events, Principal, Refusal, Timeline, World


def test_a_key(aws_world: World, aws_clock: Clock) -> None:
    owner: Account = aws_world.account("111111111111")
    app: Principal = owner.role("app", policies=[{"Statement": []}])
    reveal_type(owner.client("kms"))  # 1
    reveal_type(app.client("kms", "eu-west-1"))  # 2
    reveal_type(owner.root.client("s3"))  # 3
    reveal_type(owner.resource("s3"))  # 4
    reveal_type(aws_world.account)  # 5
    arn = owner.client("kms").create_key()["KeyMetadata"]["Arn"]
    owner.client("ecs").list_clusters()
    life: Timeline = aws_world.timeline(arn)
    events: Events = aws_world.events
    event: Event = events[-1]
    decision: Decision = aws_world.decisions[-1]
    refusals: list[Refusal] = list(aws_world.refusals)
    print(life, event["eventName"], decision.allowed, refusals)
    aws_clock.advance(days=31)


def test_of_somebody_who_cannot_type() -> None:
    kmsmock.Wrold()  # 6
    kmsmock.World(enforce="strickt")  # 7
    World().acount("111111111111")  # 8
"""
STUBS = {
    "mypy_boto3_kms/py.typed": "",
    "mypy_boto3_kms/__init__.pyi": "",
    "mypy_boto3_kms/client.pyi": (
        "class KMSClient:\n    def create_key(self, *, Policy: str = ...) -> dict[str, dict[str, str]]: ...\n"
    ),
}
NEEDED = ("_pytest", "iniconfig", "packaging", "pluggy", "pytest")
"""What a user of kmsmock has besides, and what has types of its own."""


def place(folder, *extra):
    """An environment in which kmsmock is installed, without any stubs but these."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("[Ll]ib/**/site-packages")
    for name in ("kmsmock", "conftest_plugin"):
        packages.joinpath(name).symlink_to(ROOT / name)
    for name in NEEDED:
        home = Path(find_spec(name).origin).parent
        packages.joinpath(name).symlink_to(home)
    for path, text in extra:
        packages.joinpath(path).parent.mkdir(exist_ok=True)
        packages.joinpath(path).write_text(text)
    return next(folder.glob("bin/python*"), folder / "Scripts/python.exe")


def said_of(folder, stubs):
    """What mypy --strict says of the suite, by the numbers of its comments; 0 is what has none."""
    suite = folder / "test_suite.py"
    suite.write_text(SUITE)
    python = place(folder / "venv", *stubs.items())
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--config-file="]
    options = ["--no-color-output", "--no-error-summary", "--cache-dir", folder / "cache", suite.name]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)
    assert not done.stderr
    found = {}
    for line in done.stdout.splitlines():
        number, text = re.fullmatch(r"test_suite\.py:(\d+): (.*)", line).groups()
        mark = SUITE.splitlines()[int(number) - 1].rpartition("# ")[2]
        found.setdefault(int(mark) if mark.isdecimal() else 0, []).append(text.replace("builtins.", ""))
    return found


@pytest.mark.parametrize(
    ("stubs", "kms"), [(STUBS, "mypy_boto3_kms.client.KMSClient"), ({}, "Any")], ids=["with stubs", "without"]
)
def test_what_a_strict_type_checker_says_of_a_suite(tmp_path, stubs, kms):
    """Clients have the types of the stubs that are installed, misspelt names are errors, and there are no others."""
    said = said_of(tmp_path, stubs)
    assert said.keys() == {1, 2, 3, 4, 5, 6, 7, 8}, said
    types = [kms, kms, "Any", "Any", "def (account_id: str) -> kmsmock.accounts.account.Account"]
    assert [said[number] for number in range(1, 6)] == [[f'note: Revealed type is "{each}"'] for each in types]
    assert said[6] == ['error: Module has no attribute "Wrold"; maybe "World"?  [attr-defined]']
    assert "[arg-type]" in said[7][0]
    assert 'error: "World" has no attribute "acount"; maybe "account"' in said[8][0]


# --- the tables -----------------------------------------------------------------------------------------------------


def overloads(path, owner, method):
    """What the overloads of a method give, by the name of the service."""
    classes = [
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef) and node.name == owner
    ]
    return {
        node.args.args[1].annotation.slice.value: node.returns.id
        for node in classes[0].body
        if isinstance(node, ast.FunctionDef)
        and node.name == method
        and isinstance(node.args.args[1].annotation, ast.Subscript)
    }


@pytest.mark.parametrize(("ours", "theirs"), [("Clients", "client"), ("Resources", "resource")])
def test_every_service_of_the_model_has_an_overload(ours, theirs):
    """Of boto3-stubs, whose names these are."""
    session = get_session()
    named = {
        ServiceId(session.get_service_model(name).service_id).hyphenize(): name
        for name in session.get_available_services()
    }
    stubs = overloads(
        Path(find_spec("boto3").origin).parent.with_name("boto3-stubs") / "session.pyi", "Session", theirs
    )
    wanted = {named[each]: stubs[named[each]] for each in ("kms", *MODULES) if named[each] in stubs}
    assert overloads(ROOT / "kmsmock/accounts/typed.py", ours, "__call__") == wanted


def test_what_type_checkers_see_of_the_package_is_what_there_is():
    (block,) = [
        node
        for node in ast.parse((ROOT / "kmsmock/__init__.py").read_text()).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    imported = {alias.name: node.module for node in block.body for alias in node.names}
    assert imported == kmsmock._HOMES
    assert sorted(imported) == kmsmock.__all__
    assert all(getattr(kmsmock, name).__name__ == name for name in kmsmock.__all__)


def test_types_ship():
    assert (ROOT / "kmsmock/py.typed").exists()
