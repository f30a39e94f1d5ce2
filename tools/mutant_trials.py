"""Tries mutants on tests in pytest's own process: a child for each gets the change, and the tests that would notice."""

from __future__ import annotations

import ast
import builtins
import gc
import os
import pickle
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

from tools.mutations import Mutant, calls_at_import, mutated, names_at_import, readers, table, watched

ROOT = Path(__file__).parents[1]
_SEEN = "__lines_that_were_run__"


@cache
def sources() -> dict[str, str]:
    """The files of the tree as they are at first: whoever edits one meanwhile tries nothing else."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "kmsmock").rglob("*.py"))}


class Seen(NamedTuple):
    """A test as it ran without any change: which statements it ran, and how long it took."""

    lines: frozenset[str]
    seconds: float


class Loop:
    """A plugin of pytest: what runs instead of the tests, and whether one failed."""

    def __init__(self, work: Callable[[pytest.Session, Loop], None]) -> None:
        self.work = work
        self.failed = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.work(session, self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def run(self, items: Sequence[pytest.Item], seen: Mapping[str, Seen] | None = None) -> pytest.Item | None:
        """Run tests up to the first that fails, and return that. What takes far longer than it did ends the process."""
        for at, item in enumerate(items):
            following: Any = items[at + 1] if at + 1 < len(items) else _Elsewhere(item.session)
            if seen is not None:
                limit(5 + 20 * seen[item.nodeid].seconds)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return item
        return None


class _Elsewhere:
    """A next test that shares nothing but the session with the last one, whose fixtures then stay."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[pytest.Session]:
        return [self.session]


def in_child(work: Callable[[], object], quiet: bool = True) -> Any:
    """What a function gives in a child process; None if that ended otherwise, such as by its limit of time."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if quiet:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                for stream in (1, 2):
                    os.dup2(nowhere, stream)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            answer = pickle.dumps(work())
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
        except BaseException as problem:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(pickle.dumps(Broken("".join(traceback.format_exception(problem)))))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    found = pickle.loads(answer) if answer else None  # noqa: S301  our own child's
    if isinstance(found, Broken):
        raise RuntimeError(found.text)
    return found


class Broken(NamedTuple):
    """What went wrong in a child, which is no fault that a test found."""

    text: str


def limit(seconds: float) -> None:
    """End this process after that much processor time: some mutants never come to an end."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def observed(items: Sequence[pytest.Item], paths: Iterable[str], loop: Loop) -> dict[str, Seen]:
    """How each test runs unchanged, but for those that fail in here as they are."""
    lines: set[str] = set()
    setattr(builtins, _SEEN, lines)
    for path in paths:
        tree, names = watched(sources()[path], path, _SEEN)
        for name in names:
            change(path, name, tree)
    found = {}
    for item in items:
        lines.clear()
        began = time.process_time()
        if loop.run([item]) is None:
            found[item.nodeid] = Seen(frozenset(lines), time.process_time() - began)
        loop.failed = False
    return found


def in_turn(items: Sequence[pytest.Item], seen: Mapping[str, Seen]) -> list[pytest.Item]:
    """Tests in the order that kills soonest: a case of each test, then a second of each; the quick ones first."""
    cases: Counter[str] = Counter()
    turns = []
    for item in random.Random(0).sample(items, len(items)):  # noqa: S311  so that neighbours, being alike, are apart
        test = item.nodeid.partition("[")[0]
        turns.append((cases[test], seen[item.nodeid].seconds, item))
        cases[test] += 1
    return [item for *_, item in sorted(turns, key=lambda turn: turn[:2])]


def few(items: Sequence[pytest.Item], most: int) -> list[pytest.Item]:
    """Of each test so many cases at most, the first ones."""
    cases: Counter[str] = Counter()
    found = []
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        if cases[test] <= most:
            found.append(item)
    return found


def change(path: str, function: str, tree: ast.Module) -> None:
    """Give one function of this process the code that it has in a tree of its file."""
    _function(path, function).__code__ = _code(path, function, tree)


def _code(path: str, function: str, tree: ast.Module) -> CodeType:
    code: Any = compile(tree, str(ROOT / path), "exec")
    for name in function.split("."):
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name)
    return code


def _function(path: str, name: str) -> FunctionType:
    found: Any = module(path)
    for each in name.split("."):
        found = vars(found)[each]
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        inner = next(name for name in ("__wrapped__", "fget", "func", "__func__") if hasattr(found, name))
        found = getattr(found, inner)
    return found


def module(path: str) -> Any:
    """A file of the tree, imported."""
    return import_module(path.removesuffix(".py").replace("/", "."))


def change_table(mutant: Mutant) -> bool:
    """Make a table anew with a change, and what is made of it, wherever it is known by its name; whether that works."""
    tree, names = table(sources()[mutant.path], mutant.place) or (ast.Module([], []), frozenset[str]())
    home = vars(module(mutant.path))
    before = {name: home[name] for name in names}
    try:
        exec(compile(tree, str(ROOT / mutant.path), "exec"), home)  # noqa: S102  our own code
    except Exception:  # so the import would end, and every test with it
        return False
    for name, old in before.items():
        if isinstance(old, dict) and isinstance(home[name], dict):  # others have put it in tables of their own
            anew = dict(home[name])
            old.clear()
            old.update(anew)
            home[name] = old
    for other in [vars(each) for name, each in sys.modules.items() if name.startswith(("kmsmock", "tests"))]:
        for name in names & other.keys():
            if other[name] is before[name]:
                other[name] = home[name]
    return True


def reading(mutant: Mutant, watching: Iterable[str]) -> set[str] | None:
    """Where a table that changed is read, of what is watched; None if that cannot be told, or is at an import."""
    made = table(sources()[mutant.path], mutant.place)
    if made is None:
        return None
    found = set()
    for path, source in sources().items():
        if any(name in source for name in made[1]):
            if path != mutant.path and made[1] & names_at_import(ast.parse(source)):
                return None
            found |= readers(source, path, made[1])
    return found if {each.partition(":")[0] for each in found} <= {*watching} else None


def runs_at_import(mutant: Mutant) -> bool:
    """Whether a change takes effect only where its file is imported anew."""
    source = sources()[mutant.path]
    if mutant.function is None:
        return table(source, mutant.place) is None
    if mutant.function in calls_at_import(ast.parse(source)):
        return True
    code = _code(mutant.path, mutant.function, mutated(source, mutant.place))  # without its super(), it is of no class
    return len(code.co_freevars) != len(_function(mutant.path, mutant.function).__code__.co_freevars)


def try_all(
    chosen: Sequence[Mutant],
    paths: Iterable[str],
    deadline: float,
    tell: Tell,
    leave_out: Callable[[list[str]], None],
    cases: int,
    session: Any,
    loop: Loop,
) -> None:
    """In pytest's session: find out what the tests run, then try each mutant on those that run what it changes, of the
    cases of a test on no more than so many."""
    seen = in_child(partial(observed, session.items, paths, loop))
    if seen is None:
        raise SystemExit("the tests do not come to an end as they are")
    leave_out([item.nodeid for item in session.items if item.nodeid not in seen])
    items = in_turn([item for item in session.items if item.nodeid in seen], seen)
    loop.run(items[:1])  # fixtures of the session are made once
    gc.freeze()
    gc.disable()
    killers: dict[str, list[str]] = {}
    for mutant in chosen:
        if time.monotonic() > deadline:
            return
        if runs_at_import(mutant):
            tell(mutant, None, True)
            continue
        lines = {f"{mutant.path}:{mutant.statement}"} if mutant.function else reading(mutant, paths)
        known = killers.setdefault(mutant.function or mutant.path, [])
        noticing = [item for item in items if lines is None or not lines.isdisjoint(seen[item.nodeid].lines)]
        noticing = few(noticing, cases)
        noticing.sort(key=lambda item: known.index(item.nodeid) if item.nodeid in known else len(known))
        killer = in_child(partial(fate, mutant, noticing, seen, loop)) if noticing else ""
        if killer and killer not in known:
            known.insert(0, killer)
        tell(mutant, "time" if killer is None else killer or None, lines is None and killer == "")


Tell = Callable[[Mutant, str | None, bool], None]
"""What became of a mutant: the test that killed it; or that it needs a process of its own."""


def fate(mutant: Mutant, items: Sequence[pytest.Item], seen: Mapping[str, Seen], loop: Loop) -> str:
    """In a child process: which test kills a mutant; nothing if none does."""
    if mutant.function is None:
        if not change_table(mutant):
            return "import"
    else:
        change(mutant.path, mutant.function, mutated(sources()[mutant.path], mutant.place))
    try:
        killer = loop.run(items, seen)
    except Exception:  # out of our own plugin: it tells of a failure, with the code that was changed
        return "report"
    return killer.nodeid if killer else ""


_OPTIONS = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:terminal")


class Steady:
    """A plugin: tests of hypothesis do the same each time, and a machine that is busy is no failure."""

    def pytest_configure(self) -> None:
        """pytest rewrites hypothesis, so that nobody imports it before."""
        from hypothesis import HealthCheck, settings

        patient: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
        settings.register_profile("mutants", derandomize=True, max_examples=30, **patient)
        settings.load_profile("mutants")


def collect(tests: Sequence[str], *plugins: object) -> int:
    """Run pytest."""
    return int(pytest.main([*_OPTIONS, "-x", *tests], plugins=[Steady(), *plugins]))
