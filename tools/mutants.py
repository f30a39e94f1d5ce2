"""Mutation testing: is there a test for each thing that the code says? ``python -m tools.mutants --help``

A mutant is the code with one small change (``tools/mutations.py``). It is killed if a test of its group fails, or takes
far longer. What survives is printed: either a test is missing, or the change means the same, which ``EQUIVALENT`` says.

mutmut and cosmic-ray were considered: they start pytest for each mutant, or change a copy of the tree, and the code
under test is itself a plugin that pytest has loaded by then. Here pytest starts once and collects once. A child process
for each mutant then gets the changed code of one function and runs the tests that call it, those first that killed its
siblings. Tables, which are read when a module is imported, are changed in a child that imports kmsmock anew.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import os
import pickle
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

from tools.mutations import Mutant, mutants, mutated, watched

ROOT = Path(__file__).parents[1]
_KMS = "kmsmock/kms"
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "evaluator": (("kmsmock/iam",), ("tests/iam", "tests/laws/test_evaluator.py")),
    "states": (
        (f"{_KMS}/states.py", f"{_KMS}/lifecycle.py", "kmsmock/model/agenda.py", "kmsmock/model/key.py"),
        ("tests/kms/test_lifecycle.py", "tests/kms/test_state_walk.py", "tests/kms/test_expiry.py"),
    ),
    "grants": (("kmsmock/model/grant.py", f"{_KMS}/handlers/grants.py"), ("tests/kms/test_grants.py",)),
    "quotas": (("kmsmock/quotas.py",), ("tests/kms/test_quotas.py",)),
    "identity": (("kmsmock/identity",), ("tests/identity",)),
}
"""What is changed, and the tests that are to notice."""
EQUIVALENT: dict[str, str] = {
    "kmsmock/kms/handlers/grants.py create: 96 -> 97": "how long a grant token is, nobody promises",
}
"""Survivors that mean the same, as they are printed but without the line, with the reason."""

_SECONDS = 30.0
"""Of processor time for one mutant; none of the groups needs as much for all of its tests."""
_SEEN = "__functions_that_were_called__"


class Seen(NamedTuple):
    """A test as it ran without any change: which functions it called, and how long it took."""

    calls: frozenset[str]
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

    def run(self, items: Sequence[pytest.Item]) -> pytest.Item | None:
        """Run tests up to the first that fails, and return that."""
        for at, item in enumerate(items):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[at + 1] if at + 1 < len(items) else None)
            if self.failed:
                return item
        return None


def in_child(work: Callable[[], object]) -> Any:
    """What a function gives in a child process; None if that ended otherwise, such as by its limit of time."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            for stream in (1, 2):
                os.dup2(quiet, stream)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            answer = pickle.dumps(work())
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(answer) if answer else None  # noqa: S301  our own child's


def observed(items: Sequence[pytest.Item], paths: Iterable[str], loop: Loop) -> dict[str, Seen] | str:
    """How each test runs unchanged; the name of one that fails."""
    calls: set[str] = set()
    setattr(builtins, _SEEN, calls)
    for path in paths:
        tree, names = watched((ROOT / path).read_text(), path, _SEEN)
        for name in names:
            change(path, name, tree)
    found = {}
    for item in items:
        calls.clear()
        began = time.process_time()
        if loop.run([item]) is not None:
            return item.nodeid
        found[item.nodeid] = Seen(frozenset(calls), time.process_time() - began)
    return found


def change(path: str, function: str, tree: ast.Module) -> None:
    """Give one function of this process the code that it has in a tree of its file."""
    code: Any = compile(tree, str(ROOT / path), "exec")
    found: Any = import_module(path.removesuffix(".py").replace("/", "."))
    for name in function.split("."):
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name)
        found = vars(found)[name]
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        inner = next(name for name in ("__wrapped__", "fget", "func", "__func__") if hasattr(found, name))
        found = getattr(found, inner)
    found.__code__ = code


def limit(seconds: float) -> None:
    """End this process after that much processor time: some mutants never come to an end."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def fate(mutant: Mutant, items: Sequence[pytest.Item], loop: Loop) -> str | None:
    """Which test kills a mutant of a function, in a child process; None if none does."""

    def attempt() -> str:
        limit(_SECONDS)
        change(mutant.path, str(mutant.function), mutated((ROOT / mutant.path).read_text(), mutant.place))
        killer = loop.run(items)
        return killer.nodeid if killer else ""

    found = in_child(attempt)
    return "time" if found is None else found or None


class Changed(SourceFileLoader):
    """Loads a file with a change."""

    def __init__(self, name: str, path: str, place: int) -> None:
        super().__init__(name, path)
        self.place = place

    def get_code(self, fullname: str) -> CodeType:
        return compile(mutated(Path(self.path).read_text(), self.place), self.path, "exec")


class Finder:
    """Finds one module as a mutant of it."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = mutant.path.removesuffix(".py").replace("/", ".")
        self.mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        from importlib.util import spec_from_file_location

        if name != self.name:
            return None
        file = str(ROOT / self.mutant.path)
        return spec_from_file_location(name, file, loader=Changed(name, file, self.mutant.place))


def fate_of_table(mutant: Mutant | None, tests: Sequence[str]) -> str | None:
    """The same for a change in what is read at import, in a process that has not imported kmsmock."""

    def attempt() -> str:
        limit(2 * _SECONDS)
        if mutant is not None:
            sys.meta_path.insert(0, Finder(mutant))
        return "" if collect(tests) == 0 else "a test"

    found = in_child(attempt)
    return "time" if found is None else found or None


_OPTIONS = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:terminal")


class Steady:
    """A plugin: tests of hypothesis do the same each time, and a machine that is busy is no failure."""

    def pytest_configure(self) -> None:
        """pytest rewrites hypothesis, so that nobody imports it before."""
        from hypothesis import settings

        settings.register_profile("mutants", deadline=None, derandomize=True, max_examples=30)
        settings.load_profile("mutants")


def collect(tests: Sequence[str], *plugins: object) -> int:
    """Run pytest."""
    return int(pytest.main([*_OPTIONS, "-x", *tests], plugins=[Steady(), *plugins]))


def work_on(
    chosen: Sequence[Mutant], deadline: float, tell: Callable[[Mutant, str | None], None], session: Any, loop: Loop
) -> None:
    """In pytest's session: find out what the tests call, then try each mutant of a function."""
    seen = in_child(partial(observed, session.items, {each.path for each in chosen}, loop))
    if not isinstance(seen, dict):
        raise SystemExit(f"the tests do not pass as they are: {seen}")
    items = sorted(session.items, key=lambda item: seen[item.nodeid].seconds)
    killers: dict[str | None, list[str]] = {}
    for mutant in chosen:
        if time.monotonic() > deadline:
            return
        calling = [item for item in items if f"{mutant.path} {mutant.function}" in seen[item.nodeid].calls]
        known = killers.setdefault(mutant.function, [])
        calling.sort(key=lambda item: known.index(item.nodeid) if item.nodeid in known else len(known))
        killer = fate(mutant, calling, loop) if calling else None
        if killer is not None and killer not in known:
            known.insert(0, killer)
        tell(mutant, killer)


def try_group(name: str, share: float, seed: int, deadline: float, report: Callable[[str], None]) -> None:
    """Print the survivors of a group, and how many were killed."""
    places, tests = GROUPS[name]
    paths = [path for place in places for path in (sorted((ROOT / place).glob("*.py")) or [ROOT / place])]
    found = [
        each
        for path in paths
        if path.name != "__init__.py"
        for each in mutants(str(path.relative_to(ROOT)), path.read_text())
    ]
    picked = sorted(random.Random(seed).sample(found, round(len(found) * share)))  # noqa: S311  a sample
    fates: list[str | None] = []

    def tell(mutant: Mutant, killer: str | None) -> None:
        reason = EQUIVALENT.get(str(mutant).replace(f":{mutant.line} ", " ", 1))
        fates.append(killer or reason)
        if killer is None:
            report(f"survived  {mutant}{f'  ({reason})' if reason else ''}\n")

    functions = [each for each in picked if each.function is not None]
    random.Random(seed).shuffle(functions)  # noqa: S311  what a budget cuts off is a sample too
    started = os.fork()  # so that this process does not import kmsmock
    if started == 0:
        try:
            collect(tests, Loop(partial(work_on, functions, deadline, tell)))
            report(f"{name}, functions: {summary(fates, len(functions))}\n")
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(0)
    os.waitpid(started, 0)
    tables = [each for each in picked if each.function is None]
    if tables and fate_of_table(None, tests) is not None:
        raise SystemExit("the tests do not pass as they are")
    for mutant in tables:
        if time.monotonic() < deadline:
            tell(mutant, fate_of_table(mutant, tests))
    report(f"{name}, tables: {summary(fates, len(tables))}\n")


def summary(fates: Sequence[str | None], of: int) -> str:
    """How many of those that were tried are no worry; ``of`` were picked."""
    killed = sum(each is not None for each in fates)
    return f"{killed} of {len(fates)} killed or explained ({killed / max(1, len(fates)):.1%}; {of} were picked)"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("groups", nargs="*", default=[], metavar="group", help=", ".join(GROUPS))
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants, a random sample (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--minutes", type=float, default=600, help="for each group")
    given = parser.parse_args()
    for group in given.groups or GROUPS:
        try_group(group, given.share, given.seed, time.monotonic() + 60 * given.minutes, report_line)


def report_line(text: str) -> None:
    """Print at once, from whichever process."""
    os.write(1, text.encode())


if __name__ == "__main__":
    main()
