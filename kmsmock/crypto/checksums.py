"""Cyclic redundancy checks that Python's library does not have: CRC-64/NVME and CRC-32C, as S3 computes them.

A body is looked at in rows of 64 bytes. All rows advance together, a column at a time: what a byte adds to the
check is a table of 256 entries for each byte of the check, so ``bytes.translate`` adds a column of the whole body
at once. Rows are then folded in pairs. That is ten times as fast as a loop over the bytes.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

_WIDTH = 64
"""Bytes in a row."""


class Crc(NamedTuple):
    """A reflected CRC that starts from ones and is inverted at the end: its polynomial, and its size in bytes."""

    polynomial: int
    size: int


CRC64NVME = Crc(0x9A6C9329AC4BC9B5, 8)
CRC32 = Crc(0xEDB88320, 4)
CRC32C = Crc(0x82F63B78, 4)


def compute(crc: Crc, body: bytes) -> bytes:
    """The check of a body, the most significant byte first, as S3 writes it before it is base64."""
    ones = (1 << 8 * crc.size) - 1
    head, rest = body[: len(body) % _WIDTH], body[len(body) % _WIDTH :]
    value = _by_bytes(crc, head, ones)
    if rest:
        value = _shifted(crc, value, len(rest)) ^ _by_rows(crc, rest)
    return (value ^ ones).to_bytes(crc.size, "big")


def combine(crc: Crc, first: bytes, second: bytes, length: int) -> bytes:
    """The check of two bodies one behind the other, from their checks and the length of the second."""
    moved = _shifted(crc, int.from_bytes(first, "big"), length)
    return (moved ^ int.from_bytes(second, "big")).to_bytes(crc.size, "big")


@cache
def _table(crc: Crc) -> tuple[int, ...]:
    table = list(range(256))
    for _ in range(8):
        table = [(value >> 1) ^ (crc.polynomial if value & 1 else 0) for value in table]
    return tuple(table)


def _by_bytes(crc: Crc, body: bytes, value: int) -> int:
    table = _table(crc)
    for byte in body:
        value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
    return value


def _shifted(crc: Crc, value: int, count: int) -> int:
    """A check after ``count`` bytes of zero."""
    power = 1
    while count:
        if count & 1:
            value = _apply(_columns_after(crc, power), value, crc.size)
        count >>= 1
        power <<= 1
    return value


def _apply(columns: tuple[tuple[int, ...], ...], value: int, size: int) -> int:
    moved = 0
    for place in range(size):
        moved ^= columns[place][(value >> 8 * place) & 0xFF]
    return moved


@cache
def _columns_after(crc: Crc, count: int) -> tuple[tuple[int, ...], ...]:
    """For each byte of a check, what each of its values becomes after ``count`` (a power of two) bytes of zero."""
    if count == 1:
        table = _table(crc)
        return tuple(
            table if place == 0 else tuple(value << 8 * (place - 1) for value in range(256))
            for place in range(crc.size)
        )
    half = _columns_after(crc, count // 2)
    return tuple(tuple(_apply(half, value, crc.size) for value in column) for column in half)


@cache
def _translations(crc: Crc, count: int) -> tuple[tuple[bytes, ...], ...]:
    """The same as tables for ``bytes.translate``: by byte of the check before, and byte of the check after."""
    return tuple(
        tuple(bytes((value >> 8 * after) & 0xFF for value in column) for after in range(crc.size))
        for column in _columns_after(crc, count)
    )


@cache
def _first_byte(crc: Crc, place: int) -> tuple[bytes, ...]:
    """What a byte at a place of a row adds to the check at the end of the row, as tables by byte of the check."""
    table, size = _table(crc), crc.size
    added = list(table)
    for _ in range(_WIDTH - 1 - place):
        added = [(value >> 8) ^ table[value & 0xFF] for value in added]
    return tuple(bytes((value >> 8 * after) & 0xFF for value in added) for after in range(size))


def _by_rows(crc: Crc, body: bytes) -> int:
    """The check of whole rows, from a start of zero."""
    count = len(body) // _WIDTH
    sums = [0] * crc.size
    for place in range(_WIDTH):
        column = body[place::_WIDTH]
        for after, table in enumerate(_first_byte(crc, place)):
            sums[after] ^= int.from_bytes(column.translate(table), "little")
    rows = [each.to_bytes(count, "little") for each in sums]
    length = _WIDTH
    while count > 1:
        rows, count = _folded(crc, rows, count, length)
        length *= 2
    return sum(row[0] << 8 * place for place, row in enumerate(rows))


def _folded(crc: Crc, rows: list[bytes], count: int, length: int) -> tuple[list[bytes], int]:
    """Checks of rows of twice the length. A row too many is put behind one of zeros, which adds nothing."""
    if count % 2:
        rows = [b"\0" + row for row in rows]
        count += 1
    translations = _translations(crc, length)
    folded = []
    for after in range(crc.size):
        value = int.from_bytes(rows[after][1::2], "little")
        for before in range(crc.size):
            value ^= int.from_bytes(rows[before][0::2].translate(translations[before][after]), "little")
        folded.append(value.to_bytes(count // 2, "little"))
    return folded, count // 2
