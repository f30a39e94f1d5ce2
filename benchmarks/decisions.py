"""What a decision costs: over the default key policy, and over a full key policy with ten attached policies.

``python -m benchmarks decisions``, or all of them by ``make bench``.
"first" is the first time that a caller asks for an action on a key; after that the statements
that concern them are remembered, and only conditions are looked at again. The ratio to the parsing of the same document
says that it is parsed once, and not at each decision.
"""

import json
import time

from benchmarks.figures import Figure
from kmsmock.iam import Layer, Policies, Principal, Request, Source, compile_policy, decide
from kmsmock.kms.handlers.policies import default

ACCOUNT = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
ROUNDS, TIMES = 9, 300


def user(number):
    """One of many users."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/u{number}"
    return Principal(kind="user", arn=arn, account=ACCOUNT, principal_arn=arn, unique_id=f"AIDA{number}")


def full_key_policy():
    """A key policy just below 32 KiB: 99 statements that concern others or whose conditions fail, and delegation."""
    statements = [
        {
            "Sid": f"Team{number}",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:EncryptionContext:team": f"team-{number}", "kms:CallerAccount": ACCOUNT}
            },
        }
        for number in range(99)
    ]
    delegation = {
        "Sid": "Delegation",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [*statements, delegation]})
    assert len(text) <= 32_768, len(text)
    return text


def identity_policies():
    """Ten attached policies; the last allows."""
    other = {"Effect": "Allow", "Action": ["s3:Get*", "sqs:*", "dynamodb:Query"], "Resource": "arn:aws:*:*:*:things/*"}
    mine = {"Effect": "Allow", "Action": "kms:*", "Resource": f"arn:aws:kms:*:{ACCOUNT}:key/*"}
    return [json.dumps({"Version": "2012-10-17", "Statement": [other] * 4 + [mine] * last}) for last in [0] * 9 + [1]]


CONTEXT = {"kms:encryptioncontext:team": "team-1000", "kms:calleraccount": ACCOUNT}


def measure(policies, principals):
    """Seconds of a decision: the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for principal in principals:
            decision = decide(Request(principal, "kms:Decrypt", KEY, ACCOUNT, CONTEXT), policies)
        best = min(best, (time.perf_counter() - start) / len(principals))
        assert decision.allowed
    return best


def cold(policies, principals):
    """As ``measure``, with what was remembered forgotten before each round."""
    best = float("inf")
    for _ in range(ROUNDS):
        for source in (*policies.identity, *policies.resource):
            source.policy._concerned.clear()
        start = time.perf_counter()
        for principal in principals:
            decide(Request(principal, "kms:Decrypt", KEY, ACCOUNT, CONTEXT), policies)
        best = min(best, (time.perf_counter() - start) / len(principals))
    return best


def sources(layer, texts, kind):
    return tuple(Source(layer, "p", compile_policy(text, kind=kind)) for text in texts)


def figures():
    """Both decisions, warm and cold, beside their limits."""
    allow = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
    )
    small = Policies(
        identity=sources(Layer.IDENTITY, [allow], "identity"),
        resource=(Source(Layer.RESOURCE, "key policy", default("aws", ACCOUNT).compiled),),
    )
    large = Policies(
        identity=sources(Layer.IDENTITY, identity_policies(), "identity"),
        resource=sources(Layer.RESOURCE, [full_key_policy()], "resource"),
    )
    one, many = [user(0)] * TIMES, [user(number) for number in range(TIMES)]
    start = time.perf_counter()
    sources(Layer.RESOURCE, [full_key_policy()], "resource")
    parsing = time.perf_counter() - start
    for name, policies, limit in (("default key policy", small, 15), ("32 KiB key policy, 10 attached", large, 150)):
        again, first = measure(policies, one), cold(policies, many)
        yield Figure("decisions", name, again * 1e6, "us", limit)
        yield Figure("decisions", f"{name}, the first", first * 1e6, "us")
    yield Figure("decisions", "parsing that key policy", parsing / measure(large, one), "decisions")
