import boto3
import pytest


@pytest.fixture
def address(aws_world):
    with aws_world.endpoint() as url:
        yield url


@pytest.fixture
def client(address):
    """A client that names the address itself, with credentials that nobody issued or those of a principal."""

    def make(service, principal=None, **options):
        key, secret, token = ("testing", "testing", None) if principal is None else principal.credentials
        given = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
        return boto3.client(service, **{"endpoint_url": address, "region_name": "us-east-1", **given, **options})

    return make
