"""Which rooms may name which library: by an import, in a function and for types too, or by a text."""

import ast
import re
from functools import cache

import pytest

from tests.support.sources import imported, texts, trees

ROOMS = {
    "moto": (
        *("kmsmock/records/", "kmsmock/bridge/"),
        *("conftest_plugin/contract.py", "conftest_plugin/wider.py"),  # a world begins where a suite's own mock does
    ),
    "botocore": (
        *("kmsmock/wire/", "kmsmock/door/", "kmsmock/services/generic.py"),
        "kmsmock/loading/data.py",  # what is answered where something of a file cannot be made
        "kmsmock/verify/case.py",  # what is answered where something is removed from an account
        "conftest_plugin/folding.py",  # whose frames --kmsmock-fold leaves out
        "kmsmock/accounts/typed.py",  # the types of clients
        "kmsmock/snapshots/kinds.py",  # whose objects are no state of a world
    ),
    "aiobotocore": ("kmsmock/door/", "kmsmock/wire/contract.py"),
    "urllib3": ("kmsmock/door/", "kmsmock/wire/contract.py", "kmsmock/snapshots/kinds.py"),
    "freezegun": (
        "kmsmock/clock.py",
        "kmsmock/door/freezers.py",  # a freezer of the test that ends out of order is mended where a world is left
        "kmsmock/door/frozen_clocks.py",  # so are the tables of libraries that took freezegun's dates for Python's
    ),
    "time": ("kmsmock/clock.py", "kmsmock/door/sleeping.py"),
    "time_machine": ("kmsmock/clock.py",),
    "pytest": ("conftest_plugin/", "kmsmock/world/cases.py"),  # a class of tests has the worlds of the fixture
    "_pytest": ("conftest_plugin/", "kmsmock/clock.py"),
    "unittest": ("conftest_plugin/", "kmsmock/world/cases.py"),
    "random": ("kmsmock/entropy.py",),
    "secrets": (),
    "uuid": ("kmsmock/entropy.py",),
}
"""Time is read by the clock alone, and randomness is made by entropy alone, of ``os.urandom``."""
LOOKS_FOR_THEM = "kmsmock/doctor/"
"""What is looked for in other people's sources has to be named in texts; an import is one all the same."""
WORDS = {"time", "pytest", "random", "secrets", "uuid"}
"""Libraries whose names are words that may stand in a text."""


@cache
def read():
    """What each file imports, and its texts with their lines."""
    return {path: (list(imported(tree)), list(texts(tree))) for path, tree in trees().items()}


def named(library):
    for path, (names, said) in read().items():
        for name in names:
            if name.split(".")[0] == library:
                yield path, name
        for line, text in said if library not in WORDS and not path.startswith(LOOKS_FOR_THEM) else ():
            if re.match(rf"{library}([.:]|$)", text):
                yield path, f"{text} (line {line})"


@pytest.mark.parametrize("library", ROOMS)
def test_a_library_is_named_in_its_rooms_only(library):
    assert [(path, name) for path, name in named(library) if not path.startswith(ROOMS[library])] == []


def test_entropy_alone_asks_the_machine_for_randomness_and_cryptography_for_its_own():
    asking = {
        path
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "urandom"
    }
    assert {path for path in asking if not path.startswith("kmsmock/crypto/")} == {"kmsmock/entropy.py"}


@pytest.mark.parametrize("room", ["iam", "crypto"])
def test_policy_evaluation_and_cryptography_stand_alone(room):
    for path, tree in trees().items():
        if path.startswith(f"kmsmock/{room}/"):
            ours = {name for name in imported(tree) if name.startswith("kmsmock.")} - {"kmsmock.foreign"}
            assert all(name.startswith((f"kmsmock.{room}", "kmsmock.foreign.extras")) for name in ours), path


def test_notes_on_the_objects_of_others_are_written_in_one_place():
    writers = {path for path, tree in trees().items() for _, text in texts(tree) if text.startswith("_kmsmock")}
    assert writers == {"kmsmock/foreign/notes.py"}


def test_modules_of_others_are_looked_for_in_one_place():
    """``sys.modules.get`` cannot tell a module that nobody imported yet from one that is gone."""
    lookers = {path for path, tree in trees().items() if "sys.modules" in ast.unparse(tree)}
    assert lookers == {"kmsmock/foreign/contract.py"}
