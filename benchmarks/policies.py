"""What it costs to count what policies are good for: the collecting at a test's end, against the test itself."""

import json
import time
from collections.abc import Iterator

from botocore.exceptions import ClientError

from benchmarks.figures import Figure, taken
from kmsmock.coverage import plain
from kmsmock.coverage.counting import Counting
from kmsmock.results.lines import line
from kmsmock.telling import own_lines
from kmsmock.world import World

ACCOUNT, TESTS = "111111111111", 60
DELEGATION = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
OWN_TENANT = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["kms:Encrypt", "kms:Decrypt"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"kms:EncryptionContext:tenant": "a"}},
}
KEY_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [DELEGATION, OWN_TENANT]})


def flow(world: World, calls: int) -> None:
    """A key with two statements, a role with one, and some calls of which one is refused."""
    account = world.account(ACCOUNT)
    key = account.client("kms").create_key(Policy=KEY_POLICY)["KeyMetadata"]["Arn"]
    statement = {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": key}
    kms = account.role("app", [{"Version": "2012-10-17", "Statement": [statement]}]).client("kms")
    for _ in range(calls):
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a"})
    try:
        kms.encrypt(KeyId=key, Plaintext=b"x")
    except ClientError:
        return


def shares(calls: int) -> float:
    """The processor's time for collecting as a part of that for the tests."""
    with World() as world:  # what is loaded once
        flow(world, calls)
    tests = collecting = 0.0
    for _ in range(TESTS):
        started = time.process_time()
        with World() as world:
            flow(world, calls)
            ended = time.process_time()
            for each in plain.of(Counting(world.store)):
                line(each)
            told = time.process_time()
        collecting += told - ended
        tests += time.process_time() - started - (told - ended)
    return collecting / tests


def noting() -> float:
    """What every world pays: that the line is remembered which writes a policy, as a part of the call that does it."""
    with World() as world:
        kms = world.account(ACCOUNT).client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        return taken(own_lines.asking, 2000) / taken(lambda: kms.put_key_policy(KeyId=key, Policy=KEY_POLICY), 300)


def figures() -> Iterator[Figure]:
    """Short tests and long ones."""
    for calls in (2, 50):
        yield Figure("policies", f"--kmsmock-cov: tests of {calls} calls", shares(calls), "x test", 0.05)
    yield Figure("policies", "no option: remembering who wrote a policy", noting(), "x call", 0.01)
