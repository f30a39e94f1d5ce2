"""APIs whose integration is another AWS service: the request reaches the world ("AWS" integrations, API Gateway)."""

import json

import pytest
import requests

from kmsmock.wire.refused import RealRequestRefused
from tests.support.claims import allow
from tests.support.functions import make_role
from tests.support.servers import serving

pytestmark = pytest.mark.evidence("documented", '"Set up REST API integrations" (API Gateway developer guide)')


@pytest.fixture
def url(owner):
    """Where an API puts what is posted as an item into a table."""
    role = make_role(owner, "api-role", "apigateway.amazonaws.com")
    owner.client("iam").put_role_policy(RoleName="api-role", PolicyName="all", PolicyDocument=json.dumps(allow("*")))
    apis = owner.client("apigateway", "us-east-1")
    api = apis.create_rest_api(name="api")["id"]
    resource = apis.get_resources(restApiId=api)["items"][0]["id"]
    named = {"restApiId": api, "resourceId": resource, "httpMethod": "POST"}
    apis.put_method(**named, authorizationType="NONE")
    apis.put_integration(
        **named,
        type="AWS",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
        credentials=role,
    )
    apis.create_deployment(restApiId=api, stageName="live")
    return f"https://{api}.execute-api.us-east-1.amazonaws.com/live"


@pytest.fixture
def passing_on(owner):
    """Makes an API that asks somebody's server with a method; where it is to be asked."""

    def make(uri, method="GET"):
        apis = owner.client("apigateway", "us-east-1")
        api = apis.create_rest_api(name="api")["id"]
        resource = apis.get_resources(restApiId=api)["items"][0]["id"]
        named = {"restApiId": api, "resourceId": resource, "httpMethod": method}
        apis.put_method(**named, authorizationType="NONE")
        apis.put_integration(**named, type="HTTP", integrationHttpMethod=method, uri=uri)
        apis.create_deployment(restApiId=api, stageName="live")
        return f"https://{api}.execute-api.us-east-1.amazonaws.com/live"

    return make


METHODS = ["DELETE", "GET", "POST", "PUT"]


@pytest.mark.parametrize("method", METHODS)
def test_an_integration_over_http_does_not_leave_the_process(passing_on, method):
    """INTEGRATION_FAILURE is 504 ("Gateway response types"): moto asks the server in earnest."""
    url = passing_on("https://server.example.com/x?token=t", method)
    with pytest.warns(UserWarning, match=r"nothing is delivered to 'https://server.example.com/x': no request leaves"):
        answer = requests.request(method, url, timeout=60)
    assert (answer.status_code, answer.json()) == (504, {"message": "Network error communicating with endpoint"})


@pytest.mark.parametrize("method", METHODS)
def test_an_integration_over_http_reaches_the_tests_own_server(passing_on, method):
    with serving(201, b"hello") as server:
        answer = requests.request(method, passing_on(server.url, method), timeout=60)
    assert (answer.status_code, answer.text) == (201, "hello")
    assert [(asked, path) for asked, path, _ in server.seen] == [(method, "/")]


def make_table(owner, key):
    owner.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )


def test_an_item_is_put_in_the_name_of_the_role_of_the_integration(aws_world, owner, key, url):
    make_table(owner, key)
    answer = requests.post(url, json={"TableName": "table", "Item": {"id": {"S": "one"}}}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert owner.client("dynamodb").get_item(TableName="table", Key={"id": {"S": "one"}})["Item"]
    callers = [each.caller for each in aws_world.decisions if each.action == "kms:Decrypt"]
    assert callers[0].startswith(f"arn:aws:sts::{owner.id}:assumed-role/api-role/")


def test_what_the_key_refuses_is_passed_on(owner, kms, key, url):
    make_table(owner, key)
    kms.disable_key(KeyId=key)
    answer = requests.post(url, json={"TableName": "table", "Item": {"id": {"S": "one"}}}, timeout=60)
    assert answer.status_code == 400
    assert "is disabled" in answer.text


def test_a_stage_that_was_not_deployed_is_forbidden(url):
    answer = requests.post(url.replace("/live", "/prod"), json={}, timeout=60)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})
    assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"


@pytest.mark.parametrize(("method", "more"), [("POST", "/unknown"), ("GET", "")])
def test_a_resource_or_a_method_that_was_not_deployed_wants_a_token(url, method, more):
    answer = requests.request(method, url + more, timeout=60)
    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})
    assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_an_api_that_the_world_does_not_have_is_refused_as_what_nobody_serves(url):
    with pytest.raises(RealRequestRefused):
        requests.get("https://abcdefghij.execute-api.us-east-1.amazonaws.com/live", timeout=60)
