"""Refusals of KMS in AWS's own words, from public reports and botocore's documentation."""

import pytest

from tests.support.claims import allow, refused

pytestmark = pytest.mark.evidence(
    "reported",
    "public reports of the refusals, named at each; one recorded in March 2025, one from botocore's documentation",
)

OWNER = "111111111111"


# --- grants (public reports of both texts) ------------------------------------------------------------------------


@pytest.mark.parametrize("operations", [["CreateGrant"], ["CreateGrant", "CreateGrant"]])
@pytest.mark.parametrize(
    "spec", [{}, {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}],
    ids=["symmetric", "RSA", "HMAC"],
)  # fmt: skip
def test_a_grant_of_create_grant_alone_is_refused(owner, kms, spec, operations):
    key = kms.create_key(**spec)["KeyMetadata"]["KeyId"]
    with refused("ValidationException", "Grants must not contain only the CreateGrant operation."):
        kms.create_grant(KeyId=key, GranteePrincipal=owner.root.arn, Operations=operations)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_grant_of_create_grant_and_another_operation_is_made(owner, kms, key):
    kms.create_grant(KeyId=key, GranteePrincipal=owner.root.arn, Operations=["CreateGrant", "DescribeKey"])
    assert kms.list_grants(KeyId=key)["Grants"][0]["Operations"] == ["CreateGrant", "DescribeKey"]


def test_a_grant_takes_one_kind_of_constraint(owner, kms, key):
    both = {"EncryptionContextEquals": {"a": "b"}, "EncryptionContextSubset": {"a": "b"}}
    with refused("ValidationException", "More than one constraint supplied"):
        kms.create_grant(KeyId=key, GranteePrincipal=owner.root.arn, Operations=["Decrypt"], Constraints=both)


# --- message types (public reports) ----------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"])
def test_no_key_of_ml_dsa_signs_or_verifies_a_digest(kms, spec):
    key = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "Message": b"d" * 64, "MessageType": "DIGEST", "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    with refused("ValidationException", f"Message type DIGEST is incompatible with key spec {spec}."):
        kms.sign(**asked)
    with refused("ValidationException", f"Message type DIGEST is incompatible with key spec {spec}."):
        kms.verify(**asked, Signature=b"s")


@pytest.mark.evidence("recorded", "an answer of 2026: the message names the algorithm")
def test_ed25519_still_names_its_algorithm(kms):
    # Recorded (2026): Ed25519 has two algorithms, so that the message names the algorithm and not the key spec.
    key = kms.create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with refused("ValidationException", "Message type DIGEST is incompatible with algorithm ED25519_SHA_512."):
        kms.sign(KeyId=key, Message=b"d" * 64, MessageType="DIGEST", SigningAlgorithm="ED25519_SHA_512")


# --- the policy of RAM (botocore 1.44.8, PutKeyPolicy and GetKeyPolicy) ----------------------------------------------


def test_the_policy_of_ram_is_rams_alone(kms, key):
    text = kms.get_key_policy(KeyId=key)["Policy"]
    with refused("ValidationException", "The AWS_RAM policy can only be managed by the RAM service"):
        kms.put_key_policy(KeyId=key, PolicyName="AWS_RAM", Policy=text)


def test_whoever_may_not_put_policies_is_denied_before(owner, kms, key):
    text = kms.get_key_policy(KeyId=key)["Policy"]
    alice = owner.user("alice", [allow("kms:GetKeyPolicy")])
    with refused("AccessDeniedException"):
        alice.client("kms").put_key_policy(KeyId=key, PolicyName="AWS_RAM", Policy=text)


def test_a_key_that_is_not_shared_has_no_policy_of_ram(kms, key):
    with refused("NotFoundException", "No such policy exists"):
        kms.get_key_policy(KeyId=key, PolicyName="AWS_RAM")
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


# --- state before kind (recorded March 2025: RotateKeyOnDemand on a disabled RSA key) --------------------------------

KINDS = {
    "RSA": {"KeySpec": "RSA_4096", "KeyUsage": "ENCRYPT_DECRYPT"},
    "ECC": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
    "HMAC": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_rotating_on_demand_looks_at_the_state_before_the_kind(kms, kind):
    key = kms.create_key(**KINDS[kind])["KeyMetadata"]["Arn"]
    with refused("UnsupportedOperationException", ""):
        kms.rotate_key_on_demand(KeyId=key)
    kms.disable_key(KeyId=key)
    with refused("DisabledException", f"{key} is disabled."):
        kms.rotate_key_on_demand(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    with refused("KMSInvalidStateException", f"{key} is pending deletion."):
        kms.rotate_key_on_demand(KeyId=key)


def test_so_it_does_for_a_replica(owner, kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")
    away, replica = owner.client("kms", "eu-west-1"), primary.replace("us-east-1", "eu-west-1")
    with refused(
        "UnsupportedOperationException",
        f"{replica} is a multi-region replica key which is not valid for RotateKeyOnDemand.",
    ):
        away.rotate_key_on_demand(KeyId=replica)
    away.disable_key(KeyId=replica)
    with refused("DisabledException", f"{replica} is disabled."):
        away.rotate_key_on_demand(KeyId=replica)
