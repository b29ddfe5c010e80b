"""CRC-64 as `x-oss-hash-crc64ecma` holds it (ECMA-182, reflected, all ones in and out).

A CRC is linear over GF(2), so a block is cut into lanes that NumPy advances side by side, and the
lanes are folded in pairs: the first half's remainder is moved over as many zero bytes as the second
half is long. The same moving joins the CRCs of a multipart upload's parts.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

POLYNOMIAL = 0xC96C5795D7870F42
ALL_ONES = 0xFFFFFFFFFFFFFFFF
LANE = 64
"""Bytes that one lane covers; even, since two bytes are taken at a step."""
SHORT = 1024
"""Bytes below which the plain loop is the faster."""

Words = npt.NDArray[np.uint64]


@lru_cache(maxsize=1)
def _byte_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (POLYNOMIAL if remainder & 1 else 0)
        table.append(remainder)
    return tuple(table)


@lru_cache(maxsize=1)
def _pair_table() -> Words:
    """Remainders of every two bytes, read as a little-endian number."""
    table = np.array(_byte_table(), dtype=np.uint64)
    remainder = np.arange(1 << 16, dtype=np.uint64)
    for _ in range(2):
        remainder = table[remainder & np.uint64(0xFF)] ^ (remainder >> np.uint64(8))
    return remainder


@lru_cache(maxsize=64)
def _move_table(power: int) -> Words:
    """Moves a remainder over 2**power zero bytes: (8, 256), one row per byte of the remainder."""
    if power == 0:
        bits = np.uint64(1) << np.arange(64, dtype=np.uint64)
        table = np.array(_byte_table(), dtype=np.uint64)
        images = table[bits & np.uint64(0xFF)] ^ (bits >> np.uint64(8))
    else:
        half = _move_table(power - 1)
        single = np.uint64(1) << np.arange(64, dtype=np.uint64)
        images = _move_all(half, _move_all(half, single))
    moves = np.zeros((8, 256), dtype=np.uint64)
    for bit in range(8):
        moves[:, 1 << bit : 2 << bit] = moves[:, : 1 << bit] ^ images[bit::8, np.newaxis]
    return moves


def _move_all(moves: Words, remainders: Words) -> Words:
    moved = np.zeros_like(remainders)
    for index in range(8):
        moved ^= moves[index][(remainders >> np.uint64(8 * index)) & np.uint64(0xFF)]
    return moved


def _move(remainder: int, length: int) -> int:
    """Move `remainder` over `length` zero bytes."""
    power = 0
    while length >> power:
        if length >> power & 1:
            moves = _move_table(power)
            remainder = int(_move_all(moves, np.array([remainder], dtype=np.uint64))[0])
        power += 1
    return remainder


def _byte_by_byte(data: bytes, remainder: int) -> int:
    table = _byte_table()
    for byte in data:
        remainder = table[(remainder ^ byte) & 0xFF] ^ (remainder >> 8)
    return remainder


def _block_remainder(data: bytes) -> int:
    """The remainder of `data` from a remainder of zero, by lanes."""
    lanes = 1 << max(0, (len(data) - 1) // LANE).bit_length()
    padded = np.zeros(lanes * LANE, dtype=np.uint8)  # zeros in front change no remainder
    padded[padded.size - len(data) :] = np.frombuffer(data, dtype=np.uint8)
    columns = np.ascontiguousarray(padded.view("<u2").reshape(lanes, LANE // 2).T)
    table, remainders = _pair_table(), np.zeros(lanes, dtype=np.uint64)
    for column in columns:
        remainders = table[(remainders ^ column) & np.uint64(0xFFFF)] ^ (
            remainders >> np.uint64(16)
        )
    power = LANE.bit_length() - 1
    while remainders.size > 1:
        remainders = _move_all(_move_table(power), remainders[0::2]) ^ remainders[1::2]
        power += 1
    return int(remainders[0])


def crc64(data: bytes, before: int = 0) -> int:
    """The CRC of what `before` is the CRC of, followed by `data`."""
    if len(data) < SHORT:
        return _byte_by_byte(data, before ^ ALL_ONES) ^ ALL_ONES
    return _move(before ^ ALL_ONES, len(data)) ^ _block_remainder(data) ^ ALL_ONES


def join_crc64(first: int, second: int, second_length: int) -> int:
    """The CRC of two pieces put together, from the CRC of each and the second's length in bytes."""
    return _move(first, second_length) ^ second
