"""The rules of the house that a machine can hold: who imports what, and what starting costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "kmsmock").rglob("*.py"))

ALLOWED = {
    "moto": ("records/", "bridge/", "door/", "identity/", "wire/"),
    "aiobotocore": ("door/",),
    "botocore": (
        "door/",
        "wire/",
        "bridge/requests.py",
        "identity/signature.py",
        "services/generic.py",
    ),
}


def imports(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("library", ["moto", "botocore", "aiobotocore"])
def test_only_the_edges_touch_botocore_and_moto(library):
    users = {path for path in FILES if any(name.split(".")[0] == library for name in imports(path))}
    assert {
        str(path) for path in users if not str(path.relative_to(ROOT / "kmsmock")).startswith(ALLOWED[library])
    } == set()


def test_only_the_clock_reads_time_and_only_entropy_makes_randomness():
    readers = {path.name for path in FILES if {"time", "freezegun"} & {name.split(".")[0] for name in imports(path)}}
    assert readers == {"clock.py", "sleeping.py"}
    random = {path.name for path in FILES if {"random", "secrets", "uuid"} & set(imports(path))}
    assert random == set()


@pytest.mark.parametrize("package", ["iam", "crypto"])
def test_policy_evaluation_and_cryptography_stand_alone(package):
    for path in (ROOT / "kmsmock" / package).glob("*.py"):
        ours = {name for name in imports(path) if name.startswith("kmsmock.")}
        assert all(name.startswith(f"kmsmock.{package}") for name in ours), path.name


def test_no_module_imports_what_is_above_it():
    order = ["iam", "crypto", "errors", "entropy", "clock", "model", "call", "store", "iam"]
    for above in ("kms", "door", "world", "services"):
        for name in order:
            paths = [path for path in FILES if path.relative_to(ROOT / "kmsmock").parts[0] in (name, f"{name}.py")]
            for path in paths:
                assert not any(each.startswith(f"kmsmock.{above}") for each in imports(path)), (path.name, above)


def test_the_plugin_and_the_package_import_nothing_heavy():
    heavy = ("botocore", "boto3", "moto", "cryptography", "freezegun")
    code = f"import sys, conftest_plugin.plugin, kmsmock\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_files_stay_readable():
    long = {path.name: len(path.read_text().splitlines()) for path in FILES}
    assert {name: length for name, length in long.items() if length > 360} == {}
