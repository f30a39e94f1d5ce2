"""A mutant in a world: whoever writes the policy gets it, and what happens is what the replay said."""

import json
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from kmsmock.coverage import plain
from kmsmock.coverage.counting import Counting
from kmsmock.coverage.shapes import statements_of
from kmsmock.mutation import mutants
from kmsmock.mutation.cases import Cases
from kmsmock.mutation.replaying import Replay, first_use, trying
from kmsmock.world import World
from tests.support.claims import OWNER, allow, policy
from tests.support.policies import key_policy, use

SPARING = {"StringNotEquals": {"kms:EncryptionContext:tenant": ["a", "b"]}}


def flow(world):
    """A key with a Deny, a role with a boundary, a bucket with a policy, a grant; what is refused is let go."""
    account = world.account(OWNER)
    kms, s3 = account.client("kms"), account.client("s3")
    deny = use("*", ["kms:Encrypt", "kms:Decrypt"], effect="Deny", Condition=SPARING)
    key = kms.create_key(Policy=key_policy(deny))["KeyMetadata"]["Arn"]
    app = account.role("app", [allow(["kms:Enc*", "s3:*"])], boundary=allow("kms:*"))
    reader = account.role("reader")
    constraints = {"EncryptionContextSubset": {"tenant": "a"}}
    kms.create_grant(
        KeyId=key, GranteePrincipal=reader.arn, Operations=["Decrypt", "GenerateDataKey"], Constraints=constraints
    )
    s3.create_bucket(Bucket="bucket")
    open_ = {"Sid": "Open", "Effect": "Allow", "Principal": {"AWS": [OWNER, app.arn]}, "Action": "s3:GetObject"}
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy({**open_, "Resource": "arn:aws:s3:::bucket/*"})))
    s3.put_object(Bucket="bucket", Key="o", Body=b"x")
    for client, tenant in ((app, "a"), (app, "c"), (reader, "a"), (reader, "c")):
        asked = {"KeyId": key, "EncryptionContext": {"tenant": tenant}}
        attempt(client.client("kms").encrypt, Plaintext=b"x", **asked)
        attempt(client.client("kms").generate_data_key, KeySpec="AES_256", **asked)
    attempt(app.client("s3").get_object, Bucket="bucket", Key="o")
    attempt(app.client("s3").put_object, Bucket="bucket", Key="p", Body=b"x")


def attempt(call, **params):
    with suppress(ClientError):
        call(**params)


def told(world):
    """What was decided, in order; why, of denials."""
    return [(each.caller, each.action, each.allowed or (each.effect, each.reason)) for each in world.decisions]


@pytest.fixture(scope="module")
def recorded():
    """The cases of the flow, what was decided in it, and its policies with their mutants."""
    cases = Cases()
    with World() as world:
        cases.watch(world.store)
        flow(world)
        cases.end(world.store)
        decided, used = told(world), plain.of(Counting(world.store))
    by_policy, found = cases.by_policy(), []
    for each in used:
        if each.what == "grant":
            found += mutants.of_grant(each.policy, each.document)
        else:
            first = first_use(cases, by_policy.get(each.policy, []), each.policy)
            found += mutants.of(each.policy, statements_of(each.document), first)
    return cases, by_policy, decided, found


def test_what_happens_in_a_world_with_a_mutant_is_what_the_replay_says(recorded):
    cases, by_policy, decided, found = recorded
    assert {each.how for each in found} == {"dropped", "widened", "narrowed"}
    assert len(found) > 20
    for mutant in found:
        replay = Replay(cases, mutant)
        changes = any(replay.changes(case) for case in by_policy.get(mutant.policy, []))
        with trying(mutant), World() as world:
            try:
                flow(world)
            except ClientError:
                assert changes, mutant  # PutKeyPolicy's own check, or what was not let go
                continue
            assert (told(world) != decided) == changes, mutant


def test_what_is_read_back_is_what_was_written(recorded):
    _, _, _, found = recorded
    text = key_policy(use("*", ["kms:Encrypt", "kms:Decrypt"], effect="Deny", Condition=SPARING))
    condition = next(each for each in found if each.path.startswith("1/Condition") and each.how == "dropped")
    with trying(condition), World() as world:
        kms = world.account(OWNER).client("kms")
        key = kms.create_key(Policy=text)["KeyMetadata"]["Arn"]
        assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == json.loads(text)
        with pytest.raises(ClientError, match="explicit deny"):
            kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"tenant": "a"})


def test_nothing_is_left_of_a_mutant(recorded):
    _, _, decided, found = recorded
    with trying(found[0]):
        pass
    with World() as world:
        flow(world)
        assert told(world) == decided
