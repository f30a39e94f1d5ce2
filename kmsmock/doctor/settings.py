"""How a project runs its tests: pytest's options, plugins, filters and environment, in whatever file they stand."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kmsmock.doctor.findings import Place
from kmsmock.doctor.requirements import ini, table, toml

_SETTING = re.compile(
    r"""(?:^|[\s"'\[:])((?:AWS|MOTO|PYTEST|TEST_SERVER)_[A-Z0-9_]+)["']?\s?[:=]\s?["']?([^\s"',\]]*)"""
)
_IMAGES = ("localstack/localstack", "motoserver/moto")
_ENVIRONMENTS = (".env", "Makefile", "tox.ini", "setup.cfg", "pytest.ini", "pyproject.toml", ".yml", ".yaml")


class Setting(NamedTuple):
    """A setting of pytest (``addopts``), or a variable of the environment, with its value as it is written."""

    name: str
    value: str
    place: Place


def of_pytest(file: Path, text: str) -> Iterator[Setting]:
    """What a file says to pytest. Raises ValueError if the file is not what its name says."""
    reader = _READERS.get(file.name)
    for name, value in reader(text).items() if reader else ():
        said = " ".join(map(str, value)) if isinstance(value, list) and name == "addopts" else _joined(value)
        yield Setting(str(name), said, Place(str(file), line_of(text, str(name))))


def of_environment(file: Path, text: str) -> Iterator[Setting]:
    """The variables that a file sets for AWS, moto and pytest."""
    if not file.name.endswith(_ENVIRONMENTS):
        return
    for number, line in enumerate(text.splitlines(), 1):
        for found in _SETTING.finditer(line[:1000]):
            yield Setting(found[1], found[2], Place(str(file), number))


def images(file: Path, text: str) -> Iterator[tuple[str, Place]]:
    """The containers that stand for AWS."""
    if file.suffix in (".yml", ".yaml"):
        for number, line in enumerate(text.splitlines(), 1):
            yield from ((each, Place(str(file), number)) for each in _IMAGES if each in line)


def words(value: str) -> list[str]:
    """Options as the shell takes them apart."""
    try:
        return shlex.split(value, comments=False)
    except ValueError:
        return value.split()


def line_of(text: str, name: str) -> int:
    """The line on which a setting begins."""
    lines = enumerate(text.splitlines(), 1)
    return next((number for number, line in lines if re.match(rf"\s*{re.escape(name)}\s*[=:]", line)), 0)


def _joined(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")


def _pyproject(text: str) -> Mapping[str, Any]:
    document = toml(text)
    return {**table(document, "tool", "pytest", "ini_options"), **table(document, "tool", "pytest")}


def _pytest_ini(text: str) -> Mapping[str, Any]:
    return _section(text, "pytest")


def _setup_cfg(text: str) -> Mapping[str, Any]:
    return _section(text, "tool:pytest")


def _pytest_toml(text: str) -> Mapping[str, Any]:
    return table(toml(text), "pytest")


def _section(text: str, name: str) -> Mapping[str, Any]:
    parser = ini(text)
    return dict(parser[name]) if parser.has_section(name) else {}


_READERS: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "pyproject.toml": _pyproject,
    "pytest.ini": _pytest_ini,
    ".pytest.ini": _pytest_ini,
    "pytest.toml": _pytest_toml,
    "tox.ini": _pytest_ini,
    "setup.cfg": _setup_cfg,
}
