"""One principal and one key, as one of two worlds has them: the evaluator, asked under any conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kmsmock.access import keys_of_calls
from kmsmock.access.picture import Access, OneKey, Person
from kmsmock.authorization.authorize import NO_CONTEXT_CHECK, grantee_names
from kmsmock.iam import Decision, GrantView, MatchKind, Policies, Principal, Request, decide
from kmsmock.iam.arn import Arn
from kmsmock.iam.conditions import NETWORK
from kmsmock.iam.document import Statement
from kmsmock.iam.matching import Value
from kmsmock.iam.request import applicable
from kmsmock.identity import sessions
from kmsmock.identity.credentials import root_of
from kmsmock.model.grant import Grant
from kmsmock.radius import outsiders


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """What decides about a principal and a key in one world; grants are those that name him."""

    person: Person
    key: OneKey
    policies: Policies
    grants: tuple[tuple[Grant, str, MatchKind], ...]
    given: Mapping[str, Value]
    _concerned: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    def request(self, action: str, context: Mapping[str, Value]) -> Request:
        return Request(self.person.who, f"kms:{action}", self.key.arn, self.key.account, context)

    def concerned(self, action: str) -> tuple[Statement, ...]:
        """The statements that are about the principal, the action and the key, whatever the conditions."""
        if action not in self._concerned:
            self._concerned[action] = tuple(self._concerning(action))
        return self._concerned[action]

    def _concerning(self, action: str) -> Iterator[Statement]:
        bounded = self.policies.boundary is not None
        for sources in applicable(self.request(action, {}), self.policies):
            for source in sources:
                found = source.policy.concerned(self.person.who, f"kms:{action.lower()}", self.key.arn, bounded)
                yield from (statement for statement, _ in found)

    def granting(self, action: str) -> Iterator[Grant]:
        """The grants to him for an action, whatever their constraints."""
        return (grant for grant, _, _ in self.grants if action in grant.operations)

    def decide(self, action: str, chosen: Mapping[str, Value], pairs: Mapping[str, str]) -> Decision:
        """The decision about a call with these condition keys and this encryption context."""
        context = {**self.given, **chosen}
        if "aws:calledvia" in context:
            context = {key: value for key, value in context.items() if key not in NETWORK}
        if "aws:sourcevpce" in context:
            context.pop("aws:sourceip", None)
        fitting = tuple(
            GrantView(grant.id, name, frozenset(grant.operations), grant.issuing_account, kind)
            for grant, name, kind in self.grants
            if action in grant.operations and self._admits(grant, action, context, pairs)
        )
        return decide(self.request(action, context), self.policies._replace(grants=fitting))

    def _admits(self, grant: Grant, action: str, context: Mapping[str, Value], pairs: Mapping[str, str]) -> bool:
        of_service = grant.source_arn is not None and self.person.who.kind == "service"
        if of_service and context.get("aws:sourcearn") != grant.source_arn:
            return False
        return action in NO_CONTEXT_CHECK or grant.admits(pairs)


def side(access: Access, name: str, key: OneKey | None, other: Access) -> Side | None:
    """A principal and a key in one of two worlds; None where it does not have them both."""
    person = None if key is None else _person(access, name, key, other)
    if key is None or person is None:
        return None
    of_caller = person.policies.get(key.account, Policies())
    policies = of_caller._replace(
        resource=key.policy,
        rcp=() if key.managed else of_caller.rcp,
        resource_policy_required=True,
        applies_resource=True,
    )
    given = {**key.given, **person.given}
    if person.kind == "anyone":  # who is nobody's is in no organization that is known here
        given.pop("aws:principalorgid", None)
    return Side(person, key, policies, tuple(_grants(person, key)), given)


def _grants(person: Person, key: OneKey) -> Iterator[tuple[Grant, str, MatchKind]]:
    names = dict(grantee_names(person.who))
    if person.named_only:
        names[person.name] = outsiders.how_named(person.kind)
    for grant in key.grants:
        kind = names.get(grant.grantee)
        if kind is not None:
            yield grant, grant.grantee, kind


# --- who is known by name only --------------------------------------------------------------------------------------


def _person(access: Access, name: str, key: OneKey, other: Access) -> Person | None:
    """Whom a world has by this name, or whom a name stands for that no world has."""
    known = access.people.get(name)
    if known is not None:
        return known
    if name in access.named or name not in other.people:
        return _outsider(name, key)
    return None


def _outsider(name: str, key: OneKey) -> Person:
    partition = Arn.of(key.arn).partition
    if name == "*":
        return _of("anyone", name, root_of(outsiders.STRANGER, partition).principal, key)
    if Arn.find(name) is None:
        return _of("service", name, sessions.of_service(name).principal, key)
    arn = Arn.of(name)
    if arn.resource == "root":
        return _of("account", name, root_of(arn.account, arn.partition).principal, key)
    kind, who = outsiders.principal(name, arn)
    return _of(kind, name, who, key)


def _of(kind: str, name: str, who: Principal, key: OneKey) -> Person:
    """Somebody of another account may there what it likes; in the key's own, nobody knows of a policy of his."""
    policies = Policies()
    named_only = kind in ("user", "role", "session", "federated")
    if named_only and who.account != key.account:
        policies = outsiders.as_if_allowed(policies, who)
    return Person(name, kind, who, {key.account: policies}, _given(kind, who), kind, named_only)


_TYPES = {"user": "User", "role-session": "AssumedRole", "federated": "FederatedUser"}


def _given(kind: str, who: Principal) -> dict[str, Value]:
    """What condition keys tell of somebody of whom the name is all that is known; of many, only the account."""
    given: dict[str, Value] = {"aws:principalisawsservice": "true" if kind == "service" else "false"}
    if kind == "service":
        return {**given, "aws:principalservicename": who.arn, "aws:principalservicenameslist": (who.arn,)}
    given |= {"aws:principalaccount": who.account, "kms:calleraccount": who.account}
    if kind in ("account", "anyone"):
        return given
    return {**given, "aws:principalarn": who.principal_arn, "aws:principaltype": _TYPES[who.kind]}


def is_free(side: Side | None, key: str) -> bool:
    """Whether a condition key may have any value in calls of this principal with this KMS key."""
    if not keys_of_calls.is_given(key):
        return True
    if side is None or not key:
        return False
    person = side.person
    return key not in side.given and keys_of_calls.may_be_anything(key, many=person.many, named_only=person.named_only)
