"""Tablestore's encodings by themselves: PlainBuffer beside the vendor's, keys, sums, filters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.localcloud.services.tablestore.checksum import crc8
from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.keys import decode_key, encode_key
from scripts.localcloud.services.tablestore.plainbuffer import (
    Cell,
    Op,
    Row,
    decode_row,
    decode_rows,
    encode_rows,
)
from scripts.localcloud.services.tablestore.records import Record, put_record, update_record
from scripts.localcloud.services.tablestore.values import (
    Marker,
    PlainBufferError,
    Value,
)
from tests.integration.localcloud.tablestore_client import sdk

KEY = (("job_id", "作业1"), ("n", -5))
SDK_KEY = [(name.encode(), value) for name, value in KEY]
STAMP = 1_700_000_000_000

key_parts = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.binary(max_size=5),
)


def builder() -> Any:
    """The vendor's writer of rows."""
    from tablestore.plainbuffer.plain_buffer_builder import PlainBufferBuilder

    return PlainBufferBuilder


def slow_crc8(data: bytes) -> int:
    """The definition: bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


@given(st.binary(max_size=700), st.integers(0, 700))
def test_checksum_is_the_definitions_however_it_is_cut(data: bytes, cut: int) -> None:
    assert crc8(crc8(0, data[:cut]), data[cut:]) == slow_crc8(data)


def test_put_row_is_read_and_written_as_the_vendor_writes_it() -> None:
    columns = [
        (b"s", "x" * 300),
        (b"i", 1),
        (b"f", 1.5),
        (b"b", True),
        (b"bin", bytearray(b"\0\xff")),
        (b"t", "old", STAMP),
    ]
    raw = bytes(builder().serialize_for_put_row(SDK_KEY, columns))
    row = Row(
        KEY,
        (
            Cell("s", "x" * 300),
            Cell("i", 1),
            Cell("f", 1.5),
            Cell("b", value=True),
            Cell("bin", b"\0\xff"),
            Cell("t", "old", STAMP),
        ),
    )

    assert decode_row(raw) == row
    assert encode_rows([row]) == raw


def test_update_row_is_read_and_written_as_the_vendor_writes_it() -> None:
    raw = bytes(
        builder().serialize_for_update_row(
            list(KEY),
            {
                "PUT": [("s", "y")],
                "DELETE": [("d", None, STAMP)],
                "DELETE_ALL": ["e"],
                "INCREMENT": [("c", 2)],
            },
        )
    )
    row = Row(
        KEY,
        (
            Cell("s", "y"),
            Cell("d", None, STAMP, Op.DELETE_ONE_VERSION),
            Cell("e", None, None, Op.DELETE_ALL_VERSIONS),
            Cell("c", 2, None, Op.INCREMENT),
        ),
    )

    assert decode_row(raw) == row
    assert encode_rows([row]) == raw


def test_delete_row_and_bounds() -> None:
    delete = bytes(builder().serialize_for_delete_row(SDK_KEY))
    bounds = bytes(builder().serialize_primary_key([(b"job_id", sdk.INF_MIN), (b"n", sdk.INF_MAX)]))

    assert decode_row(delete) == Row(KEY, (), deleted=True)
    assert decode_row(bounds) == Row((("job_id", Marker.INF_MIN), ("n", Marker.INF_MAX)))
    assert decode_row(bounds + b"\0\0") == decode_row(bounds)


def test_vendor_reads_what_is_written_here() -> None:
    from tablestore.plainbuffer.plain_buffer_coded_stream import PlainBufferCodedInputStream
    from tablestore.plainbuffer.plain_buffer_stream import PlainBufferInputStream

    rows = [Row(KEY, (Cell("s", "y" * 500, 1), Cell("x", b"\1", 4))), Row(KEY)]
    read = PlainBufferCodedInputStream(PlainBufferInputStream(encode_rows(rows))).read_rows()

    assert [row.primary_key for row in read] == [list(KEY), list(KEY)]
    assert read[0].attribute_columns == [("s", "y" * 500, 1), ("x", bytearray(b"\1"), 4)]


@given(st.data())
@settings(max_examples=200)
def test_broken_rows_are_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    raw = bytearray(encode_rows([Row(KEY, (Cell("s", "text", STAMP), Cell("i", 7)))]))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(PlainBufferError):
        decode_rows(bytes(raw))


@given(st.binary(max_size=60))
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(PlainBufferError):
        decode_row(b"\x75\0\0\0" + garbage)


# --- keys -----------------------------------------------------------------------------------


def order(value: Value) -> tuple[int, Any]:
    """How the vendor orders values of a key column; text by its UTF-8."""
    if isinstance(value, Marker):
        return (0 if value is Marker.INF_MIN else 9, 0)
    return (1, value.encode() if isinstance(value, str) else value)


@given(st.data())
@settings(max_examples=300)
def test_encoded_keys_are_in_the_keys_order(data: st.DataObject) -> None:
    kinds: list[st.SearchStrategy[Any]] = data.draw(
        st.lists(
            st.sampled_from(
                [
                    st.integers(-(2**63), 2**63 - 1),
                    st.text(st.sampled_from("\0\x01aé"), max_size=4),
                    st.binary(max_size=4),
                ]
            ),
            min_size=1,
            max_size=3,
        )
    )
    bounds = st.sampled_from([Marker.INF_MIN, Marker.INF_MAX])
    keys: list[list[Value]] = [
        [data.draw(st.one_of(kind, bounds)) for kind in kinds] for _ in range(2)
    ]
    expected = [[order(value) for value in key] for key in keys]

    encoded = [encode_key(key) for key in keys]

    assert (encoded[0] < encoded[1]) == (expected[0] < expected[1])
    assert (encoded[0] == encoded[1]) == (expected[0] == expected[1])


@given(st.lists(key_parts, max_size=4))
def test_keys_come_back(key: list[Value]) -> None:
    assert decode_key(encode_key(key)) == key


# --- records --------------------------------------------------------------------------------


def test_records_come_back() -> None:
    record = Record(
        written_at=5, columns={"é": [(3, "x"), (2, 1.5)], "b": [(1, b"\0")], "i": [(9, -1)]}
    )

    assert Record.decode(record.encode()) == record


def test_step_back_of_the_clock_does_not_hide_a_write() -> None:
    before = put_record([Cell("n", 1)], now=1000, max_versions=1)

    after = update_record(before, [Cell("n", 2)], now=900, max_versions=1)

    assert after is not None
    assert after.latest("n") == 2


@pytest.mark.parametrize("value", ["text", 1.5, True])
def test_only_integers_are_incremented(value: Value) -> None:
    before = put_record([Cell("n", value)], now=1, max_versions=1)

    with pytest.raises(ParameterInvalidError):
        update_record(before, [Cell("n", 1, None, Op.INCREMENT)], now=2, max_versions=1)


def test_increment_beyond_64_bits_is_refused() -> None:
    before = put_record([Cell("n", 2**63 - 1)], now=1, max_versions=1)

    with pytest.raises(ParameterInvalidError):
        update_record(before, [Cell("n", 1, None, Op.INCREMENT)], now=2, max_versions=1)
