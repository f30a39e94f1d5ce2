"""The policies that are left: written from needs, and put in place of today's to ask again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kmsmock.iam import Layer, Policies, Policy, Request, Source, compile_policy
from kmsmock.iam.document import PolicyKind
from kmsmock.privilege.grants import Narrowed
from kmsmock.privilege.needs import Case, Need, has_own_policies, is_of_key, row_of_identity, row_of_key, whose
from kmsmock.privilege.statements import Document, Statement, document, merged

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


def write(needs: Iterable[Need], others: Written, grants: Grants) -> Documents:
    """The documents for some needs, with the statements of ``others`` after theirs."""
    rows: dict[str, dict[str, list[Any]]] = {"identity": {}, "keys": {}}
    for each in needs:
        if each.identity is not None:
            rows["identity"].setdefault(each.whose, []).append(row_of_identity(each))
        if each.key is not None:
            rows["keys"].setdefault(each.resource, []).append(row_of_key(each.action, each.key))
    for subject in others:
        kind = "keys" if ":key/" in subject else "identity"
        rows[kind].setdefault(subject, [])
    made: dict[str, dict[str, Document]] = {}
    for kind, by_subject in rows.items():
        whole = {name: document([*merged(found), *others.get(name, ())]) for name, found in by_subject.items()}
        made[kind] = {name: each for name, each in whole.items() if each is not None}
    return Documents(made["identity"], made["keys"], grants)
