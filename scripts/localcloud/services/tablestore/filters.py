"""Conditions and filters: a serialised Filter becomes a predicate over a row.

The vendor's rules: a missing column passes unless `filter_if_missing`; values of different types
are never equal nor in order; with several versions any one may fit unless `latest_version_only`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.values import (
    Kind,
    PlainBufferError,
    Value,
    decode_value,
    kind_of,
)

MAX_CONDITIONS = 10
MAX_DEPTH = 32
"""Filters within filters; further down nothing is left that ten conditions could need."""
SINGLE, COMPOSITE, PAGINATION = 1, 2, 3
NOT, AND, OR = 1, 2, 3
EQUAL, NOT_EQUAL, EXIST, NOT_EXIST = 1, 2, 7, 8

Columns = Mapping[str, Sequence[Value]]
"""Each column's values, newest first; key columns included."""

_IN_ORDER: dict[int, Callable[[Any, Any], bool]] = {
    3: operator.gt,
    4: operator.ge,
    5: operator.lt,
    6: operator.le,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Attribute columns `offset` to `offset + limit` of a row."""

    offset: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One column against one value."""

    comparator: int
    name: str
    value: Value
    filter_if_missing: bool
    latest_only: bool
    rule: tuple[re.Pattern[str], int] | None = None

    def holds(self, columns: Columns) -> bool:
        """Whether the row passes."""
        found = columns.get(self.name)
        if self.comparator in (EXIST, NOT_EXIST):
            return bool(found) == (self.comparator == EXIST)
        if not found:
            return not self.filter_if_missing
        return any(self._fits(value) for value in (found[:1] if self.latest_only else found))

    def _fits(self, value: Value) -> bool:
        if self.rule is not None:
            transferred = _transfer(value, *self.rule)
            if transferred is None:
                return False
            value = transferred
        same = kind_of(value) is kind_of(self.value)
        if self.comparator == EQUAL:
            return same and value == self.value
        if self.comparator == NOT_EQUAL:
            return not same or value != self.value
        return same and _IN_ORDER[self.comparator](value, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """NOT of one, AND or OR of several."""

    combinator: int
    parts: tuple[Comparison | Combination, ...]

    def holds(self, columns: Columns) -> bool:
        """Whether the row passes."""
        results = (part.holds(columns) for part in self.parts)
        if self.combinator == NOT:
            return not next(results)
        return all(results) if self.combinator == AND else any(results)


Filter = Comparison | Combination | Page


def _transfer(value: Value, pattern: re.Pattern[str], cast: int) -> Value | None:
    """Take a part out of a text value and cast it; None where it cannot be."""
    match = pattern.search(value) if isinstance(value, str) else None
    if match is None:
        return None
    text = match.group(1) if pattern.groups else match.group(0)
    try:
        if cast == Kind.INTEGER:
            return int(text)
        return float(text) if cast == Kind.DOUBLE else text
    except ValueError:
        return None


def _parse_rule(message: Any) -> tuple[re.Pattern[str], int] | None:
    if not message.HasField("value_trans_rule"):
        return None
    rule = message.value_trans_rule
    try:
        pattern = re.compile(rule.regex)
    except re.error as exc:
        raise ParameterInvalidError(f"Invalid regex of filter: '{rule.regex}'.") from exc
    return pattern, rule.cast_type if rule.HasField("cast_type") else Kind.STRING


def _parse_comparison(body: bytes) -> Comparison:
    message = messages.parse("SingleColumnValueFilter", body)
    if message.comparator not in range(EQUAL, NOT_EXIST + 1):
        raise ParameterInvalidError(f"Invalid relation operator: {message.comparator}.")
    value: Value = ""
    if message.comparator not in (EXIST, NOT_EXIST):
        try:
            value, _ = decode_value(message.column_value)
        except PlainBufferError as exc:
            raise ParameterInvalidError("Deserialize relation filter failed.") from exc
    return Comparison(
        comparator=message.comparator,
        name=message.column_name,
        value=value,
        filter_if_missing=message.filter_if_missing,
        latest_only=message.latest_version_only,
        rule=_parse_rule(message),
    )


def _parse_combination(body: bytes, depth: int) -> Combination:
    message = messages.parse("CompositeColumnValueFilter", body)
    if message.combinator not in (NOT, AND, OR):
        raise ParameterInvalidError(f"Invalid logical operator: {message.combinator}.")
    if message.combinator == NOT and len(message.sub_filters) != 1:
        raise ParameterInvalidError("Invalid NOT operator: the number of sub-filters must be 1.")
    if message.combinator != NOT and len(message.sub_filters) < 2:  # noqa: PLR2004 - two operands
        raise ParameterInvalidError("Invalid AND/OR operator: the number of sub-filters must be 2.")
    parts = []
    for sub in message.sub_filters:
        part = _parse(sub, depth + 1)
        if isinstance(part, Page):
            raise ParameterInvalidError(f"Invalid type of sub-filter: {sub.type}.")
        parts.append(part)
    return Combination(combinator=message.combinator, parts=tuple(parts))


def _parse_page(body: bytes) -> Page:
    message = messages.parse("ColumnPaginationFilter", body)
    if message.offset < 0:
        raise ParameterInvalidError(
            "Offset in ColumnPaginationFilter must be greater than or equal to 0."
        )
    if message.limit <= 0:
        raise ParameterInvalidError("Limit in ColumnPaginationFilter must be greater than 0.")
    return Page(offset=message.offset, limit=message.limit)


def _parse(message: Any, depth: int = 0) -> Filter:
    if depth > MAX_DEPTH:
        raise ParameterInvalidError(f"The depth of filter exceeds the max:{MAX_DEPTH}.")
    if message.type == SINGLE:
        return _parse_comparison(message.filter)
    if message.type == COMPOSITE:
        return _parse_combination(message.filter, depth)
    if message.type == PAGINATION:
        return _parse_page(message.filter)
    raise ParameterInvalidError(f"Invalid type of filter: {message.type}.")


def _count(part: Filter) -> int:
    return sum(map(_count, part.parts)) if isinstance(part, Combination) else 1


def parse_filter(body: bytes) -> Filter | None:
    """Read a serialised Filter; None where there is none.

    Raises:
        ParameterInvalidError: it is none, or has more than ten conditions.
    """
    if not body:
        return None
    parsed = _parse(messages.parse("Filter", body))
    if _count(parsed) > MAX_CONDITIONS:
        raise ParameterInvalidError(f"The count of filter exceeds the max:{MAX_CONDITIONS}.")
    return parsed
