"""What depends on a key, as a list: it can be searched, printed as a tree, and written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.errors import nearest
from kmsmock.iam.printable import printable
from kmsmock.options import checked_account
from kmsmock.telling.selection import Selection


class Dependent(NamedTuple):
    """Something that goes with the key. ``account`` and ``region`` say where it is lost: a share, where it is shared.

    ``through`` is the ARN of what it depends on the key by, itself on the list; empty for what is under the key itself.
    ``lost`` is the operation that is refused once the key is disabled, and ``part`` what of the thing it is: a version
    of an object, secret, parameter, function or template, the id of an upload or grant.
    """

    kind: str
    arn: str
    account: str
    region: str
    why: str
    lost: str
    through: str = ""
    part: str = ""

    def __str__(self) -> str:
        part = f" ({self.part})" if self.part else ""
        lost = f"; lost: {self.lost}" if self.lost else ""
        return printable(f"{self.kind} {self.arn}{part}: {self.why}{lost}")


def _is(name: str) -> Callable[[Dependent, Any], bool]:
    return lambda each, wanted: bool(getattr(each, name) == wanted)


def _named(member: str) -> Callable[[Dependent, Any], bool]:
    """By an ARN, or by the id or name at its end."""
    return lambda each, wanted: (
        getattr(each, member) == wanted or getattr(each, member).endswith((f"/{wanted}", f":{wanted}"))
    )


_HOLDS: Mapping[str, Callable[[Dependent, Any], bool]] = {
    "kind": _is("kind"),
    "arn": _named("arn"),
    "account": _is("account"),
    "region": _is("region"),
    "through": _named("through"),
    "lost": _is("lost"),
    "part": _is("part"),
}


class Dependents(Selection[Dependent]):
    """What depends on a key: a list, of which ``where(kind="object", account="222222222222")`` selects. ``str()`` of it
    is a tree.

    Conditions: ``kind``, ``arn`` and ``through`` (an ARN, or the id or name at its end), ``account``, ``region``,
    ``lost``, ``part``. Raises TypeError for another, ValueError for a kind or an account that there cannot be.
    """

    what = "what depends on a key is"
    holds = _HOLDS

    def __init__(self, found: Iterable[Dependent] = (), *, key: str = "", kinds: frozenset[str] = frozenset()) -> None:
        super().__init__(found)
        self.key = key
        """The key in a line: its ARN, its aliases, its state."""
        self._kinds = kinds

    def among(self, found: Iterable[Dependent]) -> Dependents:
        return Dependents(found, key=self.key, kinds=self._kinds)

    def check(self, name: str, value: Any) -> None:
        if name == "kind" and value not in self._kinds:
            meant = nearest(str(value), self._kinds)
            hint = f"; did you mean {meant!r}?" if meant else f": there are {', '.join(sorted(self._kinds))}"
            raise ValueError(f"kind={value!r}: nothing of that kind can depend on a key{hint}")
        if name == "account":
            checked_account(value)

    @property
    def arns(self) -> list[str]:
        """What there is, without versions: each ARN once, in order."""
        return list(dict.fromkeys(each.arn for each in self))

    @property
    def kinds(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(Counter(each.kind for each in self))

    @property
    def accounts(self) -> list[str]:
        """The accounts that lose something."""
        return sorted({each.account for each in self})

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {"key": self.key, "dependents": [each._asdict() for each in self]}

    def __str__(self) -> str:
        if not self:
            return f"{self.key}: nothing depends on it"
        return "\n".join((f"{self.key}: {len(self)} depend on it", *self._tree()))

    def _tree(self) -> Iterator[str]:
        """By account and Region; below a thing stands what depends on the key through it, wherever that is."""
        here = {each.arn for each in self}
        below: dict[str, list[Dependent]] = {}
        for each in self:
            below.setdefault(each.through if each.through in here else "", []).append(each)
        place = None
        for each in sorted(below.get("", ()), key=lambda each: (each.account, each.region)):
            if place != (each.account, each.region):
                place = each.account, each.region
                yield f"  {each.account} {each.region}".rstrip()
            yield from _branch(each, below, place, "    ", set())


def _branch(
    each: Dependent, below: Mapping[str, list[Dependent]], place: tuple[str, str], indent: str, told: set[str]
) -> Iterator[str]:
    where = "" if (each.account, each.region) == place else f" in {each.account} {each.region}".rstrip()
    yield f"{indent}{each}{where}"
    if each.arn not in told:
        for under in below.get(each.arn, ()):
            yield from _branch(under, below, (each.account, each.region), indent + "  ", {*told, each.arn})
