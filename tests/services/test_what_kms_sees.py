"""What a service asks of KMS: which actions, by whom, on the way of which service, in which encryption context."""

from fnmatch import fnmatchcase

import pytest

from tests.support.claims import OWNER, allow, refused
from tests.support.ec2 import called, cmk, grants, kms_events
from tests.support.policies import root, use
from tests.support.service_cases import (
    AURORA,
    CLOUDTRAIL,
    DYNAMODB,
    ECR,
    KINESIS,
    LAMBDA,
    LOGS,
    RDS,
    S3,
    SECRETS_MANAGER,
    SERVICES,
    SNS,
    SQS,
)
from tests.support.service_lab import Lab, key_for

pytestmark = pytest.mark.evidence(
    "documented", "each service's guide on its use of KMS: actions, callers, encryption contexts"
)


class Steps:
    """What the steps of the life of a resource ask of KMS, by the caller alice; decisions by step, and all records."""

    def __init__(self, world, service):
        self.world = world
        self.alice = world.account(OWNER).user("alice", [allow("*")])
        self.lab = Lab(world, self.alice)
        self.key = key_for(self.lab, service)
        self.asked = {}
        with kms_events(world) as self.events:
            self.made = self.step("create", service.create, self.key)
            for name, step, rest in (("write", service.write, ("text",)), ("read", service.read, ())):
                if step:
                    self.step(name, step, self.made, *rest)

    def step(self, name, run, *arguments):
        before = len(self.world.decisions)
        made = run(self.lab, *arguments)
        decided = self.world.decisions[before:]
        self.asked[name] = [each for each in decided if each.action.startswith("kms:") and each.resource == self.key]
        return made

    def all(self):
        return [each for step in self.asked.values() for each in step]


def matches(action, patterns):
    return any(fnmatchcase(action, f"kms:{each}") for each in patterns)


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_each_step_asks_what_it_needs_and_no_more(aws_world, service):
    steps = Steps(aws_world, service)
    for name, needed in service.asks.items():
        asked = [each.action for each in steps.asked[name]]
        assert [each for each in needed if not any(matches(action, [each]) for action in asked)] == [], (name, asked)
        assert [action for action in asked if not matches(action, [*needed, *service.may_ask])] == [], name


@pytest.mark.parametrize("service", [each for each in SERVICES if each.principal is None], ids=str)
def test_the_caller_asks_through_the_service(aws_world, service):
    steps = Steps(aws_world, service)
    mine = [each for each in steps.all() if each.caller == steps.alice.arn]
    assert mine
    seen = [each.request.context for each in mine]
    assert {each.get("kms:viaservice") for each in seen} == {service.via}
    assert {str(each.get("aws:viaawsservice")).lower() for each in seen} == {"true"}
    assert {str(each.get("aws:principalisawsservice")).lower() for each in seen} == {"false"}
    for name, who in service.by.items():
        for each in steps.asked[name]:
            assert who is None or fnmatchcase(each.caller, who), (name, each.caller)


@pytest.mark.parametrize("service", [LOGS, CLOUDTRAIL], ids=str)
def test_a_service_that_asks_for_itself_does_so_as_its_principal(aws_world, service):
    """The caller needs no permission on the key, and KMS sees where the service works."""
    steps = Steps(aws_world, service)
    its = [each for each in steps.all() if each.caller == service.principal]
    assert its
    for each in its:
        seen = each.request.context
        assert seen.get("kms:viaservice") is None
        assert str(seen.get("aws:principalisawsservice")).lower() == "true"
        assert str(seen.get("aws:viaawsservice")).lower() == "false"


@pytest.mark.parametrize("service", [each for each in SERVICES if each.context], ids=str)
def test_the_encryption_context_names_what_is_encrypted(aws_world, service):
    steps = Steps(aws_world, service)
    expected = service.context(steps.lab, steps.made)
    seen = [
        event["requestParameters"]["encryptionContext"]
        for event in steps.events
        if {each["ARN"] for each in event["resources"]} == {steps.key}
        and "encryptionContext" in (event["requestParameters"] or {})
    ]
    for context in seen:
        assert set(context) == set(expected)
        for name, patterns in expected.items():
            assert any(fnmatchcase(context[name], pattern) for pattern in patterns), context
    assert seen or service in {RDS, AURORA}  # which need no more than a grant to be made


@pytest.mark.parametrize("service", [each for each in SERVICES if each.grants], ids=str)
def test_grants_are_constrained_to_the_resource(aws_world, service):
    steps = Steps(aws_world, service)
    context = service.grants(steps.lab, steps.made)
    found = grants(aws_world.account(OWNER), steps.key)
    assert found
    for each in found:
        ((_, constraint),) = each["Constraints"].items()
        assert constraint.items() >= context.items()
    assert all(each["IssuingAccount"] == root(OWNER) for each in found)


def test_who_gets_the_grants(aws_world):
    grantee = {each["GranteePrincipal"] for each in grants(aws_world.account(OWNER), Steps(aws_world, DYNAMODB).key)}
    assert grantee == {"dynamodb.us-east-1.amazonaws.com"}


def test_a_function_lets_its_role_in_by_a_grant_to_decrypt(aws_world):
    found = grants(aws_world.account(OWNER), Steps(aws_world, LAMBDA).key)
    assert {each["GranteePrincipal"] for each in found} == {f"arn:aws:iam::{OWNER}:role/function-role"}
    assert all("Decrypt" in each["Operations"] for each in found)


def test_a_repository_has_two_grants(aws_world):
    assert len(grants(aws_world.account(OWNER), Steps(aws_world, ECR).key)) == 2


# --- who may, and who may not ------------------------------------------------------------------------------------------------

BY_CALLERS = [SECRETS_MANAGER, SERVICES[1], SERVICES[2], SQS, SNS, KINESIS, S3]


@pytest.mark.parametrize("service", BY_CALLERS, ids=str)
def test_a_policy_that_demands_the_way_of_the_service_serves_it_alone(aws_world, service):
    """kms:ViaService of this service lets it in, and neither another service nor a direct call."""
    account = aws_world.account(OWNER)
    alice = account.user("alice", [allow("*")])
    via = {"StringEquals": {"kms:ViaService": service.via}}
    deny = use(
        "*",
        ["kms:GenerateDataKey*", "kms:Encrypt", "kms:Decrypt"],
        "Deny",
        Condition={"StringNotEquals": via["StringEquals"]},
    )
    key = cmk(account, statements=[deny])
    lab = Lab(aws_world, alice)
    made = service.create(lab, key)
    service.write(lab, made, "text")
    assert service.read(lab, made) == ["text"]
    with refused("AccessDeniedException"):
        alice.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    other = S3 if service is SQS else SQS
    with pytest.raises(Exception, match="explicit deny in a resource-based policy"):
        other.write(lab, other.create(lab, key), "text")


RECORDED = {SQS: "GenerateDataKey", SNS: "GenerateDataKey", KINESIS: "GenerateDataKey", SERVICES[1]: "Encrypt"}


@pytest.mark.parametrize(("service", "action"), RECORDED.items(), ids=str)
def test_the_trail_tells_the_key_the_context_and_on_whose_behalf(aws_world, service, action):
    steps = Steps(aws_world, service)
    expected = {name: patterns[0] for name, patterns in service.context(steps.lab, steps.made).items()}
    mine = [each for each in steps.events if each["eventName"] == action]
    assert called(mine, action)[-1]["encryptionContext"] == expected
    for event in mine:
        assert {each["ARN"] for each in event["resources"]} == {steps.key}
        assert event["userIdentity"]["arn"] == steps.alice.arn
        assert event["userIdentity"]["invokedBy"] == f"{service.label}.amazonaws.com"
