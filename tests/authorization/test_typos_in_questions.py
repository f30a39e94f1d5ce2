"""Questions with names that do not exist: an error that says what was meant, or a negative assertion passes by a typo."""

import pytest

import kmsmock
from kmsmock import simulate
from kmsmock.services import MODULES
from tests.support.claims import OWNER, allow, refused

ALICE = f"arn:aws:iam::{OWNER}:user/alice"


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("kms:Decript", "there is no action kms:Decript; did you mean kms:Decrypt"),
        ("kms:Foo", "there is no action kms:Foo"),
        ("s3:GetObjects", "there is no action s3:GetObjects; did you mean s3:GetObject"),
        ("s4:GetObject", "there is no service s4"),
        ("secretmanager:GetSecretValue", "did you mean secretsmanager"),
    ],
)
def test_actions_that_are_simulated_exist(action, message):
    with pytest.raises(ValueError, match=message):
        simulate(ALICE, action)


@pytest.mark.parametrize("action", ["kms:Decrypt", "KMS:decrypt", "s3:ListBucket", "iam:PassRole", "sts:TagSession"])
def test_actions_that_exist_are_simulated(action):
    assert not simulate(ALICE, action).allowed
    assert simulate(ALICE, action, identity_policies=allow("*")).allowed


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("kms:ViaServce", "there is no condition key kms:ViaServce; did you mean kms:ViaService"),
        ("aws:SourceIP4", "did you mean aws:SourceIp"),
        ("aws:PrincipleTag/team", "did you mean aws:PrincipalTag/team"),
        ("s3:prefixes", "did you mean s3:prefix"),
        ("ViaService", "a condition key looks like 'kms:ViaService'"),
    ],
)
def test_condition_keys_that_are_simulated_exist(key, message):
    with pytest.raises(ValueError, match=message):
        simulate(ALICE, "kms:Decrypt", context={key: "x"})


def test_condition_keys_that_exist_are_simulated():
    keys = ["kms:ViaService", "KMS:viaservice", "kms:EncryptionContext:app", "aws:PrincipalTag/team", "s3:prefix"]
    for key in [*keys, "saml:aud", "accounts.google.com:aud", "aws:CurrentTime"]:
        value = "2030-01-01T00:00:00Z" if key == "aws:CurrentTime" else "x"
        assert not simulate(ALICE, "kms:Decrypt", context={key: value}).allowed


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("aws:SourceIP4", "there is no condition key aws:SourceIP4; did you mean aws:SourceIp"),
        ("aws:PrincipleTag/team", "did you mean aws:PrincipalTag/team"),
        ("sourceip", "one looks like 'aws:SourceIp'"),
        ("aws:CurrentTime", "computed from the call"),
        ("s3:prefixes", "did you mean s3:prefix"),
    ],
)
def test_keys_of_a_request_context_exist(aws_world, owner, key, message):
    with pytest.raises(ValueError, match=message), aws_world.request_context(**{key: "x"}):
        pass
    with pytest.raises(ValueError, match=message):
        owner.root.session(context={key: "x"})


def test_principals_that_are_simulated_exist():
    with pytest.raises(ValueError, match=r"lamda\.amazonaws\.com; did you mean lambda\.amazonaws\.com"):
        simulate("lamda.amazonaws.com", "kms:Decrypt")
    assert not simulate("lambda.amazonaws.com", "kms:Decrypt").allowed


# --- events ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"name": "Decript"}, "name='Decript': there is no such event; did you mean 'Decrypt'"),
        ({"name": "decrypt"}, "did you mean 'Decrypt'"),
        ({"name": "GetObjects"}, "did you mean 'GetObject'"),
        ({"name": "CompletelyDifferent"}, "there is no such event"),
        ({"source": "kms"}, "did you mean 'kms.amazonaws.com'"),
        ({"source": "kmss.amazonaws.com"}, "did you mean 'kms.amazonaws.com'"),
        ({"via": "s3"}, "did you mean 's3.amazonaws.com'"),
        ({"region": "us-east1"}, "did you mean 'us-east-1'"),
        ({"account": "1111"}, "12 digits"),
        ({"account": 111111111111}, "12 digits"),
        ({"error": "AccessDeniedExeption"}, "did you mean 'AccessDeniedException'"),
    ],
)
def test_names_in_questions_to_the_trail_exist(aws_world, key, question, message):
    with pytest.raises(ValueError, match=message):
        aws_world.events.where(**question)


@pytest.mark.parametrize(
    "question",
    [
        {"name": "Decrypt"},
        {"name": "RotateKey"},
        {"name": "DeleteKey"},
        {"name": "SynchronizeMultiRegionKey"},
        {"name": "GetObject"},
        {"name": "RunInstances"},
        {"name": "SharedSnapshotVolumeCreated"},
        {"name": "StartQueryExecution"},  # of Athena, which nobody called
        {"source": "s3.amazonaws.com"},
        {"source": "monitoring.amazonaws.com"},
        {"via": "secretsmanager.amazonaws.com"},
        {"via": None},
        {"region": "eu-west-1"},
        {"account": OWNER},
        {"error": "AccessDenied"},
        {"error": "DisabledException"},
        {"error": "MyOwnCode"},
        {"error": None, "name": "Encrypt"},
    ],
)
def test_questions_about_what_could_have_happened_are_answered(aws_world, question):
    assert aws_world.events.where(**question) == []


def test_what_did_happen_is_never_questioned(aws_world, key):
    assert len(aws_world.events.where(name="CreateKey", source="kms.amazonaws.com", error=None)) == 1


# --- options --------------------------------------------------------------------------------------------------------


def test_services_and_operations_of_faults_exist(aws_world):
    for service, operation, message in (
        ("kmss", "Decrypt", "service='kmss': .*did you mean 'kms'"),
        ("kms", "Decript", "operation='Decript': .*did you mean 'Decrypt'"),
        ("kms", "decrypt", "did you mean 'Decrypt'"),
        ("secretmanager", "GetSecretValue", "did you mean 'secrets"),
    ):
        with pytest.raises(ValueError, match=message), aws_world.fault(service, operation, error="X"):
            pass


@pytest.mark.parametrize("service", ["secretsmanager", "secrets-manager"])
def test_a_fault_strikes_by_either_name_of_a_service(aws_world, owner, service):
    client = owner.client("secretsmanager")
    with (
        aws_world.fault(service, "ListSecrets", error="InternalServiceError"),
        refused("InternalServiceError", "", 500),
    ):
        client.list_secrets()
    with aws_world.fault(service, "*", error="InternalServiceError"), refused("InternalServiceError", "", 500):
        client.list_secrets()
    assert client.list_secrets()


@pytest.mark.parametrize("service", ["stepfunctions", "sfn"])
def test_a_fault_strikes_where_botocores_name_is_not_the_service_id(aws_world, owner, service):
    with aws_world.fault(service, "ListStateMachines", error="InternalError"), refused("InternalError", "", 500):
        owner.client("stepfunctions").list_state_machines()


def test_faults_of_a_service_that_only_moto_serves(aws_world, owner):
    with aws_world.fault("elbv2", "*", error="Throttling"), refused("Throttling"):
        owner.client("elbv2").describe_load_balancers()


@pytest.mark.parametrize("service", MODULES)
def test_every_integrated_service_can_fail_by_the_id_that_the_world_knows(aws_world, service):
    with aws_world.fault(service, "*", error="X") as fault:
        assert fault.service == service


def test_codes_of_faults_that_look_like_others_are_questioned(aws_world):
    with (
        pytest.raises(ValueError, match=r"error='ThrotlingException'.*did you mean 'ThrottlingException'"),
        aws_world.fault("kms", "Decrypt", error="ThrotlingException"),
    ):
        pass
    with aws_world.fault("kms", "Decrypt", error="SomethingElse"):
        pass


def test_quotas_and_delays_exist(aws_world):
    with pytest.raises(ValueError, match="'symetric'; did you mean 'symmetric'"):
        aws_world.quotas({"symetric": 1})
    with pytest.raises(ValueError, match="'CreateKeys'; did you mean 'CreateKey'"):
        kmsmock.World(quotas={"CreateKeys": 1})
    from datetime import timedelta

    with pytest.raises(ValueError, match=r"CopySnapshots.*did you mean 'CopySnapshot'"):
        kmsmock.World(delays={"CopySnapshots": timedelta(minutes=1)})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"enforce": "strikt"}, "did you mean 'strict'"),
        ({"enforce_iam": "modell"}, "did you mean 'model'"),
        ({"region_name": "us-east1"}, "did you mean 'us-east-1'"),
    ],
)
def test_options_of_a_world_exist(options, message):
    with pytest.raises(ValueError, match=message):
        kmsmock.World(**options)
