"""CRCs of whole bodies and of their parts, against the check values of the catalogue and against each other bit by bit."""

import random
import zlib

import pytest

from kmsmock.crypto import checksums
from kmsmock.crypto.checksums import CRC32, CRC32C, CRC64NVME

ALL = {"CRC32": CRC32, "CRC32C": CRC32C, "CRC64NVME": CRC64NVME}
CHECK = {"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888"}  # of "123456789"
LENGTHS = [0, 1, 63, 64, 65, 127, 128, 129, 191, 192, 640, 1000, 4096, 4928, 4941]


def by_bits(crc, body):
    ones = (1 << 8 * crc.size) - 1
    value = ones
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (crc.polynomial if value & 1 else 0)
    return (value ^ ones).to_bytes(crc.size, "big")


@pytest.mark.parametrize("name", ALL)
def test_the_check_value_of_the_catalogue(name):
    assert checksums.compute(ALL[name], b"123456789").hex() == CHECK[name]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", ALL)
def test_rows_and_bytes_agree(name, length):
    body = random.Random(length).randbytes(length)
    assert checksums.compute(ALL[name], body) == by_bits(ALL[name], body)


@pytest.mark.parametrize("length", [10_000, 1_000_003])
def test_long_bodies_agree_with_zlib(length):
    body = random.Random(length).randbytes(length)
    assert checksums.compute(CRC32, body) == zlib.crc32(body).to_bytes(4, "big")


@pytest.mark.parametrize("lengths", [(0, 0), (5, 0), (0, 5), (7, 64), (64, 7), (1000, 4097)])
@pytest.mark.parametrize("name", ALL)
def test_the_checks_of_parts_add_up_to_that_of_the_whole(name, lengths):
    first, second = (random.Random(each).randbytes(each) for each in lengths)
    crc = ALL[name]
    combined = checksums.combine(crc, checksums.compute(crc, first), checksums.compute(crc, second), len(second))
    assert combined == checksums.compute(crc, first + second)
