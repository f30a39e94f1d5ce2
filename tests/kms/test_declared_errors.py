"""Every error that botocore's model declares for an operation is provoked here, or cannot occur in a mock."""

from datetime import timedelta

import boto3
import pytest
from botocore.config import Config

from kmsmock.wire.models import service_model
from tests.support.claims import OWNER, refused
from tests.support.declared_errors import HOME, PROVOKED, Scene

pytestmark = pytest.mark.evidence("documented", "the errors that botocore's model of KMS declares for each operation")

MODEL = service_model("kms")
PAIRS = [
    (operation, shape.metadata.get("error", {}).get("code", shape.name))
    for operation in MODEL.operation_names
    for shape in MODEL.operation_model(operation).error_shapes
]

NO_FAILURES = "a failure of AWS itself"
NO_CLUSTER = "no cluster is behind a CloudHSM key store; what a test breaks there shows as ConnectionErrorCode"
NO_PROXY = "no proxy is behind an external key store; what a test breaks there shows as ConnectionErrorCode"
ANY_STATE = "the developer guide's table of key states lets the operation work in every state"

CANNOT_OCCUR = {
    "DependencyTimeoutException": NO_FAILURES,
    "KMSInternalException": NO_FAILURES,
    "KeyUnavailableException": NO_FAILURES,
    "CloudHsmClusterInvalidConfigurationException": NO_CLUSTER,
    "CloudHsmClusterNotActiveException": NO_CLUSTER,
    "CloudHsmClusterNotFoundException": NO_CLUSTER,
    "IncorrectTrustAnchorException": NO_CLUSTER,
    "XksKeyInvalidConfigurationException": NO_PROXY,
    "XksKeyNotFoundException": NO_PROXY,
    "XksProxyIncorrectAuthenticationCredentialException": NO_PROXY,
    "XksProxyInvalidConfigurationException": NO_PROXY,
    "XksProxyInvalidResponseException": NO_PROXY,
    "XksProxyUriUnreachableException": NO_PROXY,
    "XksProxyVpcEndpointServiceInvalidConfigurationException": NO_PROXY,
    "XksProxyVpcEndpointServiceNotFoundException": NO_PROXY,
    ("DeleteAlias", "KMSInvalidStateException"): ANY_STATE,
    ("GetKeyPolicy", "KMSInvalidStateException"): ANY_STATE,
    ("GetKeyRotationStatus", "KMSInvalidStateException"): ANY_STATE,
    ("ListGrants", "KMSInvalidStateException"): ANY_STATE,
    ("ListKeyPolicies", "KMSInvalidStateException"): ANY_STATE,
    ("ListKeyRotations", "KMSInvalidStateException"): ANY_STATE,
    ("PutKeyPolicy", "KMSInvalidStateException"): ANY_STATE,
    ("RetireGrant", "KMSInvalidStateException"): ANY_STATE,
    ("RevokeGrant", "KMSInvalidStateException"): ANY_STATE,
    ("CreateKey", "InvalidArnException"): "an ARN in a key policy that is not valid is MalformedPolicyDocument",
    ("EnableKey", "LimitExceededException"): "disabled keys count to the quota of keys: enabling one adds none",
    ("GetPublicKey", "DisabledException"): "recorded: a disabled key shows its public key",
    ("GetPublicKey", "InvalidKeyUsageException"): "every usage of an asymmetric key has a public key",
    ("TagResource", "LimitExceededException"): "the 51st tag is a TagException",
}
"""What is not provoked, and why not: by code, or by operation and code."""

TABLES = {"PROVOKED": PROVOKED, "CANNOT_OCCUR": CANNOT_OCCUR}


def rows_of(pair):
    """The rows that a pair stands in. One for the pair itself goes before one for its code."""
    own, general = ([(title, name) for title, table in TABLES.items() if name in table] for name in (pair, pair[1]))
    return own or general


PROVOKED_PAIRS = [pair for pair in PAIRS if [title for title, _ in rows_of(pair)] == ["PROVOKED"]]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_each_declared_error_is_provoked_or_cannot_occur(pair):
    assert len(rows_of(pair)) == 1


def test_each_row_is_about_something_that_the_model_declares():
    rows = {(title, name) for title, table in TABLES.items() for name in table}
    assert rows == {row for pair in PAIRS for row in rows_of(pair)}


@pytest.fixture(scope="module")
def kms():
    """One client for all worlds: it belongs to whichever is active. botocore would retry LimitExceededException."""
    once = Config(retries={"total_max_attempts": 1})
    return boto3.Session("testing", "testing", region_name=HOME).client("kms", config=once)


@pytest.mark.kmsmock(account_id=OWNER, delays={"ReplicateKey": timedelta(minutes=1)})
@pytest.mark.parametrize(("operation", "code"), PROVOKED_PAIRS, ids=map("-".join, PROVOKED_PAIRS))
def test_the_error_is_what_aws_answers(aws_world, kms, operation, code):
    ((_, row),) = rows_of((operation, code))
    scene = Scene(aws_world, kms)
    text, params = PROVOKED[row](scene, operation)
    with refused(code, text):
        scene.call(operation, params)
