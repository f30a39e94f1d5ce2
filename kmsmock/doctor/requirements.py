"""What a project requires and locks, in whatever file it says so, without running any of them.

Versions are compared with ``packaging``, which pytest needs and brings, as it brings ``tomli`` where Python has none.
"""

from __future__ import annotations

import ast
import configparser
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from kmsmock.doctor.findings import Place

_TOML = "tomllib" if sys.version_info >= (3, 11) else "tomli"
_TXT = re.compile(r"(requirements|constraints)[^/]*\.(txt|in)$|requirements/[^/]+\.(txt|in)$", re.IGNORECASE)
_COMMENT = re.compile(r"(^|\s)#.*")
_OPTION = re.compile(r"\s(--hash|--config-settings|--global-option)\b.*|\s*\\$")
_FACTORS = re.compile(r"^[\w\-.{},!]+:\s+(?=\S)")
_CARET = re.compile(r"([~^])\s*(\d+(?:\.\d+)*)")


class Declared(NamedTuple):
    """A requirement at a line; that of Python has the name ``python``. ``locked``: a tool wrote it after others."""

    name: str
    specifier: SpecifierSet
    text: str
    place: Place
    locked: bool = False
    extras: frozenset[str] = frozenset()


def read(file: Path, text: str) -> Iterator[Declared]:
    """The requirements that a file declares. Raises ValueError if the file is not what its name says."""
    reader = _READERS.get(file.name)
    if reader is None and _TXT.search(file.as_posix()):
        reader = _lines
    if reader is None:
        return
    for said, locked in reader(text):
        try:
            requirement = Requirement(said)
        except (InvalidRequirement, RecursionError):
            continue
        if _applies(requirement):
            place = Place(str(file), _line_of(text, said, requirement.name))
            name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
            yield Declared(name, requirement.specifier, said, place, locked, extras)


def toml(text: str) -> Mapping[str, Any]:
    """A document of TOML. Raises ValueError for what is none."""
    try:
        read_toml: Callable[[str], dict[str, Any]] = import_module(_TOML).loads
        return read_toml(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def ini(text: str) -> configparser.ConfigParser:
    """A document of the INI family. Raises ValueError for what is none."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except AttributeError:
        raise ValueError("a value continues a name that has none") from None  # a fault of configparser's own
    except configparser.Error as problem:
        raise ValueError(str(problem).splitlines()[0]) from None
    return parser


def table(document: Any, *keys: str) -> Mapping[str, Any]:
    """A table inside of a document; empty if there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _applies(requirement: Requirement) -> bool:
    """Whether its marker holds for the Python that runs this."""
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate({"extra": ""})
    except (UndefinedEnvironmentName, ValueError):
        return True


def _line_of(text: str, said: str, name: str) -> int:
    """The line that says it, else the first that begins with the name."""
    lines = text.splitlines()
    spelled = "(python|requires-python|python_requires)" if name == "python" else re.escape(name)
    named = re.compile(rf"""[\s"'\[]{{0,99}}(name\s?=\s?)?["']?{spelled}\b""", re.IGNORECASE)
    for fits in (lambda line: said in line, named.match):
        for number, line in enumerate(lines, 1):
            if fits(line):
                return number
    return 0


# --- one reader for each kind of file: what is required as one writes it for pip, and whether it is locked -----------

Said = Iterator[tuple[str, bool]]


def _lines(text: str) -> Said:
    for line in text.splitlines():
        said = _OPTION.sub("", _COMMENT.sub("", line)).strip()
        if said and not said.startswith("-"):
            yield _FACTORS.sub("", said), False


def _pyproject(text: str) -> Said:
    document = toml(text)
    project, tools = table(document, "project"), table(document, "tool")
    lists = [
        [f"python{project.get('requires-python', '')}"],
        project.get("dependencies"),
        *table(project, "optional-dependencies").values(),
    ]
    lists += table(document, "dependency-groups").values()
    lists += [table(tools, "uv").get(name) for name in _OF_UV]
    lists += table(tools, "pdm", "dev-dependencies").values()
    lists += [table(each).get("dependencies") for each in table(tools, "hatch", "envs").values()]
    for each in lists:
        yield from ((said, False) for said in _texts(each))
    poetry = table(tools, "poetry")
    groups = [table(poetry, name) for name in ("dependencies", "dev-dependencies")]
    groups += [table(each, "dependencies") for each in table(poetry, "group").values()]
    for group in groups:
        yield from _by_name(group)


_OF_UV = ("dev-dependencies", "constraint-dependencies", "override-dependencies")


def _by_name(group: Mapping[str, Any], *, locked: bool = False) -> Said:
    """As Poetry and Pipenv have them: the name, and a version or a table with one."""
    for name, value in group.items():
        for each in value if isinstance(value, list) else [value]:
            given = each if isinstance(each, Mapping) else {"version": each}
            version, extras = given.get("version", ""), _texts(given.get("extras"))
            if isinstance(version, str):
                listed = f"[{','.join(extras)}]" if extras else ""
                yield f"{name}{listed}{_specifier(version)}", locked


def _specifier(version: str) -> str:
    """A version as Poetry writes it, as pip does; nothing for what pip cannot say."""
    said = ",".join(_CARET.sub(_bounds, each.strip()) for each in version.split(",") if each.strip() != "*")
    if re.fullmatch(r"\d[\w.*+!-]*", said):
        said = f"=={said}"
    try:
        SpecifierSet(said)
    except InvalidSpecifier:
        return ""
    return said


def _bounds(found: re.Match[str]) -> str:
    """``^1.2`` is below 2, ``^0.3`` below 0.4, ``~1.2.3`` below 1.3."""
    numbers = [int(each[:9]) for each in found[2].split(".")]
    if found[1] == "~":
        kept = min(len(numbers), 2)
    else:
        kept = next((place for place, number in enumerate(numbers, 1) if number), len(numbers))
    above = [*numbers[: kept - 1], numbers[kept - 1] + 1]
    return f">={found[2]},<{'.'.join(map(str, above))}"


def _setup_cfg(text: str) -> Said:
    parser = ini(text)
    for section in parser.sections():
        if section == "options":
            values = [parser[section].get(name) for name in ("install_requires", "tests_require")]
            values.append(f"python{parser[section].get('python_requires') or ''}")
        else:
            values = list(parser[section].values()) if section == "options.extras_require" else []
        for value in values:
            yield from _lines(value or "")


def _tox(text: str) -> Said:
    parser = ini(text)
    for section in parser.sections():
        yield from _lines(parser[section].get("deps") or "")


def _setup_py(text: str) -> Said:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and node.arg in ("install_requires", "extras_require", "tests_require"):
            for each in ast.walk(node.value):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value, False


def _pipfile(text: str) -> Said:
    document = toml(text)
    for section in ("packages", "dev-packages"):
        yield from _by_name(table(document, section))


def _pipfile_lock(text: str) -> Said:
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    for section in ("default", "develop"):
        yield from _by_name(table(document, section), locked=True)


def _lock(text: str) -> Said:
    """poetry.lock, uv.lock and pdm.lock, and pylock.toml."""
    document = toml(text)
    for name in ("package", "packages"):
        packages = document.get(name)
        for each in packages if isinstance(packages, list) else ():
            if isinstance(each, Mapping) and isinstance(each.get("version"), str):
                yield f"{each.get('name')}=={each['version']}", True


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


_READERS: Mapping[str, Callable[[str], Said]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "tox.ini": _tox,
    "Pipfile": _pipfile,
    "Pipfile.lock": _pipfile_lock,
    "poetry.lock": _lock,
    "uv.lock": _lock,
    "pdm.lock": _lock,
    "pylock.toml": _lock,
}
