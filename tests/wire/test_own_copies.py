"""What a session gets of shared data is its own: it behaves like a deep copy, and the shared data stays as it was."""

import copy
import json
import pickle
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsmock.wire.own_copies import flagged, own, untouched

NAMES = st.sampled_from("abcd")
LEAVES = st.none() | st.integers(0, 3)
LISTS = st.lists(LEAVES | st.dictionaries(NAMES, LEAVES, max_size=2), max_size=2)
INNER = st.dictionaries(NAMES, LEAVES | LISTS, max_size=3)
MODELS = st.dictionaries(NAMES, LEAVES | LISTS | INNER, max_size=4)
CHANGES = {
    "set": lambda at, name: at.__setitem__(name, "new"),
    "drop": lambda at, name: at.pop(name, None),
    "default": lambda at, name: at.setdefault(name, OrderedDict()),
    "update": lambda at, name: at.update({name: [1]}),
    "last": lambda at, name: at.popitem() if at else None,
    "first": lambda at, name: at.popitem(last=False) if at else None,
    "move": lambda at, name: at.move_to_end(name) if name in at else None,
    "to the front": lambda at, name: at.move_to_end(name, last=False) if name in at else None,
    "clear": lambda at, name: at.clear(),
    "inside": lambda at, name: at[name].append("new") if isinstance(at.get(name), list) else None,
}
PATHS = st.lists(NAMES, max_size=3)


def as_botocore_has_it(data):
    if isinstance(data, list):
        return [as_botocore_has_it(each) for each in data]
    return (
        OrderedDict((name, as_botocore_has_it(each)) for name, each in data.items()) if isinstance(data, dict) else data
    )


def inner(data, path):
    """The dictionary at the end of a path, as far as there are any."""
    for name in path:
        if not isinstance(data.get(name), dict):
            break
        data = data.get(name)
    return data


@given(MODELS, st.lists(st.tuples(PATHS, st.sampled_from(sorted(CHANGES)), NAMES), max_size=8))
def test_it_is_a_deep_copy(shared, changes):
    before = copy.deepcopy(shared)
    mine, expected = own(shared), as_botocore_has_it(shared)
    for path, change, name in changes:
        for each in (mine, expected):
            CHANGES[change](inner(each, path), name)
        assert mine == expected
        assert list(mine) == list(expected)
    assert shared == before
    assert json.dumps(mine) == json.dumps(expected)


COPIERS = [copy.copy, copy.deepcopy, dict, OrderedDict, lambda it: it.copy(), lambda it: {**it}, lambda it: it | {}]


@pytest.mark.parametrize("copier", [*COPIERS, lambda it: pickle.loads(pickle.dumps(it)), lambda it: dict(it.items())])
def test_whoever_copies_it_gets_nothing_shared(copier):
    shared = {"a": {"b": {"c": [1]}}}
    copied = copier(own(shared))
    copied["a"]["b"]["c"].append(2)
    copied["a"]["b"]["d"] = 3
    assert copied["a"] == {"b": {"c": [1, 2], "d": 3}}
    assert shared == {"a": {"b": {"c": [1]}}}


def test_what_was_looked_at_is_kept():
    mine = own({"a": {"b": {}}})
    given_ = mine["a"]["c"] = {}
    assert mine["a"] is mine["a"]
    assert mine["a"]["c"] is given_
    assert next(iter(mine.values())) is mine.get("a") is mine.setdefault("a")


def test_untouched_until_somebody_looks_or_writes():
    shared = {"a": {"b": 1}, "c": 2}
    assert untouched(own(shared)) is shared
    for touch in (lambda it: it["a"], lambda it: it.update(c=3), lambda it: it.update(d=3), lambda it: it.pop("c")):
        mine = own(shared)
        touch(mine)
        assert untouched(mine) is None
    assert untouched(shared) is None


def test_flags_are_those_of_the_copy():
    shared = {"a": {"error": True}, "b": {}, "c": {"error": True}, "d": {}}
    mine = own(shared)
    assert flagged(mine, "error") == flagged(shared, "error") == ["a", "c"]
    mine["b"]["error"] = True
    del mine["a"]
    mine["e"] = {"error": True}
    assert flagged(mine, "error") == ["b", "c", "e"]
    assert flagged(own(shared), "error") == ["a", "c"]
