"""Policy documents by chance: broken, huge, and made to be slow. ``python -m tools.fuzz_policies --seconds 60``.

A document is a right one with a few things changed, or one of patterns that backtracking would not survive. Each is
stored through the next of all operations that take one and compiled and decided on by itself. AWS may refuse it; what
comes out of a world otherwise is a bug. Two runs with one seed are the same.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from botocore.exceptions import ClientError, ParamValidationError

import kmsmock
from kmsmock.authorization.document_kinds import KINDS
from kmsmock.errors import PolicyWarning
from kmsmock.iam import Layer, MalformedPolicy, Policies, Principal, Request, Source, compile_policy, decide, grammar
from kmsmock.iam.document import PolicyKind
from tools.policy_documents import ACCOUNT, Document, documents
from tools.policy_stores import Stores

# --- decisions ------------------------------------------------------------------------------------------------------


def _requests() -> Iterator[Request]:
    """Requests whose values are as long as AWS lets them be, and such that patterns of a and ? nearly match."""
    user = Principal("user", f"arn:aws:iam::{ACCOUNT}:user/u", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/u", "AIDAU")
    many = tuple(f"a:a:a:a:{'a' * (number % 9)}:{number}" for number in range(400))
    for value in ("a" * 8000, "ab" * 4000, "a" * 99):
        context = {
            "aws:username": "a" * 64,
            "aws:sourcearn": f"arn:aws:s3:::{value[:1000]}",
            "aws:tagkeys": ("a", "b"),
            "kms:encryptioncontext:a": value,
            "kms:encryptioncontextkeys": many,
            "s3:prefix": value[:1024],
        }
        yield Request(user, "kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{value[:36]}", ACCOUNT, context)
        yield Request(user, "s3:GetObject", f"arn:aws:s3:::bucket/{value[:1024]}", ACCOUNT, context)


REQUESTS = tuple(_requests())
_LAYERS: tuple[tuple[PolicyKind, Layer], ...] = (("identity", Layer.IDENTITY), ("resource", Layer.RESOURCE))


def decisions(document: Document) -> Iterator[Callable[[], object]]:
    """What is to be timed: each request under the document, as a policy of the resource and of the caller."""
    for kind, layer in _LAYERS:
        try:
            policy = compile_policy(document, kind=kind)
        except MalformedPolicy:
            continue
        source = (Source(layer, "p", policy),)
        policies = Policies(identity=source) if kind == "identity" else Policies(resource=source)
        for request in REQUESTS:
            yield partial(decide, request, policies)


def read(document: Document) -> None:
    """Every kind of document looks at it."""
    for kind in KINDS.values():
        grammar.mistake(document, kind.grammar)


# --- a run ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a run met: documents, decisions, answers by operation and code, bugs, and the slowest decision."""

    documents: int = 0
    decisions: int = 0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    bugs: list[tuple[str, Document, str]] = field(default_factory=list)
    slowest: float = 0.0
    slowest_of: Document = ""

    def __str__(self) -> str:
        stored = sum(number for (_, code), number in self.answers.items() if code == "stored")
        lines = [
            f"{self.documents} documents, {stored} stored, {self.decisions} decisions, {len(self.bugs)} bugs",
            f"slowest decision: {self.slowest * 1000:.1f} ms, of {self.slowest_of[:200]!r}",
            *(f"{where}: {document[:2000]!r}\n{problem}" for where, document, problem in self.bugs[:20]),
        ]
        return "\n".join(lines)


_WORLD_OF = 500
"""Documents that one world is asked to store."""


def run(seed: int, enough: Callable[[Report], bool], storing: bool = True) -> Report:
    """Documents until there are ``enough``."""
    report, given = Report(), documents(seed)
    while not enough(report):
        with kmsmock.World() as world, warnings.catch_warnings():
            warnings.simplefilter("ignore", PolicyWarning)
            stores = Stores(world.account(ACCOUNT)) if storing else None
            for _, document in zip(range(_WORLD_OF), given, strict=False):
                _meet(report, stores, document)
                if enough(report):
                    break
    return report


def _meet(report: Report, stores: Stores | None, document: Document) -> None:
    report.documents += 1
    with _bugs(report, "reading", document):
        read(document)
    with _bugs(report, "deciding", document):
        for decision in decisions(document):
            start = time.process_time()
            decision()
            taken = time.process_time() - start
            report.decisions += 1
            if taken > report.slowest:
                report.slowest, report.slowest_of = taken, document
    if stores is None:
        return
    names = list(stores.calls)
    name = names[report.documents % len(names)]
    _send(report, name, document, lambda: stores.calls[name](document))
    use = report.documents // len(names) % len(stores.uses)
    _send(report, f"use {use}", document, stores.uses[use])


def _send(report: Report, name: str, document: Document, call: Callable[[], object]) -> None:
    with _bugs(report, name, document):
        try:
            call()
        except ParamValidationError:
            code = "botocore"
        except UnicodeEncodeError as problem:  # the client cannot send half a surrogate pair
            if "botocore" not in Path(traceback.extract_tb(problem.__traceback__)[-1].filename).parts:
                raise
            code = "botocore"
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise
        else:
            code = "stored"
        report.answers[name, code] += 1


@contextmanager
def _bugs(report: Report, where: str, document: Document) -> Iterator[None]:
    try:
        yield
    except Exception:
        report.bugs.append((where, document, traceback.format_exc()))


def main(arguments: Sequence[str]) -> int:
    """Run for a time or a number of documents, and tell; 1 if there was a bug."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--documents", type=int)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only-decide", action="store_true")
    given = options.parse_args(arguments)
    end = time.monotonic() + given.seconds

    def enough(report: Report) -> bool:
        return time.monotonic() > end if given.documents is None else report.documents >= given.documents

    report = run(given.seed, enough, not given.only_decide)
    print(report)
    return 1 if report.bugs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
