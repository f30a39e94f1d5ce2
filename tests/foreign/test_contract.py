"""A listed name of another library is found, is not there yet, or is gone: and then it is named."""

import sys
import types

import pytest

from kmsmock.errors import KmsMockError
from kmsmock.foreign.contract import Contract
from kmsmock.foreign.notes import Note

REASON = "a record is read"


class Record:
    declared: int

    def __init__(self):
        self.given = 1

    @property
    def size(self):
        return self.given

    @size.setter
    def size(self, value):
        self.stored = value


@pytest.fixture
def library(monkeypatch):
    """A library that is loaded, with one module."""
    package, module = types.ModuleType("fakelib"), types.ModuleType("fakelib.models")
    package.__path__ = []
    module.Record, package.models = Record, module
    monkeypatch.setitem(sys.modules, "fakelib", package)
    monkeypatch.setitem(sys.modules, "fakelib.models", module)
    return module


def contract(*names):
    return Contract("fakelib", dict.fromkeys(names, REASON), works_with="1.0 to 1.2")


@pytest.mark.parametrize("attribute", ["declared", "given", "size", "stored", "__init__"])
def test_attributes_that_only_instances_have_are_found_in_their_class(library, attribute):
    contract(f"fakelib.models:Record.{attribute}").check()


def test_an_attribute_that_no_instance_gets_is_named_with_the_versions(library):
    with pytest.raises(
        KmsMockError,
        match=r"^fakelib of unknown version has no fakelib\.models\.Record\.renamed, which kmsmock needs: a record is "
        r"read\. Known to work: fakelib 1\.0 to 1\.2\.$",
    ):
        contract("fakelib.models:Record.renamed").check()


def test_the_first_look_at_a_part_looks_at_all_of_it(library):
    asked = contract("fakelib.models:Record", "fakelib.models:Record.renamed")
    with pytest.raises(KmsMockError, match="renamed"):
        asked.find("fakelib.models:Record")


def test_a_module_that_was_there_and_is_not_any_more_is_gone(library, monkeypatch):
    monkeypatch.delitem(sys.modules, "fakelib.models")
    with pytest.raises(KmsMockError, match=r"has no fakelib\.models\.Record"):
        contract("fakelib.models:Record").find("fakelib.models:Record")


def test_a_module_that_a_loaded_library_never_had_is_gone(library):
    with pytest.raises(KmsMockError, match=r"has no fakelib\.other\.models\.Record"):
        contract("fakelib.other.models:Record").find("fakelib.other.models:Record")


def test_of_a_library_that_nobody_imported_nothing_is_there_yet():
    assert "mailbox" not in sys.modules
    assert contract("mailbox.models:Box").find("mailbox.models:Box") is None


def test_a_name_that_is_optional_may_be_missing(library):
    names = ("fakelib.models:Record", "fakelib.models:Record.renamed")
    asked = Contract("fakelib", dict.fromkeys(names, REASON), frozenset({names[1]}))
    assert asked.find("fakelib.models:Record") is Record


def test_of_names_in_several_versions_the_first_that_is_there_counts(library):
    names = ("fakelib.models:Newer", "fakelib.models:Record", "fakelib.models:Older")
    asked = Contract("fakelib", dict.fromkeys(names, REASON), frozenset(names), works_with="1.0")
    assert asked.first(*names) is Record
    with pytest.raises(KmsMockError, match=r"has no fakelib\.models\.Newer"):
        asked.first("fakelib.models:Newer", "fakelib.models:Older")


def test_only_what_is_listed_can_be_asked_for(library):
    with pytest.raises(KeyError):
        contract("fakelib.models:Record").find("fakelib.models:Other")


def test_a_note_is_on_one_object_until_it_is_taken_away():
    note, one, other = Note[str]("colour"), Record(), Record()
    note.set(one, "red")
    assert (note.get(one), note.get(other)) == ("red", None)
    note.remove(one)
    note.remove(one)
    assert note.get(one) is None
    assert vars(one) == vars(other)
