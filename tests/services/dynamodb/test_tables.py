"""Encrypted tables: three kinds of keys and the ways between them, keys that are lost, and replicas with keys of their own."""

import re

import pytest

from tests.support.claims import OWNER, refused
from tests.support.ec2 import EAST, GHOST, WEST, cmk, grants, kms_events
from tests.support.policies import lacking, make_key, use
from tests.support.refusals import FOREIGN, HMAC, RSA, TAIL, Refusal, refused_as
from tests.support.service_cases import DYNAMODB_REFUSALS, INACCESSIBLE, MODEL, TABLE, encryption
from tests.support.service_lab import HMAC_KEY, RSA_KEY
from tests.support.services import actions, contexts, decided, person, refused_by_kms, refused_somehow

pytestmark = pytest.mark.evidence(
    "recorded",
    "ack-api-quirks and localstack, October 2025 and 2026: refusals of tables under keys; what is lost with a key is documented",
)

DENIED = f"KMS key access denied error: {MODEL}AWSKMSException: "
INVALID = f"KMS validation error: {MODEL}NotFoundException: "
WITHOUT_TYPE = "One or more parameter values were invalid: SSEType KMS is required if KMSMasterKeyId is specified"
CALLER = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"]
ARCHIVED = {"ARCHIVING", "ARCHIVED"}


@pytest.fixture
def dynamodb(owner):
    return owner.client("dynamodb")


def make_table(dynamodb, key=None, **options):
    chosen = encryption(key) if key else {}
    return dynamodb.create_table(TableName="table", **TABLE, **chosen, **options)["TableDescription"]


def table(dynamodb):
    return dynamodb.describe_table(TableName="table")["Table"]


def change_key(dynamodb, key):
    return dynamodb.update_table(TableName="table", **encryption(key))["TableDescription"]


def put(dynamodb, text="item"):
    dynamodb.put_item(TableName="table", Item={"p": {"S": text}})


def get(dynamodb):
    return [each["p"]["S"] for each in dynamodb.scan(TableName="table")["Items"]]


def tables(dynamodb):
    return dynamodb.list_tables()["TableNames"]


# --- three kinds of keys ------------------------------------------------------------------------------------------------------------


def test_a_table_is_under_the_key_of_dynamodb_itself_unless_it_says_otherwise(aws_world, dynamodb):
    with decided(aws_world) as asked:
        make_table(dynamodb)
        put(dynamodb)
        assert get(dynamodb) == ["item"]
    assert asked == []
    assert "SSEDescription" not in table(dynamodb)


def test_a_table_may_be_under_the_key_that_aws_manages_for_the_account(owner, kms, dynamodb):
    dynamodb.create_table(TableName="table", **TABLE, **encryption())
    told = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    assert table(dynamodb)["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": told["Arn"]}
    reader = person(owner).client("dynamodb")
    put(reader)
    assert get(reader) == ["item"]


@pytest.mark.parametrize("form", ["arn", "id", "alias", "alias arn"])
def test_a_table_shows_the_arn_of_its_key_however_that_was_named(dynamodb, kms, key, form):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    names = {"arn": key, "id": key.split("/")[1], "alias": "alias/app"}
    make_table(dynamodb, names.get(form, f"arn:aws:kms:{EAST}:{OWNER}:alias/app"))
    assert table(dynamodb)["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}


def test_a_key_needs_its_type(dynamodb, key):
    with refused("ValidationException", WITHOUT_TYPE):
        dynamodb.create_table(TableName="table", SSESpecification={"Enabled": True, "KMSMasterKeyId": key}, **TABLE)
    assert tables(dynamodb) == []


# --- which keys are refused, and how -----------------------------------------------------------------------------------------------


REFUSED = {
    f"arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}": f"Key 'arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}' does not exist",
    GHOST: f"Key 'arn:aws:kms:{EAST}:{OWNER}:key/{GHOST}' does not exist",
    "alias/none": f"Alias arn:aws:kms:{EAST}:{OWNER}:alias/none is not found.",
    f"arn:aws:kms:{WEST}:{OWNER}:key/{GHOST}": f"Invalid arn {WEST}",
}


@pytest.mark.parametrize(("named", "text"), REFUSED.items())
@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTable"])
def test_a_key_that_is_not_found_is_told_with_the_words_of_kms(dynamodb, named, text, operation):
    if operation == "UpdateTable":
        make_table(dynamodb)
    with refused_by_kms("ValidationException", text, before=INVALID):
        (make_table if operation == "CreateTable" else change_key)(dynamodb, named)
    if operation == "CreateTable":
        assert tables(dynamodb) == []
    else:
        assert "SSEDescription" not in table(dynamodb)


@pytest.mark.parametrize(("case", "options"), [(RSA, RSA_KEY), (HMAC, HMAC_KEY)])
def test_a_key_of_another_kind_is_an_internal_error_of_dynamodb(owner, dynamodb, case, options):
    with refused_as(DYNAMODB_REFUSALS[case], case):
        make_table(dynamodb, cmk(owner, **options))
    assert tables(dynamodb) == []


@pytest.mark.parametrize("lacks", ["kms:DescribeKey", "kms:CreateGrant"])
def test_making_a_table_needs_to_describe_and_to_grant(owner, dynamodb, key, lacks):
    maker = person(owner, *[each for each in CALLER if each != lacks])
    with refused_by_kms("AccessDeniedException", lacking(maker, lacks, key), before=DENIED):
        make_table(maker.client("dynamodb"), key)
    assert tables(dynamodb) == []
    make_table(person(owner, *CALLER, name="both").client("dynamodb"), key)


def test_a_key_of_another_account_that_says_nothing_of_this_one_is_denied(other, dynamodb):
    with refused_as(DYNAMODB_REFUSALS[FOREIGN], FOREIGN):
        make_table(dynamodb, cmk(other))


# --- from key to key ----------------------------------------------------------------------------------------------------------------


def test_a_table_goes_from_key_to_key_and_back_to_none(dynamodb, kms, key):
    make_table(dynamodb)
    put(dynamodb)
    for chosen in (key, None, kms.create_key()["KeyMetadata"]["Arn"]):
        change_key(dynamodb, chosen)
        expected = chosen or kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["Arn"]
        assert table(dynamodb)["SSEDescription"]["KMSMasterKeyArn"] == expected
        assert get(dynamodb) == ["item"]
    dynamodb.update_table(TableName="table", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in table(dynamodb)
    assert get(dynamodb) == ["item"]


def test_the_old_key_is_not_needed_any_more(dynamodb, kms, key):
    make_table(dynamodb, key)
    put(dynamodb)
    change_key(dynamodb, kms.create_key()["KeyMetadata"]["Arn"])
    kms.disable_key(KeyId=key)
    assert get(dynamodb) == ["item"]
    assert table(dynamodb)["TableStatus"] == "ACTIVE"


def test_a_refused_key_leaves_the_table_under_its_own(dynamodb, kms, key):
    second = kms.create_key()["KeyMetadata"]["Arn"]
    make_table(dynamodb, key)
    kms.disable_key(KeyId=second)
    text = f"{second} is disabled."
    with refused_by_kms("ValidationException", text, f"KMS key disabled error: {MODEL}DisabledException: "):
        change_key(dynamodb, second)
    assert table(dynamodb)["SSEDescription"]["KMSMasterKeyArn"] == key
    put(dynamodb)


def test_four_changes_a_day_are_enough(aws_world, dynamodb, kms):
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(6)]
    make_table(dynamodb, keys[0])
    for each in keys[1:5]:
        change_key(dynamodb, each)
    with refused("LimitExceededException"):
        change_key(dynamodb, keys[5])
    assert table(dynamodb)["SSEDescription"]["KMSMasterKeyArn"] == keys[4]
    aws_world.clock.advance(hours=25)
    change_key(dynamodb, keys[5])


# --- use ----------------------------------------------------------------------------------------------------------------------------


def test_dynamodb_holds_grants_for_the_table(owner, dynamodb, key):
    make_table(dynamodb, key)
    found = grants(owner, key)
    assert {each["GranteePrincipal"] for each in found} == {f"dynamodb.{EAST}.amazonaws.com"}
    for each in found:
        (constraint,) = each["Constraints"].values()
        assert constraint.items() >= {"aws:dynamodb:tableName": "table", "aws:dynamodb:subscriberId": OWNER}.items()


def test_who_reads_and_who_writes_decrypts_the_key_of_the_table(aws_world, owner, dynamodb, key):
    make_table(dynamodb, key)
    reader = person(owner, "kms:Decrypt", name="reader")
    with decided(aws_world) as asked, kms_events(aws_world) as events:
        put(reader.client("dynamodb"))
        assert get(reader.client("dynamodb")) == ["item"]
    mine = [each for each in asked if each.caller == reader.arn]
    assert actions(mine) == ["kms:Decrypt", "kms:Decrypt"]
    assert {each.request.context.get("kms:viaservice") for each in mine} == {f"dynamodb.{EAST}.amazonaws.com"}
    context = {"aws:dynamodb:tableName": "table", "aws:dynamodb:subscriberId": OWNER}
    assert contexts(events, "Decrypt") == [context, context]


USES = {
    "PutItem": put,
    "GetItem": lambda dynamodb: dynamodb.get_item(TableName="table", Key={"p": {"S": "item"}}),
    "Scan": get,
    "Query": lambda dynamodb: dynamodb.query(
        TableName="table", KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "item"}}
    ),
    "DeleteItem": lambda dynamodb: dynamodb.delete_item(TableName="table", Key={"p": {"S": "item"}}),
    "UpdateItem": lambda dynamodb: dynamodb.update_item(
        TableName="table",
        Key={"p": {"S": "item"}},
        UpdateExpression="SET a = :a",
        ExpressionAttributeValues={":a": {"S": "x"}},
    ),
    "BatchWriteItem": lambda dynamodb: dynamodb.batch_write_item(
        RequestItems={"table": [{"PutRequest": {"Item": {"p": {"S": "item"}}}}]}
    ),
    "BatchGetItem": lambda dynamodb: dynamodb.batch_get_item(RequestItems={"table": {"Keys": [{"p": {"S": "item"}}]}}),
    "TransactWriteItems": lambda dynamodb: dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": "table", "Item": {"p": {"S": "item"}}}}]
    ),
    "TransactGetItems": lambda dynamodb: dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": "table", "Key": {"p": {"S": "item"}}}}]
    ),
}


@pytest.mark.parametrize("use_table", USES.values(), ids=USES)
def test_nobody_uses_a_table_without_its_key(owner, dynamodb, key, use_table):
    make_table(dynamodb, key)
    stranger = person(owner)
    with refused_by_kms("AccessDeniedException", lacking(stranger, "kms:Decrypt", key), before=DENIED):
        use_table(stranger.client("dynamodb"))
    assert get(dynamodb) == []
    use_table(person(owner, "kms:Decrypt", name="reader").client("dynamodb"))


def test_a_key_policy_may_open_one_table_alone(owner, dynamodb, kms):
    reader = person(owner)
    only = {"StringEquals": {"kms:EncryptionContext:aws:dynamodb:tableName": "table"}}
    key = make_key(kms, use(reader.arn, "kms:Decrypt", Condition=only))
    make_table(dynamodb, key)
    dynamodb.create_table(TableName="other", **TABLE, **encryption(key))
    put(reader.client("dynamodb"))
    with refused_as(Refusal("AccessDeniedException", 400, re.escape(DENIED) + ".*" + TAIL), None):
        reader.client("dynamodb").scan(TableName="other")


def test_describing_a_table_asks_nothing_for_its_caller(aws_world, owner, dynamodb, key):
    make_table(dynamodb, key)
    alice = person(owner)
    with decided(aws_world) as asked:
        assert table(alice.client("dynamodb"))["SSEDescription"]["KMSMasterKeyArn"] == key
    assert actions(asked, alice.arn) == []


@pytest.mark.kmsmock(service_caches=True)
def test_an_opened_table_stays_open_for_five_minutes(aws_world, owner, dynamodb, key):
    make_table(dynamodb, key)
    reader = person(owner, "kms:Decrypt", name="reader")
    aws_world.clock.freeze()
    with decided(aws_world) as asked:
        for _ in range(3):
            get(reader.client("dynamodb"))
    assert actions(asked, reader.arn) == ["kms:Decrypt"]
    aws_world.clock.advance(minutes=5, seconds=1)
    with decided(aws_world) as asked:
        get(reader.client("dynamodb"))
    assert actions(asked, reader.arn) == ["kms:Decrypt"]


# --- a key that is lost --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["disable_key", "schedule_key_deletion"])
def test_a_table_without_its_key_is_closed_and_opens_again_with_it(dynamodb, kms, key, bad):
    make_table(dynamodb, key)
    put(dynamodb)
    getattr(kms, bad)(KeyId=key)
    assert table(dynamodb)["TableStatus"] == INACCESSIBLE
    with refused_somehow():
        get(dynamodb)
    with refused_somehow():
        put(dynamodb, "second")
    if bad == "schedule_key_deletion":
        kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert table(dynamodb)["TableStatus"] == "ACTIVE"
    assert get(dynamodb) == ["item"]


def test_a_table_is_archived_after_seven_days_without_its_key(aws_world, dynamodb, kms, key):
    make_table(dynamodb, key)
    put(dynamodb)
    kms.disable_key(KeyId=key)
    assert table(dynamodb)["TableStatus"] == INACCESSIBLE
    aws_world.clock.advance(days=6, hours=23)
    assert table(dynamodb)["TableStatus"] == INACCESSIBLE
    aws_world.clock.advance(hours=2)
    assert table(dynamodb)["TableStatus"] in ARCHIVED
    kms.enable_key(KeyId=key)
    assert table(dynamodb)["TableStatus"] in ARCHIVED
    with refused_somehow():
        get(dynamodb)
    dynamodb.delete_table(TableName="table")


def test_revoked_grants_close_a_table(owner, dynamodb, kms, key):
    make_table(dynamodb, key)
    for each in grants(owner, key):
        kms.revoke_grant(KeyId=key, GrantId=each["GrantId"])
    assert table(dynamodb)["TableStatus"] == INACCESSIBLE


# --- replicas -----------------------------------------------------------------------------------------------------------------------

STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


def replicate(dynamodb, key):
    asked = {"RegionName": WEST, **({"KMSMasterKeyId": key} if key else {})}
    dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Create": asked}])


def replicas(dynamodb):
    return {each["RegionName"]: each for each in table(dynamodb).get("Replicas", [])}


def test_a_replica_is_under_a_key_of_its_region(aws_world, owner, dynamodb, key):
    make_table(dynamodb, key, **STREAM)
    far = cmk(owner, region=WEST)
    with decided(aws_world) as asked:
        replicate(dynamodb, far)
    assert replicas(dynamodb)[WEST]["KMSMasterKeyId"] == far
    ways = {
        each.request.context.get("kms:viaservice")
        for each in asked
        if each.resource == far and each.caller == owner.root.arn
    }
    assert ways == {f"dynamodb.{WEST}.amazonaws.com"}


def test_the_key_of_another_region_makes_no_replica(dynamodb, key):
    make_table(dynamodb, key, **STREAM)
    with refused_by_kms("ValidationException", f"Invalid arn {EAST}", before=INVALID):
        replicate(dynamodb, key)
    assert replicas(dynamodb) == {}


def test_a_multi_region_key_is_named_by_its_id_or_an_alias_but_not_by_its_arn_elsewhere(owner, dynamodb, kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)
    make_table(dynamodb, primary["Arn"], **STREAM)
    with refused_by_kms("ValidationException", f"Invalid arn {EAST}", before=INVALID):
        replicate(dynamodb, primary["Arn"])
    replicate(dynamodb, primary["KeyId"])
    assert replicas(dynamodb)[WEST]["KMSMasterKeyId"].split("/")[-1] == primary["KeyId"]


def test_an_alias_is_that_of_the_region_of_the_replica(owner, dynamodb, key):
    far = cmk(owner, region=WEST)
    owner.client("kms", WEST).create_alias(AliasName="alias/app", TargetKeyId=far)
    make_table(dynamodb, key, **STREAM)
    replicate(dynamodb, "alias/app")
    assert set(replicas(dynamodb)) == {WEST}


def test_a_disabled_key_makes_no_replica(owner, dynamodb, key):
    make_table(dynamodb, key, **STREAM)
    far = cmk(owner, region=WEST)
    owner.client("kms", WEST).disable_key(KeyId=far)
    with refused_by_kms(
        "ValidationException", f"{far} is disabled.", f"KMS key disabled error: {MODEL}DisabledException: "
    ):
        replicate(dynamodb, far)
    assert replicas(dynamodb) == {}


def test_a_replica_without_its_key_is_dropped_after_twenty_hours(aws_world, owner, dynamodb, key):
    make_table(dynamodb, key, **STREAM)
    far = cmk(owner, region=WEST)
    replicate(dynamodb, far)
    owner.client("kms", WEST).disable_key(KeyId=far)
    assert replicas(dynamodb)[WEST]["ReplicaStatus"] == INACCESSIBLE
    aws_world.clock.advance(hours=19)
    assert set(replicas(dynamodb)) == {WEST}
    aws_world.clock.advance(hours=2)
    assert replicas(dynamodb) == {}
    assert table(dynamodb)["TableStatus"] == "ACTIVE"
