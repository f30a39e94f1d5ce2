"""Writes docs/reference/options.md, from the options, the lines of the configuration and the fixtures of the plugin.

``python -m tools.options_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from conftest_plugin import plugin
from kmsmock.__main__ import _COMMANDS as COMMANDS
from kmsmock.options import WorldOptions

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "options.md"
_HEAD = """\
# pytest

This page is made by `python -m tools.options_page` from the plugin; a test fails when it is out of date.

The plugin registers itself when kmsmock is installed. `pytest -p no:kmsmock` leaves it out.

"""
_MARKER = """
## The marker

`@pytest.mark.kmsmock(...)` on a test, a class or, as `pytestmark`, a module. The closest one wins, option by option. A
marked test has a world, whether it asks for `aws_world` or not.

"""
_COMMANDS = """
## At the terminal

What `python -m kmsmock` can do; each command tells its own options with `--help`.

| command | what |
|---|---|
"""


class _Group:
    """What a plugin says of its options, listened to."""

    def __init__(self) -> None:
        self.options: list[tuple[str, str, str]] = []
        self.lines: dict[str, tuple[str, str]] = {}

    def getgroup(self, *_: str) -> _Group:
        return self

    def addoption(self, name: str, **about: Any) -> None:
        value = about.get("metavar", "")
        shown = f"[={value}]" if value and about.get("nargs") == "?" else f"={value}" if value else ""
        self.options.append((name, name + shown, about["help"]))

    def addini(self, name: str, help: str, type: str = "string", default: Any = None) -> None:  # noqa: A002  pytest's own names
        self.lines[name] = (help, type)


def page() -> str:
    """The whole page."""
    group = _Group()
    plugin.pytest_addoption(group)  # type: ignore[arg-type]  # listens like a parser
    return _HEAD + _fixtures() + _MARKER + _options_of_worlds() + _options(group) + _commands()


def _fixtures() -> str:
    names = sorted(name for name in plugin.__all__ if not name.startswith(("_", "pytest_")))
    rows = "".join(f"| `{name}` | {_line(getattr(plugin, name))} |\n" for name in names)
    return f"## Fixtures\n\n| fixture | what |\n|---|---|\n{rows}"


def _options_of_worlds() -> str:
    """The options of World, each with the words that its class has for it."""
    words = re.sub(r"\s+", " ", WorldOptions.__doc__ or "")
    told = re.split(r"(?<=[.;]) (?=``\w+``|``\w+=)", words.partition("accepted. ")[2])
    rows = "".join(f"- {each.strip().rstrip(';.').replace('``', '`')}.\n" for each in told)
    acting = (
        "`acting_as`, of the marker only, is who acts in all of the test: the id of an account for its root user, or a "
    )
    loading = "`load`, of the marker only, is a path (or several) of what `World.load` takes, beside the test's file."
    return rows + f"- {acting}function of the world that returns a principal.\n- {loading}\n"


def _options(group: _Group) -> str:
    rows = "".join(
        f"| `{shown}` | {_configured(group, name)} | {_escaped(words)} |\n" for name, shown, words in group.options
    )
    return f"\n## Options\n\n| option | in the configuration | what |\n|---|---|---|\n{rows}"


_KINDS = {"bool": "true or false", "args": "a list", "linelist": "lines", "string": "a text"}


def _configured(group: _Group, name: str) -> str:
    line = name.removeprefix("--").replace("-", "_")
    return f"`{line}` ({_KINDS[group.lines[line][1]]})" if line in group.lines else ""


def _commands() -> str:
    rows = "".join(f"| `python -m kmsmock {name}` | {each.help} |\n" for name, each in COMMANDS.items())
    return _COMMANDS + rows


def _line(thing: Any) -> str:
    text = inspect.getdoc(getattr(thing, "__wrapped__", None) or getattr(thing, "_fixture_function", thing)) or ""
    return _escaped(re.sub(r"\s+", " ", text).replace("``", "`"))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
