"""A backlog written straight into a data file, and what a job costs in front of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from scripts.bench.backlog import Cost, section, seed
from scripts.bench.cloud import BenchError

ID = b"0123456789abcdef0123456789abcdef"
BODY = b'..{"id":"' + ID + b'","source":{"key":"uploads/copied.jpg"}}'
TABLES = [("jobs", 1), ("jobs_due", 2), ("claims", 5)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tablestore.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE tables (name TEXT, number INTEGER)")
        database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, number, key, body)")
        database.executemany("INSERT INTO tables VALUES (?, ?)", TABLES)
        add = "INSERT INTO rows (number, key, body) VALUES (?, ?, ?)"
        database.execute(add, (1, b"S" + ID, BODY))
        database.execute(add, (2, b"queue-1|" + ID, b"due"))
        database.execute(add, (2, b"queue-1|another", b"due"))
    return path


def count(path: Path, number: int) -> int:
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT count(DISTINCT key) FROM rows WHERE number = ?"
        return int(database.execute(query, (number,)).fetchone()[0])


def test_a_job_is_copied_with_its_index_entries(path: Path) -> None:
    seed(path, 25)

    assert (count(path, 1), count(path, 2)) == (26, 27)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT key, body FROM rows WHERE number = 1").fetchall()
    assert all(key[1:] in body and len(body) == len(BODY) for key, body in rows)


def test_without_a_job_to_copy_there_is_no_backlog(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM rows WHERE number = 1")

    with pytest.raises(BenchError, match="no job to copy"):
        seed(path, 1)


@pytest.mark.parametrize(("calls", "met"), [(54.0, True), (56.0, False)])
def test_the_middle_of_drains_is_held_against_the_smallest_backlog(
    calls: float, *, met: bool
) -> None:
    def drains(queued: int, *each: float) -> list[Cost]:
        return [
            Cost(
                queued=queued,
                jobs=40,
                calls=calls,
                tablestore_calls=40,
                rows_read=60,
                cpu_ms=300,
                cloud_cpu_ms=100,
                seconds=20.0,
            )
            for calls in each
        ]

    told = section([drains(1000, 50.0, 49.0, 90.0), drains(10**6, 10.0, calls, 99.0)])

    assert [line.met for line in told.lines] == [None] * 4 + [met, True, True, None]
    assert told.lines[4].ratio == calls / 50.0
    assert len(told.rows) == 6
