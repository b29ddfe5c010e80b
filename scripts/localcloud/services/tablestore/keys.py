"""Primary keys as bytes whose order is the keys' order, so that a range is one indexed read.

Each column is a tag and its value: integers big-endian with the sign bit turned, text and bytes
with 00 written as 00 FF and ended by 00 01 (which sorts before any continuation). INF_MIN and
INF_MAX have the lowest and the highest tag. The encoding is reversible, names aside.
"""

from __future__ import annotations

from collections.abc import Iterable

from scripts.localcloud.services.tablestore.values import Marker, Value

_MIN, _INTEGER, _BOOLEAN, _STRING, _BLOB, _MAX = 0x00, 0x10, 0x18, 0x20, 0x30, 0xFF
_END = b"\x00\x01"
_BIAS = 1 << 63


def _encode_one(value: Value) -> bytes:
    if isinstance(value, Marker):
        return bytes([_MIN if value is Marker.INF_MIN else _MAX])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, int):
        return bytes([_INTEGER]) + (value + _BIAS).to_bytes(8, "big")
    if isinstance(value, str):
        return bytes([_STRING]) + value.encode().replace(b"\0", b"\0\xff") + _END
    if isinstance(value, bytes):
        return bytes([_BLOB]) + value.replace(b"\0", b"\0\xff") + _END
    raise TypeError(f"{type(value).__name__} has no place in a key")


def encode_key(values: Iterable[Value]) -> bytes:
    """Write the values of a key, or of a range's bound, in order."""
    return b"".join(map(_encode_one, values))


def decode_key(data: bytes) -> list[Value]:
    """Read the values back (stored keys hold no INF_MIN or INF_MAX)."""
    values: list[Value] = []
    at = 0
    while at < len(data):
        tag = data[at]
        if tag == _INTEGER:
            values.append(int.from_bytes(data[at + 1 : at + 9], "big") - _BIAS)
            at += 9
        elif tag == _BOOLEAN:
            values.append(bool(data[at + 1]))
            at += 2
        else:
            end = data.index(_END, at)
            raw = data[at + 1 : end].replace(b"\0\xff", b"\0")
            values.append(raw.decode() if tag == _STRING else raw)
            at = end + len(_END)
    return values
