"""The key states that each operation refuses, without a call: ``test_state_walk`` makes the calls, which takes longer."""

from types import SimpleNamespace

import pytest

from kmsmock.errors import AwsError
from kmsmock.kms import states
from kmsmock.kms.operations import OPERATIONS
from tests.support import state_facts as facts

ARN = "arn:aws:kms:us-east-1:111111111111:key/k"
STATES = (
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingReplicaDeletion",
    "PendingImport",
    "Unavailable",
    "Creating",
    "Updating",
)


def refusal(operation, state):
    """Code and message of what the rule of an operation says to a key in a state."""
    try:
        states.check(OPERATIONS[operation].states, SimpleNamespace(arn=ARN, state=state))
    except AwsError as error:
        return error.code, error.message
    return None


@pytest.mark.parametrize("operation", [each for each in facts.OPERATIONS if "UpdateAlias" not in each])
def test_an_operation_refuses_the_states_that_the_guide_names(operation):
    """ "Key states of AWS KMS keys" in the developer guide, without what is refused for the kind of the key."""
    for state in STATES:
        wanted = facts.by_state(operation, state)
        if wanted == facts.KIND_REFUSES:
            continue
        if wanted is not None:
            code, message = wanted
            wanted = (code, message.replace("ARN", ARN).format(kind=facts.Kind(origin="EXTERNAL")))
        assert refusal(operation.partition("/")[0], state) == wanted, state
