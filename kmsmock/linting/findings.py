"""What a rule found, and the list of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from kmsmock.errors import did_you_mean
from kmsmock.iam.printable import printable
from kmsmock.telling.selection import Selection
from kmsmock.telling.words import counted

Severity = Literal["note", "warning", "error"]
"""``error``: it does not do what it says, or lets in who must not be let in. ``warning``: it gives more than is needed,
or for nothing. ``note``: often meant so; not told unless it is asked for."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found. ``str()`` is a text for a person, ``as_dict()`` is for JSON.

    ``policy`` says whose policy it is, ``where`` in which file and under which name it stands (empty for what no file
    told), ``path`` the element (``Statement/1/Condition``), ``statement`` the Sid or number. ``principal`` is whom it
    is about: ARNs or services, with commas. ``line`` is that of
    the statement in a file that holds the policy alone, else 0. ``page`` is AWS's documentation, ``fix`` what to write.
    """

    code: str
    severity: Severity
    title: str
    what: str
    fix: str
    page: str
    policy: str
    where: str = ""
    path: str = ""
    statement: str = ""
    principal: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """File, name, element and Sid, as far as they are known."""
        where = f"{self.where}:{self.line}" if self.line else self.where or self.policy
        named = "" if not self.statement or self.statement.isdigit() else f' "{self.statement}"'
        return ", ".join(filter(None, (where, self.path))) + named

    def __str__(self) -> str:
        lines = [f"{self.severity} {self.code} {self.place}: {self.what}"]
        if self.where and self.where not in self.policy:
            lines.append(f"  of    {self.policy}")
        return "\n".join(map(printable, (*lines, f"  fix   {self.fix}", f"  page  {self.page}")))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def _said(name: str) -> Callable[[Finding, Any], bool]:
    return lambda finding, wanted: bool(getattr(finding, name) == wanted)


_HOLDS: Mapping[str, Callable[[Finding, Any], bool]] = {
    **{name: _said(name) for name in ("code", "severity", "policy", "statement", "where")},
    "principal": lambda finding, who: getattr(who, "arn", who) in finding.principal.split(", "),
}


class Findings(Selection[Finding]):
    """What lint found, policy by policy: a list, of which ``where(code="KMS004", severity="error")`` selects.

    Conditions: ``code``, ``severity``, ``policy``, ``statement``, ``where`` (file and name), ``principal``. Raises
    TypeError for another, ValueError for a severity that there is not. ``accepted`` are those that were suppressed,
    each with the reason; ``unused`` the agreements that met nothing; ``below`` is how many are less severe than was
    asked for, ``looked_at`` how many policies there were. ``not_judged`` are those that only an apply will tell,
    ``not_read`` is what in the files was not understood.
    """

    what = "findings are"
    holds = _HOLDS

    def __init__(
        self,
        found: Iterable[Finding] = (),
        *,
        accepted: Iterable[tuple[Finding, str]] = (),
        unused: Iterable[str] = (),
        below: int = 0,
        looked_at: int = 0,
        not_judged: Iterable[str] = (),
        not_read: Iterable[str] = (),
    ) -> None:
        super().__init__(found)
        self.accepted, self.unused = tuple(accepted), tuple(unused)
        self.below, self.looked_at = below, looked_at
        self.not_judged, self.not_read = tuple(not_judged), tuple(not_read)

    def among(self, found: Iterable[Any]) -> Findings:
        return Findings(found, looked_at=self.looked_at)

    def check(self, name: str, value: Any) -> None:
        if name == "severity":
            checked_severity(value)

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "looked_at": self.looked_at,
            "findings": [each.as_dict() for each in self],
            "accepted": [{**each.as_dict(), "reason": reason} for each, reason in self.accepted],
            "unused": list(self.unused),
            "below": self.below,
            "not_judged": list(self.not_judged),
            "not_read": list(self.not_read),
        }

    @property
    def summary(self) -> str:
        """One line: how many of what, and what is not shown."""
        found = Counter(each.severity for each in self)
        parts = [counted(found[each], each) for each in reversed(SEVERITIES) if found[each]]
        told = f"{counted(self.looked_at, 'policy', 'policies')} looked at: {', '.join(parts) or 'nothing found'}"
        if self.accepted:
            told += f"; {len(self.accepted)} accepted"
        if self.below:
            told += f"; {self.below} less severe, not shown"
        if self.not_read:
            told += f"; {counted(len(self.not_read), 'thing')} in the files not understood"
        return told

    def __str__(self) -> str:
        unused = (printable(f"accepted and not found: {each}") for each in self.unused)
        unknown = (printable(f"not judged: {each}") for each in self.not_judged)
        return "\n".join((*map(str, self), *unused, *unknown, self.summary))

    def __repr__(self) -> str:
        return f"<Findings: {self.summary}>" if not self else f"\n{self}"


def checked_severity(value: Any) -> Severity:
    """A severity. Raises ValueError for what is none."""
    if value not in SEVERITIES:
        hint = did_you_mean(str(value), SEVERITIES, "")
        raise ValueError(f"severity={value!r}: give one of {', '.join(SEVERITIES)}; {hint}".rstrip("; "))
    found: Severity = value
    return found
