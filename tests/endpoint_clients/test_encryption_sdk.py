"""The AWS Encryption SDK for JavaScript, in a process of its own."""

from importlib.util import find_spec

import pytest

from tests.support.programs import as_bytes, of_bytes

CONTEXT = {"purpose": "test"}


class Sdk:
    def __init__(self, program, as_):
        self._program, self._as = program, as_

    def seal(self, principal, *keys, content=b"secret"):
        asked = {"keys": keys, "plaintext": as_bytes(content), "context": CONTEXT}
        return self._program.ask(environment=self._as(principal), seal=asked)

    def open(self, principal, message, *keys):
        asked = {"keys": keys, "message": message}
        return self._program.ask(environment=self._as(principal), open=asked)


@pytest.fixture
def sdk(javascript, as_):
    return Sdk(javascript, as_)


def test_a_message_there_and_back(sdk, app, key, aws_world):
    message = sdk.seal(app, key)["output"]
    assert b"secret" not in of_bytes(message)
    opened = sdk.open(app, message, key)["output"]
    assert of_bytes(opened["plaintext"]) == b"secret"
    assert opened["context"].items() >= CONTEXT.items()
    calls = [each["eventName"] for each in aws_world.events.where(source="kms.amazonaws.com")]
    assert calls[-2:] == ["GenerateDataKey", "Decrypt"]


def test_a_denial_is_kmss_where_it_seals_and_one_of_several_where_it_opens(sdk, app, nobody, key):
    message = sdk.seal(app, key)["output"]
    who = "User: arn:aws:sts::111111111111:assumed-role/nobody/kmsmock is not authorized to perform: "
    text = "{}kms:{} on resource: {} because no identity-based policy allows the kms:{} action"
    denied = {
        "code": "AccessDeniedException",
        "message": text.format(who, "GenerateDataKey", key, "GenerateDataKey"),
        "status": 400,
    }
    assert sdk.seal(nobody, key) == {"error": denied}
    refused = sdk.open(nobody, message, key)["error"]
    assert (refused["code"], refused["status"]) == ("Error", None)
    said = f"AccessDeniedException: {text.format(who, 'Decrypt', key, 'Decrypt')}\n"
    assert refused["message"].startswith(
        f"Unable to decrypt data key and one or more KMS CMKs had an error. \n  Error #1 \n {said}"
    )


def test_a_message_outlives_one_of_its_keys_and_no_more(sdk, app, kms, aws_world):
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    message = sdk.seal(app, *keys)["output"]
    for number, each in enumerate(keys):
        kms.schedule_key_deletion(KeyId=each, PendingWindowInDays=7 + 7 * number)
    aws_world.clock.advance(days=8)
    kms.cancel_key_deletion(KeyId=keys[1])
    kms.enable_key(KeyId=keys[1])
    assert of_bytes(sdk.open(app, message, *keys)["output"]["plaintext"]) == b"secret"
    kms.schedule_key_deletion(KeyId=keys[1], PendingWindowInDays=7)
    aws_world.clock.advance(days=8)
    refused = sdk.open(app, message, *keys)["error"]["message"]
    for each in keys:
        assert f"NotFoundException: Key '{each}' does not exist\n" in refused


@pytest.mark.skipif(find_spec("aws_encryption_sdk") is None, reason="without the extra clients")
def test_pythons_sdk_opens_what_javascripts_sealed_and_the_other_way_round(sdk, app, key):
    import aws_encryption_sdk as python

    with app.acting():
        client, keys = python.EncryptionSDKClient(), python.StrictAwsKmsMasterKeyProvider(key_ids=[key])
        opened, header = client.decrypt(source=of_bytes(sdk.seal(app, key)["output"]), key_provider=keys)
        assert (opened, header.encryption_context.items() >= CONTEXT.items()) == (b"secret", True)
        message, _ = client.encrypt(source=b"of Python", key_provider=keys)
    assert of_bytes(sdk.open(app, as_bytes(message), key)["output"]["plaintext"]) == b"of Python"
