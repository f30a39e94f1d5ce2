"""The DynamoDB Encryption Client: items that are encrypted and signed before DynamoDB has them."""

import pytest
from dynamodb_encryption_sdk.encrypted.resource import EncryptedResource
from dynamodb_encryption_sdk.encrypted.table import EncryptedTable
from dynamodb_encryption_sdk.exceptions import UnwrappingError, WrappingError
from dynamodb_encryption_sdk.identifiers import CryptoAction
from dynamodb_encryption_sdk.material_providers.aws_kms import AwsKmsCryptographicMaterialsProvider
from dynamodb_encryption_sdk.structures import AttributeActions

ITEM = {"id": "1", "name": "secret", "seen": 3}
KEY = {"id": "1"}
ACTIONS = AttributeActions(
    default_action=CryptoAction.ENCRYPT_AND_SIGN, attribute_actions={"seen": CryptoAction.DO_NOTHING}
)


def make_table(app, region="us-east-1", name="items"):
    resource = app.resource("dynamodb", region)
    resource.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return resource.Table(name)


@pytest.fixture
def table(app):
    return make_table(app)


def encrypted(table, key):
    provider = AwsKmsCryptographicMaterialsProvider(key_id=key)
    return EncryptedTable(table=table, materials_provider=provider, attribute_actions=ACTIONS)


def test_dynamodb_has_the_ciphertext_and_the_client_the_plaintext(aws_world, table, key, calls):
    calls()
    encrypted(table, key).put_item(Item=ITEM)
    stored = table.get_item(Key=KEY)["Item"]
    assert b"secret" not in bytes(stored["name"])
    assert stored["seen"] == 3
    assert encrypted(table, key).get_item(Key=KEY)["Item"] == ITEM
    assert calls() == {"GenerateDataKey": 1, "Decrypt": 1}
    context = aws_world.events[-1]["requestParameters"]["encryptionContext"]
    assert context["*aws-kms-table*"] == "items"
    assert context["id"] == "1"


def test_queries_and_batches_decrypt_each_item(app, table, key):
    resource = EncryptedResource(
        resource=app.resource("dynamodb"),
        materials_provider=AwsKmsCryptographicMaterialsProvider(key_id=key),
        attribute_actions=ACTIONS,
    )
    items = [{**ITEM, "id": str(number)} for number in range(3)]
    resource.batch_write_item(RequestItems={"items": [{"PutRequest": {"Item": item}} for item in items]})
    found = encrypted(table, key).scan()["Items"]
    assert sorted(found, key=lambda item: item["id"]) == items


def test_refusals_are_its_own_errors_with_the_reason_as_their_cause(table, key, refusal):
    encrypted(table, key).put_item(Item=ITEM)
    refusal.befall(key)
    for error, call in (
        (WrappingError, lambda: encrypted(table, key).put_item(Item=ITEM)),
        (UnwrappingError, lambda: encrypted(table, key).get_item(Key=KEY)),
    ):
        with pytest.raises(error) as refused:
            call()
        assert refused.value.__context__.response["Error"]["Code"] == refusal.code
        assert refusal.reason in str(refused.value.__context__)


def test_an_item_of_another_table_is_refused(app, table, key):
    encrypted(table, key).put_item(Item=ITEM)
    other = make_table(app, name="others")
    other.put_item(Item=table.get_item(Key=KEY)["Item"])
    with pytest.raises(UnwrappingError) as refused:
        encrypted(other, key).get_item(Key=KEY)
    assert refused.value.__context__.response["Error"]["Code"] == "InvalidCiphertextException"


def test_a_replica_of_a_global_table_is_read_with_the_replica_of_its_key(app, multi_region, table, kms):
    primary, replica = multi_region
    client = table.meta.client
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    client.update_table(TableName=table.name, StreamSpecification=stream)
    client.update_table(TableName=table.name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    encrypted(table, primary).put_item(Item=ITEM)
    far = app.resource("dynamodb", "eu-west-1").Table(table.name)
    kms.disable_key(KeyId=primary)
    assert encrypted(far, replica).get_item(Key=KEY)["Item"] == ITEM
