"""An exception out of moto is never the user's to decipher: AWS's error where the model knows the operation, else whose
fault it is."""

import pytest
from moto.secretsmanager.models import SecretsManagerBackend
from moto.sesv2.models import SESV2Backend

from kmsmock.errors import KmsMockError
from tests.support.claims import refused


def failing(error):
    def method(*args, **options):
        raise error

    return method


@pytest.mark.parametrize("error", [KeyError("Tags"), ValueError("x"), OSError("no docker")])
def test_a_fault_of_moto_where_nothing_is_modelled_names_the_operation_and_has_it_as_cause(owner, monkeypatch, error):
    monkeypatch.setattr(SESV2Backend, "list_email_identities", failing(error), raising=False)
    monkeypatch.setattr(SESV2Backend, "list_contact_lists", failing(error))
    with pytest.raises(
        KmsMockError, match=r"moto failed at sesv2 ListContactLists, which kmsmock leaves to it"
    ) as caught:
        owner.client("sesv2").list_contact_lists()
    assert caught.value.__cause__ is error
    assert type(error).__name__ in str(caught.value)


def test_what_moto_cannot_do_with_a_request_that_is_modelled_is_an_error_of_aws_that_says_whose_it_is(
    owner, monkeypatch
):
    owner.client("secretsmanager").create_secret(Name="one", SecretString="x")
    monkeypatch.setattr(SecretsManagerBackend, "describe_secret", failing(TypeError("no text")))
    with refused("ValidationException") as told:
        owner.client("secretsmanager").describe_secret(SecretId="one")
    assert told.response["Error"]["Message"].startswith(
        "The request could not be understood. (kmsmock: moto failed with TypeError: no text"
    )


def test_a_request_that_is_made_within_another_leaves_that_its_own_refusals(aws_world, owner, monkeypatch):
    """As a function, or a task of a state machine, makes one while it is run."""
    owner.client("secretsmanager").create_secret(Name="one", SecretString="x")
    nobody = owner.user("nobody")

    def ask_within(*_, **__):
        with refused("AccessDenied", status=403):
            nobody.client("s3").create_bucket(Bucket="bucket")
        raise TypeError("no text")

    monkeypatch.setattr(SecretsManagerBackend, "describe_secret", ask_within)
    with refused("ValidationException"):
        owner.client("secretsmanager").describe_secret(SecretId="one")
    assert [(each.operation, each.principal) for each in aws_world.refusals] == [
        ("CreateBucket", nobody.arn),
        ("DescribeSecret", owner.root.arn),
    ]


def test_a_value_of_the_request_that_moto_trips_over_is_said_to_be_invalid(owner):
    with refused("InvalidParameterValue", "Value (nowhere) for parameter SourceRegion is invalid."):
        owner.client("ec2").copy_image(SourceImageId="ami-12345678", SourceRegion="nowhere", Name="copy")
    assert owner.client("ec2").describe_images(Owners=["self"])["Images"] == []


def test_what_is_missing_on_the_machine_is_no_error_of_aws(owner, monkeypatch):
    monkeypatch.setattr(SecretsManagerBackend, "describe_secret", failing(OSError("no docker")))
    owner.client("secretsmanager").create_secret(Name="one", SecretString="x")
    with pytest.raises(KmsMockError, match="moto failed at secretsmanager DescribeSecret"):
        owner.client("secretsmanager").describe_secret(SecretId="one")


@pytest.mark.parametrize("error", [NotImplementedError("not here"), ImportError("pip install moto[all]")])
def test_what_moto_says_itself_stays_as_it_is(owner, monkeypatch, error):
    monkeypatch.setattr(SESV2Backend, "list_contact_lists", failing(error))
    with pytest.raises(type(error), match=str(error).replace("[", r"\[")) as caught:
        owner.client("sesv2").list_contact_lists()
    assert caught.value is error


def test_a_fault_of_ours_surfaces_as_itself(owner, monkeypatch):
    from kmsmock.services.secretsmanager import values

    monkeypatch.setitem(values.OPERATIONS, "DescribeSecret", failing(KeyError("ours")))
    with pytest.raises(KeyError, match="ours"):
        owner.client("secretsmanager").describe_secret(SecretId="one")


@pytest.mark.parametrize("library", [None, "/home/me/moto/.venv/lib/site-packages/words.py"])
def test_a_fault_of_ours_inside_of_moto_surfaces_as_itself(owner, monkeypatch, library):
    """What moto asks of KMS goes through our own code, which asks libraries; those may be anywhere."""
    from kmsmock.bridge import kms_backend

    assert kms_backend.__file__ is not None
    made = {"read": int}
    if library is not None:
        exec(compile("def read(text):\n    return int(text)\n", library, "exec"), made)
    exec(compile("def describe(*args, **options):\n    read('ours')\n", kms_backend.__file__, "exec"), made)
    monkeypatch.setattr(SecretsManagerBackend, "describe_secret", made["describe"])
    owner.client("secretsmanager").create_secret(Name="one", SecretString="x")
    with pytest.raises(ValueError, match="ours"):
        owner.client("secretsmanager").describe_secret(SecretId="one")
