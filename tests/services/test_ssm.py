"""Secure parameters: what they are bound to, what is shown of them without KMS, and which version is under which key."""

import base64
import json

import pytest

from tests.support.claims import OWNER, refused
from tests.support.ec2 import kms_events
from tests.support.policies import lacking, make_key, use
from tests.support.services import actions, contexts, decided, person, refused_by_kms, refused_somehow

pytestmark = pytest.mark.evidence(
    "reported", 'public reports of InvalidKeyId and of denials; "How AWS Systems Manager Parameter Store uses AWS KMS"'
)

NAME = "/db/password"
ARN = f"arn:aws:ssm:us-east-1:{OWNER}:parameter{NAME}"


@pytest.fixture
def ssm(owner):
    return owner.client("ssm")


def put(ssm, value="hunter2", name=NAME, **options):
    ssm.put_parameter(Name=name, Value=value, **{"Type": "SecureString", "Overwrite": True, **options})


def get(ssm, name=NAME, decrypt=True):
    return ssm.get_parameter(Name=name, WithDecryption=decrypt)["Parameter"]["Value"]


@pytest.mark.parametrize(("name", "resource"), [("/db/password", "/db/password"), ("password", "/password")])
@pytest.mark.parametrize(("tier", "written"), [("Standard", "Encrypt"), ("Advanced", "GenerateDataKey")])
def test_a_value_is_bound_to_the_arn_of_its_parameter(aws_world, ssm, key, name, resource, tier, written):
    with kms_events(aws_world) as events:
        put(ssm, name=name, KeyId=key, Tier=tier)
        assert get(ssm, name) == "hunter2"
    context = {"PARAMETER_ARN": f"arn:aws:ssm:us-east-1:{OWNER}:parameter{resource}"}
    assert contexts(events, written) == contexts(events, "Decrypt") == [context]
    assert [each["eventName"] for each in events] == [written, "Decrypt"]


def test_a_standard_value_without_decryption_is_what_kms_made_of_it(aws_world, ssm, kms, key):
    put(ssm, KeyId=key)
    with decided(aws_world) as asked:
        blob = base64.b64decode(get(ssm, decrypt=False), validate=True)
    assert asked == []
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": ARN})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"hunter2", key)


def test_an_advanced_value_without_decryption_is_an_envelope(aws_world, ssm, kms, key):
    put(ssm, KeyId=key, Tier="Advanced")
    with decided(aws_world) as asked:
        blob = base64.b64decode(get(ssm, decrypt=False), validate=True)
    assert asked == []
    assert b"hunter2" not in blob
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": ARN})


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
def test_the_same_value_is_never_encrypted_to_the_same(ssm, key, tier):
    seen = set()
    for _ in range(2):
        put(ssm, KeyId=key, Tier=tier)
        seen.add(get(ssm, decrypt=False))
    assert len(seen) == 2


READS = {
    "GetParameters": lambda ssm: ssm.get_parameters(Names=[NAME, "/db/user"], WithDecryption=True)["Parameters"],
    "GetParametersByPath": lambda ssm: ssm.get_parameters_by_path(Path="/db", WithDecryption=True)["Parameters"],
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_every_value_of_a_batch_is_decrypted_by_itself(aws_world, ssm, kms, key, read):
    put(ssm, "hunter2", KeyId=key)
    put(ssm, "scott", "/db/user", KeyId=key)
    with decided(aws_world) as asked:
        assert {each["Name"]: each["Value"] for each in read(ssm)} == {NAME: "hunter2", "/db/user": "scott"}
    assert actions(asked) == ["kms:Decrypt"] * 2
    kms.disable_key(KeyId=key)
    with refused_by_kms("InvalidKeyId", f"{key} is disabled."):
        read(ssm)


def test_a_value_may_be_plain_secret_and_plain_again(aws_world, ssm, key):
    with decided(aws_world) as asked:
        put(ssm, "plain", Type="String")
        put(ssm, "hidden", KeyId=key)
        put(ssm, "plain again", Type="String")
        assert get(ssm) == "plain again"
    assert actions(asked) == ["kms:Encrypt"]
    history = ssm.get_parameter_history(Name=NAME, WithDecryption=True)["Parameters"]
    assert [(each["Type"], each["Value"]) for each in history] == [
        ("String", "plain"),
        ("SecureString", "hidden"),
        ("String", "plain again"),
    ]


def test_each_version_stays_under_the_key_that_it_was_written_with(ssm, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    put(ssm, "first", KeyId=key)
    put(ssm, "second", KeyId=second)
    kms.disable_key(KeyId=key)
    assert get(ssm) == "second"
    with refused_by_kms("InvalidKeyId", f"{key} is disabled."):
        get(ssm, f"{NAME}:1")
    with refused_by_kms("InvalidKeyId", f"{key} is disabled."):
        ssm.get_parameter_history(Name=NAME, WithDecryption=True)
    assert len(ssm.get_parameter_history(Name=NAME)["Parameters"]) == 2


def test_a_new_value_without_a_key_is_under_that_of_aws(aws_world, ssm, kms, key):
    put(ssm, "first", KeyId=key)
    with decided(aws_world) as asked:
        put(ssm, "second")
    assert [each.resource for each in asked] == [kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]["Arn"]]


def test_a_refused_value_makes_no_version(ssm, kms, key):
    put(ssm, "first", KeyId=key)
    kms.disable_key(KeyId=key)
    with refused_by_kms("InvalidKeyId", f"{key} is disabled."):
        put(ssm, "second", KeyId=key)
    assert [each["Version"] for each in ssm.get_parameter_history(Name=NAME)["Parameters"]] == [1]


def test_writing_needs_encrypt_and_reading_needs_decrypt(owner, ssm, key):
    writer, reader = person(owner, "kms:Encrypt", name="writer"), person(owner, "kms:Decrypt", name="reader")
    put(writer.client("ssm"), KeyId=key)
    assert get(reader.client("ssm")) == "hunter2"
    with refused_by_kms("AccessDeniedException", lacking(writer, "kms:Decrypt", key)):
        get(writer.client("ssm"))
    with refused_by_kms("AccessDeniedException", lacking(reader, "kms:Encrypt", key)):
        put(reader.client("ssm"), "new", KeyId=key)
    assert get(ssm) == "hunter2"


def test_an_advanced_value_is_written_with_a_data_key(owner, key):
    writer, encryptor = (
        person(owner, "kms:GenerateDataKey", name="writer"),
        person(owner, "kms:Encrypt", name="encryptor"),
    )
    put(writer.client("ssm"), KeyId=key, Tier="Advanced")
    with refused_by_kms("AccessDeniedException", lacking(encryptor, "kms:GenerateDataKey", key)):
        put(encryptor.client("ssm"), KeyId=key, Tier="Advanced")


def test_a_key_policy_may_open_one_parameter_alone(owner, kms):
    alice = person(owner)
    only = {"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": ARN}}
    key = make_key(kms, use(alice.arn, ["kms:Encrypt", "kms:Decrypt"], Condition=only))
    put(alice.client("ssm"), KeyId=key)
    assert get(alice.client("ssm")) == "hunter2"
    with refused_somehow("AccessDeniedException"):
        put(alice.client("ssm"), name="/db/user", KeyId=key)


def test_the_key_of_aws_serves_everybody_who_may_use_parameters(owner, ssm):
    put(ssm)
    assert get(person(owner).client("ssm")) == "hunter2"


def test_describing_and_deleting_ask_nothing(aws_world, ssm, kms, key):
    put(ssm, KeyId=key)
    kms.disable_key(KeyId=key)
    with decided(aws_world) as asked:
        (told,) = ssm.describe_parameters()["Parameters"]
        assert (told["Type"], told["KeyId"]) == ("SecureString", key)
        ssm.delete_parameter(Name=NAME)
    assert asked == []


def test_a_reference_to_a_secret_does_not_tell_why_kms_refused(owner, key):
    owner.client("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"a": 1}), KmsKeyId=key)
    name = "/aws/reference/secretsmanager/db"
    assert json.loads(get(person(owner, "kms:Decrypt", name="reader").client("ssm"), name)) == {"a": 1}
    with refused("ValidationException"):
        get(person(owner).client("ssm"), name)
