"""What decides in place of what was written: a mutant of a policy or a grant, while one is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Statements = list[Any]
Params = Mapping[str, Any]


@dataclass(slots=True)
class Instead:
    """What becomes of the statements of each document that is compiled, and of the parameters of each CreateGrant; None
    in all suites but those that try mutants."""

    statements: Callable[[Statements], Statements] | None = None
    grant: Callable[[Params], Params] | None = None


INSTEAD = Instead()


@contextmanager
def deciding(statements: Callable[[Statements], Statements], grant: Callable[[Params], Params]) -> Iterator[None]:
    """In the block others decide than what is written. Whoever keeps compiled documents has to forget them."""
    INSTEAD.statements, INSTEAD.grant = statements, grant
    try:
        yield
    finally:
        INSTEAD.statements = INSTEAD.grant = None
