"""The policies that are left: written from needs, and put in place of today's to ask again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kmsmock.iam import Layer, Policies, Policy, Request, Source, compile_policy
from kmsmock.iam.document import PolicyKind
from kmsmock.privilege.basis import has_own_policies, is_of_key, whose
from kmsmock.privilege.grants import Narrowed
from kmsmock.privilege.needs import Case
from kmsmock.privilege.statements import Document, Row, Statement, document, merged

Grants = Mapping[str, Narrowed | None]
"""What is left of each grant that is needed, by its id; None for one of which no more is known, and which stays."""
Written = Mapping[str, Sequence[Statement]]
"""Statements that are there whatever is needed: by the ARN of whose policy it is, or of the key."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Identity policies by whose they are, key policies by key, and grants by id: all that can be made narrower."""

    identity: Mapping[str, Document]
    keys: Mapping[str, Document]
    grants: Grants = field(default_factory=dict)
    _compiled: dict[tuple[str, str], tuple[Source, ...]] = field(default_factory=dict, compare=False, repr=False)

    def under(self, case: Case, fixed: frozenset[str] = frozenset()) -> Policies:
        """The policies of a case with these in place of its own; what else limits the caller stays."""
        policies, request = case.policies, case.request
        if has_own_policies(request.principal):
            policies = policies._replace(identity=self._sources("identity", whose(request.principal)))
        if is_of_key(case, fixed):
            policies = policies._replace(resource=self._sources("resource", request.resource))
        return policies._replace(grants=tuple(each for each in policies.grants if self._fits(each.id, request)))

    def _fits(self, grant: str, request: Request) -> bool:
        narrowed = self.grants.get(grant)
        return grant in self.grants if narrowed is None else narrowed.admits(request)

    def _sources(self, kind: PolicyKind, subject: str) -> tuple[Source, ...]:
        found = self._compiled.get((kind, subject))
        if found is None:
            made = (self.identity if kind == "identity" else self.keys).get(subject)
            layer = Layer.IDENTITY if kind == "identity" else Layer.RESOURCE
            compiled: tuple[Policy, ...] = () if made is None else (compile_policy(made, kind=kind),)
            found = self._compiled[kind, subject] = tuple(Source(layer, subject, each) for each in compiled)
        return found


class Rows(NamedTuple):
    """Statements that allow: by whose identity policy it is, and by key."""

    identity: dict[str, list[Row]]
    keys: dict[str, list[Row]]

    def add(self, more: Rows) -> None:
        """Take in others."""
        for mine, theirs in zip(self, more, strict=True):
            for subject, rows in theirs.items():
                mine.setdefault(subject, []).extend(rows)


def write(rows: Rows, others: Written, grants: Grants) -> Documents:
    """The documents, with the statements of ``others`` after those of the rows."""
    subjects = {"identity": [*rows.identity], "keys": [*rows.keys]}
    for each in others:
        subjects["keys" if ":key/" in each else "identity"].append(each)
    made: dict[str, dict[str, Document]] = {}
    for kind, named in subjects.items():
        found = rows.identity if kind == "identity" else rows.keys
        whole = {name: document([*merged(found.get(name, ())), *others.get(name, ())]) for name in named}
        made[kind] = {name: each for name, each in whole.items() if each is not None}
    return Documents(made["identity"], made["keys"], grants)
