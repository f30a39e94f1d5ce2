"""Under which conditions somebody may who may not just so.

Whatever a call can bring with it is taken to be as a policy or grant wishes: the encryption context, the service that
asks, the network, the time. Then wishes are given up one by one as long as the evaluator still allows. That those left
can all come true in one call is not looked at. What a principal or a key is by itself (account, organization, tags)
stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from kmsmock.authorization.authorize import grantee_names
from kmsmock.iam import Decision, GrantView, Policies, Policy, Source, decide
from kmsmock.iam.conditions import Condition
from kmsmock.iam.document import Statement
from kmsmock.iam.request import Request
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key

_GIVEN = (
    *("aws:principal", "aws:userid", "aws:username", "aws:resource", "aws:requestedregion", "kms:calleraccount"),
    *(
        "kms:customermasterkey",
        "kms:keyorigin",
        "kms:keyspec",
        "kms:keyusage",
        "kms:multiregion",
        "kms:resourcealiases",
    ),
)
"""What the condition keys begin with that no call can choose."""
_MOST = 8
"""Ways that are told of one principal."""


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """That a statement with conditions lets the call in, or spares it; or that a grant fits."""

    source: Source | None
    statement: Statement | None
    grant: GrantView | None
    words: str
    spares: bool = False


class Way(NamedTuple):
    """What is decided where some conditions hold, and these in words."""

    decision: Decision
    conditions: tuple[str, ...]


def ways(key: Key, operation: str, decision: Decision) -> Iterator[Way]:
    """The ways in which a denied request would be allowed, none of them with a needless condition."""
    wishes = (*_of_policies(decision), *_of_grants(key, operation, decision))
    told: set[frozenset[Wish]] = set()
    waiting = [wishes]
    while waiting and len(told) < _MOST:
        tried = waiting.pop(0)
        if not _decide(decision, tried).allowed:
            continue
        needed = _needed(decision, tried)
        if frozenset(needed) not in told:
            told.add(frozenset(needed))
            words = dict.fromkeys(each.words for each in needed)
            yield Way(_decide(decision, needed), tuple(words))
            waiting += [tuple(other for other in tried if other is not each) for each in needed if not each.spares]


def _needed(decision: Decision, wishes: tuple[Wish, ...]) -> tuple[Wish, ...]:
    """The wishes without those that are not needed."""
    for each in wishes:
        others = tuple(other for other in wishes if other is not each)
        if _decide(decision, others).allowed:
            wishes = others
    return wishes


def _is_given(condition: Condition) -> bool:
    """Whether a condition is about what the principal and the key are."""
    return condition.key.startswith(_GIVEN)


# --- what can be wished for -----------------------------------------------------------------------------------------


def _of_policies(decision: Decision) -> Iterator[Wish]:
    request, bounded = decision.request, decision.policies.boundary is not None
    for source in _sources(decision.policies):
        for statement, _ in source.policy.concerned(
            request.principal, request.action.lower(), request.resource, bounded
        ):
            if not all(map(_is_given, statement.conditions)):
                spares = statement.effect == "Deny"
                yield Wish(source, statement, None, _words(request, source, statement), spares)


def _sources(policies: Policies) -> Iterator[Source]:
    levels = policies.scp or ()
    for sources in (*levels, policies.rcp, policies.resource, policies.vpce, policies.identity, policies.boundary):
        yield from sources or ()
    yield from policies.session or ()


def _words(request: Request, source: Source, statement: Statement) -> str:
    """The conditions that the call has to bring; of a Deny, those of which one must not hold."""
    open_ = [each for each in statement.conditions if not _is_given(each)]
    if statement.effect == "Deny":
        held = " and ".join(f"{each.shown} {each.quoted}" for each in open_)
        return f"not {held} ({source.named(statement)} in {source.name})"
    return " and ".join(f"{each.shown} {each.quoted}" for each in open_ if not each.holds(request.context))


def _of_grants(key: Key, operation: str, decision: Decision) -> Iterator[Wish]:
    """The caller's grants for the operation that do not fit the plain call."""
    fitting = {each.id for each in decision.policies.grants}
    for name, kind in grantee_names(decision.request.principal):
        for grant in () if key.grants is None else key.grants.by_id.values():
            if grant.grantee == name and operation in grant.operations and grant.id not in fitting:
                view = GrantView(grant.id, name, frozenset(grant.operations), grant.issuing_account, kind)
                yield Wish(None, None, view, " and ".join(demanded(grant)))


def demanded(grant: Grant) -> Iterator[str]:
    """What a call has to bring for a grant to fit, in words."""
    if grant.context_equals is not None:
        yield f"EncryptionContext is {dict(grant.context_equals)}"
    if grant.context_subset is not None:
        yield f"EncryptionContext has {dict(grant.context_subset)}"
    if grant.source_arn is not None:
        yield f"aws:SourceArn is {grant.source_arn}"
    if grant.known_from is not None:
        yield f"GrantTokens has the grant's token, until {grant.known_from:%Y-%m-%dT%H:%M:%SZ}"


# --- as if they came true -------------------------------------------------------------------------------------------


def _decide(decision: Decision, wishes: Iterable[Wish]) -> Decision:
    """The request, with policies and grants as they are where these wishes come true."""
    granted = list(wishes)
    statements = {(id(each.source), id(each.statement)) for each in granted}
    grants = tuple(each.grant for each in granted if each.grant is not None)

    def seen(sources: Iterable[Source] | None) -> tuple[Source, ...]:
        return tuple(_seen(each, statements) for each in sources or ())

    policies = decision.policies
    layers: dict[str, Any] = {
        name: None if getattr(policies, name) is None else seen(getattr(policies, name))
        for name in ("identity", "resource", "rcp", "boundary", "session", "vpce")
    }
    scp = None if policies.scp is None else tuple(map(seen, policies.scp))
    return decide(decision.request, policies._replace(**layers, scp=scp, grants=(*grants, *policies.grants)))


def _seen(source: Source, wished: set[tuple[int, int]]) -> Source:
    """A policy without its Denies that are wished away, and without the conditions that are wished fulfilled."""
    statements = source.policy.statements
    if not any((id(source), id(each)) in wished for each in statements):
        return source
    changed = [_fulfilled(each) if (id(source), id(each)) in wished else each for each in statements]
    kept = tuple(each for each in changed if each is not None)
    return replace(source, policy=Policy(source.policy.version, source.policy.id, kept))


def _fulfilled(statement: Statement) -> Statement | None:
    if statement.effect == "Deny":
        return None
    kept = [number for number, each in enumerate(statement.conditions) if _is_given(each)]
    return replace(
        statement,
        conditions=tuple(statement.conditions[number] for number in kept),
        tests=tuple(statement.tests[number] for number in kept),
    )
