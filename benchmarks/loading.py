"""What an account of some size costs: its dump loaded, a copy of the world that it makes, who may use one of its keys.

``python -m benchmarks loading``, or all of them by ``make bench``. In seconds of the processor.
"""

import gc
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import kmsmock
from benchmarks.figures import Figure

ACCOUNT, REGION = "111111111111", "us-east-1"
ROLES, POLICIES, KEYS, GRANTS, COPIES = 500, 2000, 200, 1000, 50


def document(effect="Allow", **statement):
    """A policy of one statement."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, **statement}]}


def role(number):
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role/r{number}"


def key(number):
    """The ARN of a key."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{number:08d}-0000-0000-0000-000000000000"


def policy(number):
    """The ARN of a managed policy."""
    return f"arn:aws:iam::{ACCOUNT}:policy/p{number}"


def details():
    """What GetAccountAuthorizationDetails answers: each role has four policies, each of them for one key."""
    trust = document(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole")
    each_has = POLICIES // ROLES
    return {
        "RoleDetailList": [
            {
                "RoleName": f"r{number}",
                "RoleId": f"AROA{number:017d}",
                "Arn": role(number),
                "AssumeRolePolicyDocument": trust,
                "AttachedManagedPolicies": [{"PolicyArn": policy(number * each_has + own)} for own in range(each_has)],
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
                        "Document": document(Action=["kms:Decrypt", "s3:GetObject"], Resource=key(number % KEYS)),
                    }
                ],
            }
            for number in range(POLICIES)
        ],
    }


def write(folder):
    """The dump of the account."""
    home = folder / ACCOUNT
    home.mkdir()
    (home / "get-account-authorization-details.json").write_text(json.dumps(details()))
    for number in range(KEYS):
        arn = key(number)
        here = home / REGION / "kms" / arn.rpartition("/")[2]
        here.mkdir(parents=True)
        about = {"Arn": arn, "KeyId": here.name, "Enabled": True, "KeyManager": "CUSTOMER"}
        users = [f"arn:aws:iam::{ACCOUNT}:root", role(number), role(number + KEYS)]
        key_policy = document(Principal={"AWS": users}, Action="kms:*", Resource="*")
        grants = [
            {
                "KeyId": arn,
                "GrantId": f"{number:08d}{one}".ljust(64, "0"),
                "GranteePrincipal": role((number * 5 + one) % ROLES),
                "Operations": ["Decrypt"],
            }
            for one in range(GRANTS // KEYS)
        ]
        (here / "describe-key.json").write_text(json.dumps({"KeyMetadata": about}))
        (here / "get-key-policy.json").write_text(json.dumps({"Policy": json.dumps(key_policy)}))
        (here / "list-grants.json").write_text(json.dumps({"Grants": grants}))


def seconds(work):
    """Of the processor, and what came of it."""
    started = time.process_time()
    made = work()
    return time.process_time() - started, made


def costs():
    """Loading, a question, and a copy, which begins while whatever the one before made is there."""
    with TemporaryDirectory() as folder:
        write(Path(folder))
        read, world = seconds(lambda: kmsmock.load(folder))
        made, _ = seconds(world.start)
    try:
        assert world.loaded.ignored == ()
        snapshot = world.snapshot()
        asked, holders = seconds(lambda: world.who_can("kms:Decrypt", key(7)))
        assert len(holders) > 10
    finally:
        world.stop()
    gc.collect()
    gc.freeze()  # as it is in a long session: what is there is not gone through again
    copies = []
    for _ in range(COPIES):
        copy = kmsmock.World(from_snapshot=snapshot)
        copies.append(seconds(copy.start)[0])
        copy.account(ACCOUNT).client("kms", REGION).create_key()
        copy.stop()
    gc.unfreeze()
    return read + made, min(copies), asked


def figures():
    """An account of 500 roles, 2,000 policies, 200 keys and 1,000 grants."""
    loading, copy, asked = costs()
    yield Figure("loading", f"{ROLES} roles, {POLICIES:,} policies, {KEYS} keys, {GRANTS:,} grants", loading, "s", 3)
    yield Figure("loading", "a copy of that world for a test", copy * 1000, "ms", 5)
    yield Figure("loading", "who_can of one of its keys", asked, "s", 1)
