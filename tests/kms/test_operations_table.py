"""The operation table against botocore's model, and the key states against an independent table."""

import re

import pytest

from kmsmock.errors import AwsError
from kmsmock.kms import states, validation
from kmsmock.kms.operations import OPERATIONS
from kmsmock.wire import models
from tests.support.floors import newest_botocore

pytestmark = pytest.mark.evidence(
    "documented",
    '"Key states of AWS KMS keys" (developer guide) and botocore\'s model; where recordings differ they win',
)

MODEL = models.service_model("kms")

# Where the recorded facts and botocore's text differ: {operation: why}
CROSS_ACCOUNT_EXCEPTIONS = {}


@newest_botocore
def test_every_operation_of_botocore_is_in_the_table_and_no_other():
    assert set(OPERATIONS) == set(MODEL.operation_names)


@newest_botocore
def test_every_parameter_of_botocores_model_is_known_and_no_other():
    shapes = [MODEL.operation_model(name).input_shape for name in OPERATIONS]
    assert {member for shape in shapes if shape is not None for member in shape.members} == validation.KNOWN


def test_a_parameter_that_is_not_modelled_is_refused_by_its_name():
    with pytest.raises(NotImplementedError, match="does not model the parameter Purpose of kms DescribeKey"):
        validation.check("DescribeKey", {"KeyId": "key", "Purpose": "audit"})


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_cross_account_use_agrees_with_botocores_text(name):
    text = re.sub(r"<[^>]+>", "", MODEL.operation_model(name).documentation)
    said = re.search(r"Cross-account use\s*:\s*(\w+)", text)
    if said is None or said[1] not in ("Yes", "No"):
        assert OPERATIONS[name].cross_account is False
    else:
        assert OPERATIONS[name].cross_account is (said[1] == "Yes")


STATES = (
    "Enabled", "Disabled", "PendingDeletion", "PendingImport", "Unavailable", "Creating", "Updating",
)  # fmt: skip

# From "Key states of AWS KMS keys", corrected by recordings; entered apart from the product. "na" cannot occur.
TABLE = """
CancelKeyDeletion npd npd ok npd npd npd npd
CreateAlias ok ok pd ok ok ok ok
CreateGrant ok dis pd pi ok cre ok
Decrypt ok dis pd pi una cre ok
DeleteAlias ok ok ok ok ok ok ok
DeleteImportedKeyMaterial ok ok ok ok na cre upd
DeriveSharedSecret ok dis pd pi na cre ok
DescribeKey ok ok ok ok ok ok ok
DisableKey ok ok pd pi ok cre upd
DisableKeyRotation ok dis pd ext cks cre ok
EnableKey ok ok pd pi ok cre upd
EnableKeyRotation ok dis pd ext cks cre ok
Encrypt ok dis pd pi una cre ok
GenerateDataKey ok dis pd pi una cre ok
GenerateDataKeyPair ok dis pd pi cks cre ok
GenerateDataKeyPairWithoutPlaintext ok dis pd pi cks cre ok
GenerateDataKeyWithoutPlaintext ok dis pd pi una cre ok
GenerateMac ok dis pd pi na cre ok
GetKeyLastUsage ok ok ok ok ok ok ok
GetKeyPolicy ok ok ok ok ok ok ok
GetKeyRotationStatus ok ok ok ok cks ok ok
GetParametersForImport ok ok pd ok cks cre upd
GetPublicKey ok ok pd pi na cre ok
ImportKeyMaterial ok ok pd ok cks cre ok
ListGrants ok ok ok ok ok ok ok
ListKeyPolicies ok ok ok ok ok ok ok
ListKeyRotations ok ok ok ok cks ok ok
ListResourceTags ok ok ok ok ok ok ok
PutKeyPolicy ok ok ok ok ok ok ok
ReEncrypt ok dis pd pi una cre ok
ReplicateKey ok dis pd pi na cre upd
RetireGrant ok ok ok ok ok ok ok
RevokeGrant ok ok ok ok ok ok ok
RotateKeyOnDemand ok dis pd pi cks cre ok
ScheduleKeyDeletion ok ok pd ok ok ok upd
Sign ok dis pd pi na cre ok
TagResource ok ok pd ok ok ok ok
UntagResource ok ok pd ok ok ok ok
UpdateKeyDescription ok ok pd ok ok ok ok
UpdatePrimaryRegion ok dis pd pi na cre ok
Verify ok dis pd pi na cre ok
VerifyMac ok dis pd pi na cre ok
"""

OUTCOMES = {
    "dis": ("DisabledException", "ARN is disabled."),
    "pd": ("KMSInvalidStateException", "ARN is pending deletion."),
    "npd": ("KMSInvalidStateException", "ARN is not pending deletion."),
    "pi": ("KMSInvalidStateException", "ARN is pending import."),
    "una": ("KMSInvalidStateException", "ARN is unavailable."),
    "cre": ("KMSInvalidStateException", "ARN is creating."),
    "upd": ("KMSInvalidStateException", "ARN is updating."),
    "ext": ("UnsupportedOperationException", "ARN origin is EXTERNAL which is not valid for this operation."),
}

CELLS = [
    (operation, state, outcome)
    for operation, *outcomes in (line.split() for line in TABLE.strip().splitlines())
    for state, outcome in zip(STATES, outcomes, strict=True)
    if outcome not in ("na", "cks")  # keys in key stores never get so far: their kind is refused first
]


class FakeKey:
    arn = "ARN"

    def __init__(self, state):
        self.state = state
        self.origin = {"PendingImport": "EXTERNAL", "Unavailable": "AWS_CLOUDHSM"}.get(state, "AWS_KMS")


@pytest.mark.parametrize(("operation", "state", "outcome"), CELLS)
def test_each_operation_accepts_and_refuses_the_states_that_aws_does(operation, state, outcome):
    if outcome == "ok":
        states.check(OPERATIONS[operation].states, FakeKey(state))
        return
    with pytest.raises(AwsError) as caught:
        states.check(OPERATIONS[operation].states, FakeKey(state))
    assert (caught.value.code, caught.value.message) == OUTCOMES[outcome]


@pytest.mark.parametrize("operation", sorted({cell[0] for cell in CELLS}))
def test_pending_replica_deletion_is_treated_as_pending_deletion(operation):
    refuses = {state: state in OPERATIONS[operation].states for state in ("PendingDeletion", "PendingReplicaDeletion")}
    assert len(set(refuses.values())) == 1
