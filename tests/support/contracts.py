"""The lists of what is taken from other libraries without their promise, and what the code takes."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from conftest_plugin.contract import PYTEST, UNITTEST
from kmsmock.clock import FREEZEGUN, TIME_MACHINE
from kmsmock.door.contract import PYDANTIC, PYYAML, STANDARD_LIBRARY
from kmsmock.records.contract import MOTO
from kmsmock.wire.contract import AIOBOTOCORE, AWSCRT, BOTOCORE, URLLIB3
from tests.support.sources import trees

CONTRACTS = {
    **{
        each.library: each
        for each in (MOTO, BOTOCORE, AIOBOTOCORE, AWSCRT, URLLIB3, FREEZEGUN, TIME_MACHINE, PYDANTIC, PYYAML, PYTEST)
    },
    "unittest": UNITTEST,
    "Python": STANDARD_LIBRARY,
}
LISTS = (
    "kmsmock/records/contract/",
    "kmsmock/wire/contract.py",
    "kmsmock/door/contract.py",
    "conftest_plugin/contract.py",
)
"""Files that list names, and take none."""


def last(name):
    """The last part of a listed name."""
    module, _, path = name.partition(":")
    return (path or module).rpartition(".")[2]


def stands_in_source(name):
    """Whether the source of a module has a listed name: for a module that needs what is not installed."""
    module, _, path = name.partition(":")
    node = ast.parse(Path(find_spec(module).origin).read_text())
    for part in path.split("."):
        named = ((getattr(each, "name", None), *_assigned(each)) for each in node.body)
        node = next((each for each, names in zip(node.body, named, strict=True) if part in names), None)
        if node is None:
            return False
    return True


@cache
def listed():
    """The last parts of all listed names."""
    return {last(name) for contract in CONTRACTS.values() for name in contract.names}


@cache
def users():
    """The files that may take something."""
    return {path: tree for path, tree in trees().items() if not path.startswith(LISTS)}


@cache
def ours():
    """The names of our own classes, functions, attributes and module variables."""
    found = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.add(node.name)
            if isinstance(node, (ast.ClassDef, ast.Module)):
                found.update(name for statement in node.body for name in _assigned(statement))
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
                found.add(node.attr)
    return found


def _assigned(statement):
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_self(node):
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


@cache
def attributes_of_others(path):
    """The attributes in a file that are neither of our own objects nor of a module that it imports, with their lines."""
    tree = trees()[path]
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] not in ("moto", "botocore", "aiobotocore"):
            modules |= {alias.asname or alias.name for alias in node.names}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr not in ours():
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if not (isinstance(root, ast.Name) and root.id in modules):
                found.append((node.lineno, node.attr))
    return found
