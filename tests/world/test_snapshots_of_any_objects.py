"""What a graph of objects holds is put back into the same objects, whatever they are made of."""

import collections
import dataclasses
import io
import tempfile
import types
from functools import partial
from pathlib import Path

import pytest

from kmsmock.snapshots import Graph, NotKept


class Slotted:
    __slots__ = ("first", "second")


class Both(Slotted):
    """With slots and attributes."""


class Listed(list):
    """With items and attributes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    inner: list


def plain(**attributes):
    return types.SimpleNamespace(**attributes)


def of_slots():
    made = Slotted()
    made.first = [1]
    return made


def of_both():
    made = Both()
    made.second, made.other = 1, 2
    return made


def of_items_and_attributes():
    made = Listed([1, 2])
    made.name = "kept"
    return made


def shown(each):
    """All that can be seen of an object."""
    slots = {name: getattr(each, name, "unset") for name in getattr(type(each), "__slots__", ())}
    content = list(each.items()) if isinstance(each, dict) else list(each) if isinstance(each, (list, set)) else None
    return content, dict(getattr(each, "__dict__", {})), slots


CHANGES = {
    "an entry is renamed": ({"a": 1}, lambda each: each.update(b=each.pop("a"))),
    "an entry is replaced": ({"a": 1, "b": 2}, lambda each: each.update(a=3)),
    "entries are in another order": ({"a": 1, "b": 2}, lambda each: each.update(a=each.pop("a"))),
    "an ordered dict": (
        collections.OrderedDict(a=1, b=2),
        lambda each: (each.move_to_end("a"), each.pop("b")),
    ),
    "a default": (collections.defaultdict(list, a=[1]), lambda each: each["b"].append(1)),
    "a counter": (collections.Counter("ab"), lambda each: each.update("abc")),
    "items": ([3, 1, 2], lambda each: each.sort()),
    "members": ({1, 2}, lambda each: (each.remove(1), each.add(3))),
    "attributes": (plain(a=1, b=2), lambda each: (vars(each).pop("a"), setattr(each, "c", 3))),
    "all attributes": (plain(a=1), lambda each: each.__dict__.clear()),
    "slots": (of_slots(), lambda each: (delattr(each, "first"), setattr(each, "second", 2))),
    "slots and attributes": (of_both(), lambda each: (setattr(each, "first", 1), delattr(each, "other"))),
    "items and attributes": (of_items_and_attributes(), lambda each: (each.clear(), setattr(each, "name", "new"))),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_an_object_holds_is_put_back(case):
    each, change = CHANGES[case]
    graph, before = Graph({"root": (each,)}), shown(each)
    assert graph.is_same
    for _ in range(2):
        change(each)
        assert shown(each) != before
        assert not graph.is_same
        graph.put_back()
        assert shown(each) == before
        assert graph.is_same


def test_objects_stay_the_ones_that_they_are():
    inner = [1]
    outer = {
        "inner": inner,
        "again": inner,
        "within": Frozen(inner),
        "method": inner.append,
        "partial": partial(len, inner),
    }
    graph = Graph({"root": outer})
    inner.append(2)
    outer["inner"] = [1]
    graph.put_back()
    assert outer["inner"] is outer["again"] is inner
    assert inner == [1]


def test_what_is_equal_but_another_is_put_back():
    holder = plain(value=[1])
    graph, before = Graph({"root": holder}), holder.value
    holder.value = [1]
    assert not graph.is_same
    graph.put_back()
    assert holder.value is before


def test_circles_end():
    one = []
    one.append(one)
    graph = Graph({"root": one})
    one.append(1)
    graph.put_back()
    assert one[0] is one
    assert len(one) == len(graph) == 1


def test_queues_bytes_and_files_are_as_they_were():
    queue, content, memory = collections.deque([1, 2], maxlen=3), bytearray(b"abc"), io.BytesIO(b"memory")
    spooled, closed = tempfile.SpooledTemporaryFile(), io.BytesIO()  # noqa: SIM115 - what a snapshot opens again
    spooled.write(b"spooled")
    closed.close()
    memory.seek(3)
    graph = Graph({"root": [queue, content, memory, spooled, closed]})
    for change in (spooled.close, lambda: spooled.write(b"more")):
        queue.extend([3, 4])
        content += b"d"
        memory.write(b"MORE")
        change()
        graph.put_back()
        assert (list(queue), content, memory.getvalue(), memory.tell()) == ([1, 2], b"abc", b"memory", 3)
        assert spooled.tell() == 7
        spooled.seek(0)
        assert spooled.read() == b"spooled"
    memory.close()
    graph.put_back()
    assert (memory.getvalue(), closed.closed) == (b"memory", True)
    spooled.close()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ((number for number in [1]), r"root\['a'\]\.b\[0\], builtins.generator: what .*<genexpr> will do next cannot"),
        (iter([1]), r"root\['a'\]\.b\[0\], builtins.list_iterator: what it will do next cannot be read from it"),
        (Path(__file__).open("rb"), r"root\['a'\]\.b\[0\], _io.BufferedReader: what it will do next"),  # noqa: SIM115
    ],
    ids=["a generator", "an iterator", "a file"],
)
def test_what_cannot_be_put_back_is_named(what, said):
    with pytest.raises(NotKept, match=said):
        Graph({"root": {"a": plain(b=[what])}})
    getattr(what, "close", lambda: None)()


def test_what_is_left_out_is_not_looked_into():
    inner = [1]
    graph = Graph({"root": [inner]}, without=[inner])
    inner.append(2)
    graph.put_back()
    assert inner == [1, 2]
    assert graph.has(inner)
    assert not graph.has([])
