"""Lesson 5. A multi-Region key has the same material in several Regions; each of them is a key of its own."""


def test_what_one_encrypts_the_other_decrypts(account, kms, refused):
    """What the primary key encrypts its replica decrypts, without a call to the other Region"""
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")
    there = account.client("kms", "eu-west-1")
    blob = kms.encrypt(KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    single = kms.create_key()["KeyMetadata"]["KeyId"]
    with refused("AccessDeniedException"):
        there.decrypt(CiphertextBlob=kms.encrypt(KeyId=single, Plaintext=b"x")["CiphertextBlob"])


def test_each_has_a_life_of_its_own(account, kms, refused):
    """A replica goes on while the primary is disabled, and can take its place"""
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")
    there = account.client("kms", "eu-west-1")
    kms.disable_key(KeyId=primary)
    there.encrypt(KeyId=primary, Plaintext=b"x")
    with refused("DisabledException"):
        kms.encrypt(KeyId=primary, Plaintext=b"x")
    kms.enable_key(KeyId=primary)
    kms.update_primary_region(KeyId=primary, PrimaryRegion="eu-west-1")
    kinds = there.describe_key(KeyId=primary)["KeyMetadata"]["MultiRegionConfiguration"]
    assert kinds["PrimaryKey"]["Region"] == "eu-west-1"
