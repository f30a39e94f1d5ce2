"""Findings that were agreed to: each by its code, where it is, and the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from kmsmock.linting.findings import Finding
from kmsmock.linting.rules.table import RULES

_FIELDS = ("code", "reason", "policy", "statement", "principal")
_EXAMPLE = '{"code": "KMS006", "policy": "*alias/data*", "statement": "Grants", "reason": "who it is, and until when"}'


@dataclass(frozen=True, slots=True)
class Accepted:
    """``policy`` is a pattern (``*``, ``?``) for whose policy it is or for where that stands, ``statement`` one for its
    Sid or number, ``principal`` one for whom it is about."""

    code: str
    reason: str
    policy: str = "*"
    statement: str = "*"
    principal: str = "*"

    def meets(self, finding: Finding) -> bool:
        """Whether this finding was agreed to."""
        return (
            self.code == finding.code
            and any(fnmatchcase(each, self.policy) for each in (finding.policy, finding.where))
            and fnmatchcase(finding.statement, self.statement)
            and fnmatchcase(finding.principal, self.principal)
        )

    def __str__(self) -> str:
        named = [f"{name} {value}" for name in _FIELDS[2:] if (value := getattr(self, name)) != "*"]
        return ", ".join((self.code, *named, self.reason))


def read(given: Iterable[Mapping[str, Any]] | str | Path) -> tuple[Accepted, ...]:
    """What is accepted: a list of objects, or the path of a file in JSON with one. Raises ValueError and TypeError."""
    if isinstance(given, (str, Path)):
        path = Path(given)
        try:
            listed = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise ValueError(f"{path}: {problem}") from None
        return _all(listed, f"{path}: ")
    return _all(given, "")


def _all(listed: Any, place: str) -> tuple[Accepted, ...]:
    if isinstance(listed, Mapping) or not isinstance(listed, Iterable):
        raise TypeError(f"accept is a list of such objects as {_EXAMPLE}, or the path of a file with one")
    return tuple(_one(each, place) for each in listed)


def _one(given: Any, place: str) -> Accepted:
    """One agreement. A reason must be there: whoever reads it later asks for that."""
    if (
        not isinstance(given, Mapping)
        or set(given) - set(_FIELDS)
        or not all(isinstance(v, str) for v in given.values())
    ):
        raise ValueError(f"{place}{given!r}: give {_EXAMPLE}")
    if given.get("code") not in RULES:
        raise ValueError(
            f"{place}{dict(given)!r}: there is no rule {given.get('code')!r}; give one of {', '.join(RULES)}"
        )
    if not given.get("reason", "").strip():
        raise ValueError(f"{place}{dict(given)!r}: give the reason, such as {_EXAMPLE}")
    return Accepted(**given)
