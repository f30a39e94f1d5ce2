"""The decisions of a suite decided again under a mutant, by the evaluator alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kmsmock.coverage import looking, shapes
from kmsmock.coverage.shapes import GENERATED, masked
from kmsmock.iam import Decision, GrantView, Policies, Policy, Source, compile_policy, decide
from kmsmock.iam.arn import root
from kmsmock.iam.instead import deciding
from kmsmock.identity.directory import compile_stored
from kmsmock.mutation.cases import Case, Cases, policies_of
from kmsmock.mutation.mutants import Mutant, changed, changed_grant

Answer = tuple[object, ...]


class Replay:
    """One mutant, against the cases of the policy that it is of."""

    def __init__(self, cases: Cases, mutant: Mutant) -> None:
        self._cases, self._mutant = cases, mutant
        self._made: dict[int, Policy] = {}

    def changes(self, case: Case) -> bool:
        """Whether the decision is another one, or a denial has another reason, which its message tells."""
        if self._mutant.path == "0/Constraints" and self._is_missed(case.policies):
            return True  # whether the grant would fit is not told by what it missed
        return answer(case) != _of(decide(case.request, self._mutated(case)))

    def _is_missed(self, policies: Policies) -> bool:
        return any(self._cases.grants.get(each.id) == self._mutant.policy for each in policies.missed)

    def _mutated(self, case: Case) -> Policies:
        policies = case.policies
        simple: dict[str, Any] = {
            name: None if sources is None else tuple(map(self._source, sources))
            for name, sources in (
                ("identity", policies.identity),
                ("boundary", policies.boundary),
                ("session", policies.session),
                ("rcp", policies.rcp),
                ("resource", policies.resource),
                ("vpce", policies.vpce),
            )
        }
        scp = None if policies.scp is None else tuple(tuple(map(self._source, level)) for level in policies.scp)
        operation = case.request.action.partition(":")[2]
        grants = tuple(each for each in policies.grants if not self._takes(each, operation))
        return policies._replace(**simple, scp=scp, grants=grants)

    def _source(self, source: Source) -> Source:
        if self._cases.key_of(source.policy) != self._mutant.policy:
            return source
        return Source(source.layer, source.name, self._policy(source.policy), source.arn, source.places, source.hold)

    def _policy(self, policy: Policy) -> Policy:
        found = self._made.get(id(policy))
        if found is None:
            found = self._made[id(policy)] = mutated(policy, self._mutant)
        return found

    def _takes(self, view: GrantView, operation: str) -> bool:
        """Whether a grant does not fit any more."""
        mutant = self._mutant
        if self._cases.grants.get(view.id) != mutant.policy or mutant.path == "0/Constraints":
            return False
        return mutant.path == "0" or mutant.value == operation


def answer(case: Case) -> Answer:
    """What was decided."""
    return _of(decide(case.request, case.policies))


def _of(decision: Decision) -> Answer:
    return (decision.effect,) if decision.allowed else (decision.effect, decision.layer, decision.side)


def mutated(policy: Policy, mutant: Mutant) -> Policy:
    """A policy with the change in it; its principals are who they were."""
    statements = changed(mutant, [each.raw for each in policy.statements])
    if not statements:
        return Policy(policy.version, policy.id, (), policy.kind)
    document = {"Version": policy.version, "Statement": statements}
    return compile_policy(document, kind=policy.kind, bind=lambda name: policy.bound.get(name, name))


@contextmanager
def trying(mutant: Mutant) -> Iterator[None]:
    """In the block whoever writes the policy gets the mutant; what it reads back is what it wrote."""

    def statements(written: list[Any]) -> list[Any]:
        return changed(mutant, written) if shapes.key_of(written) == mutant.policy else written

    def grant(params: Any) -> Any:
        return changed_grant(mutant, params) if shapes.key_of_grant(params) == mutant.policy else params

    compile_stored.cache_clear()
    try:
        with deciding(statements, grant):
            yield
    finally:
        compile_stored.cache_clear()


def first_use(cases: Cases, of_policy: list[Case], key: str) -> Callable[[str], str | None]:
    """What a wildcard of a policy covered first, by its path: an action, a resource, the account of a principal."""

    def used(path: str) -> str | None:
        element = path.split("/")[1]
        for case in of_policy:
            bounded = case.policies.boundary is not None
            for policy in _policies(cases, case, key):
                view = looking.views(policy)[int(path.partition("/")[0])]
                looked = view.look(case.request, bounded) or view.look_at_context(case.request)
                if path in looked.took_part:
                    return _told(element, case)
        return None

    return used


def _policies(cases: Cases, case: Case, key: str) -> Iterator[Policy]:
    yield from (each for each in policies_of(case) if cases.key_of(each) == key)


def _told(element: str, case: Case) -> str | None:
    request = case.request
    if element == "Action":
        return request.action
    if element == "Resource":
        return masked(f'"{request.resource}"').strip('"').replace(GENERATED, "*")
    account = request.principal.account
    return root(request.principal.partition, account) if account.isdigit() else None
