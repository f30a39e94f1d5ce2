"""The baseline: what AWS would refuse in a suite, and is known. As ruff's, mypy's and eslint's users know it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest_plugin.found import Found, kind_of

_VERSION = 1
_ABOUT = "What AWS would refuse in this suite, and is known. Written by pytest --kmsmock-update-baseline."
_HOW = "write it with --kmsmock-update-baseline"


class Baseline(NamedTuple):
    """The kinds of refusals that are known, by test."""

    path: Path
    known: Mapping[str, frozenset[str]]

    def knows(self, found: Found) -> bool:
        """Whether a refusal is one of them."""
        return kind_of(found) in self.known.get(found["test"], ())


def read(path: Path, *, to_write: bool) -> Baseline:
    """A baseline; an empty one where it is to be written anew. Raises UsageError for a file that is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise pytest.UsageError(
                f"--kmsmock-baseline={path}: it has version {content['version']!r}, and this kmsmock reads {_VERSION}"
            )
        return Baseline(path, {str(test): frozenset(map(str, kinds)) for test, kinds in content["refusals"].items()})
    except FileNotFoundError:
        if to_write:
            return Baseline(path, {})
        raise pytest.UsageError(f"--kmsmock-baseline={path}: there is no such file; {_HOW}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as wrong:
        raise pytest.UsageError(f"--kmsmock-baseline={path}: it is no baseline ({wrong!r}); {_HOW}") from None


def gone(baseline: Baseline, found: Iterable[Found], ran: Iterable[str]) -> dict[str, list[str]]:
    """What is known and did not happen any more, of the tests and fixtures that ran."""
    seen = _by_test(found)
    left = {test: sorted(baseline.known.get(test, frozenset()) - seen.get(test, set())) for test in ran}
    return {test: kinds for test, kinds in sorted(left.items()) if kinds}


def write(baseline: Baseline, found: Iterable[Found], ran: Iterable[str]) -> None:
    """Write down what was found; what is known of tests that did not run, or not to their end, stays."""
    ended = set(ran)
    kept = {test: set(kinds) for test, kinds in baseline.known.items() if test not in ended}
    for test, kinds in _by_test(found).items():
        kept[test] = kept.get(test, set()) | kinds
    content = {
        "about": _ABOUT,
        "version": _VERSION,
        "refusals": {test: sorted(kinds) for test, kinds in sorted(kept.items()) if kinds},
    }
    baseline.path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _by_test(found: Iterable[Found]) -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for each in found:
        kinds.setdefault(each["test"], set()).add(kind_of(each))
    return kinds
