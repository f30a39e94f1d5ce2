"""Whatever is given to the Python API and is of the wrong kind: entry 14 of "Unbreakable"."""

from datetime import date, timedelta

import pytest

import kmsmock
from kmsmock import scenarios
from tests.support.claims import OWNER
from tests.support.floors import newest_botocore

JUNK = [1, -1.5, float("nan"), b"x", [1], {1: 2}, object(), len, timedelta(1), date(2020, 1, 1)]
NO_ACCOUNTS = ["", "x", "١٢٣٤٥٦٧٨٩٠١٢", "123456789012\n", " 123456789012", 123456789012, None]
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/1"
WHO = f"arn:aws:iam::{OWNER}:user/alice"


def entered(manager):
    with manager:
        pass


NO_TEXT = {
    "account": lambda world, value: world.account(value),
    "act_as": lambda world, value: world.act_as(value),
    "at_rest": lambda world, value: world.at_rest(value),
    "quotas": lambda world, value: world.quotas(value),
    "fault service": lambda world, value: entered(world.fault(value, "*", "Oops")),
    "fault operation": lambda world, value: entered(world.fault("kms", value, "Oops")),
    "fault error": lambda world, value: entered(world.fault("kms", "*", value)),
    "fault message": lambda world, value: entered(world.fault("kms", "*", "Oops", message=value)),
    "timeline": lambda world, value: world.timeline(value),
    "request_context": lambda world, value: entered(world.request_context(**{"aws:SourceIp": value})),
    "key_store_fault": lambda world, value: world.key_store_fault(value, None),
    "client": lambda world, value: world.account(OWNER).client(value),
    "client's region": lambda world, value: world.account(OWNER).client("kms", value),
    "resource": lambda world, value: world.account(OWNER).resource(value),
    "session": lambda world, value: world.account(OWNER).session(value),
    "context of a session": lambda world, value: world.account(OWNER).root.session(context=value),
    "user": lambda world, value: world.account(OWNER).user(value),
    "policies of a user": lambda world, value: world.account(OWNER).user("alice", [value]),
    "boundary": lambda world, value: world.account(OWNER).user("alice", boundary=value),
    "role": lambda world, value: world.account(OWNER).role(value),
    "trust": lambda world, value: world.account(OWNER).role("app", trust=value),
    "get_user": lambda world, value: world.account(OWNER).get_user(value),
    "get_role": lambda world, value: world.account(OWNER).get_role(value),
    "freeze": lambda world, value: world.clock.freeze(value),
    "move_to": lambda world, value: world.clock.move_to(value),
    "events of whom": lambda world, value: world.events.where(principal=value),
    "events of a name": lambda world, value: world.events.where(name=value),
    "simulate principal": lambda world, value: kmsmock.simulate(value, "kms:Decrypt", KEY),
    "simulate action": lambda world, value: kmsmock.simulate(WHO, value, KEY),
    "simulate resource": lambda world, value: kmsmock.simulate(WHO, "kms:Decrypt", value),
    "simulate context": lambda world, value: kmsmock.simulate(WHO, "kms:Decrypt", KEY, value),
    "simulate policies": lambda world, value: kmsmock.simulate(WHO, "kms:Decrypt", KEY, identity_policies=value),
    "scenarios owner": lambda world, value: scenarios.make_key(value, "us-east-1"),
    "scenarios key": lambda world, value: scenarios.encrypted_image(world.account(OWNER), value),
    "scenarios accounts": lambda world, value: scenarios.for_accounts(value),
    "scenarios organization": lambda world, value: scenarios.for_organization(value),
}


DOCUMENTS = {"policies of a user", "boundary", "trust"}
"""A dict is a document there, which IAM judges."""


@pytest.fixture(scope="module")
def world():
    with kmsmock.World() as made:
        made.account(OWNER).role("existing")
        yield made


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_is_of_the_wrong_kind_is_refused_and_changes_nothing(world, name):
    call = NO_TEXT[name]
    state = (len(world.events), len(world.store.faults), world.store.quotas, dict(world.store.request_context))
    for value in JUNK:
        if name in DOCUMENTS and isinstance(value, dict):
            continue
        with pytest.raises((TypeError, ValueError)) as caught:
            call(world, value)
        assert "kmsmock" in str(caught.traceback[-1].path), value  # and not from somebody's inside
        assert caught.type in (TypeError, ValueError, kmsmock.iam.MalformedPolicy)
    assert (
        len(world.events),
        len(world.store.faults),
        world.store.quotas,
        dict(world.store.request_context),
    ) == state


@pytest.mark.parametrize("option", kmsmock.options.NAMES)
def test_options_of_a_world(option):
    accepted = {"seed": (1,)}.get(option, ())
    for value in JUNK:
        if value in accepted:
            continue
        with pytest.raises((TypeError, ValueError)) as caught:
            kmsmock.World(**{option: value})
        assert option.rstrip("s") in str(caught.value) or "account id" in str(caught.value)


@pytest.mark.parametrize("value", NO_ACCOUNTS)
def test_an_account_has_twelve_ascii_digits(world, value):
    with pytest.raises(ValueError, match="an account id is a string of 12 digits, such as '111111111111', not"):
        world.account(value)
    with pytest.raises(ValueError, match="an account id is a string of 12 digits"):
        scenarios.for_accounts([value])


def test_none_is_the_default_of_a_world(world):
    assert kmsmock.World(region_name=None, account_id=None, seed=None).region_name == world.region_name


@pytest.mark.parametrize("value", ["x", 1, None, []])
def test_quotas_say_what_they_are(value):
    with pytest.raises(TypeError, match=r"quotas=.*: give True, False, or a mapping of quotas to requests per second"):
        kmsmock.World(quotas=value)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "5", True])
def test_a_rate_is_a_number_above_zero(rate):
    with pytest.raises(TypeError, match="the quota CreateKey is a positive number of requests per second"):
        kmsmock.World(quotas={"CreateKey": rate})


@pytest.mark.parametrize("name", ["", "a b", "ü", "a\n", "a/b", "x" * 65, "\ud800"])
def test_users_and_roles_have_names_that_iam_takes(world, name):
    account = world.account(OWNER)
    for make in (account.user, account.role):
        with pytest.raises(ValueError, match=r"names of a (user|role) are 1 to 64 letters, digits"):
            make(name)


def test_an_empty_region_is_none(world):
    with pytest.raises(ValueError, match="there is no such AWS Region"):
        world.account(OWNER).client("kms", "")


PARTITIONS = {
    "eusc-de-east-1": "aws-eusc",
    "us-iso-east-1": "aws-iso",
    "us-isob-east-1": "aws-iso-b",
    "eu-isoe-west-1": "aws-iso-e",
    "us-isof-south-1": "aws-iso-f",
}


@newest_botocore
@pytest.mark.parametrize("region", PARTITIONS)
def test_arns_have_the_partition_of_their_region(region):
    with kmsmock.World(region_name=region) as made:
        account = made.account(OWNER)
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        role = account.role("app")
        sqs, sns = account.client("sqs"), account.client("sns")
        queue = sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        shown = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        arns = [
            key,
            account.root.arn,
            role.arn,
            role.client("sts").get_caller_identity()["Arn"],
            shown["QueueArn"],
            sns.create_topic(Name="topic")["TopicArn"],
            account.client("secretsmanager").create_secret(Name="db", SecretString="x", KmsKeyId=key)["ARN"],
        ]
        assert {each.split(":")[1] for each in arns} == {PARTITIONS[region]}
        assert "arn:aws:" not in str(made.events)
