"""The ciphertext of a symmetric key: the sizes that AWS produces, and nothing readable after any change."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmsmock.crypto import symmetric

pytestmark = pytest.mark.evidence(
    "recorded",
    "localstack (test_kms.snapshot.json) and stackd (testdata/aws/kms): the sizes of ciphertexts; what is in one is AWS's own affair",
)

MATERIAL = bytes(range(32))
ID = bytes.fromhex(symmetric.material_id("key", MATERIAL))
contexts = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


def seal(plaintext, context=None, **options):
    return symmetric.seal(MATERIAL, ID, plaintext, context or {}, random=os.urandom, **options)


@pytest.mark.parametrize(
    ("size", "recorded"), [(12, 164), (27, 179), (32, 184), (48, 201), (150, 307), (2374, 2536), (4096, 4258)]
)
def test_sizes_are_those_recorded_from_aws(size, recorded):
    assert len(seal(bytes(size))) == recorded


def test_the_familiar_prefixes_tell_ciphertexts_from_data_keys():
    assert seal(b"x").startswith(bytes.fromhex("0102020078") + ID)
    assert seal(b"x", data_key=True).startswith(bytes.fromhex("0102030078") + ID)


@given(st.binary(min_size=1, max_size=4096), contexts)
def test_what_was_sealed_opens_with_the_same_context(plaintext, context):
    assert symmetric.open_sealed(MATERIAL, seal(plaintext, context), context) == plaintext


@given(contexts, contexts)
def test_another_context_opens_nothing(sealed_with, opened_with):
    blob = seal(b"secret", sealed_with)
    if sealed_with != opened_with:
        with pytest.raises(symmetric.InvalidCiphertext):
            symmetric.open_sealed(MATERIAL, blob, opened_with)


def test_contexts_that_concatenate_alike_are_different():
    with pytest.raises(symmetric.InvalidCiphertext):
        symmetric.open_sealed(MATERIAL, seal(b"secret", {"ab": "c"}), {"a": "bc"})


@settings(max_examples=500)
@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_changed_byte_opens_nothing(position, change):
    blob = bytearray(seal(b"secret"))
    blob[position % len(blob)] ^= change
    with pytest.raises(symmetric.InvalidCiphertext):
        symmetric.open_sealed(MATERIAL, bytes(blob), {})


@given(st.integers(1, 300), st.binary(max_size=8))
def test_a_shortened_or_lengthened_blob_opens_nothing(cut, tail):
    blob = seal(b"secret")
    for damaged in (blob[:-cut], blob + (tail or b"x")):
        with pytest.raises(symmetric.InvalidCiphertext):
            symmetric.open_sealed(MATERIAL, damaged, {})


@given(st.binary(max_size=400))
def test_garbage_names_no_material_or_opens_nothing(garbage):
    assert symmetric.material_id_of(garbage) is None or len(garbage) > 58
    with pytest.raises(symmetric.InvalidCiphertext):
        symmetric.open_sealed(MATERIAL, garbage, {})


def test_the_same_bytes_under_another_key_have_another_id():
    assert symmetric.material_id("a", MATERIAL) == symmetric.material_id("a", MATERIAL)
    assert symmetric.material_id("a", MATERIAL) != symmetric.material_id("b", MATERIAL)
