"""What a large account costs: its dump loaded, questions about it, and a copy of its world for a test.

500 roles, 2,000 policies, 200 keys and 1,000 grants; in time of the processor. ``python -m benchmarks loading``.
"""

import gc
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kmsmock
from benchmarks.figures import Figure

ACCOUNT, REGION = "111111111111", "us-east-1"
ROLES, POLICIES, KEYS, GRANTS_OF_KEY, COPIES = 500, 2000, 200, 5, 50
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def role(number: int) -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/r{number % ROLES}"


def key_id(number: int) -> str:
    """The id of a key."""
    return f"{number % KEYS:08d}-0000-0000-0000-000000000000"


def key(number: int) -> str:
    """The ARN of a key."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id(number)}"


def policy(number: int) -> str:
    """The ARN of a managed policy."""
    return f"arn:aws:iam::{ACCOUNT}:policy/p{number % POLICIES}"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **each} for each in statements]}


def authorization_details() -> dict[str, Any]:
    """Roles with four policies each, which allow what is done with one key each."""
    trust = {"Version": "2012-10-17", "Statement": []}
    return {
        "RoleDetailList": [
            {
                "RoleName": f"r{number}",
                "RoleId": f"AROA{number:017d}",
                "Arn": role(number),
                "AssumeRolePolicyDocument": trust,
                "AttachedManagedPolicies": [{"PolicyArn": policy(4 * number + each)} for each in range(4)],
            }
            for number in range(ROLES)
        ],
        "Policies": [
            {
                "PolicyName": f"p{number}",
                "Arn": policy(number),
                "PolicyVersionList": [
                    {
                        "IsDefaultVersion": True,
                        "VersionId": "v1",
                        "Document": document({"Action": ["kms:Decrypt", "s3:GetObject"], "Resource": key(number)}),
                    }
                ],
            }
            for number in range(POLICIES)
        ],
    }


def write(folder: Path, shared: str = "") -> Path:
    """A dump of the account; ``shared`` is who may decrypt with the first key, too."""
    home = folder / ACCOUNT
    home.mkdir(parents=True)
    (home / "get-account-authorization-details.json").write_text(json.dumps(authorization_details()))
    for number in range(KEYS):
        place = home / REGION / "kms" / key_id(number)
        place.mkdir(parents=True)
        statements = [{"Principal": {"AWS": [ROOT, role(number), role(number + KEYS)]}, "Action": "kms:*"}]
        if shared and number == 0:
            statements.append({"Principal": {"AWS": shared}, "Action": "kms:Decrypt"})
        metadata = {"Arn": key(number), "KeyId": key_id(number), "Enabled": True, "KeyManager": "CUSTOMER"}
        grants = [
            {
                "KeyId": key(number),
                "GrantId": f"{number:08d}{each}".ljust(64, "0"),
                "GranteePrincipal": role(GRANTS_OF_KEY * number + each),
                "Operations": ["Decrypt"],
            }
            for each in range(GRANTS_OF_KEY)
        ]
        for name, output in (
            ("describe-key", {"KeyMetadata": metadata}),
            ("get-key-policy", {"Policy": json.dumps(document(*statements))}),
            ("list-grants", {"Grants": grants}),
        ):
            (place / f"{name}.json").write_text(json.dumps(output))
    return folder


def copy_of(snapshot: kmsmock.Snapshot) -> float:
    """Seconds for a copy, which begins while whatever the one before made is there; as it is in a long session, what
    was there before is not gone through again."""
    gc.collect()
    gc.freeze()
    took = []
    for _ in range(COPIES):
        copy = kmsmock.World(from_snapshot=snapshot)
        started = time.process_time()
        copy.start()
        took.append(time.process_time() - started)
        copy.account(ACCOUNT).client("kms", REGION).create_key()
        copy.stop()
    gc.unfreeze()
    return min(took)


def figures() -> Iterator[Figure]:
    """Loading, asking and comparing, in seconds of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = write(Path(folder, "old")), write(Path(folder, "new"), "arn:aws:iam::222222222222:role/reader")
        with kmsmock.load(old):  # what is imported once
            pass
        started = time.process_time()
        with kmsmock.load(old) as world:
            loaded = time.process_time()
            snapshot = world.snapshot()
            taken = time.process_time()
            found = world.who_can("kms:Decrypt", key(7))
            asked = time.process_time()
            before = world.access()
            seen = time.process_time()
        with kmsmock.load(new) as world:
            after = world.access()
        compared = time.process_time()
        differences = kmsmock.access_diff(before, after)
        ended = time.process_time()
    if len(found) < 4 or [each.actions for each in differences] != [("kms:Decrypt",)]:
        raise AssertionError(f"{len(found)} can, and {differences}")
    yield Figure("loading", "500 roles, 2,000 policies, 200 keys, 1,000 grants: load", loaded - started, "s", 3)
    yield Figure("loading", "  who-can for one key", asked - taken, "s", 1)
    yield Figure("loading", "  a copy of that world for a test", copy_of(snapshot) * 1000, "ms", 5)
    yield Figure("loading", "  a picture of who may do what", seen - asked, "s")
    yield Figure("loading", "  what differs from another picture", ended - compared, "s")
