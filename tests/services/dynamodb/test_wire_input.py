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
        ({"M": {"a": {"N": 5}}}, "NUMBER_VALUE cannot be converted to String"),
        ({"L": [{"M": {"a": {"S": 1}}}]}, "NUMBER_VALUE cannot be converted to String"),
    ],
)
@pytest.mark.parametrize("operation", ["put_item", "get_item"])
def test_a_value_of_the_wrong_type_is_refused_before_anything_else(tables, operation, value, text):
    given = {"Item": {"id": value}} if operation == "put_item" else {"Key": {"id": value}}
    with refused("SerializationException", text):
        getattr(tables, operation)(TableName="table", **given)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "is empty"),
        ({"S": None}, "is empty"),
        ({"M": {"a": {"L": [{}]}}}, "is empty"),
        ({"S": "a", "N": "1"}, "has more than one datatypes set"),
        ({"L": [{"M": {"a": {"S": "a", "N": "1"}}}]}, "has more than one datatypes set"),
    ],
)
@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("put_item", lambda value: {"TableName": "table", "Item": {"id": {"S": "a"}, "other": value}}),
        ("get_item", lambda value: {"TableName": "table", "Key": {"id": value}}),
        ("batch_write_item", lambda value: {"RequestItems": {"table": [{"PutRequest": {"Item": {"id": value}}}]}}),
        (
            "transact_write_items",
            lambda value: {"TransactItems": [{"Put": {"TableName": "table", "Item": {"id": value}}}]},
        ),
    ],
)
def test_a_value_has_exactly_one_type(tables, operation, given, value, said):
    text = f"Supplied AttributeValue {said}, must contain exactly one of the supported datatypes"
    with refused("ValidationException", text):
        getattr(tables, operation)(**given(value))
