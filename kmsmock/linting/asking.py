"""The evaluator, asked about one policy: who would be let in by it, whoever else allows what he can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from kmsmock.authorization import vocabulary
from kmsmock.iam import Decision, Layer, Policies, Policy, Principal, Request, Source, compile_policy, decide
from kmsmock.iam.arn import Arn
from kmsmock.iam.conditions import Condition
from kmsmock.iam.document import Statement
from kmsmock.iam.matching import Context
from kmsmock.linting.subjects import Subject, patterns
from kmsmock.radius.permitted import OF_NO_KEY

STRANGER = "000000000001"
"""An account of which no policy knows anything."""
NOBODY = "000000000000"
_SOME_KEY = "arn:aws:kms:us-east-1:{}:key/0d990263-018e-4e65-a703-eff731de951e"
_EVERYTHING = Source(
    Layer.IDENTITY,
    "whatever IAM allows",
    compile_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
)


def asked(
    subject: Subject, who: Principal, action: str, context: Context, own: bool = False, delegated: bool = True
) -> Decision:
    """Whether a key policy lets somebody do something. ``own``: as if he were of the key's account; ``delegated``: his
    account's policies allow everything, else the key policy alone has to let him in."""
    owner = who.account if own else subject.account or NOBODY
    source = Source(Layer.RESOURCE, subject.name, subject.policy)
    policies = Policies(identity=(_EVERYTHING,) if delegated else (), resource=(source,))
    return decide(Request(who, action, key_of(subject), owner, context), policies)


def allowed_by_identity(subject: Subject, action: str, context: Context, resource: str) -> Statement | None:
    """The statement by which a policy of IAM allows something; None where it does not, or denies it."""
    about = [each for each in subject.policy.statements if each.is_about(action.lower()) and each.resources is not None]
    fitting = [each for each in about if _is_on(each, resource) and each.holds(resource, context)]
    if any(each.effect == "Deny" for each in fitting):
        return None
    return fitting[0] if fitting else None


def _is_on(statement: Statement, resource: str) -> bool:
    return statement.resources is not None and statement.resources.match(resource, {})


def key_of(subject: Subject) -> str:
    """The ARN of the key; of one that is not known, an ARN that the policy is about."""
    if subject.arn:
        return subject.arn
    for statement in subject.policy.statements:
        for each in patterns(statement, "Resource"):
            if ":key/" in each and not set(each) & set("*?$"):
                return each
    return some_key(subject.account or NOBODY)


def some_key(account: str) -> str:
    """The ARN of a key that no policy names."""
    return _SOME_KEY.format(account)


_NOT_BY_A_KEY_POLICY = OF_NO_KEY | {"RetireGrant"}


@lru_cache(maxsize=1)
def actions() -> tuple[str, ...]:
    """Every action of KMS, as KMS spells it."""
    return tuple(f"kms:{name}" for name in (vocabulary.actions_of("kms") or {}).values())


@lru_cache(maxsize=1)
def actions_on_keys() -> tuple[str, ...]:
    """Those that a key policy can allow: what is done on no key, such as kms:CreateKey, it has no say in."""
    return tuple(each for each in actions() if each.removeprefix("kms:") not in _NOT_BY_A_KEY_POLICY)


def covered(statement: Statement) -> frozenset[str]:
    """The actions of KMS that a statement is about."""
    if statement.actions is None:
        return frozenset()
    return frozenset(each for each in actions() if statement.actions.match(each.lower(), {}))


# --- who asks -------------------------------------------------------------------------------------------------------


def user(account: str, name: str) -> Principal:
    """A user whom no policy names."""
    arn = f"arn:aws:iam::{account}:user/{name}"
    return Principal("user", arn, account, arn, "AIDAOFNOPOLICY")


def service(name: str) -> Principal:
    """An AWS service that asks for itself."""
    return Principal("service", name, "", name, name)


def named(name: str) -> Principal | None:
    """Whoever goes by a name in a Principal: an account, user, session; for a role, any session of it."""
    if name.isdigit():
        name = f"arn:aws:iam::{name}:root"
    if name.startswith("AROA"):
        return Principal("role-session", name, NOBODY, name, f"{name.partition(':')[0]}:any")
    if name.startswith("AIDA"):
        return Principal("user", name, NOBODY, name, name)
    found = Arn.find(name)
    if found is None:
        return None
    if found.resource == "root":
        return Principal("root", name, found.account, name, found.account)
    if found.kind == "role":
        session = f"arn:{found.partition}:sts::{found.account}:assumed-role/{found.resource.rsplit('/', 1)[-1]}/any"
        return Principal("role-session", session, found.account, name, "AROAANY:any")
    if found.kind == "assumed-role":
        role = f"arn:{found.partition}:iam::{found.account}:role/{found.resource.split('/')[1]}"
        return Principal("role-session", name, found.account, role, f"AROAANY:{found.resource.rsplit('/', 1)[-1]}")
    if found.kind == "user":
        return Principal("user", name, found.account, name, "AIDAANY")
    if found.kind == "federated-user":
        return Principal("federated", name, found.account, name, f"{found.account}:any")
    return None


def context_of(who: Principal, subject: Subject) -> dict[str, str | tuple[str, ...]]:
    """What every request has with it, if somebody asks KMS himself, from anywhere."""
    region = subject.regions[0] if subject.regions else "us-east-1"
    by_service = who.kind == "service"
    given: dict[str, str | tuple[str, ...]] = {
        "aws:requestedregion": region,
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "true" if by_service else "false",
    }
    if by_service:
        return given | {"aws:principalservicename": who.arn, "aws:principalservicenameslist": (who.arn,)}
    return given | {
        "aws:principalaccount": who.account,
        "aws:principalarn": who.principal_arn,
        "aws:principaltype": {"root": "Account", "user": "User"}.get(who.kind, "AssumedRole"),
        "aws:sourceip": "203.0.113.99",
        "aws:userid": who.unique_id,
        "kms:calleraccount": who.account,
    }


# --- as if conditions held ------------------------------------------------------------------------------------------


def replaced(subject: Subject, policy: Policy) -> Subject:
    """The subject with another policy in its place."""
    return replace(subject, policy=policy)


def eased(policy: Policy, chosen: Callable[[Condition], bool]) -> Policy:
    """A policy as it is for a caller who sees to some conditions: those of an Allow hold, a Deny with one is none."""
    kept = []
    for statement in policy.statements:
        if statement.effect == "Deny":
            if not any(map(chosen, statement.conditions)):
                kept.append(statement)
            continue
        left = [number for number, each in enumerate(statement.conditions) if not chosen(each)]
        kept.append(
            replace(
                statement,
                conditions=tuple(statement.conditions[number] for number in left),
                tests=tuple(statement.tests[number] for number in left),
            )
        )
    return Policy(policy.version, policy.id, tuple(kept), policy.kind)
