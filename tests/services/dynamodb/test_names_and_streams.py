"""Tables and streams named by their ARNs, in the own account and in another ("Resource-based policies for DynamoDB").

"You can use the ARN of a table wherever its name is taken" (API reference, TableName); a stream is named by its ARN only.
"""

import json

import pytest

from tests.support.claims import OTHER, allow, policy, refused

pytestmark = pytest.mark.evidence("documented", '"Resource-based policies for DynamoDB", TableName (API reference)')

ITEM = {"id": {"S": "one"}}


@pytest.fixture
def tables(owner):
    return owner.client("dynamodb")


@pytest.fixture
def table(tables):
    """The description of a table with a stream."""
    return tables.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]


@pytest.fixture
def reader(other):
    return other.user("reader", [allow("*")])


def share(tables, arn, *actions):
    named = {"AWS": f"arn:aws:iam::{OTHER}:root"}
    statement = {"Effect": "Allow", "Principal": named, "Action": list(actions), "Resource": arn}
    tables.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy(statement)))


USES = {
    "PutItem": lambda client, table: client.put_item(TableName=table, Item=ITEM),
    "GetItem": lambda client, table: client.get_item(TableName=table, Key=ITEM),
    "UpdateItem": lambda client, table: client.update_item(
        TableName=table,
        Key=ITEM,
        UpdateExpression="SET #name = :name",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": {"S": "one"}},
    ),
    "DeleteItem": lambda client, table: client.delete_item(TableName=table, Key=ITEM),
    "Scan": lambda client, table: client.scan(TableName=table),
    "Query": lambda client, table: client.query(
        TableName=table, KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": "one"}}
    ),
    "BatchGetItem": lambda client, table: client.batch_get_item(RequestItems={table: {"Keys": [ITEM]}}),
    "BatchWriteItem": lambda client, table: client.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": ITEM}}]}
    ),
    "TransactGetItems": lambda client, table: client.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": ITEM}}]
    ),
    "TransactWriteItems": lambda client, table: client.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": ITEM}}]
    ),
    "DescribeTable": lambda client, table: client.describe_table(TableName=table),
    "DescribeContinuousBackups": lambda client, table: client.describe_continuous_backups(TableName=table),
    "DescribeTimeToLive": lambda client, table: client.describe_time_to_live(TableName=table),
    "UpdateTable": lambda client, table: client.update_table(TableName=table, DeletionProtectionEnabled=False),
}


@pytest.mark.parametrize("operation", USES)
def test_a_table_is_named_by_its_arn(tables, table, operation):
    assert USES[operation](tables, table["TableArn"])["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("operation", USES)
def test_a_table_of_another_account_is_named_by_its_arn(tables, table, reader, operation):
    own = () if operation.startswith("Transact") else (f"dynamodb:{operation}",)  # transactions have no actions
    share(tables, table["TableArn"], *own, "dynamodb:PutItem", "dynamodb:GetItem")
    answer = USES[operation](reader.client("dynamodb"), table["TableArn"])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_another_account_writes_is_in_the_table(tables, table, reader):
    share(tables, table["TableArn"], "dynamodb:PutItem")
    reader.client("dynamodb").put_item(TableName=table["TableArn"], Item=ITEM)
    assert tables.get_item(TableName="table", Key=ITEM)["Item"] == ITEM
    assert reader.client("dynamodb").list_tables()["TableNames"] == []


def test_the_key_of_a_table_of_another_account_is_decrypted_by_who_reads(tables, kms, key, table, reader, owner):
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": owner.root.arn}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "kms:*", "Resource": "*"},
    ]
    tables.update_table(TableName="table", SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    share(tables, table["TableArn"], "dynamodb:GetItem")
    with refused("AccessDeniedException", status=400) as refusal:
        reader.client("dynamodb").get_item(TableName=table["TableArn"], Key=ITEM)
    assert "KMS key access denied error" in refusal.response["Error"]["Message"]
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(*statements)))
    assert reader.client("dynamodb").get_item(TableName=table["TableArn"], Key=ITEM)["ResponseMetadata"]


@pytest.mark.evidence("assumed", "ResourceNotFoundException, as for any table that is not in the Region")
@pytest.mark.parametrize("operation", ["DescribeTable", "GetItem", "UpdateTable"])
def test_a_table_under_a_key_is_not_found_in_another_region_than_that_of_its_arn(tables, table, key, owner, operation):
    # which error it is with AWS is unverified
    tables.update_table(TableName="table", SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    with refused("ResourceNotFoundException"):
        USES[operation](owner.client("dynamodb", "eu-west-1"), table["TableArn"])


def read_stream(client, arn):
    """The records of the only shard of a stream."""
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = client.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    return client.get_records(ShardIterator=iterator)["Records"]


def test_a_stream_is_read_by_its_arn(owner, tables, table):
    tables.put_item(TableName="table", Item=ITEM)
    (record,) = read_stream(owner.client("dynamodbstreams"), table["LatestStreamArn"])
    assert record["dynamodb"]["NewImage"] == ITEM


def test_a_stream_of_another_account_is_read_by_its_arn(tables, table, reader):
    tables.put_item(TableName="table", Item=ITEM)
    share(
        tables, table["LatestStreamArn"], "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"
    )
    (record,) = read_stream(reader.client("dynamodbstreams"), table["LatestStreamArn"])
    assert record["dynamodb"]["NewImage"] == ITEM


def test_a_stream_that_does_not_exist_is_not_found(owner, table):
    streams = owner.client("dynamodbstreams")
    arn = table["LatestStreamArn"].replace("table/table/", "table/absent/")
    with refused("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"):
        streams.describe_stream(StreamArn=arn)
