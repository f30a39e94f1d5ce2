"""Mutation testing: is there a test for each thing that the code says? ``python -m tools.mutants --help``

A mutant is the code with one small change (``tools/mutations.py``). It is killed if a test of its group fails, or takes
far longer. What survives is printed: either a test is missing, or the change means the same, which
``tools/mutant_equivalents.py`` says.

mutmut and cosmic-ray were considered: they start pytest for each mutant, or change a copy of the tree, and the code
under test is itself a plugin that pytest has loaded by then. Here pytest starts once and collects once
(``tools/mutant_trials.py``). A child process for each mutant then gets the changed code of one function, or a changed
table, and runs the tests that run the statement or read the table: those first that killed its siblings, then one case
of each test, then a second. What else is read when a module is imported, such as an enumeration, is changed in a child
that imports kmsmock anew.

``--known FILE`` keeps what became of each mutant: a run again with it counts what was killed and tries the rest
(``tools/mutant_fates.py``). So a first run is quick with ``--cases 3``, and one with all cases is left with those that
survived it. Two processes share a group with ``--part 1/2`` and ``--part 2/2``.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.mutant_equivalents import EQUIVALENT
from tools.mutant_fates import Fates
from tools.mutant_imports import fate_from_import
from tools.mutant_trials import ROOT, Loop, collect, in_child, sources, try_all
from tools.mutations import Mutant, mutants

_KMS = "kmsmock/kms"
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "evaluator": (
        ("kmsmock/iam",),
        (
            "tests/iam",
            "tests/laws/test_evaluator.py",
            "tests/laws/test_wildcards.py",
            "tests/simulation/test_simulate.py",
            "tests/refusals/test_advice.py",
            "tests/refusals/test_smallest_advice.py",
        ),
    ),
    "states": (
        (f"{_KMS}/states.py", f"{_KMS}/lifecycle.py", "kmsmock/model/agenda.py", "kmsmock/model/key.py"),
        (
            "tests/kms/test_lifecycle.py",
            "tests/kms/test_state_walk.py",
            "tests/kms/test_expiry.py",
            "tests/kms/test_agenda.py",
            "tests/kms/test_state_rules.py",
            "tests/kms/test_keys_and_grants_alone.py",
            "tests/kms/test_timeline.py",
        ),
    ),
    "grants": (
        ("kmsmock/model/grant.py", f"{_KMS}/handlers/grants.py"),
        (
            "tests/kms/test_grants.py",
            "tests/kms/test_grants_to_services.py",
            "tests/kms/test_keys_and_grants_alone.py",
            "tests/kms/test_eventual_consistency.py",
        ),
    ),
    "quotas": (("kmsmock/quotas.py",), ("tests/kms/test_quotas.py",)),
    "identity": (
        ("kmsmock/identity",),
        (
            "tests/identity",
            "tests/services/iam",
            "tests/services/sts",
            "tests/door/test_who_acts.py",
            "tests/door/test_unsigned_requests.py",
            "tests/services/s3/test_presigned_urls.py",
            "tests/services/s3/test_forms.py",
            "tests/refusals/test_places.py",
            "tests/authorization/test_endpoints_and_context.py",
            "tests/authorization/test_trust.py",
            "tests/authorization/test_resource_control.py",
            "tests/authorization/test_global_condition_keys.py",
            "tests/kms/test_grants.py",
            "tests/services/kms/test_acting_services.py",
            "tests/door/test_clients_of_principals.py",
            "tests/door/test_child_processes.py",
            "tests/door/test_inside_a_mock.py",
            "tests/world/test_snapshots.py",
            "tests/refusals/test_tables.py",
        ),
    ),
}
"""What is changed, and the tests that are to notice."""


class Account:
    """What became of the mutants of a group."""

    def __init__(self, name: str, fates: Fates) -> None:
        self.name = name
        self.fates = fates
        self.known = 0
        self.killed = self.explained = self.survived = 0
        self.apart: list[Mutant] = []
        self.left_out: list[str] = []

    def leave_out(self, tests: list[str]) -> None:
        """Print the tests that fail in here without any change: they would kill whatever comes."""
        self.left_out = tests
        for each in tests:
            print(f"left out  {each}: fails in here as it is", flush=True)

    def tell(self, mutant: Mutant, killer: str | None, apart: bool = False) -> None:
        """Count a mutant, and print it if it survived."""
        reason = EQUIVALENT.get(mutant.without_line())
        if apart:
            self.apart.append(mutant)
            return
        self.fates.note(mutant, killer)
        if killer is not None:
            self.killed += 1
        elif reason is not None:
            self.explained += 1
        else:
            self.survived += 1
            print(f"survived  {mutant}", flush=True)

    def count_known(self, picked: Sequence[Mutant], again: bool) -> list[Mutant]:
        """Count those that were killed in an earlier run, and give the others, or only survivors (``again``)."""
        left = [each for each in picked if not self.fates.is_killed(each)]
        self.known = self.killed = len(picked) - len(left)
        return [each for each in left if self.fates.survived(each)] if again else left

    def summary(self, of: int, picked: int) -> str:
        tried = self.killed + self.explained + self.survived
        part = self.killed / max(1, tried - self.explained)
        return (
            f"{self.name}: {of} mutants, {picked} picked, {tried} tried: {self.killed} killed "
            f"({self.known} known from before), "
            f"{self.explained} explained, {self.survived} survived ({part:.1%} of what is not explained killed)"
        )


def try_group(name: str, given: argparse.Namespace) -> None:
    """Print the survivors of a group, and how many were killed."""
    places, tests = GROUPS[name]
    tests, deadline = given.tests or tests, time.monotonic() + 60 * given.minutes
    found = [each for path in _files(places) for each in mutants(path, sources()[path])]
    picked = [each for each in found if given.only.search(str(each))]
    picked = random.Random(given.seed).sample(picked, round(len(picked) * given.share))  # noqa: S311  a budget cuts off
    part, parts = given.part
    picked = picked[part - 1 :: parts]
    account = Account(name, Fates(given.known, found, sources()))
    work = partial(_in_process, account, tests, account.count_known(picked, given.again), deadline, given.cases)
    account = in_child(work, quiet=False)
    if account is None:
        raise SystemExit("the tests could not be run")
    tests = [*tests, *(f"--deselect={each}" for each in account.left_out)]
    if account.apart and time.monotonic() < deadline and fate_from_import(None, tests) is not None:
        raise SystemExit("the tests do not pass as they are")
    for mutant in account.apart:
        if time.monotonic() < deadline:
            account.tell(mutant, fate_from_import(mutant, tests))
    print(account.summary(len(found), len(picked)), flush=True)


def _in_process(
    account: Account, tests: Sequence[str], picked: Sequence[Mutant], deadline: float, cases: int
) -> Account:
    """In a child, because this process must not import kmsmock."""
    paths = {each.path for each in picked}
    collect(tests, Loop(partial(try_all, picked, paths, deadline, account.tell, account.leave_out, cases)))
    return account


def _files(places: Sequence[str]) -> list[str]:
    """The files of some rooms, or single ones, but for what only imports."""
    paths = [path for place in places for path in (sorted((ROOT / place).glob("*.py")) or [ROOT / place])]
    return [str(path.relative_to(ROOT)) for path in paths if path.name != "__init__.py"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("groups", nargs="*", default=[], metavar="group", help=", ".join(GROUPS))
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants, a random sample (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--minutes", type=float, default=600, help="for each group")
    parser.add_argument("--only", type=re.compile, default="", help="of what would be printed: a regular expression")
    parser.add_argument("--tests", nargs="+", help="instead of all of the group: less to kill with, and sooner begun")
    parser.add_argument(
        "--cases", type=int, default=sys.maxsize, help="of each test at most, for each mutant (default: all)"
    )
    parser.add_argument("--again", action="store_true", help="only what survived a run before, of what is --known")
    parser.add_argument("--known", type=Path, metavar="FILE", help="what became of mutants before: read, and added to")
    parser.add_argument(
        "--part", type=_part, default=(1, 1), metavar="N/M", help="of the mutants, for one of M processes"
    )
    given = parser.parse_args()
    for group in given.groups or GROUPS:
        try_group(group, given)


def _part(text: str) -> tuple[int, int]:
    part, parts = map(int, text.split("/"))
    if not 1 <= part <= parts:
        raise ValueError(text)
    return part, parts


if __name__ == "__main__":
    main()
