"""Bodies of objects in counter mode: what was sealed comes back, whatever its size, parts and layers."""

import os
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kmsmock.crypto import streams

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
MIB = 1 << 20
SIZES = st.sampled_from([0, 1, 15, 16, 17, 31, 32, 1000, MIB - 1, MIB, MIB + 1, MIB + 15, MIB + 16])


def nonces(layers):
    return tuple(os.urandom(streams.NONCE_SIZE) for _ in range(layers))


@settings(deadline=None, max_examples=60)
@given(st.lists(SIZES, max_size=3), st.sampled_from([1, 2]))
@example([], 1)
@example([MIB + 1, 0, 17], 2)
def test_segments_come_back_in_their_order(sizes, layers):
    bodies, target = [os.urandom(size) for size in sizes], BytesIO()
    segments = [streams.seal(target, body, KEY, nonces(layers)) for body in bodies]
    assert [segment.size for segment in segments] == sizes
    sealed = target.getvalue()
    assert streams.unseal(target, segments, KEY) == b"".join(bodies)
    assert target.getvalue() == sealed, "reading leaves the ciphertext as it is"


@pytest.mark.parametrize("layers", [1, 2])
def test_the_ciphertext_is_as_long_as_the_body_and_looks_like_nothing(layers):
    body, target = bytes(4096), BytesIO()
    segment = streams.seal(target, body, KEY, nonces(layers))
    assert len(target.getvalue()) == len(body)
    assert len(set(target.getvalue())) > 200
    assert streams.unseal(target, [segment], OTHER_KEY) != body


def test_equal_bodies_make_different_ciphertexts():
    first, second = BytesIO(), BytesIO()
    for target in (first, second):
        streams.seal(target, b"body" * 8, KEY, nonces(1))
    assert first.getvalue() != second.getvalue()


def test_the_second_layer_is_not_the_first_one_again():
    nonce = os.urandom(streams.NONCE_SIZE)
    target = BytesIO()
    streams.seal(target, b"body" * 8, KEY, (nonce, nonce))
    assert target.getvalue() != b"body" * 8
