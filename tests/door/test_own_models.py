"""Clients whose service model botocore does not have, or has otherwise: from AWS_DATA_PATH or a loader's search path.

Source: "Loaders" in botocore's reference (data_path, extra search paths); real suites ship models of their own.
"""

import json

import boto3
import botocore.session
import pytest
from botocore.config import Config

import kmsmock


def model_of(name, protocol="json", **metadata):
    """A model with one operation."""
    return {
        "version": "2.0",
        "metadata": {
            "apiVersion": "2020-01-01",
            "endpointPrefix": name,
            "protocol": protocol,
            "protocols": [protocol],
            "serviceFullName": name,
            "serviceId": name.title(),
            "signatureVersion": "v4",
            "jsonVersion": "1.1",
            "targetPrefix": name.title(),
            "uid": f"{name}-2020-01-01",
            **metadata,
        },
        "operations": {
            "GetThing": {
                "name": "GetThing",
                "http": {"method": "POST", "requestUri": "/"},
                "input": {"shape": "In", "locationName": "In"},
                "output": {"shape": "Out"},
            }
        },
        "shapes": {
            "In": {"type": "structure", "members": {"KmsKeyId": {"shape": "Text"}, "Name": {"shape": "Text"}}},
            "Out": {"type": "structure", "members": {"Name": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


@pytest.fixture
def session(tmp_path):
    """A session that also looks for models under a path of the suite."""

    def with_model(name, model, version="2020-01-01"):
        folder = tmp_path / name / version
        folder.mkdir(parents=True)
        (folder / "service-2.json").write_text(json.dumps(model))
        made = botocore.session.get_session()
        made.get_component("data_loader").search_paths.append(str(tmp_path))
        return boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1", botocore_session=made)

    return with_model


@pytest.mark.parametrize("protocol", ["json", "query", "rest-json", "rest-xml"])
def test_a_service_that_nobody_knows_is_not_answered(aws_world, session, protocol):
    """The request is refused like any that neither kmsmock nor moto serves; nothing else is raised."""
    things = session("things", model_of("things", protocol)).client("things")
    with pytest.raises(kmsmock.RealRequestRefused):
        things.get_thing(Name="a")


@pytest.mark.parametrize("protocol", ["json", "rest-json"])
def test_its_key_may_be_named(aws_world, session, protocol):
    """A parameter that looks like a key's is looked at as in any service that is not modelled, and nothing else is raised."""
    things = session("things", model_of("things", protocol)).client("things")
    with pytest.raises((kmsmock.RealRequestRefused, things.exceptions.ClientError)):
        things.get_thing(KmsKeyId="alias/absent")


def test_a_model_of_a_known_service_under_another_name(aws_world, session):
    """A copy of the model of KMS under a name of its own reaches the KMS of the world."""
    loader = botocore.session.get_session().get_component("data_loader")
    copied = session("mykms", loader.load_service_model("kms", "service-2")).client("mykms")
    made = copied.create_key()["KeyMetadata"]
    assert boto3.client("kms", "us-east-1").describe_key(KeyId=made["Arn"])["KeyMetadata"]["Arn"] == made["Arn"]


@pytest.mark.parametrize("service", ["s3", "sqs", "ec2", "secretsmanager"])
def test_models_of_other_known_services_under_other_names(aws_world, session, service):
    loader = botocore.session.get_session().get_component("data_loader")
    copied = session(f"my{service}", loader.load_service_model(service, "service-2")).client(f"my{service}")
    act = {"s3": "list_buckets", "sqs": "list_queues", "ec2": "describe_volumes", "secretsmanager": "list_secrets"}
    assert getattr(copied, act[service])()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_newer_model_of_a_known_service(aws_world, session):
    """A suite that ships the model of tomorrow can call what botocore's own model does not have."""
    loader = botocore.session.get_session().get_component("data_loader")
    newer = json.loads(json.dumps(loader.load_service_model("secretsmanager", "service-2")))
    newer["operations"]["GetThing"] = {"name": "GetThing", "http": {"method": "POST", "requestUri": "/"}}
    secrets = session("secretsmanager", newer, "2099-01-01").client("secretsmanager")
    secrets.create_secret(Name="a", SecretString="b")
    assert secrets.get_secret_value(SecretId="a")["SecretString"] == "b"
    with pytest.raises((kmsmock.RealRequestRefused, NotImplementedError, secrets.exceptions.ClientError)):
        secrets.get_thing()


@pytest.mark.parametrize("endpoint", ["https://caf-o.s3-ext.jc.rl.ac.uk", "https://storage.example.org"])
def test_endpoints_that_moto_was_told_of_are_not_taken_for_buckets(aws_world, monkeypatch, endpoint):
    """MOTO_S3_CUSTOM_ENDPOINTS: the first word of such a host is no bucket."""
    monkeypatch.setenv("MOTO_S3_CUSTOM_ENDPOINTS", endpoint)
    config = Config(s3={"addressing_style": "path"})
    s3 = boto3.client("s3", "us-east-1", endpoint_url=endpoint, config=config)
    s3.create_bucket(Bucket="mine")
    s3.put_object(Bucket="mine", Key="k", Body=b"body")
    assert s3.get_object(Bucket="mine", Key="k")["Body"].read() == b"body"
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["mine"]
