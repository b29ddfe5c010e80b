"""As much of Simple Log Service's queries as the template uses, over SQLite: what alarms find."""

from __future__ import annotations

import json
import re
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

Line = Mapping[str, Any]


class _MaxBy:
    def __init__(self) -> None:
        self.found: list[tuple[float, Any]] = []

    def step(self, value: Any, by: float) -> None:
        self.found.append((by, value))

    def finalize(self) -> Any:
        return max(self.found, key=lambda pair: pair[0])[1] if self.found else None


class _Percentile:
    def __init__(self) -> None:
        self.values: list[float] = []

    def step(self, value: float | None, _share: float) -> None:
        if value is not None:
            self.values.append(value)

    def finalize(self) -> float | None:
        return statistics.median(self.values) if self.values else None


def _scalar(text: str, path: str) -> str | None:
    """`json_extract_scalar`: a text of the scalar, or NULL; also of what is no JSON."""
    try:
        found = json.loads(text).get(path.removeprefix("$."))
    except (ValueError, AttributeError):
        return None
    return None if found is None or isinstance(found, (dict, list)) else str(found)


def query(
    text: str, lines: Sequence[Line], *, now: float, start: str = "-1d"
) -> list[dict[str, Any]]:
    """The rows of `search | select ...`; a line's time is its `at`."""
    search, _, sql = text.partition("|")
    since = now - _seconds(start)
    rows = [
        (line["at"], json.dumps({k: v for k, v in line.items() if k != "at"}))
        for line in lines
        if line["at"] >= since and _found(search, line)
    ]
    with sqlite3.connect(":memory:") as database:
        database.row_factory = sqlite3.Row
        _teach(database)
        database.execute("CREATE TABLE log (__time__ REAL, message TEXT)")
        database.executemany("INSERT INTO log VALUES (?, ?)", rows)
        return [dict(row) for row in database.execute(_in_sqlite(sql))]


def _in_sqlite(sql: str) -> str:
    """An aggregate of our own is NULL over no rows, where the vendor's is 0."""
    return re.sub(r"count_if\((.+?)\)", r"coalesce(sum(\1), 0)", sql)


def fires(condition: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a condition of the form `name > number` holds for any row."""
    found = re.fullmatch(r"(\w+) (>|<) (\d+)", condition)
    assert found is not None, condition
    name, sign, number = found.groups()
    values = [row[name] for row in rows if row[name] is not None]
    return any(value > float(number) if sign == ">" else value < float(number) for value in values)


def _found(search: str, line: Line) -> bool:
    term = re.fullmatch(r'"([^"]+)"', search.strip())
    assert term is not None, search
    return term.group(1) in json.dumps(dict(line))


def _seconds(text: str) -> float:
    found = re.fullmatch(r"-(\d+)([smhd])", text)
    assert found is not None, text
    return int(found.group(1)) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found.group(2)]


def _teach(database: sqlite3.Connection) -> None:
    database.create_function("json_extract_scalar", 2, _scalar)
    database.create_function("if", 3, lambda holds, yes, no: yes if holds else no)
    database.create_function("from_unixtime", 1, lambda t: t)
    database.create_function("date_trunc", 2, _truncated)
    for name, count, kind in (
        ("max_by", 2, _MaxBy),
        ("approx_percentile", 2, _Percentile),
    ):
        database.create_aggregate(name, count, kind)  # type: ignore[arg-type]  # typeshed wants Any


def _truncated(unit: str, at: float) -> str:
    assert unit == "hour"
    moment = datetime.fromtimestamp(at, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:00:00Z")
