"""Changes of a table's encryption, as recorded in October 2026 (ack-api-quirks, findings DDB-TABLE-018, 079, 081, 082, 140,
141): what UpdateTable answers, what it refuses, and how many changes a table takes in a day.
"""

import re

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence("recorded", "ack-api-quirks, October 2026: DDB-TABLE-018, 079, 081, 082, 140, 141")

TABLE = {
    "TableName": "table",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
INVALID = "One or more parameter values were invalid: "
BY_DEFAULT = INVALID + "Table is already encrypted by default"
WITH_THE_KEY = (
    INVALID
    + "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change "
    "Master Key"
)
OWN, MANAGED = {"Enabled": False}, {"Enabled": True}


def under(key_id):
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_id}


@pytest.fixture
def tables(owner):
    return owner.client("dynamodb")


@pytest.fixture
def second(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def make(tables, specification=None):
    given = {} if specification is None else {"SSESpecification": specification}
    return tables.create_table(**TABLE, **given)["TableDescription"].get("SSEDescription")


def change(tables, specification):
    """What UpdateTable answers of the encryption; the table is ACTIVE all the time."""
    answer = tables.update_table(TableName="table", SSESpecification=specification)["TableDescription"]
    assert answer["TableStatus"] == "ACTIVE"
    return answer["SSEDescription"]


def shown(tables):
    return tables.describe_table(TableName="table")["Table"].get("SSEDescription")


def described(status, key):
    return {"Status": status, "SSEType": "KMS", "KMSMasterKeyArn": key}


# --- what is answered -------------------------------------------------------------------------------------------------


def test_going_back_to_the_key_of_dynamodb_answers_with_the_old_key_being_left(tables, key):
    make(tables, under(key))
    assert change(tables, OWN) == described("UPDATING", key)
    assert shown(tables) is None


def test_going_from_key_to_key_answers_with_the_old_one(tables, key, second):
    make(tables, under(key))
    assert change(tables, under(second)) == described("UPDATING", key)
    assert shown(tables) == described("ENABLED", second)


@pytest.mark.parametrize("specification", ["managed", "own"])
def test_a_table_under_no_key_answers_that_it_is_being_changed(tables, kms, key, specification):
    make(tables)
    assert change(tables, MANAGED if specification == "managed" else under(key)) == {"Status": "UPDATING"}
    wanted = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"] if specification == "managed" else key
    assert shown(tables) == described("ENABLED", wanted)


def test_going_from_a_key_to_that_of_aws(tables, kms, key):
    make(tables, under(key))
    assert change(tables, MANAGED) == described("UPDATING", key)
    managed = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    assert shown(tables) == described("ENABLED", managed)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("specification", [OWN, {}])
def test_a_table_that_is_under_the_key_of_dynamodb_cannot_be_put_there(tables, specification):
    make(tables)
    with refused("ValidationException", BY_DEFAULT):
        tables.update_table(TableName="table", SSESpecification=specification)


def test_the_arn_of_the_present_key_is_refused(tables, key):
    make(tables, under(key))
    with refused("ValidationException", WITH_THE_KEY):
        tables.update_table(TableName="table", SSESpecification=under(key))


def test_the_arn_of_the_present_key_of_aws_is_refused(tables, kms):
    make(tables, MANAGED)
    managed = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
    with refused("ValidationException", WITH_THE_KEY):
        tables.update_table(TableName="table", SSESpecification=under(managed))


@pytest.mark.parametrize("name", ["id", "alias"])
def test_the_present_key_by_another_name_is_taken_and_counts(tables, kms, key, name):
    make(tables, under(key))
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    again = under(key.rsplit("/", 1)[1] if name == "id" else "alias/mine")
    for _ in range(4):
        assert change(tables, again) == described("UPDATING", key)
    assert shown(tables) == described("ENABLED", key)
    with refused("LimitExceededException"):
        change(tables, again)


@pytest.mark.parametrize("again", [MANAGED, {"Enabled": True, "SSEType": "KMS"}, under("alias/aws/dynamodb")])
def test_the_present_key_of_aws_again_is_taken_and_counts(tables, again):
    make(tables, MANAGED)
    for _ in range(4):
        assert change(tables, again)["Status"] == "UPDATING"
    with refused("LimitExceededException"):
        change(tables, again)


# --- how many in a day ------------------------------------------------------------------------------------------------

LIMIT = re.compile(
    r"Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at "
    r"2030-01-02T00:00:00\.000Z\. After the first 4 change, each subsequent change in the same window can be performed at "
    r"most once every 21600 seconds\. Number of updates today: (\d)\. Last change at (\S+)\. "
    r"Next changes can be made at (\S+)\."
)


def spend(aws_world, tables, key, second):
    """Four changes, half an hour apart, from midnight on."""
    aws_world.clock.freeze("2030-01-01T00:00:00Z")
    make(tables)
    for number in range(4):
        change(tables, under((key, second)[number % 2]))
        aws_world.clock.advance(minutes=30)


def test_the_fifth_change_in_a_day_is_refused_with_the_window(aws_world, tables, key, second):
    spend(aws_world, tables, key, second)
    with refused("LimitExceededException", status=400) as refusal:
        change(tables, under(key))
    said = LIMIT.fullmatch(refusal.response["Error"]["Message"])
    assert said is not None, refusal.response["Error"]["Message"]
    assert said.groups() == ("4", "2030-01-01T01:30:00.000Z", "2030-01-01T07:30:00.000Z")
    assert shown(tables) == described("ENABLED", second)


def test_one_more_is_free_after_six_hours_and_counts(aws_world, tables, key, second):
    spend(aws_world, tables, key, second)
    aws_world.clock.move_to("2030-01-01T07:30:00Z")
    assert change(tables, under(key)) == described("UPDATING", second)
    with refused("LimitExceededException") as refusal:
        change(tables, under(second))
    assert LIMIT.fullmatch(refusal.response["Error"]["Message"])[1] == "5"


def test_a_new_window_begins_a_day_after_the_first_change(aws_world, tables, key, second):
    spend(aws_world, tables, key, second)
    aws_world.clock.move_to("2030-01-02T00:00:00Z")
    for number in range(4):
        change(tables, under((key, second)[number % 2]))
    with refused("LimitExceededException"):
        change(tables, under(key))


def test_the_limit_comes_before_the_key(aws_world, tables, key, second):
    # DDB-TABLE-081: "the quota check runs before key validation"
    spend(aws_world, tables, key, second)
    with refused("LimitExceededException"):
        change(tables, under("alias/nonsense"))


def test_a_refused_change_does_not_count(tables, key, second):
    make(tables, under(key))
    for _ in range(6):
        with refused("ValidationException"):
            tables.update_table(TableName="table", SSESpecification=under("alias/nonsense"))
    assert change(tables, under(second))["Status"] == "UPDATING"


def test_a_table_of_the_same_name_starts_anew(aws_world, tables, key, second):
    # the finding on tables that are deleted and made again: "SSE: 4 flips OK, 5th refused; re-created table: flip OK"
    spend(aws_world, tables, key, second)
    tables.delete_table(TableName="table")
    make(tables)
    assert change(tables, under(key)) == {"Status": "UPDATING"}
