"""A ciphertext says nothing of its Region: where its key is not, KMS answers as for a key that one may not use.

Observed in several public threads (aws-encryption-sdk issues on "does not exist in this Region"); the wording is that of
"Troubleshoot access denied error messages" for resources that are associated with a ciphertext.
"""

import pytest

import kmsmock
from tests.support.claims import allow, refused

pytestmark = pytest.mark.evidence(
    "reported",
    'threads of aws-encryption-sdk on "does not exist in this Region"; the ARN in the text is recorded by localstack (test_kms.snapshot.json)',
)

OWNER = "111111111111"
WORDS = (
    "on the resource associated with this ciphertext because the resource does not exist in this Region, "
    "no resource-based policies allow access, or a resource-based policy explicitly denies access"
)


def said(caller, action):
    return f"User: {caller} is not authorized to perform: {action} {WORDS}"


@pytest.fixture
def here(owner):
    return owner.client("kms", "us-east-1")


@pytest.fixture
def there(owner):
    return owner.client("kms", "eu-west-1")


@pytest.fixture
def key(here):
    return here.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def blob(here, key):
    return here.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]


def test_decrypt_of_a_ciphertext_of_another_region_is_denied(owner, there, blob):
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=blob)


def test_a_data_key_of_another_region_is_denied_likewise(owner, here, there, key):
    wrapped = here.generate_data_key(KeyId=key, KeySpec="AES_256")["CiphertextBlob"]
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=wrapped)


def test_the_private_key_of_a_pair_of_another_region_is_denied_likewise(owner, here, there, key):
    made = here.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])


def test_re_encrypt_of_a_ciphertext_of_another_region_is_denied_for_its_source(owner, there, blob):
    destination = there.create_key()["KeyMetadata"]["Arn"]
    with refused("AccessDeniedException", said(owner.root.arn, "kms:ReEncryptFrom")):
        there.re_encrypt(CiphertextBlob=blob, DestinationKeyId=destination)


def test_the_encryption_context_does_not_matter_where_the_key_is_not(owner, there, blob):
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})


def test_a_dry_run_is_denied_too(owner, there, blob):
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=blob, DryRun=True)


def test_whoever_asks_is_named(owner, blob):
    alice = owner.user("alice", [allow("kms:*")])
    with refused("AccessDeniedException", said(alice.arn, "kms:Decrypt")):
        alice.client("kms", region_name="eu-west-1").decrypt(CiphertextBlob=blob)


def test_another_account_in_another_region_reads_the_same_words(aws_world, blob):
    other = aws_world.account("222222222222")
    with refused("AccessDeniedException", said(other.root.arn, "kms:Decrypt")):
        other.client("kms", "eu-west-1").decrypt(CiphertextBlob=blob)


def test_a_key_that_is_named_there_did_not_make_the_ciphertext(there, blob):
    named = there.create_key()["KeyMetadata"]["Arn"]
    with refused("IncorrectKeyException"):
        there.decrypt(CiphertextBlob=blob, KeyId=named)


@pytest.mark.evidence("recorded", "localstack (test_kms.snapshot.json)")
def test_the_arn_of_the_other_region_is_still_refused_as_an_arn(there, key, blob):
    # Recorded (localstack, test_kms.snapshot.json): the ARN's Region is what the message names.
    with refused("NotFoundException", "Invalid arn us-east-1"):
        there.decrypt(CiphertextBlob=blob, KeyId=key)


def test_a_multi_region_key_without_a_replica_there_is_denied_and_with_one_decrypts(owner, here, there):
    primary = here.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    made = here.encrypt(KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=made)
    here.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")
    assert there.decrypt(CiphertextBlob=made)["Plaintext"] == b"x"


def test_the_ciphertext_of_a_key_that_was_deleted_in_another_region_reads_the_same(aws_world, owner, here, there, key):
    made = here.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    here.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_world.clock.advance(days=8)
    with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
        there.decrypt(CiphertextBlob=made)


def test_a_text_that_is_no_ciphertext_is_still_an_invalid_one(there):
    with refused("InvalidCiphertextException", ""):
        there.decrypt(CiphertextBlob=b"nothing that KMS made")


def test_the_refusal_is_a_decision_and_in_the_trail(aws_world, there, blob):
    before = len(aws_world.decisions)
    with refused("AccessDeniedException"):
        there.decrypt(CiphertextBlob=blob)
    (decision,) = aws_world.decisions[before:]
    assert (decision.action, decision.allowed) == ("kms:Decrypt", False)
    event = aws_world.events[-1]
    assert (event["eventName"], event["errorCode"], event["awsRegion"]) == ("Decrypt", "AccessDenied", "eu-west-1")


@pytest.mark.parametrize("enforce", ["audit", "off"])
def test_also_where_nothing_is_enforced_there_is_nothing_to_decrypt_with(enforce):
    with kmsmock.World(enforce=enforce) as world:
        owner = world.account(OWNER)
        key = owner.client("kms").create_key()["KeyMetadata"]["Arn"]
        blob = owner.client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        with refused("AccessDeniedException", said(owner.root.arn, "kms:Decrypt")):
            owner.client("kms", "eu-west-1").decrypt(CiphertextBlob=blob)
