"""Least privilege agrees with the evaluator: generated policies and requests, and what is left of them, asked again."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kmsmock.iam import Layer, Source, compile_policy, decide
from kmsmock.privilege.least import Today, least
from tests.support.policies_by_chance import CONTEXTS, KEY, LAYERS, PRINCIPALS, compiled, request, single

S3, TENANTS = "s3.us-east-1.amazonaws.com", ["a", "b", "c"]
MORE = st.fixed_dictionaries(
    {}, optional={"kms:viaservice": single([S3, "sqs.us-east-1.amazonaws.com"]), "tenant": single(TENANTS)}
)
STATEMENTS = [
    {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"},
    {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringLike": {"kms:EncryptionContext:tenant": ["a", "b"]}},
    },
    {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": S3}},
    },
    {
        "Effect": "Deny",
        "Action": "kms:Encrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:tenant": "c"}},
    },
]


def context_of(principal, generated, more):
    tenant = more.get("tenant")
    pairs = {"kms:encryptioncontextkeys": ("tenant",), "kms:encryptioncontext:tenant": tenant} if tenant else {}
    who = {"aws:principalarn": principal.principal_arn} if principal.principal_arn else {}
    via = {name: value for name, value in more.items() if name != "tenant"}
    return {**generated, **pairs, **who, **via}


CALLERS = [
    replace(each, arn=each.arn.replace("/R/", "/L/"), unique_id="AROAL:s") if each.service_linked else each
    for each in PRINCIPALS
    if each.kind != "anonymous"
]
"""KMS takes no requests that nobody signed; a service-linked role is another one than the role."""
CALLS = st.builds(
    lambda principal, action, generated, more: (principal, action, context_of(principal, generated, more)),
    single(CALLERS),
    single(["kms:Decrypt", "kms:Encrypt"]),
    CONTEXTS,
    MORE,
)


@st.composite
def suites(draw):
    """Policies of every layer, and some calls under them. The key and the callers have policies that allow something,
    as calls that are all denied need nothing."""
    layers = draw(LAYERS)
    likely = draw(st.lists(single(STATEMENTS), max_size=2))
    named = draw(st.lists(single([*NAMES, "*"]), min_size=1, max_size=3))
    layers["identity"] = [*layers["identity"], *([likely] if likely else [])]
    of_key = [{**each, "Principal": {"AWS": named}} for each in draw(st.lists(single(STATEMENTS), max_size=2))]
    layers["resource"] = [*layers["resource"], *([of_key] if of_key else [])]
    layers |= {"resource_policy_required": True, "applies_resource": True, "grantee": draw(single(CALLERS))}
    return layers, draw(st.lists(CALLS, min_size=1, max_size=8)), draw(st.lists(CALLS, max_size=8))


NAMES = sorted({name for each in PRINCIPALS for name in (each.arn, each.principal_arn) if name.startswith("arn:")})
NAMES += [f"arn:aws:iam::{account}:root" for account in ("111111111111", "222222222222")]


def ask(call, layers):
    """The grants are for one caller and operation."""
    granted = layers["grantee"] == call[0] and call[1] == "kms:Decrypt"
    there = {name: value for name, value in layers.items() if name != "grantee"}
    return decide(request(call, there), compiled(there if granted else {**there, "grants": []}))


def today(layers):
    statements = [statement for document in layers["resource"] for statement in document]
    return Today({KEY: compile_policy(policy_of(statements), kind="resource")} if statements else {})


def policy_of(statements):
    return {"Version": "2012-10-17", "Statement": statements}


def again(decision, found, identity=None, keys=None):
    """The request of a decision under other policies of the caller and the key. Documents are written anew, so that
    nothing is asked that the product compiled."""
    identity, keys = identity or found.identity, keys or found.keys
    policies = decision.policies._replace(
        grants=tuple(each for each in decision.policies.grants if each.id in found.grants)
    )
    principal = decision.request.principal
    if principal.kind in ("user", "role-session", "federated") and not principal.service_linked:
        whose = principal.parent or principal.principal_arn
        policies = policies._replace(identity=sources(Layer.IDENTITY, identity.get(whose)))
    return decide(decision.request, policies._replace(resource=sources(Layer.RESOURCE, keys.get(KEY))))


def sources(layer, document):
    if document is None or not document["Statement"]:
        return ()
    kind = "identity" if layer is Layer.IDENTITY else "resource"
    return (Source(layer, "least", compile_policy(json.dumps(document), kind=kind)),)


@settings(max_examples=100, deadline=None)
@given(suites())
def test_what_was_allowed_stays_allowed_and_nothing_else_is(suite):
    """Also of requests that were not made: whatever the least allows, the policies of today allow."""
    layers, calls, others = suite
    decisions = [ask(call, layers) for call in calls]
    found = least(decisions, today(layers)).documents
    for decision in decisions:
        assert again(decision, found).allowed == decision.allowed
    for call in others:
        decision = ask(call, layers)
        assert decision.allowed or not again(decision, found).allowed


@settings(max_examples=100, deadline=None)
@given(suites())
def test_every_statement_action_and_value_is_needed(suite):
    layers, calls, _ = suite
    decisions = [ask(call, layers) for call in calls]
    allowed = [each for each in decisions if each.allowed]
    found = least(decisions, today(layers)).documents
    for kind, subject, document in documents(found):
        for number, statement in enumerate(document["Statement"]):
            if statement["Effect"] == "Deny" or statement.get("Sid") == "Manage":
                continue
            for less in narrower(statement):
                statements = [each for at, each in enumerate(document["Statement"]) if at != number]
                changed = policy_of([*statements, *([less] if less else [])])
                identity = {**found.identity, **({subject: changed} if kind == "identity" else {})}
                keys = {**found.keys, **({subject: changed} if kind == "keys" else {})}
                assert not all(again(each, found, identity, keys).allowed for each in allowed), (statement, less)


@settings(max_examples=100, deadline=None)
@given(suites())
def test_without_a_condition_a_statement_would_allow_what_was_not_seen(suite):
    layers, calls, _ = suite
    decisions = [ask(call, layers) for call in calls]
    found = least(decisions, today(layers)).documents
    for kind, _, document in documents(found):
        for statement in document["Statement"]:
            if statement["Effect"] == "Deny" or statement.get("Sid") == "Manage":
                continue
            for key in statement.get("Condition", {}).get("StringEquals", {}):
                if "$" not in str(statement["Condition"]["StringEquals"][key]):
                    assert any(lets_in_more(statement, key, kind, each) for each in decisions if each.allowed)


def lets_in_more(statement, key, kind, decision):
    """Whether a request with another value is let in without the condition, and not with it."""
    kept = {name: value for name, value in statement["Condition"]["StringEquals"].items() if name != key}
    without = {**statement, "Condition": {**statement["Condition"], "StringEquals": kept}}
    changed = decision.request._replace(context={**decision.request.context, key.lower(): "never seen"})
    return matches(without, kind, changed) and not matches(statement, kind, changed)


def matches(statement, kind, asked):
    compiled_ = compile_policy(policy_of([statement]), kind="identity" if kind == "identity" else "resource")
    return (
        compiled_.statements[0].mismatch(asked.principal, asked.action.lower(), asked.resource, asked.context) is None
    )


def documents(found):
    yield from (("identity", subject, each) for subject, each in found.identity.items())
    yield from (("keys", subject, each) for subject, each in found.keys.items())


def narrower(statement):
    """The statement gone, and with one value less of each element that has several."""
    yield None
    for element in ("Action", "Resource"):
        if isinstance(statement[element], list):
            for value in statement[element]:
                yield {**statement, element: [each for each in statement[element] if each != value]}
    named = statement.get("Principal")
    if isinstance(named, dict):
        for kind, names in named.items():
            for name in names if isinstance(names, list) else ():
                yield {**statement, "Principal": {kind: [each for each in names if each != name]}}
    for key, values in statement.get("Condition", {}).get("StringEquals", {}).items():
        for value in values if isinstance(values, list) else ():
            less = {key: [each for each in values if each != value]}
            equals = {**statement["Condition"]["StringEquals"], **less}
            yield {**statement, "Condition": {**statement["Condition"], "StringEquals": equals}}
