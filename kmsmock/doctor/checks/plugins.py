"""pytest itself: its plugins, options and filters, and the names that kmsmock's plugin brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kmsmock.doctor import settings
from kmsmock.doctor.findings import Check, Finding, Place
from kmsmock.doctor.project import Project
from kmsmock.doctor.sources import Function

OFF = Check(
    "PYTEST-PLUGIN-OFF",
    "change",
    "kmsmock's plugin is not loaded",
    "Its fixtures, its marker and --kmsmock do not exist.",
    "{write}",
)
FIXTURE = Check(
    "PYTEST-FIXTURE-NAME",
    "change",
    "a fixture of the project has the name of one of kmsmock's",
    "pytest takes the project's: tests that ask for {name} get no world, nor does the marker make one, and calls go to "
    "AWS.",
    "Rename it",
)
MODULE = Check(
    "PYTEST-MODULE-NAME",
    "change",
    "a module of the project has the name of one of kmsmock's",
    "Where it is found first, Python imports it instead of kmsmock's.",
    "Rename it",
)
RUNNER = Check(
    "PYTEST-UNITTEST",
    "look",
    "tests are run by unittest",
    "Without pytest there is no fixture, no marker, no --kmsmock and no report; worlds work.",
    "def setUp(self): self.world = self.enterContext(kmsmock.World()) (Python 3.11), or python -m pytest",
)
WARNINGS = Check(
    "PYTEST-WARNINGS",
    "works",
    "warnings are errors",
    "A policy with an action or key that does not exist, which AWS stores, raises kmsmock.PolicyWarning; another "
    "version of a library raises kmsmock.VersionWarning.",
    "filterwarnings: ignore::kmsmock.PolicyWarning, ignore::kmsmock.VersionWarning after error, if that is too strict",
)
OTHERS = Check(
    "PYTEST-PLUGINS",
    "works",
    "other plugins",
    "Each worker of xdist has worlds of its own; ids follow from the test and not from the order, so that randomly "
    "changes none; a test that rerunfailures runs again, or that timeout ends by its signal, leaves nothing behind.",
)
TIME = Check(
    "PYTEST-TIME",
    "works",
    "time that tests freeze or move",
    "The world follows freezegun and time-machine: keys rotate, are deleted when their window has passed, and sessions "
    "end.",
)
CHECKS = (OFF, FIXTURE, MODULE, RUNNER, WARNINGS, OTHERS, TIME)

_FIXTURES = ("aws_world", "aws_clock", "aws_world_module", "aws_world_session")
_MODULES = ("kmsmock", "conftest_plugin")
_HERE = Path(__file__).parents[3]
_PLUGINS: Mapping[str, str] = {
    "pytest-xdist": "xdist",
    "pytest-randomly": "randomly",
    "pytest-random-order": "random-order",
    "pytest-rerunfailures": "rerunfailures",
    "pytest-timeout": "timeout",
}
_CLOCKS = ("freezegun.freeze_time", "time_machine.travel", "pytest.mark.freeze_time", "pytest.mark.time_machine")


def find(project: Project) -> Iterator[Finding]:
    """What loads or hides the plugin, and the plugins and clocks beside it."""
    yield from _loading(project)
    yield from _names(project)
    for each in project.pytest:
        if each.name == "filterwarnings" and "error" in each.value.split():
            yield Finding(WARNINGS, "filterwarnings = error", each.place)
    for declared in project.declared:
        if declared.name in _PLUGINS and not declared.locked:
            yield Finding(OTHERS, _PLUGINS[declared.name], declared.place)
    for source in project.sources:
        for use in source.uses:
            if use.call is not None and use.name in _CLOCKS:
                yield Finding(TIME, use.name, source.place(use.expression))
    yield from _unittest(project)


def _loading(project: Project) -> Iterator[Finding]:
    options = [(each, settings.words(each.value)) for each in project.pytest if each.name == "addopts"]
    options += [(each, settings.words(each.value)) for each in project.environment if each.name == "PYTEST_ADDOPTS"]
    loaded = any(
        "kmsmock" in word or "conftest_plugin.plugin" in word
        for _, words in options
        for word in words
        if "no:" not in word
    )
    for each, words in options:
        if any(word.endswith("no:kmsmock") for word in words):
            yield Finding(OFF, "-p no:kmsmock", each.place, {"write": f"{each.name} without -p no:kmsmock"})
        if "--disable-plugin-autoload" in words and not loaded:
            yield Finding(OFF, "--disable-plugin-autoload", each.place, {"write": f"{each.name}: ... -p kmsmock"})
    for each in project.environment:
        if each.name == "PYTEST_DISABLE_PLUGIN_AUTOLOAD" and each.value not in ("", "0") and not loaded:
            yield Finding(OFF, f"{each.name}={each.value}", each.place, {"write": "addopts: ... -p kmsmock"})


def _names(project: Project) -> Iterator[Finding]:
    for source in project.sources:
        for use in source.uses:
            if use.how == "decorator" and use.last == "fixture" and isinstance(use.on, Function):
                named = source.text(use.argument("name")) or use.on.name
                if named in _FIXTURES and not _is_own(Path(source.file)):
                    yield Finding(FIXTURE, named, source.place(use.on), {"name": named})
    for path in project.paths:
        for name in _MODULES:
            for found in (path / name / "__init__.py", path / f"{name}.py"):
                if found.is_file() and not _is_own(found):
                    yield Finding(MODULE, name, Place(str(found)))


def _is_own(file: Path) -> bool:
    return file.resolve().is_relative_to(_HERE) and file.resolve().relative_to(_HERE).parts[0] in _MODULES


def _unittest(project: Project) -> Iterator[Finding]:
    """Of a project that never names pytest."""
    if project.pytest or any(each.name.startswith("pytest") for each in project.declared):
        return
    for source in project.sources:
        if any(name.partition(".")[0] == "pytest" for name, _ in source.imports):
            return
    for source in project.sources:
        for each in source.imports:
            if each.name == "unittest" or each.name.startswith("unittest.TestCase"):
                yield Finding(RUNNER, each.name, Place(source.file, each.number))
