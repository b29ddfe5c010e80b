"""Values of cells and keys, and their bytes: a type byte, then the value, little-endian.

The same form stands in PlainBuffer rows, in a condition's `column_value` and in stored rows.
`str` is STRING, `bytes` is BLOB, `bool` BOOLEAN, `int` INTEGER, `float` DOUBLE.
"""

from __future__ import annotations

import struct
from enum import Enum, IntEnum


class PlainBufferError(ValueError):
    """The bytes are no PlainBuffer, or a checksum does not fit."""


class Kind(IntEnum):
    """The type byte of a value."""

    INTEGER = 0x00
    DOUBLE = 0x01
    BOOLEAN = 0x02
    STRING = 0x03
    NULL = 0x06
    BLOB = 0x07
    INF_MIN = 0x09
    INF_MAX = 0x0A
    AUTO_INCREMENT = 0x0B


class Marker(Enum):
    """Values that carry no data."""

    NULL = Kind.NULL
    INF_MIN = Kind.INF_MIN
    INF_MAX = Kind.INF_MAX
    AUTO_INCREMENT = Kind.AUTO_INCREMENT


Value = int | float | bool | str | bytes | Marker

_FIXED = {Kind.INTEGER: "<q", Kind.DOUBLE: "<d", Kind.BOOLEAN: "<?"}


def kind_of(value: Value) -> Kind:
    """Name the type of a value."""
    if isinstance(value, Marker):
        return value.value
    for python, kind in (
        (bool, Kind.BOOLEAN),  # before int: a bool is an int in Python
        (int, Kind.INTEGER),
        (float, Kind.DOUBLE),
        (str, Kind.STRING),
    ):
        if isinstance(value, python):
            return kind
    return Kind.BLOB


def size_of(value: Value | None) -> int:
    """Count a value's bytes as capacity units and limits do."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, bool):
        return 1
    return 0 if value is None or isinstance(value, Marker) else 8


def encode_value(value: Value) -> bytes:
    """Write type byte and value.

    Raises:
        PlainBufferError: an integer beyond 64 bits.
    """
    kind = kind_of(value)
    head = bytes([kind])
    if kind in _FIXED:
        try:
            return head + struct.pack(_FIXED[kind], value)
        except struct.error as exc:
            raise PlainBufferError(f"integer {value!r} does not fit 64 bits") from exc
    if isinstance(value, Marker):
        return head
    raw = value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[arg-type]  # only str and bytes are left
    return head + struct.pack("<i", len(raw)) + raw


def decode_value(data: bytes, at: int = 0) -> tuple[Value, int]:
    """Read a value at `at`; answer it and the place after it.

    Raises:
        PlainBufferError: an unknown type, or bytes that end too early.
    """
    try:
        kind = Kind(data[at])
        if kind in _FIXED:
            value: Value = struct.unpack_from(_FIXED[kind], data, at + 1)[0]
            return value, at + (2 if kind is Kind.BOOLEAN else 9)
        if kind in (Kind.STRING, Kind.BLOB):
            return _decode_sized(data, at + 1, text=kind is Kind.STRING)
        return Marker(kind), at + 1
    except (struct.error, IndexError, ValueError) as exc:
        raise PlainBufferError("data format is invalid, unknown variant type occured.") from exc


def _decode_sized(data: bytes, at: int, *, text: bool) -> tuple[Value, int]:
    size: int = struct.unpack_from("<i", data, at)[0]
    end = at + 4 + size
    if size < 0 or end > len(data):
        raise PlainBufferError(f"Cell data broken, wrong string format, size: {size}.")
    raw = data[at + 4 : end]
    return (raw.decode() if text else raw), end
