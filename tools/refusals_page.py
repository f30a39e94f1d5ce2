"""Writes docs/refusals.md, from the tables of causes in kmsmock/refusals.

``python -m tools.refusals_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kmsmock.refusals import causes, document_causes, kms_causes, service_causes, texts
from kmsmock.refusals.causes import Cause

PAGE = Path(__file__).parents[1] / "docs" / "refusals.md"
_HEAD = """\
# Refusals, by their codes

This page is made by `python -m tools.refusals_page` from `kmsmock/refusals`; a test fails when it is out of date.

`world.refusals` has everything that was refused. Each refusal has one of these codes as its `cause`, and the
explanation of an exception, of a failed test and of `refusal.explain()` begins with it. The codes stay as they are.
[What people ask](questions.md) is answered there, situation by situation.
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(f"\n## {code}\n\n{_told(found)}" for code, found in sorted(_by_code().items()))


def every() -> Iterator[Cause]:
    """Each cause that the modules of causes name, alone or in a table; those of several places several times."""
    for module in (causes, document_causes, kms_causes, service_causes, texts):
        for named in vars(module).values():
            listed = named.values() if isinstance(named, Mapping) else (named,)
            yield from (each for each in listed if isinstance(each, Cause))


def _by_code() -> dict[str, list[Cause]]:
    found: dict[str, list[Cause]] = {}
    for cause in every():
        if cause not in found.setdefault(cause.code, []):
            found[cause.code].append(cause)
    return found


def _told(found: list[Cause]) -> str:
    return "\n".join(
        f"{_shown(each.why)}\n\n" + "".join(f"- {_shown(one)}\n" for one in each.remedies) for each in found
    )


def _shown(text: str) -> str:
    for name in ("key", "operation", "service", "caller"):
        text = text.replace(f"{{{name}}}", f"*{name}*")
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
