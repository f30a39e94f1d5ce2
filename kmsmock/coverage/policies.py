"""Policies, their statements, and the parts of these, with what was counted of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kmsmock.coverage import plain
from kmsmock.coverage.shapes import parts_of, parts_of_grant, statements_of
from kmsmock.iam.document import brief

State = Literal["allowed", "denied", "not matched", "never looked at"]


@dataclass(frozen=True, slots=True)
class Part:
    """One value of an element of a statement, or one condition.

    ``matched`` is how often it took part in a match; of a condition, how often it was true. ``against`` is how often
    the statement did not match because of it: a condition that was false, a value of a Not… element that spared a
    request.
    """

    element: str
    value: Any
    matched: int
    against: int
    key: str = ""
    """Operator and key of a condition."""

    @property
    def exercised(self) -> bool:
        """Whether the suite needed it: it took part in a match; a condition was both true and false."""
        if self.element == "Condition":
            return bool(self.matched and self.against)
        return bool(self.against if self.element.startswith("Not") else self.matched)

    @property
    def missing(self) -> str:
        """What no test tried of it, in a few words; empty if it was exercised."""
        if self.exercised:
            return ""
        if self.element != "Condition":
            return f"{self.element} {self.value if isinstance(self.value, str) else brief(self.value)}"
        never = "never tried" if not (self.matched or self.against) else f"never {'false' if self.matched else 'true'}"
        return f"{self.key} {never}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: how many decisions it ``allowed`` or ``denied`` (of an Allow and of a Deny that matched), and how
    many looked at it and did not match. A grant is a statement, too."""

    index: int
    sid: str
    effect: str
    matched: int
    unmatched: int
    parts: tuple[Part, ...]

    @property
    def allowed(self) -> int:
        return self.matched if self.effect == "Allow" else 0

    @property
    def denied(self) -> int:
        return self.matched if self.effect == "Deny" else 0

    @property
    def exercised(self) -> bool:
        """Whether it matched in any decision."""
        return self.matched > 0

    @property
    def state(self) -> State:
        if self.matched:
            return "allowed" if self.effect == "Allow" else "denied"
        return "not matched" if self.unmatched else "never looked at"

    @property
    def label(self) -> str:
        """What a person calls it: ``"Use"``, or its number."""
        return f'"{self.sid}"' if self.sid else str(self.index + 1)

    @property
    def missing(self) -> tuple[str, ...]:
        """What no test tried of it."""
        if not self.exercised:
            return (self.state,)
        return tuple(filter(None, (each.missing for each in self.parts)))


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. ``places`` are the lines that wrote it, or the file and the element of a template; ``name`` is what
    merges policies of one name: the document's Id, or the name that IAM knows it by; ``whose`` are its holders."""

    title: str
    kind: str
    name: str
    places: tuple[str, ...]
    whose: tuple[str, ...]
    document: Mapping[str, Any]
    statements: tuple[Statement, ...]

    @property
    def exercised(self) -> int:
        """How many statements matched in some decision."""
        return sum(each.exercised for each in self.statements)

    @property
    def percent(self) -> float:
        """The statements that were exercised, in percent."""
        return percent_of(self.exercised, len(self.statements))

    @property
    def missing(self) -> tuple[str, ...]:
        """What no test tried of it, statement by statement."""
        return tuple(f"{each.label}: {', '.join(each.missing)}" for each in self.statements if each.missing)


def percent_of(part: int, whole: int) -> float:
    """A part in percent; of nothing, all."""
    return 100.0 if not whole else 100 * part / whole


def of(policies: Iterable[plain.Policy]) -> list[Policy]:
    """Policies with what was counted of them, by their names."""
    return [policy for _, policy in with_keys(policies)]


def with_keys(policies: Iterable[plain.Policy]) -> list[tuple[str, Policy]]:
    """The same, each with the key that tells it from others."""
    found = sorted(policies, key=_order)
    times, seen = Counter(map(_title, found)), Counter[str]()
    made = []
    for each in found:
        title = _title(each)
        seen[title] += 1
        numbered = title if times[title] == 1 else f"{title} ({seen[title]} of {times[title]})"
        made.append((each.policy, _policy(each, numbered)))
    return made


_WORDS = {"endpoint": "VPC endpoint policy", "grant": "grant"}
_LAYER = re.compile("policy|boundary")


def _order(policy: plain.Policy) -> tuple[object, ...]:
    at = plain.in_order(policy.places[0]) if policy.places else ("\N{DEL}", 0, "")  # whose line nobody knows comes last
    return at, _title(policy), str(policy.document)


def _title(policy: plain.Policy) -> str:
    """``tests/keys.py:12 key policy``, ``template.yaml:Role inline policy "app"``; else whose it is."""
    if not policy.places:
        return policy.whose[0]
    kind = policy.what.replace("_", " ")
    kind = kind.lower() if kind.isupper() else kind
    words = _WORDS.get(policy.what) or (kind if _LAYER.search(kind) else f"{kind} policy")
    return f"{policy.places[0]} {words}" + (f' "{policy.name}"' if policy.name else "")


def _policy(policy: plain.Policy, title: str) -> Policy:
    statements = [_grant(policy)] if policy.what == "grant" else list(_statements(policy))
    places, whose = tuple(policy.places), tuple(policy.whose)
    return Policy(title, policy.what, policy.name, places, whose, policy.document, tuple(statements))


def _statements(policy: plain.Policy) -> Iterator[Statement]:
    for index, raw in enumerate(statements_of(policy.document)):
        matched, unmatched = policy.counts.get(str(index), (0, 0))
        parts = (_part(policy, f"{index}/{path}", path, value) for path, value in parts_of(raw))
        yield Statement(index, str(raw.get("Sid", "")), str(raw["Effect"]), matched, unmatched, tuple(parts))


def _grant(policy: plain.Policy) -> Statement:
    matched, unmatched = policy.counts.get("0", (0, 0))
    values = ((path, _at(policy.document, path.split("/"))) for path in parts_of_grant(policy.document))
    parts = (_part(policy, f"0/{path}", path, value) for path, value in values)
    return Statement(0, policy.name, "Allow", matched, unmatched, tuple(parts))


def _at(value: Any, path: Sequence[str]) -> Any:
    for each in path:
        value = value[int(each)] if isinstance(value, list) else value[each]
    return value


def _part(policy: plain.Policy, at: str, path: str, value: Any) -> Part:
    element, _, rest = path.partition("/")
    matched, against = policy.counts.get(at, (0, 0))
    return Part(element, value, matched, against, rest.replace("/", " ", 1) if element == "Condition" else "")
