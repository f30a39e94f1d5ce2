"""``python -m tools.fuzz``: hostile requests for as long as one likes, and what was found, each kind once."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tools.fuzz.run import Finding, Run, fuzz, operations


def main() -> int:
    """Fuzz, and tell what was found; 1 if there was anything."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", help="services, with commas, or service.Operation")
    parser.add_argument("--verbose", action="store_true", help="the requests and tracebacks, too")
    asked = parser.parse_args()
    only = set((asked.only or "").split(","))
    targets = [each for each in operations() if asked.only is None or {each[0], ".".join(each)} & only]
    signal.signal(signal.SIGALRM, _too_long)
    end, count = time.monotonic() + asked.seconds, iter(range(asked.requests))

    def going_on() -> bool:
        return time.monotonic() < end and next(count, None) is not None

    began, run = time.monotonic(), Run(_bound)
    fuzz(run, asked.seed, targets, 10**9, going_on)
    _tell(run, asked.verbose)
    print(
        f"{run.requests} requests in {time.monotonic() - began:.0f} s, seed {asked.seed}: {run.answered} answered, "
        f"{run.refused} refused, {run.unmodelled} not modelled, {len(run.findings)} findings"
    )
    return 1 if run.findings else 0


@contextmanager
def _bound() -> Iterator[None]:
    signal.alarm(60)
    try:
        yield
    finally:
        signal.alarm(0)


def _too_long(*_: Any) -> None:
    raise TimeoutError("a request takes more than a minute")


def _kind(finding: Finding) -> tuple[str, ...]:
    error, _, place = finding.what.rpartition(" at ")
    return finding.service, finding.operation, error.partition(": ")[0], place


def _tell(run: Run, verbose: bool) -> None:
    for kind, count in Counter(map(_kind, run.findings)).items():
        first = next(finding for finding in run.findings if _kind(finding) == kind)
        print(f"{count:5} {first.service} {first.operation}: {first.what}")
        if verbose:
            print(f"  {first.request}\n{first.text}")


if __name__ == "__main__":
    sys.exit(main())
