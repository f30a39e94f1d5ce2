"""Key material to import, wrapped as KMS asks."""

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

FOREVER = "KEY_MATERIAL_DOES_NOT_EXPIRE"


MATERIAL, OTHER = b"\1" * 32, b"\2" * 32


def wrapped(kms, key, material, algorithm="RSAES_OAEP_SHA_256"):
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    public = load_der_public_key(given["PublicKey"])
    if algorithm.startswith("RSAES"):
        blob = public.encrypt(material, oaep)
    else:
        blob = public.encrypt(b"w" * 32, oaep) + keywrap.aes_key_wrap_with_padding(b"w" * 32, material)
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}


def bring(kms, key, material=MATERIAL, **more):
    more = more or {"ExpirationModel": FOREVER}
    return kms.import_key_material(**wrapped(kms, key, material), **more)
