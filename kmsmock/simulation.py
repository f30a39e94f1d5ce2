"""``kmsmock.simulate``: what would be decided, without a call ("Testing IAM policies with the policy simulator")."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kmsmock.active import active
from kmsmock.authorization import documents, resource_policies, trust, vocabulary
from kmsmock.authorization.authorize import on_key, with_caller_policies, with_reasons
from kmsmock.authorization.condition_keys.context import Context
from kmsmock.authorization.request import AuthorizationRequest
from kmsmock.call import Call, Caller, Target
from kmsmock.errors import a_text, nearest
from kmsmock.iam import Decision, Layer, Policies, Request, Source, compile_policy, decide
from kmsmock.iam.arn import Arn, root
from kmsmock.iam.document import PolicyKind
from kmsmock.iam.principals import Principal as Who
from kmsmock.identity import sessions
from kmsmock.identity.credentials import Identities, root_of
from kmsmock.model.turns import taking_turns
from kmsmock.options import DEFAULT_ACCOUNT
from kmsmock.records.iam import names_of
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.accounts import Principal

Document = str | Mapping[str, Any]
Documents = Document | Sequence[Document]

_PRINCIPAL = re.compile(r"arn:[^:]+:(iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)(?:/(.+))?")
_CONTEXT_PAIR = "kms:encryptioncontext:"
_ASSUME_ROLE = "sts:AssumeRole"


@taking_turns
def simulate(
    principal: str | Principal,
    action: str,
    resource: str = "*",
    context: Mapping[str, Any] | None = None,
    *,
    identity_policies: Documents | None = None,
    boundary: Document | None = None,
    session_policies: Documents | None = None,
    resource_policy: Document | None = None,
    scps: Documents | None = None,
    rcps: Documents | None = None,
    endpoint_policy: Document | None = None,
) -> Decision:
    """Whether ``principal`` may do ``action`` (``kms:Decrypt``) on ``resource``, and why: ``decision.explain()``.

    ``principal`` is an ARN (a role's stands for any session of it), a service's name, or a ``Principal`` of a world.
    Policies are documents (dicts or JSON); one document or a list. A layer that is not given is what the active world
    knows of it (policies of the principal, policy and grants of a key, organization), and absent without a world.
    ``context`` holds condition keys; those that a call itself tells (the caller, the time) are filled in.

    Nothing is recorded and nothing changes. Raises ValueError for an ARN, an action or a document that AWS would not
    take (``iam.MalformedPolicy`` says what is wrong with a document).
    """
    a_text("resource", resource, "*")
    if context is not None and not isinstance(context, Mapping):
        raise TypeError(f"context={context!r}: give a mapping of condition keys to values, such as {_EXAMPLE}")
    if not re.fullmatch(r"[a-zA-Z0-9-]+:[a-zA-Z0-9]+", a_text("action", action, "kms:Decrypt")):
        raise ValueError(f"action={action!r}: give one action, such as 'kms:Decrypt'")
    action = _named(action)
    _must_exist(context or {})
    arn = Arn.find(resource)
    if resource != "*" and arn is None:
        raise ValueError(f"resource={resource!r}: give the ARN of one resource, or '*'")
    store = _store()
    given = {name.lower(): _value(name, value) for name, value in (context or {}).items()}
    caller = _caller(store, principal, given)
    key = store.keys.get(resource)
    owner = (arn and arn.account) or caller.account
    call = Call(
        action.partition(":")[0],
        action.partition(":")[2],
        {"EncryptionContext": _pairs(context or {})},
        caller,
        (arn and arn.region) or store.region_name,
        (arn and arn.partition) or caller.principal.partition,
    )
    target = Target(action, resource, owner, key)
    if action.startswith("kms:"):
        of_resource = on_key(store, call, target)
    else:
        owner, policy = resource_policies.of(resource, owner, store.directory.trusted_by)
        target = target._replace(owner=owner)
        of_resource = Policies(resource=() if policy is None else (policy,))
        if action == _ASSUME_ROLE:
            of_resource = Policies(resource=trust.trust_policies(store, resource))
    policies = with_caller_policies(store, call, target, of_resource)
    read = partial(_sources, store)
    layers: dict[str, Any] = {
        "identity": read("identity_policies", Layer.IDENTITY, identity_policies),
        "boundary": read("boundary", Layer.BOUNDARY, boundary),
        "session": read("session_policies", Layer.SESSION, session_policies),
        "resource": read("resource_policy", Layer.RESOURCE, resource_policy, "resource"),
        "rcp": read("rcps", Layer.RCP, rcps, "resource"),
        "vpce": read("endpoint_policy", Layer.VPCE, endpoint_policy, "resource"),
    }
    levels = read("scps", Layer.SCP, scps)
    layers["scp"] = None if levels is None else tuple((each,) for each in levels)
    policies = policies._replace(**{name: value for name, value in layers.items() if value is not None})
    policies = _placed(policies, action, resource)
    context_of_call = Context(AuthorizationRequest(store, call, target))
    decision = decide(Request(caller.principal, action, resource, owner, context_of_call), policies)
    context_of_call.compute_all()
    return decision if decision.allowed else with_reasons(store, call, target, decision)


_EXAMPLE = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}


def _named(action: str) -> str:
    """An action as its service spells it, as far as that is known. Raises ValueError for one that does not exist."""
    unknown = vocabulary.unknown_action(action)
    if unknown is not None:
        raise ValueError(f"{unknown} {_NO_USE}")
    if action.lower() == _ASSUME_ROLE.lower():
        return _ASSUME_ROLE
    service, name = action.split(":")
    known = vocabulary.actions_of(service.lower()) or {}
    return f"{service.lower()}:{known.get(name.lower(), name)}"


_NO_USE = "Nothing in AWS would ever ask for it."


def _must_exist(context: Mapping[str, Any]) -> None:
    """Raise ValueError for a condition key that does not exist."""
    for key in context:
        if ":" not in a_text("context", key, "kms:ViaService"):
            raise ValueError(f"context={key!r}: a condition key looks like 'kms:ViaService'")
    unknown = next(filter(None, map(vocabulary.unknown_condition_key, context)), None)
    if unknown is not None:
        raise ValueError(f"{unknown} {_NO_USE}")


def _value(name: str, value: Any) -> str | tuple[str, ...]:
    """A condition key's value as policies see it."""
    if isinstance(value, (list, tuple)):
        return tuple(str(_value(name, each)) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(f"{name} is a text, a number, a boolean or a list of such, not {value!r}")


def _placed(policies: Policies, action: str, resource: str) -> Policies:
    """Keys and roles must allow by their own policy; of ``*`` there is none."""
    if resource == "*":
        return policies._replace(applies_resource=False)
    required = action.startswith("kms:") and ":alias/" not in resource
    return policies._replace(applies_resource=True, resource_policy_required=required or action == _ASSUME_ROLE)


def _store() -> Store:
    """The state of the active world, or an empty one."""
    return active() or Store(Identities(DEFAULT_ACCOUNT, {}))


def _caller(store: Store, principal: str | Principal, given: Mapping[str, str | tuple[str, ...]]) -> Caller:
    """The principal as a caller with these condition keys."""
    if isinstance(principal, str):
        _must_be_known(store, principal)
        return Caller(_who(store, principal), "", given)
    if not isinstance(getattr(principal, "caller", None), Caller):
        raise TypeError(f"principal={principal!r}: give an ARN, or what account.role() or account.user() gave")
    caller = principal.caller
    return Caller(caller.principal, "", {**caller.session, **given}, caller.policies, caller.tags)


def _must_be_known(store: Store, arn: str) -> None:
    """Raise ValueError for a user, role or service that does not exist, where one of nearly that name does."""
    service = vocabulary.unknown_service_principal(arn)
    if service is not None:
        raise ValueError(f"principal={arn!r}: {service}")
    parts = Arn.find(arn)
    if (
        parts is None
        or parts.service != "iam"
        or parts.kind not in ("user", "role")
        or store.directory.resolve(arn, parts.partition)
    ):
        return
    meant = nearest(parts.name, names_of(parts.account, parts.kind))
    if meant is not None:
        raise ValueError(f"account {parts.account} has no {parts.kind} {parts.name!r}; did you mean {meant!r}?")


def _who(store: Store, arn: str) -> Who:
    if arn.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return sessions.of_service(arn).principal
    match = _PRINCIPAL.fullmatch(arn)
    if match is None:
        raise ValueError(f"principal={arn!r}: give the ARN of a user, role, session or root user, or a service's name")
    _, account, kind, name = match.groups()
    partition = Arn.of(arn).partition
    stored = store.directory.resolve(arn, partition) or arn
    if kind == "root":
        return root_of(account, partition).principal
    if kind == "user":
        return Who(kind="user", arn=arn, account=account, principal_arn=arn, unique_id=stored)
    if kind == "federated-user":
        unique_id = f"{account}:{name}"
        return Who(kind="federated", arn=arn, account=account, principal_arn=arn, unique_id=unique_id)
    role, _, session = (name.rsplit("/", 1)[-1], "", "simulated") if kind == "role" else name.partition("/")
    role_id = stored.partition(":")[0] if stored != arn else "AROASIMULATED"
    role_arn = arn if kind == "role" else _role_arn(store, role_id, root(partition, account), role)
    return Who(
        kind="role-session",
        arn=f"arn:{partition}:sts::{account}:assumed-role/{role}/{session}",
        account=account,
        principal_arn=role_arn,
        unique_id=f"{role_id}:{session}",
        service_linked=Arn.of(role_arn).resource.startswith(sessions.SERVICE_LINKED),
    )


def _role_arn(store: Store, role_id: str, account_root: str, role: str) -> str:
    """The ARN of a session's role, with its path if the role exists."""
    answer = store.directory.render(role_id)
    return answer if answer != role_id else account_root.replace(":root", f":role/{role}")


def _pairs(context: Mapping[str, Any]) -> dict[str, str]:
    """The encryption context that the condition keys tell, for the constraints of grants."""
    size = len(_CONTEXT_PAIR)
    return {name[size:]: str(value) for name, value in context.items() if name.lower().startswith(_CONTEXT_PAIR)}


def _sources(
    store: Store, name: str, layer: Layer, given: Documents | None, kind: PolicyKind = "identity"
) -> tuple[Source, ...] | None:
    """The policies of one layer, compiled; names in them that do not exist are questioned."""
    if given is None:
        return None
    listed = [given] if isinstance(given, (str, Mapping)) else list(given) if isinstance(given, (list, tuple)) else []
    if not (listed or given in ([], ())) or not all(isinstance(each, (str, Mapping)) for each in listed):
        raise TypeError(f"{name}={given!r}: give a policy document as a dict or as JSON, or a list of such")
    named = ["as given"] if len(listed) == 1 else [f"number {number} as given" for number in range(1, len(listed) + 1)]
    texts = [each if isinstance(each, str) else json.dumps(each) for each in listed]
    compiled = [compile_policy(text, kind=kind) for text in texts]
    for label, text in zip(named, texts, strict=True):
        documents.question(store, text, f"{name}, {label}")
    return tuple(Source(layer, label, policy) for label, policy in zip(named, compiled, strict=True))
