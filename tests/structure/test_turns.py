"""One thread at a time: what several may read and change is touched by whoever has the turn (``model/turns.py``)."""

import ast
from collections import Counter
from dataclasses import fields
from functools import cache

import pytest

from kmsmock.store import Store
from tests.support.sources import trees

ABOVE = ("conftest_plugin/", "kmsmock/__main__", "kmsmock/world", "kmsmock/scenarios", "kmsmock/simulation")
ABOVE += ("kmsmock/accounts", "kmsmock/door/", "kmsmock/serve/")
"""The rooms in which a thread has no turn yet. What is below them runs in the turn of whoever called from here."""
STATE = {
    *(each.name for each in fields(Store) if isinstance(each.default_factory, type) and each.name[0] != "_"),
    "directory",
    "records",
} - {"clock", "current_request"}
"""What of a store changes while it is active, but for its clock and for what is of one thread."""
ROOMS = ("kmsmock.records", "kmsmock.kms", "kmsmock.services", "kmsmock.trail", "kmsmock.authorization.services")
BRIDGE = ("kmsmock.bridge.requests", "kmsmock.bridge.mock_outside", "kmsmock.bridge.trial")
"""Whose functions read and change the state of a world and of moto."""
LOOKS_AT_NO_STATE = {
    "s3_custom_endpoints": "settings of moto, which are the environment",
    "requests.is_of_moto": "moto's one handler of botocore's events",
    "requests.is_recorded": "whether moto records requests: a setting",
    "requests.answer_all": "what stands in moto while worlds are active is put there before the first request",
    "requests.catch": "likewise",
    "requests.remember": "likewise",
    "mock_outside.share": "likewise",
}
OWN_LOCKS = {
    "kmsmock/model/turns.py": "the turn itself",
    "kmsmock/clock": "time moves by itself, also where no world is active",
    "kmsmock/crypto/pool.py": "key pairs, which outlive worlds, and take long to make",
    "kmsmock/endpoint/workers.py": "the list of threads that serve, for as long as one is put there",
    "kmsmock/door/children.py": "the environment, for as long as a process takes to start",
    "kmsmock/identity/acting.py": "the environment and boto3's default session, which blocks change",
}
"""Who has a lock beside the turn, and for what; none of them makes a request meanwhile."""


@cache
def above():
    return {path: tree for path, tree in trees().items() if path.startswith(ABOVE)}


def names_of_state(tree):
    """The names under which a file knows modules and functions of the rooms that hold state."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if f"{node.module}.{alias.name}.".startswith(tuple(f"{room}." for room in (*ROOMS, *BRIDGE))):
                    yield alias.asname or alias.name


def is_store(node):
    return (node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")).strip("_") == "store"


def root(node):
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def takes(node):
    """Whether a ``with`` or a function has the turn."""
    if isinstance(node, ast.With):
        return any(isinstance(item.context_expr, ast.Name) and item.context_expr.id == "turn" for item in node.items)
    decorators = getattr(node, "decorator_list", ())
    return any(isinstance(each, ast.Name) and each.id == "taking_turns" for each in decorators)


def walk(node, function=None, held=False):
    """Every node of a file, with the function around it, and whether the turn is held there."""
    for child in ast.iter_child_nodes(node):
        inside, holds = function, held or takes(child)
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside, holds = child.name, takes(child)
        yield child, inside, holds
        yield from walk(child, inside, holds)


def looks(path, tree):
    """Where a file looks at state, or lets something below look: (function, held, what)."""
    known = set(names_of_state(tree))
    for node, function, held in walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in STATE and is_store(node.value):
            yield function, held, f"{path}:{node.lineno} store.{node.attr}"
        elif isinstance(node, ast.Call) and root(node.func) in known:
            called = ast.unparse(node.func)
            if called not in LOOKS_AT_NO_STATE:
                yield function, held, f"{path}:{node.lineno} {called}()"


@cache
def in_turn():
    """The functions that only run in somebody's turn: all who name them have it, or run in one themselves."""
    uses = {}
    for path, tree in above().items():
        for node, function, held in walk(tree):
            name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", None)
            if isinstance(name, str) and isinstance(node.ctx, ast.Load):
                uses.setdefault(known_as(path, name), []).append((known_as(path, function), held))
    found, before = set(uses), None
    while found != before:
        before = found
        found = {name for name in found if all(held or user in before for user, held in uses[name])}
    return found


def known_as(path, name):
    """A function's name among all files; a private one is of its file."""
    return (path, name) if name is None or name.startswith("_") else name


@pytest.mark.parametrize("path", sorted(above()))
def test_whoever_looks_at_the_state_of_a_world_has_the_turn(path):
    found = looks(path, above()[path])
    without = [what for function, held, what in found if not held and known_as(path, function) not in in_turn()]
    assert without == []


def test_there_is_one_lock_but_for_those_that_are_listed():
    made = Counter()
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("Lock", "RLock", "Condition", "Semaphore"):
                made[next((each for each in OWN_LOCKS if path.startswith(each)), path)] += 1
    assert made.keys() - OWN_LOCKS.keys() == set()
