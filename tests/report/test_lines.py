"""Results are lines of JSON: what is written is what is read, and what is wrong is said of its line."""

import json
import re
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsmock.results import files, kinds, lines
from tests.support.sources import ROOT

OF_TYPES = {
    str: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    list[str]: st.lists(st.text()),
    list[int]: st.lists(st.integers()),
    list[list[str]]: st.lists(st.lists(st.text())),
    dict[str, Any]: st.dictionaries(st.text(), st.text()),
    list[dict[str, Any]]: st.lists(st.dictionaries(st.text(), st.text())),
    dict[str, list[int]]: st.dictionaries(st.text(), st.lists(st.integers())),
}
RECORDS = st.sampled_from(list(kinds.KINDS.values())).flatmap(
    lambda kind: st.builds(
        kind,
        **{
            name: st.just(kinds.VERSION) if name == "version" else OF_TYPES[wanted]
            for name, wanted in get_type_hints(kind).items()
        },
    )
)


@given(RECORDS)
def test_what_is_written_is_read(record):
    text = lines.as_line(record)
    assert "\n" not in text
    assert lines.record(text) == record


def test_what_has_its_default_is_left_out():
    assert lines.as_line(kinds.Test("a.py::test")) == '{"kind":"test","test":"a.py::test"}'
    assert json.loads(lines.as_line(kinds.Run("abc"))) == {"kind": "run", "run": "abc", "version": 1}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "it is no JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
        ("[]", 'a line is an object with a "kind"'),
        ('{"kind": "tset"}', "there are no lines of kind 'tset'; did you mean 'test'?"),
        ('{"kind": "run", "run": "a", "version": 2}', "it has version 2 of the schema, and this kmsmock reads 1"),
        ('{"kind": "run", "run": "a"}', "it has version None of the schema, and this kmsmock reads 1"),
        ('{"kind": "test", "test": "a", "sceonds": 1}', "a test has no 'sceonds'; did you mean 'seconds'?"),
        ('{"kind": "test", "test": 1}', "'test' of a test is a text, and not 1"),
        ('{"kind": "test", "test": "a", "attempt": true}', "'attempt' of a test is a whole number, and not True"),
        ('{"kind": "link", "what": "copy"}', "a link needs account, region, to_account, to_region, about"),
    ],
)
def test_a_wrong_line_is_told_by_file_and_number(tmp_path, text, why):
    path = tmp_path / "results.jsonl"
    path.write_text(f"{lines.as_line(kinds.Run('abc'))}\n\n{text}\n", encoding="utf-8")
    with pytest.raises(lines.BadLine) as caught:
        list(files.read(path))
    assert str(caught.value) == f"{path}:3: {why}"


def test_a_file_of_results_begins_with_its_run(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text(files.text([kinds.Test("a.py::test")]), encoding="utf-8")
    with pytest.raises(lines.BadLine) as caught:
        list(files.read(path))
    assert str(caught.value) == f"{path}:1: a file of results begins with its run"


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_bytes(lines.as_line(kinds.Run("abc")).encode() + b"\n\xff\xfe\n")
    with pytest.raises(lines.BadLine) as caught:
        list(files.read(path))
    assert str(caught.value) == f"{path}:2: it is no text in UTF-8"


def documented():
    """The fields that docs/results.md has, by the kind of line."""
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^### (\w+)$", text)[1:]
    return {
        name: [
            each
            for row in re.findall(r"(?m)^\| (`.*?) \|", section)
            for each in re.findall(r"`(\w+)`", row)
        ]
        for name, section in zip(sections[::2], sections[1::2], strict=True)
    }  # fmt: skip


def test_the_schema_is_documented():
    """docs/results.md names each kind of line, and each of its fields once."""
    assert {name: sorted(fields) for name, fields in documented().items()} == {
        name: sorted(kind._fields) for name, kind in kinds.KINDS.items()
    }
