"""Recipient: answers for a Nitro enclave, made here by a library, that only it can read."""

import pytest
from asn1crypto import keys

from tests.support.claims import policy, refused
from tests.support.enclave import ENCLAVE

pytestmark = pytest.mark.evidence("documented", '"How AWS Nitro Enclaves uses AWS KMS" (developer guide) and RFC 5652')


@pytest.fixture
def enclave():
    return ENCLAVE


def test_decrypt_answers_for_the_enclave_alone(kms, key, enclave):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    answer = kms.decrypt(CiphertextBlob=blob, Recipient=enclave.recipient())
    assert not {"Plaintext", "KeyMaterialId"} & answer.keys()
    assert enclave.open(answer["CiphertextForRecipient"]) == b"secret"


def test_data_keys_pairs_and_random_bytes_reach_the_enclave(kms, key, enclave):
    recipient = enclave.recipient()
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=recipient)
    assert "Plaintext" not in made
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]
    assert enclave.open(made["CiphertextForRecipient"]) == opened
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", Recipient=recipient)
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert enclave.open(pair["CiphertextForRecipient"]) == opened
    random = kms.generate_random(NumberOfBytes=12, Recipient=recipient)
    assert len(enclave.open(random["CiphertextForRecipient"])) == 12


def test_a_policy_can_demand_the_measurements_of_an_enclave(owner, kms, key, enclave):
    root = {"AWS": f"arn:aws:iam::{owner.id}:root"}
    wanted = {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": "0a" * 48}}
    actions = ["kms:PutKeyPolicy", "kms:Encrypt"]
    statements = (
        {"Effect": "Allow", "Principal": root, "Action": actions, "Resource": "*"},
        {"Effect": "Allow", "Principal": root, "Action": "kms:Decrypt", "Resource": "*", "Condition": wanted},
    )
    import json

    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(*statements)))
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, Recipient=enclave.recipient())
    for bad in ({"Recipient": enclave.recipient(pcrs={0: b"\x0b" * 48})}, {}):
        with refused("AccessDeniedException"):
            kms.decrypt(CiphertextBlob=blob, **bad)


@pytest.mark.evidence("assumed", "that it is refused is documented; code and text are chosen here")
def test_a_document_that_does_not_verify_is_refused(kms, key, enclave):
    good = enclave.recipient()
    forged = {**good, "AttestationDocument": good["AttestationDocument"].replace(b"i-0-enc0", b"i-1-enc1")}
    for bad in (forged, {**good, "AttestationDocument": b"garbage"}):
        with refused("ValidationException"):
            kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=bad)


UNVERIFIED = "The attestation document in the Recipient parameter is not valid: "


def rsa_512():
    """The SubjectPublicKeyInfo of an RSA key that no library would make any more."""
    public = keys.RSAPublicKey({"modulus": 2**511 + 1, "public_exponent": 65537})
    return keys.PublicKeyInfo({"algorithm": {"algorithm": "rsa"}, "public_key": public}).dump()


@pytest.mark.evidence("assumed", "the limits are documented; the text is chosen here")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"pcrs": {0: "0a" * 48}}, "the measurements in the attestation document are not bytes"),
        ({"nitrotpm_pcrs": {4: 1}}, "the measurements in the attestation document are not bytes"),
        ({"public_key": rsa_512()},
         "the public key in the attestation document is no RSA key of 2048 bits or more"),
    ],
)  # fmt: skip
def test_a_document_with_strange_measurements_or_a_small_key_is_refused(kms, key, enclave, changes, problem):
    with refused("ValidationException", f"{UNVERIFIED}{problem}."):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=enclave.recipient(**changes))


@pytest.mark.evidence("assumed", "the text is chosen here")
def test_an_empty_recipient_is_refused(kms, key):
    for call in (
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient={}),
        lambda: kms.generate_random(NumberOfBytes=8, Recipient={}),
    ):
        with refused("ValidationException", f"{UNVERIFIED}there is no AttestationDocument."):
            call()
