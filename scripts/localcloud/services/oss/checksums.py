"""CRC-64 as `x-oss-hash-crc64ecma` holds it (ECMA-182, reflected, all ones in and out).

A CRC is linear over GF(2): moving a remainder over so many zero bytes is a matrix of 64 words. That
joins the CRCs of a multipart upload's parts without reading them again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from fastcrc import crc64 as library

POLYNOMIAL: Final = 0xC96C5795D7870F42
Matrix = tuple[int, ...]
"""What becomes of each of the 64 bits of a remainder, the lowest first."""


def crc64(data: bytes, before: int = 0) -> int:
    """The CRC of what `before` is the CRC of, followed by `data`."""
    return library.xz(data, before)


def join_crc64(first: int, second: int, second_length: int) -> int:
    """The CRC of two pieces put together, from the CRC of each and the second's length in bytes."""
    power = 0
    while second_length >> power:
        if second_length >> power & 1:
            first = _moved(_over_zeros(power), first)
        power += 1
    return first ^ second


@lru_cache(maxsize=64)
def _over_zeros(power: int) -> Matrix:
    """Moves a remainder over 2**power zero bytes."""
    if power == 0:
        return tuple(_over_a_zero(1 << bit) for bit in range(64))
    half = _over_zeros(power - 1)
    return tuple(_moved(half, image) for image in half)


def _over_a_zero(remainder: int) -> int:
    for _ in range(8):
        remainder = (remainder >> 1) ^ (POLYNOMIAL if remainder & 1 else 0)
    return remainder


def _moved(matrix: Matrix, remainder: int) -> int:
    moved = 0
    while remainder:
        lowest = remainder & -remainder
        moved ^= matrix[lowest.bit_length() - 1]
        remainder ^= lowest
    return moved
