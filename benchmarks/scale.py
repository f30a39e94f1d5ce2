"""What stays constant: CreateKey of every spec, a Region with 100,000 keys, a key with 50,000 grants.

``python -m benchmarks scale``, or all of them by ``make bench``.
Figures are ratios within one run; the limits beside them are what the project promises.
"""

import gc
import os
import tracemalloc

import boto3

import kmsmock
from benchmarks.calls import best, floor_client
from benchmarks.figures import Figure
from kmsmock.crypto.specs import KEY_SPECS

KEYS, GRANTS, ROUNDS, CALLS = 100_000, 50_000, 7, 100
REGION = "us-east-1"


def lowest(call):
    """Seconds of one call, the best of several rounds."""
    return min(best(call, CALLS) for _ in range(ROUNDS))


def capture(client, operation):
    """The body with which the world answers an operation, for the floor."""
    bodies = []
    client.meta.events.register(
        f"before-parse.kms.{operation}", lambda response_dict, **_: bodies.append(response_dict["body"])
    )
    return bodies


def create_key():
    """spec -> CreateKey against a client that is answered with the same body."""
    for spec, about in KEY_SPECS.items():
        if spec == "SM2":
            continue
        for usage in about.usages:
            with kmsmock.World():
                client, watched = boto3.client("kms", REGION), boto3.client("kms", REGION)
                bodies = capture(watched, "CreateKey")  # by another one: whose calls are watched takes the long way
                watched.create_key(KeySpec=spec, KeyUsage=usage)
                ours = lowest(lambda: client.create_key(KeySpec=spec, KeyUsage=usage))  # noqa: B023 - called at once
            floor = floor_client(bodies[0])
            least = lowest(lambda: floor.create_key(KeySpec=spec, KeyUsage=usage))  # noqa: B023 - likewise
            yield f"{spec} {usage}", ours / least


def many_keys():
    """How much dearer calls get from one key to 100,000 in the Region, and the memory of an idle key."""
    with kmsmock.World() as world:
        client = boto3.client("kms", REGION)
        key = client.create_key()["KeyMetadata"]["KeyId"]
        client.create_alias(AliasName="alias/one", TargetKeyId=key)
        calls = {
            "Encrypt": lambda: client.encrypt(KeyId=key, Plaintext=b"x"),
            "DescribeKey": lambda: client.describe_key(KeyId=key),
            "alias look-up": lambda: client.describe_key(KeyId="alias/one"),
        }
        before = {name: lowest(call) for name, call in calls.items()}
        size = fill(world, client)
        gc.freeze()  # the collector's walks over 100,000 keys are Python's cost, not the call's
        after = {name: lowest(call) for name, call in calls.items()}
        gc.unfreeze()
    return {name: after[name] / before[name] for name in calls}, size


def fill(world, client):
    """Make keys up to 100,000; gives the bytes that each keeps."""
    from kmsmock.call import Call
    from kmsmock.kms import gate

    caller = world.identities.caller("testing")
    gc.collect()
    tracemalloc.start()
    start = tracemalloc.get_traced_memory()[0]
    for _ in range(KEYS - 1):
        gate.answer(world.store, Call("kms", "CreateKey", {}, caller, REGION))
        world.store.events.clear()
        world.store.decisions.clear()
    gc.collect()
    size = (tracemalloc.get_traced_memory()[0] - start) / (KEYS - 1)
    tracemalloc.stop()
    return size


def many_grants():
    """A Decrypt that a grant allows, with one grant on the key and with 50,000."""
    with kmsmock.World() as world:
        account = world.account("123456789012")
        owner = account.client("kms")
        key = owner.create_key()["KeyMetadata"]["Arn"]
        user, others = account.user("reader"), account.user("other")
        context = {"tenant": "1"}
        blob = owner.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
        constraint = {"EncryptionContextSubset": context}
        owner.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Decrypt"], Constraints=constraint)
        reader = user.client("kms")
        before = lowest(lambda: reader.decrypt(CiphertextBlob=blob, EncryptionContext=context))
        from kmsmock.call import Call
        from kmsmock.kms import gate

        caller = world.identities.caller("testing")
        for number in range(GRANTS - 1):
            given = {"EncryptionContextSubset": {"tenant": str(number)}}
            grantee = (user if number % 2 else others).arn
            params = {"KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"], "Constraints": given}
            gate.answer(world.store, Call("kms", "CreateGrant", params, caller, REGION))
        gc.freeze()
        after = lowest(lambda: reader.decrypt(CiphertextBlob=blob, EncryptionContext=context))
        gc.unfreeze()
    return after / before


def figures():
    """What CreateKey costs, and what stays constant."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
    for name, ratio in create_key():
        yield Figure("scale", f"CreateKey {name}", ratio, "x floor", 1.5)
    ratios, size = many_keys()
    for name, ratio in ratios.items():
        yield Figure("scale", f"{name} among {KEYS:,} keys", ratio, "x one", 1.5)
    yield Figure("scale", "memory of an idle key", size, "bytes", 4096)
    yield Figure("scale", f"granted Decrypt among {GRANTS:,} grants", many_grants(), "x one", 1.5)
