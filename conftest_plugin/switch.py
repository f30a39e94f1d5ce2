"""The switch that gives every test a world: ``--kmsmock``, the ``kmsmock`` lines of the configuration, services."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast, get_args

import pytest

Mode = Literal["strict", "audit", "off"]
MODES = get_args(Mode)
SWITCH = pytest.StashKey["Switch"]()
_HOW = "write audit, strict or off for the whole suite, or `tests/payments = strict` for a directory or a file"


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """The options that say which tests have a world, how strict it is, and what becomes of what it lets pass."""
    group.addoption(
        "--kmsmock",
        nargs="?",
        const="strict",
        type=_mode,
        metavar="MODE",
        help="give every test a world: strict (default), audit (let pass what moto would, and tell what AWS would "
        "refuse) or off (enforce nothing); moto's mocks share it",
    )
    group.addoption(
        "--kmsmock-services",
        action="append",
        default=[],
        metavar="NAMES",
        help="enforce these services only, such as kms,s3",
    )
    parser.addini(
        "kmsmock", "as --kmsmock; a line such as `tests/payments = strict` is for a directory or a file", "linelist"
    )
    parser.addini("kmsmock_services", "as --kmsmock-services", "args")
    group.addoption(
        "--kmsmock-baseline",
        metavar="FILE",
        type=Path,
        help="what FILE knows that AWS would refuse is let pass; a test that does something else fails (audit mode)",
    )
    group.addoption(
        "--kmsmock-update-baseline", action="store_true", help="write down in FILE what AWS would refuse now"
    )
    group.addoption(
        "--kmsmock-summary", metavar="FILE", type=Path, help="write all that AWS would refuse into FILE, as JSON"
    )
    parser.addini("kmsmock_baseline", "as --kmsmock-baseline", "string", "")


def _mode(value: str) -> str:
    if value not in MODES:
        raise pytest.UsageError(
            f"--kmsmock={value}: give strict, audit or off, with an equals sign (--kmsmock=audit {value})"
        )
    return value


class Switch:
    """How worlds are made for tests that do not ask for one; ``everywhere`` is None where they have none.

    No NamedTuple: making those takes a fifth of the plugin's import.
    """

    def __init__(
        self, everywhere: Mode | None, by_path: tuple[tuple[Path, Mode], ...] = (), services: tuple[str, ...] = ()
    ) -> None:
        self.everywhere, self.by_path, self.services = everywhere, by_path, services

    @property
    def is_on(self) -> bool:
        """Whether any test has a world by it."""
        return self.everywhere is not None or bool(self.by_path)

    def mode_of(self, node: pytest.Item | pytest.Collector) -> Mode | None:
        """The mode of a test, or of whatever a fixture is for: that of the nearest directory which has one."""
        found = [each for each in self.by_path if node.path.is_relative_to(each[0])]
        return max(found, key=lambda each: len(each[0].parts))[1] if found else self.everywhere

    def options_of(self, node: pytest.Item | pytest.Collector) -> dict[str, Any]:
        """What its world is made with, where it does not say itself."""
        mode = self.mode_of(node)
        if mode is None:
            return {}
        return {"enforce": mode, **({"enforce_services": self.services} if self.services else {})}


def read(config: pytest.Config) -> Switch:
    """The switch of a run: the command line's if it has one, else that of the configuration; a baseline is audit's.

    Raises UsageError for a mode or a service that does not exist.
    """
    named = [*config.getoption("kmsmock_services"), *config.getini("kmsmock_services")]
    services = tuple(name.strip() for each in named for name in each.split(",") if name.strip())
    given = config.getoption("kmsmock")
    everywhere, by_path = (given, []) if given is not None else _configured(config)
    baseline = config.getoption("kmsmock_baseline") or config.getini("kmsmock_baseline")
    switch = Switch(everywhere or ("audit" if baseline and not by_path else None), tuple(by_path), services)
    if services and not switch.is_on:
        raise pytest.UsageError("--kmsmock-services is for suites that are switched: add --kmsmock=audit or strict")
    if services:
        _must_exist(services)
    return switch


def _configured(config: pytest.Config) -> tuple[Mode | None, list[tuple[Path, Mode]]]:
    everywhere: Mode | None = None
    by_path: list[tuple[Path, Mode]] = []
    root = config.inipath.parent if config.inipath is not None else config.rootpath
    for line in config.getini("kmsmock"):
        place, _, mode = (each.strip() for each in line.rpartition("="))
        if mode not in MODES or (place and not (root / place).exists()):
            wrong = f"there is no {place}" if mode in MODES else _HOW
            raise pytest.UsageError(f"kmsmock = {line!r} in the configuration: {wrong}")
        if place:
            by_path.append((root / place, cast("Mode", mode)))
        else:
            everywhere = cast("Mode", mode)
    return everywhere, by_path


def _must_exist(services: tuple[str, ...]) -> None:
    from kmsmock.wire.models import ids_of

    try:
        ids_of("--kmsmock-services", services)
    except ValueError as wrong:
        raise pytest.UsageError(str(wrong)) from None
