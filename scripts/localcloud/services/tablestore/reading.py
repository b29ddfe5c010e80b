"""Reads: which versions and columns of a row are asked for, and whether it passes the filter.

The vendor's order: what has outlived its time is gone, then versions and columns are chosen, then
the filter sees the chosen ones only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.localcloud.services.tablestore.exceptions import ParameterInvalidError
from scripts.localcloud.services.tablestore.filters import Filter, Page
from scripts.localcloud.services.tablestore.plainbuffer import Cell, Key, Row
from scripts.localcloud.services.tablestore.records import Record, Version, key_size
from scripts.localcloud.services.tablestore.schema import Options

MAX_COLUMNS_TO_GET = 128
UNIT_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a read asks for. `time_range` in ms, its end exclusive; no `columns` means all."""

    columns: frozenset[str] = frozenset()
    max_versions: int | None = None
    time_range: tuple[int, int] | None = None
    filter: Filter | None = None
    start_column: str | None = None
    end_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One row's outcome: the row, if there is one and it passes, and what reading it weighed."""

    row: Row | None
    size: int


def check_selection(selection: Selection) -> None:
    """Versions or a time must be named, columns within the limit.

    Raises:
        ParameterInvalidError: they are not.
    """
    if selection.max_versions is None and selection.time_range is None:
        raise ParameterInvalidError("No version condition is specified while querying row.")
    versions = selection.max_versions
    if versions is not None and versions <= 0 and versions != -1:
        raise ParameterInvalidError(
            f"Invalid max versions: {versions}. Reason: Max versions must be positive."
        )
    if len(selection.columns) > MAX_COLUMNS_TO_GET:
        raise ParameterInvalidError(
            "The number of columns from the request exceeds the limit, limit count:"
            f" {MAX_COLUMNS_TO_GET}, column count: {len(selection.columns)}."
        )


def units(size: int) -> int:
    """Capacity units for so many bytes: one for each 4 KB begun, and one at least."""
    return max(1, math.ceil(size / UNIT_BYTES))


def oldest_alive(options: Options, now_ms: int) -> int | None:
    """The stamp below which data has expired; None where nothing does."""
    if options.time_to_live <= 0:
        return None
    return now_ms - options.time_to_live * 1000


def _versions(selection: Selection, versions: Sequence[Version]) -> Sequence[Version]:
    if selection.time_range is not None:
        start, end = selection.time_range
        versions = [version for version in versions if start <= version[0] < end]
    if selection.max_versions is None or selection.max_versions < 0:
        return versions
    return versions[: selection.max_versions]


def _wanted(selection: Selection, name: str) -> bool:
    if selection.columns and name not in selection.columns:
        return False
    if selection.start_column is not None and name < selection.start_column:
        return False
    return selection.end_column is None or name < selection.end_column


def _choose(selection: Selection, record: Record) -> dict[str, Sequence[Version]]:
    return {
        name: chosen
        for name in sorted(record.columns)
        if _wanted(selection, name) and (chosen := _versions(selection, record.columns[name]))
    }


def _paged(chosen: Mapping[str, Sequence[Version]], page: Page) -> Mapping[str, Sequence[Version]]:
    names = list(chosen)[page.offset : page.offset + page.limit]
    return {name: chosen[name] for name in names}


def _passes(
    selection: Selection, key: Mapping[str, object], chosen: Mapping[str, Sequence[Version]]
) -> bool:
    if selection.filter is None or isinstance(selection.filter, Page):
        return True
    columns = {name: [value] for name, value in key.items()}
    for name, versions in chosen.items():
        columns[name] = [value for _, value in versions]
    return selection.filter.holds(columns)  # type: ignore[arg-type]  # keys hold values only


def _cells(chosen: Mapping[str, Sequence[Version]]) -> tuple[Cell, ...]:
    return tuple(
        Cell(name, value, stamp) for name, versions in chosen.items() for stamp, value in versions
    )


def read_row(
    key: Key, record: Record | None, selection: Selection, *, stamped: bool = False
) -> Read:
    """Apply a selection to a row that is alive, or to none; `stamped`: version numbers weigh."""
    named = dict(key)
    if record is None:
        return Read(row=None, size=key_size(named))
    chosen: Mapping[str, Sequence[Version]] = _choose(selection, record)
    cells = _cells(chosen)
    seen = Record(columns={name: list(chosen[name]) for name in chosen})
    size = seen.size(stamped=stamped) + key_size(named)
    if not chosen and record.columns and not selection.columns & named.keys():
        return Read(row=None, size=size)
    if not chosen and selection.columns and not selection.columns & named.keys():
        return Read(row=None, size=size)
    if not _passes(selection, named, chosen):
        return Read(row=None, size=size)
    if isinstance(selection.filter, Page):
        cells = _cells(_paged(chosen, selection.filter))
    return Read(row=Row(key, cells), size=size)
