"""credstash: secrets in DynamoDB, each under a data key of its own."""

import credstash
import pytest

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def store(kms, key):
    """Its table, and the key by the name that it uses. It keeps sessions, with the credentials of the test before."""
    credstash.reset_sessions()
    credstash.createDdbTable(region="us-east-1")
    kms.create_alias(AliasName="alias/credstash", TargetKeyId=key)


def put(name="db", context=None):
    credstash.putSecret(name, "secret", version="1", region="us-east-1", context=context)


def get(name="db", context=None):
    return credstash.getSecret(name, region="us-east-1", context=context)


def test_a_secret_comes_back(store, calls, app):
    calls()
    put()
    assert get() == "secret"
    assert calls() == {"GenerateDataKey": 1, "Decrypt": 1}
    assert credstash.getAllSecrets("", region="us-east-1") == {"db": "secret"}
    assert credstash.listSecrets(region="us-east-1")[0]["name"] == "db"


def test_refusals_are_its_own_errors_with_the_reason(store, key, refusal):
    put()
    refusal.befall(key)
    with pytest.raises(credstash.KmsError, match=f"Could not generate key using KMS key.*{refusal.reason}"):
        put("other")
    with pytest.raises(credstash.KmsError, match=f"Decryption error.*{refusal.reason}"):
        get()


def test_another_context_is_refused(store):
    put(context={"app": "a"})
    assert get(context={"app": "a"}) == "secret"
    with pytest.raises(credstash.KmsError, match="context provided may not match"):
        get(context={"app": "b"})
