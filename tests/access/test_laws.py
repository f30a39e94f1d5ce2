"""``access_diff`` is exact: on pairs of policies made by chance it tells just what the evaluator decides differently.

The evaluator is asked by ``kmsmock.simulate`` in each of the two worlds, for every principal, action and context; the
conditions of a difference are read as a person reads them (tests/support/differences.py).
"""

import json
import os
from itertools import product

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kmsmock
from tests.support.differences import covers

EXAMPLES = int(os.environ.get("KMSMOCK_EXAMPLES", "15"))
HOME, AWAY = "111111111111", "222222222222"
ROOT, FRIEND = f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{AWAY}:root"
APP, USER, GUEST = f"arn:aws:iam::{HOME}:role/app", f"arn:aws:iam::{HOME}:user/clerk", f"arn:aws:iam::{AWAY}:role/guest"
LOGS = "logs.us-east-1.amazonaws.com"
PRINCIPALS = [ROOT, FRIEND, APP, USER, GUEST, LOGS]
ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"]
S3, SQS = "s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"
VALUES = {
    "kms:ViaService": [None, S3, SQS, "ec2.us-east-1.amazonaws.com"],
    "kms:EncryptionContext:tenant": [None, "a", "b", "ab"],
    "aws:SourceArn": [None, f"arn:aws:s3:::{HOME}", "arn:aws:s3:::other"],
}

STRING = st.sampled_from(["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIfExists"])
LIKE = st.sampled_from(["StringLike", "StringNotLike"])
NULL = st.builds(
    lambda key, there: {"Null": {key: there}}, st.sampled_from([*VALUES]), st.sampled_from(["true", "false"])
)


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


def on(operators, key, values):
    return st.builds(lambda operator, wanted: {operator: {key: wanted}}, operators, some(values))


CONDITION = st.one_of(
    st.just({}),
    on(STRING, "kms:ViaService", [S3, SQS]),
    on(LIKE, "kms:ViaService", ["s3.*", "*.us-east-1.amazonaws.com", "sqs*"]),
    on(STRING, "kms:EncryptionContext:tenant", ["a", "b"]),
    on(LIKE, "kms:EncryptionContext:tenant", ["a*", "*b", "?"]),
    on(st.sampled_from(["ArnLike", "ArnNotLike"]), "aws:SourceArn", [f"arn:aws:s3:::{HOME}", "arn:aws:s3:::*"]),
    NULL,
)
CONDITIONS = st.builds(lambda one, other: {**one, **other}, CONDITION, CONDITION)
ALLOW = st.sampled_from(["Allow", "Allow", "Deny"])
WHO = st.sampled_from(["*", *({"AWS": each} for each in PRINCIPALS[:-1]), {"Service": LOGS}])
WHAT = st.sampled_from([*ACTIONS, "kms:*", ["kms:Decrypt", "kms:Encrypt"]])


def statement(effect, action, conditions, **more):
    return {"Effect": effect, "Action": action, "Resource": "*", "Condition": conditions, **more}


OF_KEY = st.builds(
    lambda effect, who, what, when: statement(effect, what, when, Principal=who), ALLOW, WHO, WHAT, CONDITIONS
)
OF_CALLER = st.builds(statement, ALLOW, WHAT, CONDITIONS)
CONSTRAINTS = st.sampled_from(
    [{}, {"EncryptionContextSubset": {"tenant": "a"}}, {"EncryptionContextEquals": {"tenant": "b"}}]
)
GRANT = st.tuples(
    st.sampled_from([APP, USER, GUEST]), st.sampled_from([["Decrypt"], ["Encrypt", "DescribeKey"]]), CONSTRAINTS
)
SIDE = st.fixed_dictionaries(
    {
        "key": st.lists(OF_KEY, max_size=3),
        **{name: st.lists(OF_CALLER, max_size=2) for name in ("app", "clerk", "guest")},
        "grants": st.lists(GRANT, max_size=1),
    }
)
KEEPERS = {"Effect": "Allow", "Principal": {"AWS": ROOT, "Service": LOGS}, "Action": "kms:ListGrants", "Resource": "*"}
"""Everybody is named whom the evaluator is asked for."""
EVERY = 7
"""One call of so many is asked about, another one in each example."""


def contexts():
    """Calls that there can be: what a service does for a caller says so in all keys that tell of it."""
    for values in product(*VALUES.values(), [None, "yes"]):
        context = {key: value for key, value in zip([*VALUES, "others"], values, strict=True) if value is not None}
        via = context.get("kms:ViaService")
        yield {**context, "aws:ViaAWSService": "true" if via else "false"}


def document(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def asked(side, first):
    """What the evaluator says in a world of these policies, by principal, action and context; and its picture."""
    with kmsmock.World(account_id=HOME, region_name="us-east-1", enforce="off") as world:
        home, away = world.account(HOME), world.account(AWAY)
        for name, make in (("app", home.role), ("clerk", home.user), ("guest", away.role)):
            make(name, [document(side[name])] if side[name] else [])
        kms = home.client("kms")
        key = kms.create_key(Policy=document([KEEPERS, *side["key"]]), BypassPolicyLockoutSafetyCheck=True)[
            "KeyMetadata"
        ]["Arn"]
        kms.create_alias(AliasName="alias/data", TargetKeyId=key)
        for grantee, operations, constraints in side["grants"]:
            kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=operations, Constraints=constraints)
        said = {}
        for who, action, (number, context) in product(PRINCIPALS, ACTIONS, list(enumerate(contexts()))[first::EVERY]):
            if not _can_be(who, action, context):
                continue
            sent = {name: value for name, value in context.items() if name != "others"}
            if "others" in context:
                sent["kms:EncryptionContext:more"] = "yes"
            said[who, action, number] = kmsmock.simulate(who, action, key, sent).allowed
        return said, world.access()


def _can_be(who, action, context):
    """Services call for themselves; only some actions have an encryption context."""
    pairs = "kms:EncryptionContext:tenant" in context or "others" in context
    return not (who == LOGS and "kms:ViaService" in context) and not (pairs and action == "kms:DescribeKey")


@settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
@given(SIDE, SIDE, st.integers(0, EVERY - 1))
def test_just_what_the_evaluator_decides_differently_is_told(old, new, first):
    before, was = asked(old, first)
    after, now = asked(new, first)
    found = kmsmock.access_diff(was, now)
    assert found.notes == ()
    listed = list(contexts())
    for (who, action, number), could in before.items():
        can = after[who, action, number]
        told = {each.change for each in found if each.principal == who and covers(each, action, listed[number])}
        expected = set() if can is could else {"new" if can else "gone"}
        assert told == expected, (who, action, listed[number], str(found.where(principal=who)))
