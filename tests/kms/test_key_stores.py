"""Custom key stores: connection states, the keys in them, and faults behind them."""

import pytest

from tests.support.claims import refused
from tests.support.floors import newest_botocore
from tests.support.key_stores import HSM, XKS

pytestmark = pytest.mark.evidence(
    "documented", '"Custom key stores" (developer guide) and the errors of the API reference'
)


@pytest.fixture
def hsm(kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    return store


@pytest.fixture
def hsm_key(kms, hsm):
    return kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=hsm)["KeyMetadata"]


def state(kms, store):
    (shown,) = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
    return shown["ConnectionState"]


def test_a_store_is_made_disconnected_and_shows_what_it_is(kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    (shown,) = kms.describe_custom_key_stores()["CustomKeyStores"]
    assert shown.pop("CreationDate")
    assert shown == {
        "CustomKeyStoreId": store,
        "CustomKeyStoreName": "hsm",
        "ConnectionState": "DISCONNECTED",
        "CustomKeyStoreType": "AWS_CLOUDHSM",
        "CloudHsmClusterId": HSM["CloudHsmClusterId"],
        "TrustAnchorCertificate": "certificate",
    }
    with refused("CustomKeyStoreInvalidStateException"):
        kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)


def test_a_key_in_a_store_works_while_it_is_connected(kms, hsm, hsm_key):
    assert (hsm_key["CustomKeyStoreId"], hsm_key["CloudHsmClusterId"]) == (hsm, HSM["CloudHsmClusterId"])
    assert "CurrentKeyMaterialId" not in hsm_key
    made = kms.encrypt(KeyId=hsm_key["KeyId"], Plaintext=b"x")
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"])
    assert opened["Plaintext"] == b"x"
    assert "KeyMaterialId" not in opened
    kms.disconnect_custom_key_store(CustomKeyStoreId=hsm)
    assert state(kms, hsm) == "DISCONNECTED"
    assert kms.describe_key(KeyId=hsm_key["KeyId"])["KeyMetadata"]["KeyState"] == "Unavailable"
    with refused("KMSInvalidStateException", f"{hsm_key['Arn']} is unavailable."):
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"])
    kms.connect_custom_key_store(CustomKeyStoreId=hsm)
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == b"x"


def test_a_key_disabled_while_unavailable_comes_back_disabled(kms, hsm, hsm_key):
    kms.disconnect_custom_key_store(CustomKeyStoreId=hsm)
    kms.disable_key(KeyId=hsm_key["KeyId"])
    kms.connect_custom_key_store(CustomKeyStoreId=hsm)
    with refused("DisabledException", f"{hsm_key['Arn']} is disabled."):
        kms.encrypt(KeyId=hsm_key["KeyId"], Plaintext=b"x")


def test_what_keys_in_a_store_cannot_do(kms, hsm, hsm_key):
    for call in (
        lambda: kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=hsm, MultiRegion=True),
        lambda: kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=hsm, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
        lambda: kms.generate_data_key_pair(KeyId=hsm_key["KeyId"], KeyPairSpec="RSA_2048"),
        lambda: kms.enable_key_rotation(KeyId=hsm_key["KeyId"]),
    ):
        with refused("UnsupportedOperationException"):
            call()


def test_a_store_goes_only_disconnected_and_empty(aws_world, kms, hsm, hsm_key):
    with refused("CustomKeyStoreInvalidStateException"):
        kms.delete_custom_key_store(CustomKeyStoreId=hsm)
    kms.schedule_key_deletion(KeyId=hsm_key["KeyId"], PendingWindowInDays=7)
    kms.disconnect_custom_key_store(CustomKeyStoreId=hsm)
    assert state(kms, hsm) == "DISCONNECTED"
    with refused("CustomKeyStoreHasCMKsException"):
        kms.delete_custom_key_store(CustomKeyStoreId=hsm)
    aws_world.clock.advance(days=8)
    kms.delete_custom_key_store(CustomKeyStoreId=hsm)
    with refused("CustomKeyStoreNotFoundException"):
        kms.describe_custom_key_stores(CustomKeyStoreId=hsm)


def test_an_injected_fault_fails_the_connection_until_it_is_repaired(aws_world, kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    aws_world.key_store_fault(store, "USER_LOCKED_OUT")
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    (shown,) = kms.describe_custom_key_stores()["CustomKeyStores"]
    assert (shown["ConnectionState"], shown["ConnectionErrorCode"]) == ("FAILED", "USER_LOCKED_OUT")
    with refused("CustomKeyStoreInvalidStateException"):
        kms.connect_custom_key_store(CustomKeyStoreId=store)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    aws_world.key_store_fault(store, None)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    assert state(kms, store) == "CONNECTED"


def test_a_fault_in_a_connected_store_fails_cryptography_with_its_keys(aws_world, kms, hsm, hsm_key):
    aws_world.key_store_fault(hsm, "NETWORK_ERRORS")
    with refused("KMSInvalidStateException", "KMS cannot communicate with your CloudHSM cluster"):
        kms.encrypt(KeyId=hsm_key["KeyId"], Plaintext=b"x")
    aws_world.key_store_fault(hsm, None)
    kms.encrypt(KeyId=hsm_key["KeyId"], Plaintext=b"x")


def test_a_fault_names_a_store_and_a_code_that_exist(aws_world, hsm):
    with pytest.raises(ValueError, match="cks-1"):
        aws_world.key_store_fault("cks-1", "NETWORK_ERRORS")
    with pytest.raises(ValueError, match="USER_LOCKED_OUT"):
        aws_world.key_store_fault(hsm, "BROKEN")


def test_an_external_key_belongs_to_one_kms_key(kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="xks", **XKS)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    asked = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "bb8562717f809024"}
    made = kms.create_key(**asked)["KeyMetadata"]
    assert made["XksKeyConfiguration"] == {"Id": "bb8562717f809024"}
    with refused("XksKeyAlreadyInUseException"):
        kms.create_key(**asked)
    (shown,) = kms.describe_custom_key_stores()["CustomKeyStores"]
    assert shown["XksProxyConfiguration"] == {
        "Connectivity": "PUBLIC_ENDPOINT",
        "AccessKeyId": "A" * 20,
        "UriEndpoint": "https://proxy.example.com",
        "UriPath": "/kms/xks/v1",
    }
    with refused("UnsupportedOperationException", ""):
        kms.generate_random(NumberOfBytes=8, CustomKeyStoreId=store)


def test_names_clusters_and_proxies_are_unique_and_stores_are_ten(kms, hsm):
    with refused("CustomKeyStoreNameInUseException"):
        kms.create_custom_key_store(CustomKeyStoreName="hsm", **XKS)
    with refused("CloudHsmClusterInUseException"):
        kms.create_custom_key_store(CustomKeyStoreName="other", **HSM)
    for number in range(9):
        endpoint = f"https://proxy{number}.example.com"
        kms.create_custom_key_store(CustomKeyStoreName=f"xks{number}", **{**XKS, "XksProxyUriEndpoint": endpoint})
    with refused("LimitExceededException"):
        kms.create_custom_key_store(CustomKeyStoreName="one more", **XKS)


def test_a_connected_store_takes_only_some_changes(kms, hsm):
    kms.update_custom_key_store(CustomKeyStoreId=hsm, NewCustomKeyStoreName="renamed")
    assert kms.describe_custom_key_stores(CustomKeyStoreName="renamed")["CustomKeyStores"]
    with refused("CustomKeyStoreInvalidStateException"):
        kms.update_custom_key_store(CustomKeyStoreId=hsm, KeyStorePassword="kmsPswd34")
    kms.disconnect_custom_key_store(CustomKeyStoreId=hsm)
    assert state(kms, hsm) == "DISCONNECTED"
    kms.update_custom_key_store(CustomKeyStoreId=hsm, KeyStorePassword="kmsPswd34")


@pytest.fixture
def xks(kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="xks", **XKS)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    return store


@pytest.fixture
def xks_key(kms, xks):
    asked = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": xks, "XksKeyId": "bb8562717f809024"}
    return kms.create_key(**asked)["KeyMetadata"]["Arn"]


def test_the_proxy_says_what_is_wrong_with_a_ciphertext(kms, xks_key):
    blob = kms.encrypt(KeyId=xks_key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    corrupt = blob[:-1] + bytes([blob[-1] ^ 1])
    for damaged, context in ((corrupt, {"a": "b"}), (blob, {"a": "c"}), (blob, {})):
        with refused(
            "KMSInvalidStateException",
            "The external key store proxy rejected the request because the specified ciphertext or additional "
            "authenticated data is corrupted, missing, or otherwise invalid.",
        ):
            kms.decrypt(CiphertextBlob=damaged, EncryptionContext=context)


@pytest.mark.parametrize("operation", ["get_key_rotation_status", "list_key_rotations"])
@pytest.mark.parametrize(("kind", "origin"), [("hsm", "AWS_CLOUDHSM"), ("xks", "EXTERNAL_KEY_STORE")])
def test_keys_in_a_store_have_no_rotation_to_show(request, kms, operation, kind, origin):
    made = request.getfixturevalue(f"{kind}_key")
    key = made if kind == "xks" else made["Arn"]
    with refused("UnsupportedOperationException", f"{key} origin is {origin} which is not valid for this operation."):
        getattr(kms, operation)(KeyId=key)


def test_a_key_that_is_saved_in_a_disconnected_store_stays_unavailable(kms, hsm, hsm_key):
    kms.schedule_key_deletion(KeyId=hsm_key["KeyId"], PendingWindowInDays=7)
    kms.disconnect_custom_key_store(CustomKeyStoreId=hsm)
    kms.cancel_key_deletion(KeyId=hsm_key["KeyId"])
    kms.enable_key(KeyId=hsm_key["KeyId"])
    assert kms.describe_key(KeyId=hsm_key["KeyId"])["KeyMetadata"]["KeyState"] == "Unavailable"
    with refused("KMSInvalidStateException", f"{hsm_key['Arn']} is unavailable."):
        kms.encrypt(KeyId=hsm_key["KeyId"], Plaintext=b"x")
    kms.connect_custom_key_store(CustomKeyStoreId=hsm)
    assert kms.describe_key(KeyId=hsm_key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
    kms.encrypt(KeyId=hsm_key["KeyId"], Plaintext=b"x")


@pytest.mark.kmsmock(delays=True)
def test_a_second_connection_takes_its_own_time(aws_world, kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    aws_world.clock.advance(minutes=10)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    aws_world.clock.advance(minutes=2)
    assert state(kms, store) == "DISCONNECTED"
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    aws_world.clock.advance(minutes=19)
    assert state(kms, store) == "CONNECTING"
    aws_world.clock.advance(minutes=1)
    assert state(kms, store) == "CONNECTED"


# --- proxies in a VPC -----------------------------------------------------------------------------------------------

SERVICE = {"XksProxyVpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-example1"}
PRIVATE = {**XKS, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", **SERVICE}


def proxy(kms, store):
    (shown,) = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
    return shown["XksProxyConfiguration"]


@newest_botocore
@pytest.mark.parametrize(
    ("given", "shown"), [({}, "111111111111"), ({"XksProxyVpcEndpointServiceOwner": "222222222222"}, "222222222222")]
)
def test_a_proxy_in_a_vpc_shows_its_service_and_the_owner_of_that(kms, given, shown):
    store = kms.create_custom_key_store(CustomKeyStoreName="xks", **PRIVATE, **given)["CustomKeyStoreId"]
    assert proxy(kms, store) == {
        "Connectivity": "VPC_ENDPOINT_SERVICE",
        "AccessKeyId": "A" * 20,
        "UriEndpoint": "https://proxy.example.com",
        "UriPath": "/kms/xks/v1",
        "VpcEndpointServiceName": SERVICE["XksProxyVpcEndpointServiceName"],
        "VpcEndpointServiceOwner": shown,
    }


@pytest.mark.parametrize("foreign", [SERVICE, {"XksProxyVpcEndpointServiceOwner": "222222222222"}])
def test_a_cloudhsm_store_has_no_proxy_in_a_vpc(kms, foreign):
    text = f"{min(foreign)} is not valid for a custom key store of type AWS_CLOUDHSM."
    with refused("ValidationException", text):
        kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM, **foreign)
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    with refused("ValidationException", text):
        kms.update_custom_key_store(CustomKeyStoreId=store, **foreign)


@newest_botocore
def test_a_proxy_that_becomes_public_leaves_its_vpc(kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="xks", **PRIVATE)["CustomKeyStoreId"]
    kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyConnectivity="PUBLIC_ENDPOINT")
    assert proxy(kms, store).keys() == {"Connectivity", "AccessKeyId", "UriEndpoint", "UriPath"}
    with refused("ValidationException", "XksProxyVpcEndpointServiceName is required for VPC_ENDPOINT_SERVICE."):
        kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyConnectivity="VPC_ENDPOINT_SERVICE")
    kms.update_custom_key_store(CustomKeyStoreId=store, XksProxyConnectivity="VPC_ENDPOINT_SERVICE", **SERVICE)
    assert proxy(kms, store)["VpcEndpointServiceOwner"] == "111111111111"
