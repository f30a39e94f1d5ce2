"""AES-256 in counter mode for bodies of any size: the ciphertext is as long as the plaintext, and is made in chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from io import BytesIO
from typing import IO, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

NONCE_SIZE = 16
_CHUNK = 1 << 20


class Segment(NamedTuple):
    """A stretch of ciphertext: its length, and the nonce of each layer that it was encrypted with."""

    size: int
    nonces: tuple[bytes, ...]


def _cipher(key: bytes, nonces: Sequence[bytes]) -> Callable[[bytes | memoryview], bytes]:
    """Encrypts and decrypts, which in counter mode is the same; each layer has a key of its own."""
    layers = []
    for nonce in nonces:
        layers.append(Cipher(AES(key), CTR(nonce)).encryptor().update)
        key = sha256(key).digest()
    if len(layers) == 1:
        return layers[0]

    def all_layers(data: bytes | memoryview) -> bytes:
        for layer in layers:
            data = layer(data)
        return bytes(data)

    return all_layers


def seal(target: IO[bytes], plaintext: bytes, key: bytes, nonces: tuple[bytes, ...]) -> Segment:
    """Write the ciphertext of a body to a file, with no second copy of the body in memory."""
    update = _cipher(key, nonces)
    view = memoryview(plaintext)
    for start in range(0, len(view), _CHUNK):
        target.write(update(view[start : start + _CHUNK]))
    return Segment(len(view), nonces)


def unseal(source: IO[bytes], segments: Sequence[Segment], key: bytes) -> bytes:
    """Read the plaintext of a file that was sealed in segments, one after the other."""
    opened = BytesIO()
    source.seek(0)
    for size, nonces in segments:
        update, left = _cipher(key, nonces), size
        while left:
            chunk = source.read(min(_CHUNK, left))
            opened.write(update(chunk))
            left -= len(chunk)
    return opened.getvalue()
