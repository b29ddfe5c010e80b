"""Tablestore's instance by itself, on a clock that is set by hand: returns, expiry, index lag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.localcloud.core.storage import Database
from scripts.localcloud.services.tablestore.exceptions import TablestoreError
from scripts.localcloud.services.tablestore.expiry import sweep_expired
from scripts.localcloud.services.tablestore.management import create_table
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.plainbuffer import Cell, Key, Op, Row
from scripts.localcloud.services.tablestore.ranges import RangeRequest, get_range
from scripts.localcloud.services.tablestore.reading import Selection
from scripts.localcloud.services.tablestore.schema import (
    LOCAL_INDEX,
    DefinedColumn,
    IndexMeta,
    KeyColumn,
    Options,
    Table,
)
from scripts.localcloud.services.tablestore.values import Marker
from scripts.localcloud.services.tablestore.writing import Kind, Returned, Write

LATEST = Selection(max_versions=1)
DAY = 86400


class World:
    """An instance, its clock and its lag."""

    def __init__(self, path: Path) -> None:
        self.seconds = 1_000_000.0
        self.lag = 0.0
        self.database = Database(path)
        self.instance = Instance(self.database, lambda: self.seconds, lambda: self.lag)

    def make(self, *indexes: IndexMeta, options: Options | None = None) -> None:
        """The table `t` with the key `a`, `b`."""
        table = Table(
            number=0,
            name="t",
            primary_key=(KeyColumn(name="a", type=2), KeyColumn(name="b", type=1)),
            defined_columns=(DefinedColumn(name="due", type=1), DefinedColumn(name="s", type=4)),
            options=options or Options(),
        )
        create_table(self.instance, table, indexes)

    def put(self, key: tuple[str, int], **columns: int | str) -> None:
        """Put a row."""
        cells = tuple(Cell(name, value) for name, value in columns.items())
        self.instance.write_row(
            Write(table="t", kind=Kind.PUT, row=Row((("a", key[0]), ("b", key[1])), cells))
        )

    def keys(self, table: str, *names: str) -> list[Key]:
        """All keys of a table or index."""
        request = RangeRequest(
            table=table,
            start=tuple((name, Marker.INF_MIN) for name in names),
            end=tuple((name, Marker.INF_MAX) for name in names),
            backward=False,
            limit=None,
            selection=LATEST,
        )
        return [row.primary_key for row in get_range(self.instance, request).rows]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An instance without tables."""
    made = World(tmp_path / "tablestore.sqlite3")
    yield made
    made.database.close()


def test_value_after_an_increment_is_returned(world: World) -> None:
    world.make()
    world.put(("x", 1), n=40, other=1)
    write = Write(
        table="t",
        kind=Kind.UPDATE,
        row=Row((("a", "x"), ("b", 1)), (Cell("n", 2, None, Op.INCREMENT),)),
        returned=Returned.AFTER_MODIFY,
        returned_columns=("n", "nothing"),
    )

    row = world.instance.write_row(write).row

    assert row is not None
    assert [(cell.name, cell.value) for cell in row.cells] == [("n", 42)]


def test_sweep_removes_only_what_has_expired(world: World) -> None:
    world.make(options=Options(time_to_live=DAY))
    world.put(("old", 1), n=1)
    world.seconds += DAY * 0.6
    world.put(("new", 1), n=1)
    world.seconds += DAY * 0.6

    assert sweep_expired(world.instance) == 1
    assert world.database.query_one("SELECT count(*) FROM rows")[0] == 1  # type: ignore[index]  # count always answers


@pytest.mark.parametrize("backward", [False, True])
def test_page_fetches_as_many_rows_however_many_there_are(world: World, backward: bool) -> None:
    world.make(IndexMeta(name="i", primary_key=("due",)))
    fetched = []
    for numbers in (range(100), range(100, 2000)):
        with world.database.transaction():
            for number in numbers:
                world.put(("x", number), due=number)
        world.instance.apply_index_log()
        for table, names in (("t", ("a", "b")), ("i", ("due", "a", "b"))):
            low, high = (
                tuple((name, bound) for name in names) for bound in (Marker.INF_MIN, Marker.INF_MAX)
            )
            request = RangeRequest(
                table=table,
                start=high if backward else low,
                end=low if backward else high,
                backward=backward,
                limit=20,
                selection=LATEST,
            )
            before = world.instance.rows.read
            assert len(get_range(world.instance, request).rows) == 20
            fetched.append(world.instance.rows.read - before)

    assert fetched == [21] * 4  # the last one says where the next page begins
    plan = world.database.query(
        "EXPLAIN QUERY PLAN SELECT key, body FROM rows WHERE number = 1 AND key > ?"
        " AND key < ? ORDER BY key LIMIT 21",
        (b"", b"\xff"),
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH rows USING INDEX rows_by_key (number=? AND key>? AND key<?)"
    ]


def test_index_lags_by_what_is_asked_and_keeps_the_order(world: World) -> None:
    world.make(IndexMeta(name="i", primary_key=("due",)))
    world.lag = 10
    world.put(("x", 1), due=5)
    world.seconds += 4
    world.put(("x", 1), due=7)

    assert world.keys("i", "due", "a", "b") == []
    world.seconds += 6
    assert [key[0] for key in world.keys("i", "due", "a", "b")] == [("due", 5)]
    world.seconds += 4
    assert [key[0] for key in world.keys("i", "due", "a", "b")] == [("due", 7)]


def test_local_index_is_there_at_once(world: World) -> None:
    world.lag = 3600
    world.make(IndexMeta(name="l", primary_key=("a", "due"), index_type=LOCAL_INDEX))

    world.put(("x", 1), due=5)

    assert world.keys("l", "a", "due", "b") == [(("a", "x"), ("due", 5), ("b", 1))]


def test_value_of_another_type_is_not_in_the_index(world: World) -> None:
    world.make(IndexMeta(name="i", primary_key=("due",)))

    world.put(("x", 1), due="text")

    assert world.keys("i", "due", "a", "b") == []


def test_index_key_of_main_key_columns(world: World) -> None:
    world.make(IndexMeta(name="i", primary_key=("b",), defined_columns=("s",)))
    world.put(("x", 2), s="two")
    world.put(("y", 1))

    assert world.keys("i", "b", "a") == [(("b", 1), ("a", "y")), (("b", 2), ("a", "x"))]


def test_failed_row_of_a_batch_leaves_the_others(world: World) -> None:
    world.make()
    good = Write(table="t", kind=Kind.PUT, row=Row((("a", "x"), ("b", 1)), (Cell("n", 1),)))
    bad = Write(table="nothing", kind=Kind.PUT, row=Row((("a", "x"), ("b", 1))))

    outcomes = world.instance.write_rows([good, bad])

    assert not isinstance(outcomes[0], TablestoreError)
    assert isinstance(outcomes[1], TablestoreError)
    assert outcomes[1].code == "OTSObjectNotExist"
    assert world.keys("t", "a", "b") == [(("a", "x"), ("b", 1))]
