"""Keys, aliases, tags, descriptions and listings, through boto3."""

import base64

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence(
    "recorded",
    "localstack (test_kms.snapshot.json) and stackd (testdata/aws/kms): metadata, aliases, tags, pages and what is said of wrong names",
)


def test_a_new_key_has_the_metadata_of_aws(kms):
    shown = kms.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
    assert (
        shown.items()
        >= {
            "AWSAccountId": "111111111111",
            "Enabled": True,
            "Description": "d",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": "Enabled",
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "MultiRegion": False,
        }.items()
    )
    assert shown["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"]
    assert shown["Arn"] == f"arn:aws:kms:us-east-1:111111111111:key/{shown['KeyId']}"
    assert not {"DeletionDate", "MultiRegionConfiguration", "SigningAlgorithms"} & shown.keys()
    assert kms.list_resource_tags(KeyId=shown["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "1"}]


def test_the_default_key_policy_comes_back_as_kms_prints_it(kms, key):
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == (
        '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n'
        '    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n    "Principal" : {\n'
        '      "AWS" : "arn:aws:iam::111111111111:root"\n    },\n    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}'
    )
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


@pytest.mark.parametrize(
    ("key_id", "message"),
    [
        ("fake-key-id", "Invalid keyId 'fake-key-id'"),
        (
            "12345678-1234-1234-1234-123456789012",
            "Key 'arn:aws:kms:us-east-1:111111111111:key/12345678-1234-1234-1234-123456789012' does not exist",
        ),
        ("alias/none", "Alias arn:aws:kms:us-east-1:111111111111:alias/none is not found."),
        ("arn:aws:kms:us-west-2:111111111111:key/12345678-1234-1234-1234-123456789012", "Invalid arn us-west-2"),
    ],
)
def test_what_does_not_exist_is_not_found(kms, key_id, message):
    with refused("NotFoundException", message):
        kms.describe_key(KeyId=key_id)


def test_a_key_is_not_found_in_another_region_under_its_bare_id(owner, key):
    key_id = key.split("/")[1]
    with refused("NotFoundException", f"Key 'arn:aws:kms:eu-west-1:111111111111:key/{key_id}' does not exist"):
        owner.client("kms", "eu-west-1").describe_key(KeyId=key_id)


@pytest.mark.parametrize("operation", ["disable_key", "get_key_policy", "schedule_key_deletion", "list_grants"])
def test_management_operations_take_no_alias(kms, key, operation):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    with refused("InvalidArnException", "Key Aliases are not supported for this operation."):
        getattr(kms, operation)(KeyId="alias/a")


def test_aliases_are_created_moved_listed_and_deleted(kms, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    arn = "arn:aws:kms:us-east-1:111111111111:alias/a"
    (shown,) = kms.list_aliases(KeyId=key)["Aliases"]
    assert (shown["AliasName"], shown["AliasArn"], shown["TargetKeyId"]) == ("alias/a", arn, key.split("/")[1])
    with refused("AlreadyExistsException", f"An alias with the name {arn} already exists"):
        kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    second = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/a", TargetKeyId=second)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["Arn"] == second
    kms.delete_alias(AliasName="alias/a")
    with refused("NotFoundException", f"Alias {arn} is not found."):
        kms.delete_alias(AliasName="alias/a")


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (
            "nope",
            "ValidationException",
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ),
        (
            "alias/a b",
            "ValidationException",
            "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
        ),
        ("alias/a:b", "ValidationException", "alias/a:b contains invalid characters for an alias"),
        ("alias/aws/mine", "NotAuthorizedException", ""),
    ],
)
def test_bad_alias_names_are_refused(kms, key, name, code, message):
    with refused(code, message):
        kms.create_alias(AliasName=name, TargetKeyId=key)
    assert kms.list_aliases(KeyId=key)["Aliases"] == []


def test_a_key_has_room_for_fifty_aliases(kms, key):
    for number in range(50):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
    text = "Aliases per key quota for this account in this region is 50, current usage is 50."
    with refused("LimitExceededException", text):
        kms.create_alias(AliasName="alias/50", TargetKeyId=key)


def test_tags_are_added_changed_and_removed(kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}])
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "b", "TagValue": "3"}])
    kms.untag_resource(KeyId=key, TagKeys=["a", "never there"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "b", "TagValue": "3"}]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([("a", "1"), ("a", "2")], "Duplicate tag keys"),
        ([("AWS:x", "1")], "Tags beginning with aws: are reserved"),
        ([(str(number), "") for number in range(51)], "Too many tags"),
    ],
)
def test_bad_tags_are_refused_and_no_key_is_made(kms, tags, message):
    with refused("TagException", message):
        kms.create_key(Tags=[{"TagKey": name, "TagValue": value} for name, value in tags])
    assert kms.list_keys()["Keys"] == []


def test_lists_come_in_pages_and_paginators_see_everything(kms):
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(7)}
    first = kms.list_keys(Limit=3)
    assert (len(first["Keys"]), first["Truncated"]) == (3, True)
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    assert {entry["KeyId"] for page in pages for entry in page["Keys"]} == made
    last = kms.list_keys(Limit=1000)
    assert last["Truncated"] is False
    assert "NextMarker" not in last
    with refused("InvalidMarkerException", ""):
        kms.list_keys(Marker="nonsense")


def test_the_description_changes(kms, key):
    kms.update_key_description(KeyId=key, Description="new")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "new"


def test_constraints_of_the_model_are_refused_in_the_words_of_kms(kms, key):
    with refused(
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096",
    ):
        kms.encrypt(KeyId=key, Plaintext=b"x" * 4097)
    with refused(
        "ValidationException",
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024",
    ):
        kms.generate_random(NumberOfBytes=1025)
    with refused(
        "ValidationException",
        "1 validation error detected: Value 'aaa' at 'tags.1.member.tagKey' failed to satisfy constraint: "
        "Member must have length less than or equal to 128".replace("aaa", "a" * 129),
    ):
        kms.create_key(Tags=[{"TagKey": "a" * 129, "TagValue": ""}])


def test_a_client_without_validation_meets_the_same_errors(owner):
    from botocore.config import Config

    kms = owner.client("kms", config=Config(parameter_validation=False))
    with refused(
        "ValidationException",
        "2 validation errors detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null; "
        "Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
    ):
        kms.encrypt()


def test_what_is_not_modelled_is_refused_by_name(kms):
    with pytest.raises(NotImplementedError, match="ResourceOwners"):
        kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])


def test_sm2_exists_in_the_china_regions_only(kms):
    with refused("UnsupportedOperationException", ""):
        kms.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY")


def test_usage_and_spec_must_fit(kms):
    with refused("ValidationException", "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"):
        kms.create_key(KeySpec="RSA_2048", KeyUsage="KEY_AGREEMENT")
    text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
    with refused("ValidationException", text):
        kms.create_key(KeySpec="RSA_2048")


@pytest.mark.parametrize(
    ("operation", "asked", "member", "values"),
    [
        ("create_key", {"KeySpec": "x"}, "keySpec",
         "RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, ECC_SECG_P256K1, RSA_4096, "
         "SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512"),
        ("create_key", {"KeyUsage": "x"}, "keyUsage", "ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC"),
        ("generate_mac", {"KeyId": "x", "Message": b"x", "MacAlgorithm": "x"}, "macAlgorithm",
         "HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]"),
        ("derive_shared_secret", {"KeyId": "x", "PublicKey": b"x", "KeyAgreementAlgorithm": "x"},
         "keyAgreementAlgorithm", "ECDH]"),
    ],
)  # fmt: skip
def test_the_values_of_an_enumeration_are_named_in_the_order_of_kms(kms, operation, asked, member, values):
    """As recorded; values that are newer than the recording may follow."""
    with refused("ValidationException") as refusal:
        getattr(kms, operation)(**asked)
    text = f"Value 'x' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{values}"
    assert refusal.response["Error"]["Message"].startswith(f"1 validation error detected: {text}")


def test_a_value_that_looks_like_a_path_is_shown_as_it_is(kms):
    name = "at 'tagKey" + "x" * 128
    with refused(
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'tags.2.member.tagKey' failed to satisfy constraint: "
        "Member must have length less than or equal to 128",
    ):
        kms.create_key(Tags=[{"TagKey": "a", "TagValue": ""}, {"TagKey": name, "TagValue": ""}])


@pytest.mark.parametrize("forged", [b'{"after":5}', b'{"after":null}', b'{"before":"a"}', b"[]", b"5", b"\xff", b"["])
def test_a_forged_marker_is_refused(kms, key, forged):
    marker = base64.b64encode(forged).decode()
    for listing in (
        lambda: kms.list_keys(Marker=marker),
        lambda: kms.list_aliases(Marker=marker),
        lambda: kms.list_grants(KeyId=key, Marker=marker),
        lambda: kms.list_key_rotations(KeyId=key, Marker=marker),
    ):
        with refused("InvalidMarkerException", ""):
            listing()


def test_every_operation_on_an_alias_wants_its_prefix(kms, key):
    for call in (
        lambda: kms.create_alias(AliasName="a", TargetKeyId=key),
        lambda: kms.update_alias(AliasName="a", TargetKeyId=key),
        lambda: kms.delete_alias(AliasName="a"),
    ):
        with refused(
            "ValidationException",
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ):
            call()
