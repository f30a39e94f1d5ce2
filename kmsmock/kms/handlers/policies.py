"""Key policies: the default one, reading, and writing with AWS's checks ("Key policies in AWS KMS")."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from kmsmock.authorization import documents
from kmsmock.authorization.authorize import evaluate
from kmsmock.call import Call, Target
from kmsmock.iam import Decision, Layer, MalformedPolicy, Policy, Source, compile_policy, parse, unreadable
from kmsmock.iam.arn import root
from kmsmock.kms import room
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import paging
from kmsmock.kms.policy_text import render
from kmsmock.model.key import Key, KeyPolicy
from kmsmock.model.spreading import Spreading
from kmsmock.store import Store


def get(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """GetKeyPolicy: the text comes back as KMS prints it, not as it was sent."""
    if call.params.get("PolicyName", "default") != "default":
        raise key_errors.no_such_policy()
    policy = store.records(Spreading).seen("policy read", key.arn, key.policy)
    return {"Policy": shown(store, policy), "PolicyName": "default"}


def shown(store: Store, policy: KeyPolicy) -> str:
    """The text of a policy; principals that were deleted since show their unique ids."""
    text = policy.text
    for name, stored in policy.bound.items():
        if store.directory.render(stored) == stored:
            text = text.replace(f'"{name}"', f'"{stored}"')
    return text


def put(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """PutKeyPolicy."""
    name = call.params.get("PolicyName", "default")
    if name != "default":
        raise key_errors.policy_of_ram() if name == "AWS_RAM" else key_errors.only_default_policy()
    policy = checked(store, call, key, call.params["Policy"])
    spreading = store.records(Spreading)
    spreading.change("PutKeyPolicy", "policy", key.arn, key.policy)
    spreading.change("GetKeyPolicy", "policy read", key.arn, key.policy)
    key.policy = policy
    return {}


def list_(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ListKeyPolicies: there is one, named ``default``."""
    return paging.page("PolicyNames", ["default"], call, 100, mark=str, show=str)


@cache
def default(partition: str, account: str) -> KeyPolicy:
    """The policy of a key that is created without one: IAM policies of the account decide."""
    return _compiled(
        {
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": root(partition, account)},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    )


def instead_of(text: str, partition: str, account: str) -> KeyPolicy:
    """What decides where a text that is no policy was let pass: the default one. It shows as it was written."""
    return replace(default(partition, account), text=text)


def checked(store: Store, call: Call, key: Key, text: str) -> KeyPolicy:
    """A policy that passed the checks of PutKeyPolicy and CreateKey.

    Raises MalformedPolicyDocumentException for bad grammar, for principals that do not exist, and for a policy that
    would lock its author out; LimitExceededException above 32,768 bytes.

    A world that does not enforce takes all of them. Of a text that is no policy the default one decides.
    """
    limit = room.most(store, "key policy size")
    if limit is not None and len(text.encode()) > limit:
        store.insist(call, key_errors.policy_too_long(limit), (key,))
    try:
        policy = _bound(store, call, text)
    except MalformedPolicy as problem:
        store.insist(call, key_errors.malformed_policy(str(problem)), (key,))
        return instead_of(text, call.partition, key.account)
    check = None
    if not call.params.get("BypassPolicyLockoutSafetyCheck") and store.enforce != "off":
        check = _check_lockout(store, call, key, policy)
    documents.keep(store, "key", text, f"key policy of {key.arn}", check)
    return policy


def _bound(store: Store, call: Call, text: str) -> KeyPolicy:
    """A policy whose users and roles are bound to their unique ids. Raises MalformedPolicy."""
    stored: dict[str, str] = {}
    absent: list[str] = []

    def bind(name: str) -> str:
        found = store.directory.resolve(name, call.partition)
        if found is None:
            if not store.lets_pass:
                raise MalformedPolicy(key_errors.INVALID_PRINCIPALS, "invalid-principal")
            absent.append(name)
            return name
        if found.startswith(("AIDA", "AROA")) and ":assumed-role/" not in name and name != found:
            stored[name] = found
            return found
        return name

    document = parse(text)
    compiled = compile_policy(document, kind="resource", bind=bind, text=text)
    if absent:
        store.insist(call, key_errors.malformed_policy(key_errors.INVALID_PRINCIPALS))
    check_elements(compiled)
    check_conditions(compiled)
    return KeyPolicy(render(document), compiled, stored)


def check_elements(policy: Policy) -> None:
    """KMS refuses statements without an action or a resource since 18 August 2025; before, they were kept and inert.

    Unverified texts: those that IAM has for its own policies.
    """
    for statement in policy.statements:
        for elements, name in ((statement.actions, "actions"), (statement.resources, "resources")):
            if elements is None:
                raise MalformedPolicy(f"Policy statement must contain {name}.")


_PERMISSIVE = ("kms:encryptioncontext:", "aws:requesttag/")
"""Keys of one value: ForAllValues is also true where there is none, which is hardly ever meant."""


_OF_IAM_ONLY = ("aws:resourcetag/", "kms:resourcetag/", "kms:resourcealiases")
"""Keys about the key's own tags and aliases: policies of IAM alone may ask for them."""


def check_conditions(policy: Policy) -> None:
    """What KMS refuses to store in a Condition. Of the texts but the first, only the first words are known.

    Raises MalformedPolicy.
    """
    for statement in policy.statements:
        for condition in statement.conditions:
            if condition.shown.partition(" ")[2].lower().startswith(_OF_IAM_ONLY):
                raise MalformedPolicy(key_errors.CONDITION_KEYS, what=condition.shown)
            if condition.quantifier == "ForAllValues" and condition.key.startswith(_PERMISSIVE):
                raise MalformedPolicy(f"OverlyPermissiveCondition: {condition.shown} is true without the key.")
            bad = unreadable(condition)
            if bad is not None:
                raise MalformedPolicy(f"Policy contains an invalid condition value: {condition.shown} {bad}")


def _check_lockout(store: Store, call: Call, key: Key, policy: KeyPolicy) -> Decision:
    """The caller must still be allowed to change the policy under the new one.

    Whether AWS consults the caller's IAM policies where the key policy delegates is unverified; here it does.
    """
    target = Target("kms:PutKeyPolicy", key.arn, key.account, key)
    source = Source(Layer.RESOURCE, f"new key policy of {key.arn}", policy.compiled)
    decision = evaluate(store, call, target, key_policy=source)
    if not decision.allowed:
        store.insist(call, key_errors.malformed_policy(key_errors.LOCKOUT).because(decision), (key,))
    return decision


def _compiled(document: Any) -> KeyPolicy:
    return KeyPolicy(render(document), compile_policy(document, kind="resource"))
