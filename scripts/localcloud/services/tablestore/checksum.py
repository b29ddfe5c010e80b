"""CRC-8 as PlainBuffer uses it: polynomial 0x07, initial value 0, not reflected.

A row's JSON document has thousands of bytes, and a loop over them in Python would cost more than
all the rest of a request. The checksum is linear, so a long input is folded: its front half,
shifted by the length of its rear half, is added (exclusive or) to the rear half, until a short
input with the same checksum is left. Shifting is one `bytes.translate`, adding one big integer.
"""

from __future__ import annotations

from functools import lru_cache

_SHORT = 48  # bytes; below this the loop is the quicker way
_ORDER = 127  # shifting by this many bytes changes nothing, for this polynomial


def _byte_table() -> bytes:
    table = bytearray()
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x07) & 0xFF if crc & 0x80 else (crc << 1) & 0xFF
        table.append(crc)
    return bytes(table)


_TABLE = _byte_table()


@lru_cache(maxsize=_ORDER)
def _shift_table(places: int) -> bytes:
    """Map each byte to its value `places` bytes further left."""
    table = bytes(range(256))
    for _ in range(places):
        table = table.translate(_TABLE)
    return table


def _fold(data: bytes) -> bytes:
    while len(data) > _SHORT:
        rear = len(data) // 2
        cut = len(data) - rear
        front = data[:cut].translate(_shift_table(rear % _ORDER))
        total = int.from_bytes(front, "big") ^ int.from_bytes(data[cut:], "big")
        data = total.to_bytes(cut, "big")
    return data


def crc8(crc: int, data: bytes) -> int:
    """Carry the checksum `crc` (0 at the start) over `data`."""
    if len(data) > _SHORT:
        data = _fold(bytes([data[0] ^ crc]) + data[1:])
        crc = 0
    for byte in data:
        crc = _TABLE[crc ^ byte]
    return crc
