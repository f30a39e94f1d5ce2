"""Lesson 3. Rotation gives a key new material and keeps the old: nothing has to be encrypted anew."""


def test_ten_years_of_rotation(aws_clock, kms):
    """A key rotates every year, and decrypts what it encrypted ten years ago"""
    aws_clock.freeze("2026-01-01")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"2026")["CiphertextBlob"]
    aws_clock.move_to("2036-01-02")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"2026"
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert len(rotations) == 10
    assert f"{rotations[0]['RotationDate']:%Y-%m-%d}" == "2027-01-01"


def test_rotation_on_demand(kms, refused):
    """A key can be rotated at once, up to a limit; a key of another kind not at all"""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.list_key_rotations(KeyId=key)["Rotations"][0]["RotationType"] == "ON_DEMAND"
    pair = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    with refused("UnsupportedOperationException"):
        kms.enable_key_rotation(KeyId=pair)
