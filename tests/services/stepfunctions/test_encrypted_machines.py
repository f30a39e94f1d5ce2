"""State machines under a key: who may read their definitions ("Data at rest encryption in AWS Step Functions").

"If you set includedData = METADATA_ONLY, no permission for the key is needed" (DescribeStateMachine, API reference).
"""

import json

import pytest

from tests.support.claims import OWNER, refused
from tests.support.functions import lacking, make_role, person

pytestmark = pytest.mark.evidence(
    "documented", '"Data at rest encryption in AWS Step Functions", DescribeStateMachine (API reference)'
)

ARN = f"arn:aws:states:us-east-1:{OWNER}:stateMachine:machine"
DEFINITION = json.dumps({"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})


def under(key):
    return {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key}}


def make(client, role, **options):
    return client.create_state_machine(name="machine", roleArn=role, definition=DEFINITION, **options)


@pytest.fixture
def role(owner):
    return make_role(owner, "state-machine-role", "states.amazonaws.com")


@pytest.fixture
def execution(owner, role, key):
    """The ARN of an execution of a state machine under a key."""
    machines = owner.client("stepfunctions")
    make(machines, role, **under(key))
    return machines.start_execution(stateMachineArn=ARN, name="one", input="{}")["executionArn"]


READS = {
    "DescribeStateMachine": lambda client, execution, **more: client.describe_state_machine(
        stateMachineArn=ARN, **more
    ),
    "DescribeStateMachineForExecution": lambda client, execution, **more: client.describe_state_machine_for_execution(
        executionArn=execution, **more
    ),
    "DescribeExecution": lambda client, execution, **more: client.describe_execution(executionArn=execution, **more),
    "GetExecutionHistory": lambda client, execution: client.get_execution_history(executionArn=execution),
}


@pytest.mark.parametrize("operation", READS)
def test_who_may_not_decrypt_reads_nothing_of_a_state_machine(owner, key, execution, operation):
    alice = person(owner)
    with refused("KmsAccessDeniedException", lacking(alice, "kms:Decrypt", key)):
        READS[operation](alice.client("stepfunctions"), execution)
    reader = person(owner, "kms:Decrypt", name="reader")
    assert READS[operation](reader.client("stepfunctions"), execution)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("operation", READS)
def test_a_key_that_cannot_be_used_closes_a_state_machine(owner, kms, key, execution, operation):
    kms.disable_key(KeyId=key)
    with refused("KmsInvalidStateException", f"{key} is disabled."):
        READS[operation](owner.client("stepfunctions"), execution)


@pytest.mark.parametrize("operation", list(READS)[:3])
def test_metadata_needs_no_permission(owner, kms, key, execution, operation):
    kms.disable_key(KeyId=key)
    client = person(owner).client("stepfunctions")
    shown = READS[operation](client, execution, includedData="METADATA_ONLY")
    assert not shown.keys() & {"definition", "input", "output"}
    assert shown.get("name")


@pytest.mark.parametrize("lacks", ["kms:GenerateDataKey", "kms:Decrypt"])
def test_making_one_needs_a_data_key_and_its_trial(owner, key, role, lacks):
    maker = person(owner, *({"kms:GenerateDataKey", "kms:Decrypt"} - {lacks}))
    with refused("KmsAccessDeniedException", lacking(maker, lacks, key)):
        make(maker.client("stepfunctions"), role, **under(key))
    assert owner.client("stepfunctions").list_state_machines()["stateMachines"] == []


def test_a_policy_can_demand_the_state_machine_in_the_encryption_context(owner, key, role):
    for name, allowed in (("machine", True), ("another", False)):
        condition = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": f"{ARN[:-7]}{name}"}}
        statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": condition}
        everything = {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}
        maker = owner.user(name, [{"Version": "2012-10-17", "Statement": [everything, statement]}])
        if allowed:
            make(maker.client("stepfunctions"), role, **under(key))
            owner.client("stepfunctions").delete_state_machine(stateMachineArn=ARN)
        else:
            with refused("KmsAccessDeniedException"):
                make(maker.client("stepfunctions"), role, **under(key))


def test_a_state_machine_without_a_key_asks_for_none(aws_world, owner, role):
    machines = person(owner).client("stepfunctions")
    before = len(aws_world.decisions)
    make(machines, role)
    assert machines.describe_state_machine(stateMachineArn=ARN)["definition"] == DEFINITION
    assert [each for each in aws_world.decisions[before:] if each.action.startswith("kms:")] == []


def test_another_key_and_back_to_that_of_aws(owner, kms, key, role):
    machines = owner.client("stepfunctions")
    make(machines, role, **under(key))
    second = kms.create_key()["KeyMetadata"]["Arn"]
    machines.update_state_machine(stateMachineArn=ARN, **under(second))
    kms.disable_key(KeyId=key)
    assert machines.describe_state_machine(stateMachineArn=ARN)["definition"] == DEFINITION
    machines.update_state_machine(stateMachineArn=ARN, encryptionConfiguration={"type": "AWS_OWNED_KEY"})
    kms.disable_key(KeyId=second)
    assert machines.describe_state_machine(stateMachineArn=ARN)["definition"] == DEFINITION


def test_the_name_of_a_deleted_state_machine_starts_anew(owner, kms, key, role):
    machines = owner.client("stepfunctions")
    make(machines, role, **under(key))
    machines.delete_state_machine(stateMachineArn=ARN)
    kms.disable_key(KeyId=key)
    make(machines, role)
    assert machines.describe_state_machine(stateMachineArn=ARN)["definition"] == DEFINITION


@pytest.mark.parametrize("lost", ["disable_key", "schedule_key_deletion"])
def test_a_key_that_cannot_be_used_is_a_wrong_configuration(owner, kms, key, role, lost):
    # InvalidEncryptionConfiguration, API reference: "the KMS key is not symmetric or inactive"
    getattr(kms, lost)(KeyId=key)
    with refused("InvalidEncryptionConfiguration"):
        make(owner.client("stepfunctions"), role, **under(key))


def test_a_configuration_without_its_key_is_wrong(owner, role):
    without = {"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY"}}
    with refused("InvalidEncryptionConfiguration"):
        make(owner.client("stepfunctions"), role, **without)
