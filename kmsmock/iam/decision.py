"""The answer to a request, what decided it, and how that is told to a person."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Literal, NamedTuple

from kmsmock.iam import advice, other_requests, remedies
from kmsmock.iam.advice import Decide
from kmsmock.iam.conditions import shown
from kmsmock.iam.document import Statement
from kmsmock.iam.names import Names
from kmsmock.iam.nearness import nearest
from kmsmock.iam.printable import marks, printable
from kmsmock.iam.request import Layer, Policies, Request, Source, applicable, article

Effect = Literal["allowed", "explicitDeny", "implicitDeny"]


class Decision(NamedTuple):
    """The answer, and what decided it.

    ``layer`` is the one that blocked, or that allowed; ``side`` says which account's half failed in a cross-account
    request; ``matched`` holds the statements that decided, ``grant`` the id of the grant that did.
    """

    effect: Effect
    request: Request
    policies: Policies
    layer: Layer
    matched: tuple[tuple[Source, Statement], ...] = ()
    side: Literal["resource", "caller"] | None = None
    grant: str | None = None
    note: str = ""
    """What else there is to say, a line each, such as that a service asks for the caller."""
    decide: Decide | None = None
    """What decided it, by which advice is tried; None where nothing is to be tried."""

    @property
    def allowed(self) -> bool:
        return self.effect == "allowed"

    @property
    def caller(self) -> str:
        return self.request.principal.arn

    @property
    def action(self) -> str:
        return self.request.action

    @property
    def resource(self) -> str:
        return self.request.resource

    @property
    def reason(self) -> str:
        """The layer that decided, in AWS's words."""
        return self.layer.value

    def __repr__(self) -> str:
        return f"<Decision {self.effect} {self.action} on {self.resource} for {self.caller}: {self.reason}>"

    def explain(self) -> str:
        """The decision for a person: every policy and statement looked at, and what would have to change."""
        return explain(self)

    def _repr_html_(self) -> str:
        return f'<pre style="white-space: pre-wrap">{html.escape(explain(self))}</pre>'


_VERDICTS = {
    "allowed": "ALLOWED",
    "explicitDeny": "DENIED by an explicit Deny",
    "implicitDeny": "DENIED: nothing allows it",
}


def explain(decision: Decision) -> str:
    """Several lines of text, ending with what would have to change if the request was denied."""
    names = names_of(decision)
    looked_at = (*_policies(decision), *_grants(decision), *_conclusion(decision))
    lines = (*_question(decision, names), *map(names.within, looked_at), *_remedies(decision))
    return "\n".join(map(printable, lines))


def names_of(decision: Decision) -> Names:
    """What an explanation calls the caller and the resource: by their names, a key by its alias."""
    request = decision.request
    aliases = () if decision.allowed else request.context.get("kms:resourcealiases") or ()
    arns = (decision.caller, request.principal.principal_arn, decision.resource)
    return Names.of(arns, [aliases] if isinstance(aliases, str) else aliases)


def _question(decision: Decision, names: Names) -> Iterator[str]:
    request = decision.request
    yield f"{_VERDICTS[decision.effect]}: {decision.action}"
    yield f"  caller    {names.whole(decision.caller)}"
    yield f"  resource  {names.whole(decision.resource)}"
    via = request.context.get("kms:viaservice")
    if via is not None:
        yield f"  via       {via}"
    yield from (f"  note      {line}" for line in decision.note.splitlines())
    if request.cross_account and request.principal.account:
        yield f"  accounts  {request.principal.account} asks, {request.owner} owns: both must allow"


def _policies(decision: Decision) -> Iterator[str]:
    fits, differs = marks()
    for sources in applicable(decision.request, decision.policies):
        for source in sources:
            yield f"  {source.layer.value}: {source.name}"
            for statement, why in verdicts(decision, source):
                mark, end = (fits, " matches") if why is None else (differs, f": {why}")
                yield f"    {mark} {source.named(statement)}{end}"
    if decision.request.principal.kind == "root":
        yield "  identity-based policy: none; the root user needs none"
    elif not decision.policies.identity and decision.request.principal.kind not in ("service", "provider"):
        yield "  identity-based policy: the caller has none"


def verdicts(decision: Decision, source: Source) -> Iterator[tuple[Statement, str | None]]:
    """Each statement of a policy, and why it does not match; None where it does."""
    request = decision.request
    bounded = decision.policies.boundary is not None
    for each in source.policy.statements:
        yield (
            each,
            each.mismatch(request.principal, request.action.lower(), request.resource, request.context, bounded),
        )


def _grants(decision: Decision) -> Iterator[str]:
    fits, differs = marks()
    for grant in decision.policies.grants:
        mark = fits if grant.id == decision.grant else differs
        yield f"  {mark} grant {grant.id[:12]}... to {grant.grantee}, issued by {grant.issuing_account}"
    for missed in decision.policies.missed:
        yield f"  {differs} grant {missed.id[:12]}...: {missed.why}"


def _conclusion(decision: Decision) -> Iterator[str]:
    if decision.allowed:
        yield f"  Decided by: {_decided(decision)}"
        return
    if decision.effect == "explicitDeny":
        yield from _denied(decision)
        return
    if _of_root(decision):
        return
    yield f"  Missing: an Allow in {article(decision.layer.value)} {decision.layer.value}."
    if decision.layer is Layer.RESOURCE and not decision.policies.resource:
        if decision.policies.resource_exists:
            yield f"  {decision.resource} has no policy."
        elif not decision.policies.fixed:
            yield f"  No policy of {decision.resource} is known: if it does not exist, no change of policy helps."
    yield from advice.nearly(decision.request, decision.policies, decision.layer)
    if decision.policies.missed:
        yield "  To use the grant: " + "; ".join(each.remedy for each in decision.policies.missed)


def in_short(decision: Decision) -> str:
    """What decided, or came nearest to allowing it, in a few words."""
    if decision.matched:
        return " and ".join(f"{statement.effect} {statement.label}" for _, statement in decision.matched)
    sources = advice.blocking(decision.request, decision.policies, decision.layer)
    for near in nearest(decision.request, decision.policies, sources):
        return f"Allow {near.statement.label}, but for {', '.join(near.misses)}"
    return f"no Allow in {article(decision.layer.value)} {decision.layer.value}"


def _of_root(decision: Decision) -> bool:
    """Whether a root user was denied what no policy can let him do."""
    return decision.request.principal.kind == "root" and decision.layer is Layer.IDENTITY


def _denied(decision: Decision) -> Iterator[str]:
    source, statement = decision.matched[0]
    yield f"  Decided by: {_place(source, statement)}"
    context = decision.request.context
    for condition in statement.conditions:
        yield f"    {condition.shown} {condition.quoted} holds: the request has {shown(context.get(condition.key))}"
        if condition.quantifier == "ForAllValues" and context.get(condition.key) is None:
            name = condition.shown.partition(" ")[2]
            yield f'    ForAllValues holds where the key is absent: add "Null": {{"{name}": "false"}} beside it.'


def _remedies(decision: Decision) -> Iterator[str]:
    """What to change; whole ARNs, as they are to be copied."""
    if decision.allowed:
        return
    if decision.effect == "explicitDeny":
        yield from _ways_around(decision)
    elif _of_root(decision):
        yield "  To allow it: ask as a user or in a role; no policy lets a root user do this."
    else:
        yield from _additions(decision)


def ways(decision: Decision) -> list[str]:
    """What the request could have for it to pass as policies are, in words; each by itself is enough."""
    if decision.allowed or decision.decide is None:
        return []
    request, policies, decide = decision.request, decision.policies, decision.decide
    if decision.effect == "explicitDeny":
        return other_requests.avoiding(request, policies, decision.matched[0][1].conditions, decide)
    return other_requests.requests(request, policies, advice.place(request, decision.layer), decide)


def to_do(decision: Decision) -> list[str]:
    """What would let the request pass, each in a sentence of its own; an empty list where nobody knows."""
    if decision.allowed or decision.decide is None:
        return []
    found = ways(decision)
    if decision.effect == "explicitDeny":
        return [*found, *filter(None, [remedies.undoing(decision.matched[0][0], decision.request)])]
    request, policies = decision.request, decision.policies
    made = advice.changes(request, policies, decision.layer, decision.decide)
    return [*found, *(f"{remedies.place(request, policies, each.layer)}: {each.text}" for each in made)]


def _ways_around(decision: Decision) -> Iterator[str]:
    yield from (f"  To avoid it: {way}." for way in ways(decision))
    if other_requests.strikes_services(decision.request, decision.matched[0][1].conditions):
        yield '  To allow it: spare what services do for the caller: add "Bool": {"aws:ViaAWSService": "false"} there.'
    yield "  To allow it: take the caller, the action or the resource out of that Deny, or narrow its Condition."
    undoing = remedies.undoing(decision.matched[0][0], decision.request)
    if undoing:
        yield f"    {undoing}."


def _additions(decision: Decision) -> Iterator[str]:
    """What to add, tried out; and what else is in the caller's reach."""
    request, policies = decision.request, decision.policies
    layer = advice.place(request, decision.layer)
    if layer is not decision.layer:
        way = (
            f"; the {remedies.of_resource(request)} can let it in"
            if policies.applies_resource
            else ": ask in another role"
        )
        yield f"  The policies of a service-linked role cannot be changed{way}."
    former = decision.decide and advice.of_the_former(request, policies, decision.decide)
    if former:
        yield f"  To allow it: write the policy again, just as it is ({former}), so that it names the new one."
    if policies.fixed:
        yield f"  To allow it: {policies.fixed}"
    yield from (f"  To allow it: {way}." for way in ways(decision))
    found = []
    if decision.decide is not None:
        found = advice.changes(request, policies, decision.layer, decision.decide)
    if not found and not policies.fixed:
        yield "  No statement that can be added allows it."
    head = "  To allow it:"
    for change in found:
        yield f"{head} {remedies.place(request, policies, change.layer)}"
        yield f"    {change.text}"
        head = "  and:"
    if layer is Layer.RESOURCE and _takes_grants(decision):
        yield "  or: give the caller a grant on the key" + (
            f" (CreateGrant as a principal of account {request.principal.account}, GranteePrincipal "
            f"{request.principal.principal_arn})."
            if request.principal.service_linked
            else "."
        )


def _takes_grants(decision: Decision) -> bool:
    policies = decision.policies
    return decision.action.startswith("kms:") and policies.applies_resource and not policies.fixed


def _decided(decision: Decision) -> str:
    if decision.grant is not None:
        return f"grant {decision.grant}"
    return (
        " and ".join(_place(source, statement) for source, statement in decision.matched) or "the account's root user"
    )


def _place(source: Source, statement: Statement) -> str:
    return f"{source.named(statement)} in {source.name}"
