"""AES-256 in counter mode for bodies of any size: the ciphertext is as long as the plaintext, and is made in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import IO, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

NONCE_SIZE = _BLOCK = 16
_CHUNK = 1 << 20


class Segment(NamedTuple):
    """A stretch of ciphertext: its length, and the nonce of each layer that it was encrypted with."""

    size: int
    nonces: tuple[bytes, ...]


def _layers(key: bytes, nonces: Sequence[bytes]) -> list[CipherContext]:
    """What encrypts, and in counter mode decrypts as well; each layer has a key of its own."""
    layers = []
    for nonce in nonces:
        layers.append(Cipher(AES(key), CTR(nonce)).encryptor())
        key = sha256(key).digest()
    return layers


def seal(target: IO[bytes], plaintext: bytes, key: bytes, nonces: tuple[bytes, ...]) -> Segment:
    """Write the ciphertext of a body to a file, with no second copy of the body in memory."""
    layers = _layers(key, nonces)
    view = memoryview(plaintext)
    for start in range(0, len(view), _CHUNK):
        chunk: bytes | memoryview = view[start : start + _CHUNK]
        for layer in layers:
            chunk = layer.update(chunk)
        target.write(chunk)
    return Segment(len(view), nonces)


def unseal(source: IO[bytes], segments: Sequence[Segment], key: bytes) -> bytes:
    """Read the plaintext of a file that was sealed in segments, one after the other.

    It is decrypted where the ciphertext was read to: a BytesIO that alone holds its bytes lets them be written, and
    gives them away without a copy.
    """
    source.seek(0)
    opened = BytesIO(source.read())
    with opened.getbuffer() as view:
        start = 0
        for size, nonces in segments:
            for layer in _layers(key, nonces):
                _apply(layer, view[start : start + size])
            start += size
    return opened.getvalue()


def _apply(layer: CipherContext, view: memoryview) -> None:
    """Encrypt or decrypt in place. OpenSSL wants room for a block more than it writes, which the end has not."""
    last = max(0, len(view) - _BLOCK + 1)
    for start in range(0, last, _CHUNK):
        end = min(start + _CHUNK, last)
        layer.update_into(view[start:end], view[start : end + _BLOCK - 1])
    view[last:] = layer.update(view[last:])
