"""Every service under every kind of key, right and wrong; and what becomes of it when its key goes bad later."""

import pytest

from tests.support.ec2 import kms_of
from tests.support.refusals import BY_ALIAS, CASES, DELETED, DISABLED, MANAGED, PENDING, refused_as
from tests.support.service_cases import CREATION, SERVICES, SOMETIME, USE
from tests.support.service_lab import ALIAS, Lab, ask, key_for, restored, spoiled

pytestmark = pytest.mark.evidence(
    "documented", "the guide of each service on its use of KMS, as its own tests name them"
)


def used(lab, service, made):
    """What was made takes a text and gives it back, as far as the service can."""
    if service.write:
        service.write(lab, made, "first")
    if service.read:
        assert service.read(lab, made) == ["first"]


MATRIX = [
    pytest.param(service, case, id=f"{service}: {case}")
    for service in SERVICES
    for case in CASES
    if case not in service.silent
]


@pytest.mark.parametrize(("service", "case"), MATRIX)
def test_a_key_serves_or_is_refused_as_the_service_refuses_it(aws_world, service, case):
    lab = Lab(aws_world)
    asked, key = ask(lab, service, case)
    refusal = service.refusals.get(case)
    if refusal is None:
        used(lab, service, service.create(lab, asked))
    elif service.when == CREATION:
        with refused_as(refusal, case, key):
            service.create(lab, asked)
        assert service.count(lab) == 0
    elif service.when == USE:
        made = service.create(lab, asked)
        with refused_as(refusal, case, key):
            service.write(lab, made, "first")
        assert service.count(lab, made) == 0
    else:
        assert service.when == SOMETIME
        with refused_as(refusal, case, key):
            service.write(lab, service.create(lab, asked), "first")


@pytest.mark.parametrize("service", [each for each in SERVICES if each.managed], ids=str)
def test_without_a_key_the_account_has_one_that_aws_manages(aws_world, service):
    lab = Lab(aws_world)
    used(lab, service, service.create(lab, None))
    told = kms_of(lab.mine).describe_key(KeyId=service.managed)["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    asked = {
        each.resource for each in aws_world.decisions if (each.request.context.get("kms:viaservice") == service.via)
    }
    assert asked == {told["Arn"]}


STATES = [DISABLED, PENDING, DELETED]
LATER = [
    pytest.param(service, state, id=f"{service}: {state}")
    for service in SERVICES
    for state in STATES
    if state in service.write_refusals or state in service.lost
]


@pytest.mark.parametrize(("service", "state"), LATER)
def test_what_was_made_is_lost_with_its_key_and_refused_writes_leave_nothing(aws_world, service, state):
    lab = Lab(aws_world)
    key = key_for(lab, service)
    made = service.create(lab, key)
    if service.read:
        used(lab, service, made)
    spoiled(lab, key, state)
    if state in service.write_refusals:
        with refused_as(service.write_refusals[state], state, key):
            service.write(lab, made, "second")
    if state in service.read_refusals:
        with refused_as(service.read_refusals[state], state, key):
            service.read(lab, made)
    if service.status:
        assert service.status(lab, made) in service.lost[state]
    if service.read and state != DELETED:
        restored(lab, key, state)
        assert service.read(lab, made) == ["first"]


@pytest.mark.parametrize(
    "service", [each for each in SERVICES if BY_ALIAS not in (*each.refusals, *each.silent)], ids=str
)
def test_the_name_of_a_deleted_key_finds_nothing(aws_world, service):
    """KMS deletes the aliases of a key along with it."""
    lab = Lab(aws_world)
    asked, key = ask(lab, service, BY_ALIAS)
    spoiled(lab, key, DELETED)
    with refused_as(service.refusals[DELETED], None, key):
        made = service.create(lab, asked)
        if service.when != CREATION:
            service.write(lab, made, "first")


def test_every_case_is_decided_for_every_service():
    for service in SERVICES:
        assert not set(service.refusals) & {MANAGED}
        assert set(service.refusals) | service.silent <= set(CASES), service
    assert ALIAS.startswith("alias/")
