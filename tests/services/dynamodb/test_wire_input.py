"""Values of the wrong JSON type, in DynamoDB's own words.

Public reports ("SerializationException: NUMBER_VALUE cannot be converted to String", "Start of structure or map found where
not expected") and moto's tests (test_put_item_wrong_datatype, test_put_item__string_as_integer_value).
"""

import pytest
from botocore.config import Config

from tests.support.claims import refused

pytestmark = pytest.mark.evidence("reported", "public reports of SerializationException, and moto's tests")

UNCHECKED = Config(parameter_validation=False)


@pytest.fixture
def tables(owner):
    client = owner.client("dynamodb")
    client.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return owner.session().client("dynamodb", config=UNCHECKED)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"S": 123}, "NUMBER_VALUE cannot be converted to String"),
        ({"N": 5}, "NUMBER_VALUE cannot be converted to String"),
        ({"S": True}, "TRUE_VALUE cannot be converted to String"),
        ({"BOOL": "yes"}, "STRING_VALUE cannot be converted to Boolean"),
        ({"S": {"S": "text"}}, "Start of structure or map found where not expected"),
        ({"S": ["text"]}, "Start of list found where not expected"),
    ],
)
@pytest.mark.parametrize("operation", ["put_item", "get_item"])
def test_a_value_of_the_wrong_type_is_refused_before_anything_else(tables, operation, value, text):
    given = {"Item": {"id": value}} if operation == "put_item" else {"Key": {"id": value}}
    with refused("SerializationException", text):
        getattr(tables, operation)(TableName="table", **given)
