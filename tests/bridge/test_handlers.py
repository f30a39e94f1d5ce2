"""moto's methods are looked for once, and nothing of moto's is made that nobody asked for."""

import re

import boto3
import pytest
from moto import mock_aws
from moto.backend_index import backend_url_patterns
from moto.backends import get_backend
from moto.core.base_backend import BackendDict

import kmsmock
from kmsmock.bridge import handlers

SERVICES = ("cloudformation", "dynamodb", "ec2", "iam", "kinesis", "logs", "rds", "secretsmanager", "sns", "sqs", "ssm")


def motos(url):
    """As moto finds it."""
    for service, pattern in backend_url_patterns:
        if pattern.match(url):
            made = get_backend(service)["123456789012"]
            backend = made["us-east-1" if "us-east-1" in made else "aws"]
            for path, method in backend.urls.items():
                if re.match(path, url):
                    return method
    return None


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1"])
def test_what_is_found_is_what_moto_finds(aws_world, service, region):
    url = f"{boto3.client(service, region).meta.endpoint_url}/"
    found = handlers.find(url)
    assert (found.__func__, found.__self__) == (motos(url).__func__, motos(url).__self__)


@pytest.mark.parametrize(
    "url",
    [
        "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions",
        "https://ec2.us-iso-east-1.c2s.ic.gov/",
        "https://nothing-of-moto.us-east-1.amazonaws.com/",
        "http://localhost:4566/",
    ],
)
def test_elsewhere_moto_looks_itself(aws_world, url):
    assert handlers.find(url) is None


def test_only_who_asks_gets_a_backend(aws_world):
    aws_world.account("111111111111").client("ec2", "eu-west-1").describe_volumes()
    (made,) = (each for each in BackendDict._instances if each.service_name == "ec2")
    assert {account: list(regions) for account, regions in made.items()} == {"111111111111": ["eu-west-1"]}


def test_a_whitelist_of_moto_counts_as_ever():
    with mock_aws(config={"core": {"service_whitelist": ["kms"]}}), kmsmock.World():
        assert handlers.find("https://ec2.us-east-1.amazonaws.com/") is None
