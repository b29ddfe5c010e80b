"""Tablestore's conditions and filters by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.filters import Columns, Filter, Page, parse_filter
from scripts.localcloud.services.tablestore.values import (
    Value,
    encode_value,
)


def single(comparator: int, value: Value, **fields: Any) -> Any:
    """A serialised Filter on the column `c`."""
    inner = {
        "comparator": comparator,
        "column_name": "c",
        "column_value": encode_value(value),
        "filter_if_missing": True,
        "latest_version_only": True,
        **fields,
    }
    body = messages.new("SingleColumnValueFilter", **inner).SerializeToString()
    return messages.new("Filter", type=1, filter=body)


def combined(combinator: int, *parts: Any) -> Any:
    """A serialised Filter of several."""
    inner = messages.new("CompositeColumnValueFilter", combinator=combinator, sub_filters=parts)
    return messages.new("Filter", type=2, filter=inner.SerializeToString())


def holds(message: Any, columns: Columns) -> bool:
    """Whether a row passes."""
    parsed: Filter | None = parse_filter(message.SerializeToString())
    assert parsed is not None
    assert not isinstance(parsed, Page)
    return parsed.holds(columns)


@pytest.mark.parametrize(
    ("comparator", "expected"),
    [(1, [5]), (2, [4, 6]), (3, [6]), (4, [5, 6]), (5, [4]), (6, [4, 5])],
)
def test_comparisons(comparator: int, expected: list[int]) -> None:
    found = [number for number in (4, 5, 6) if holds(single(comparator, 5), {"c": [number]})]

    assert found == expected


def test_values_of_other_types_are_never_equal_nor_in_order() -> None:
    assert not holds(single(1, 1), {"c": [True]})
    assert not holds(single(1, 1), {"c": [1.0]})
    assert holds(single(2, 1), {"c": ["1"]})
    assert not holds(single(3, 1), {"c": ["2"]})


def test_older_versions_count_unless_only_the_latest_does() -> None:
    assert not holds(single(1, 1), {"c": [2, 1]})
    assert holds(single(1, 1, latest_version_only=False), {"c": [2, 1]})


def test_existence() -> None:
    assert holds(single(7, ""), {"c": [1]})
    assert not holds(single(7, ""), {})
    assert holds(single(8, ""), {})


def test_value_taken_out_of_a_text() -> None:
    rule = {"regex": r"n=(\d+)", "cast_type": 0}

    assert holds(single(4, 7, value_trans_rule=rule), {"c": ["a;n=8"]})
    assert not holds(single(4, 7, value_trans_rule=rule), {"c": ["a;n=6"]})
    assert not holds(single(4, 7, value_trans_rule=rule), {"c": ["none"]})


def test_combinations() -> None:
    low, high = single(4, 3), single(6, 5)

    assert holds(combined(2, low, high), {"c": [4]})
    assert not holds(combined(2, low, high), {"c": [6]})
    assert holds(combined(3, low, single(1, 1)), {"c": [1]})
    assert holds(combined(1, high), {"c": [6]})


@pytest.mark.parametrize(
    "message",
    [
        combined(1, single(1, 1), single(1, 1)),
        combined(2, single(1, 1)),
        combined(2, *[single(1, 1)] * 11),
        messages.new("Filter", type=9, filter=b""),
        messages.new("Filter", type=1, filter=b"\xff\xff"),
        single(99, 1),
    ],
)
def test_impossible_filters_are_refused(message: Any) -> None:
    with pytest.raises(ParameterInvalidError):
        parse_filter(message.SerializeToString())
