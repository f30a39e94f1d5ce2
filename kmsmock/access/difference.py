"""What differs between two pictures of who may do what, as a list to read and to select from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kmsmock.errors import did_you_mean
from kmsmock.iam.matching import match_wildcard
from kmsmock.iam.printable import printable
from kmsmock.telling.selection import Selection


@dataclass(frozen=True, slots=True)
class Change:
    """Access of one principal to one key that is ``new`` or ``gone``, under the same conditions for all ``actions``.

    ``principal`` is an ARN (a role's stands for its sessions, a root user's for its account), a service, or ``*``.
    ``conditions`` must all hold for it, in words. ``by`` are the statements and grants that let the principal in, now
    or before; ``against`` are the Denies that kept it out before, or now. ``assumed`` says what is taken for granted of
    a principal of whom only the name is known.
    """

    change: str
    principal: str
    kind: str
    key: str
    called: tuple[str, ...]
    actions: tuple[str, ...]
    conditions: tuple[str, ...]
    by: tuple[str, ...]
    against: tuple[str, ...] = ()
    assumed: str = ""
    others: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What else can be done with such a key."""

    def of_actions(self, actions: tuple[str, ...]) -> Change:
        """The same, of some of its actions."""
        gone = [each for each in self.actions if each not in actions]
        return replace(self, actions=actions, others=tuple(sorted((*self.others, *gone)))) if gone else self

    def __str__(self) -> str:
        actions = ", ".join(self.actions) if self.others else "all actions"
        conditions = f", if {' and '.join(self.conditions)}" if self.conditions else ""
        return printable(f"{self.change}: {self.principal} {actions} on {self.key}{conditions}")

    def as_dict(self) -> dict[str, Any]:
        """For JSON; what ``--allow`` reads, too."""
        return {
            "change": self.change,
            "principal": self.principal,
            "kind": self.kind,
            "key": self.key,
            "called": list(self.called),
            "actions": list(self.actions),
            "conditions": list(self.conditions),
            "by": list(self.by),
            "against": list(self.against),
            **({"assumed": self.assumed} if self.assumed else {}),
        }


def _same_key(each: Change, key: str) -> bool:
    return key in (each.key, each.key.rpartition("/")[2], *each.called)


_HOLDS: Mapping[str, Callable[[Change, Any], bool]] = {
    "change": lambda each, change: each.change == change,
    "principal": lambda each, who: each.principal == _arn(who),
    "kind": lambda each, kind: each.kind == kind,
    "key": _same_key,
    "action": lambda each, action: any(match_wildcard(action.lower(), one.lower()) for one in each.actions),
    "conditional": lambda each, wanted: bool(each.conditions) is wanted,
}
CHANGES = ("new", "gone")


class AccessDiff(Selection[Change]):
    """The access that is new, and that is gone: a list, of which ``where(change="new", key="alias/data")`` selects.

    Conditions: ``change``, ``principal`` (an ARN, or what ``account.role()`` gave), ``kind``, ``key`` (its ARN, id or
    a name), ``action``, ``conditional``. ``notes`` tell where it may not be all. Raises TypeError for another
    condition, ValueError for a change that there cannot be.
    """

    what = "differences are"
    holds = _HOLDS

    def __init__(self, found: Iterable[Change] = (), *, notes: Sequence[str] = ()) -> None:
        super().__init__(found)
        self.notes = tuple(notes)
        """What is not certain, such as conditions of which not all combinations were looked at."""

    def among(self, found: Iterable[Change]) -> AccessDiff:
        return AccessDiff(found, notes=self.notes)

    def check(self, name: str, value: Any) -> None:
        if name == "change" and value not in CHANGES:
            hint = did_you_mean(str(value), CHANGES, "")
            raise ValueError(f"change={value!r}: give one of {', '.join(CHANGES)}; {hint}".rstrip("; "))

    @property
    def new(self) -> AccessDiff:
        """What somebody may who could not before."""
        return self.where(change="new")

    @property
    def principals(self) -> list[str]:
        """Whose access differs, each once."""
        return list(dict.fromkeys(each.principal for each in self))

    @property
    def gone(self) -> AccessDiff:
        """What somebody could before."""
        return self.where(change="gone")

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {"differences": [each.as_dict() for each in self], "notes": list(self.notes)}

    def __str__(self) -> str:
        return "\n".join(map(printable, _lines(self)))


def _lines(found: AccessDiff) -> Iterator[str]:
    """By key, then by what is new and what is gone, then by principal."""
    if not found:
        yield "no access to keys is new, and none is gone"
    for key in dict.fromkeys(each.key for each in found):
        of_key = [each for each in found if each.key == key]
        called = f" ({', '.join(of_key[0].called)})" if of_key[0].called else ""
        yield f"{key}{called}"
        for each in of_key:
            yield from _entry(each)
    yield from (f"note: {each}" for each in found.notes)


def _entry(each: Change) -> Iterator[str]:
    """One difference, its lines aligned."""
    may, denied = ("may", "before, denied by") if each.change == "new" else ("could", "now denied by")
    yield f"  {each.change.upper():4}  {each.principal} ({each.kind})"
    told = [(may, _actions(each))]
    told += [("and" if number else "if", text) for number, text in enumerate(each.conditions)]
    told += [("by", text) for text in each.by]
    told += [(denied, text) for text in each.against]
    told += [("taken for granted:", each.assumed)] if each.assumed else []
    for head, text in told:
        yield f"        {head:5} {text}".replace(f"key policy of {each.key}", "the key policy")


def _actions(each: Change) -> str:
    if len(each.others) > _FEW or len(each.actions) <= len(each.others):
        return ", ".join(each.actions)
    but = f" but {', '.join(each.others)}" if each.others else ""
    return f"do all that can be done with it{but} ({len(each.actions)} actions)"


_FEW = 8


def _arn(value: Any) -> Any:
    """The ARN of a principal; that of a session of ``account.role()`` is its role's."""
    caller = getattr(value, "caller", None)
    return value if caller is None else caller.principal.principal_arn
