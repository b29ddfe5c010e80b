"""The provider's tasks in SQLite. Rows stay for the ledger, unless forgotten; what clients see
expires. A body, which may hold pictures, goes when its task ends.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from scripts.localcloud.core.storage import Database

PENDING, RUNNING, SUSPENDED = "PENDING", "RUNNING", "SUSPENDED"
SUCCEEDED, FAILED, CANCELED, UNKNOWN = "SUCCEEDED", "FAILED", "CANCELED", "UNKNOWN"
LISTED = (
    "task_id, model, function, '{}' AS body, image_url, submit_request_id, submit_time, start_time,"
    " end_time, state, code, message, outputs, script"
)
"""Columns of a list: without bodies, which may hold pictures."""
UNFINISHED = (PENDING, RUNNING, SUSPENDED)

SCHEMA = """
CREATE TABLE IF NOT EXISTS task (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
    function TEXT NOT NULL, body TEXT NOT NULL, image_url TEXT, submit_request_id TEXT NOT NULL,
    submit_time REAL NOT NULL, start_time REAL, end_time REAL, state TEXT NOT NULL,
    code TEXT, message TEXT, outputs TEXT NOT NULL DEFAULT '[]', script TEXT
);
CREATE INDEX IF NOT EXISTS task_by_state ON task (state, model, seq);
CREATE INDEX IF NOT EXISTS task_by_time ON task (submit_time);
CREATE TABLE IF NOT EXISTS past (model TEXT PRIMARY KEY, billed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS refusal (code TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One accepted task. `body` is what was submitted, times are epoch seconds of the cloud."""

    task_id: str
    model: str
    function: str
    body: dict[str, Any]
    image_url: str | None
    submit_request_id: str
    submit_time: float
    start_time: float | None = None
    end_time: float | None = None
    state: str = PENDING
    code: str | None = None
    message: str | None = None
    outputs: tuple[str, ...] = ()
    script: dict[str, Any] | None = None

    @property
    def unique_key(self) -> str:
        """What was called, as lists and events name it (contracts: dashscope 13)."""
        function = self.function.strip("/").replace("/", ":")
        return f"apikey:v1:{function}:{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What `list` asks for: a span of submission times, filters, and a page (from 1)."""

    since: float
    until: float
    kept_since: float
    task_id: str | None = None
    model: str | None = None
    status: str | None = None
    page: int = 1
    page_size: int = 10


class TaskStore:
    """Reads and writes tasks, refusals and the settings' text."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.script(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Several of the following calls as one."""
        return self._database.transaction()

    def add(self, task: Task) -> None:
        """Accept a task."""
        self._database.execute(
            "INSERT INTO task (task_id, model, function, body, image_url, submit_request_id,"
            " submit_time, end_time, state, script) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                task.task_id,
                task.model,
                task.function,
                json.dumps(task.body),
                task.image_url,
                task.submit_request_id,
                task.submit_time,
                task.end_time,
                task.state,
                json.dumps(task.script) if task.script else None,
            ),
        )

    def get(self, task_id: str) -> Task | None:
        """The task of that id."""
        row = self._database.query_one("SELECT * FROM task WHERE task_id = ?", (task_id,))
        return None if row is None else _task(row)

    def next_pending(self, model: str) -> Task | None:
        """The oldest task of `model` that waits."""
        row = self._database.query_one(
            "SELECT * FROM task WHERE state = ? AND model = ? ORDER BY seq LIMIT 1",
            (PENDING, model),
        )
        return None if row is None else _task(row)

    def waiting_models(self) -> list[str]:
        """The models that have PENDING tasks."""
        rows = self._database.query("SELECT DISTINCT model FROM task WHERE state = ?", (PENDING,))
        return [row[0] for row in rows]

    def start(self, task_id: str, at: float) -> None:
        """PENDING to RUNNING."""
        self._database.execute(
            "UPDATE task SET state = ?, start_time = ? WHERE task_id = ?", (RUNNING, at, task_id)
        )

    def move(self, task_id: str, state: str) -> None:
        """Between RUNNING and SUSPENDED."""
        self._database.execute("UPDATE task SET state = ? WHERE task_id = ?", (state, task_id))

    def cancel(self, task_id: str, at: float) -> bool:
        """PENDING to CANCELED; False if it is anything else."""
        changed = self._database.execute(
            "UPDATE task SET state = ?, end_time = ?, body = '{}' WHERE task_id = ? AND state = ?",
            (CANCELED, at, task_id, PENDING),
        )
        return changed == 1

    def succeed(self, task_id: str, at: float, outputs: tuple[str, ...]) -> None:
        """The end with result files of these names: the moment of billing."""
        self._database.execute(
            "UPDATE task SET state = ?, end_time = ?, outputs = ?, body = '{}' WHERE task_id = ?",
            (SUCCEEDED, at, json.dumps(outputs), task_id),
        )

    def fail(self, task_id: str, at: float, code: str, message: str) -> None:
        """The end without a result."""
        self._database.execute(
            "UPDATE task SET state = ?, end_time = ?, code = ?, message = ?, body = '{}'"
            " WHERE task_id = ?",
            (FAILED, at, code, message, task_id),
        )

    def wait_again(self) -> None:
        """What ran when the process died waits again, in its old place at the head of the queue."""
        self._database.execute(
            "UPDATE task SET state = ?, start_time = NULL WHERE state IN (?, ?)",
            (PENDING, RUNNING, SUSPENDED),
        )

    def count(self, model: str, states: tuple[str, ...]) -> int:
        """How many tasks of `model` are in one of these states."""
        marks = ", ".join("?" * len(states))
        row = self._database.query_one(
            f"SELECT COUNT(*) FROM task WHERE state IN ({marks}) AND model = ?",  # noqa: S608 - marks
            (*states, model),
        )
        return 0 if row is None else int(row[0])

    def billed(self, model: str) -> int:
        """How many tasks of `model` were ever billed, forgotten ones too."""
        row = self._database.query_one("SELECT billed FROM past WHERE model = ?", (model,))
        return self.count(model, (SUCCEEDED,)) + (0 if row is None else int(row[0]))

    def forget(self, before: float) -> None:
        """Drop the rows of tasks that ended by then, and keep how many of them were billed."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO past SELECT model, COUNT(*) FROM task"
                " WHERE end_time <= ? AND state = ? GROUP BY model"
                " ON CONFLICT (model) DO UPDATE SET billed = billed + excluded.billed",
                (before, SUCCEEDED),
            )
            self._database.execute("DELETE FROM task WHERE end_time <= ?", (before,))

    def search(self, search: Search) -> tuple[int, list[Task]]:
        """How many tasks match in all, and one page of them, the newest first."""
        where = "submit_time >= ? AND submit_time <= ? AND state != ?"
        where += " AND (end_time IS NULL OR end_time > ?)"
        values: list[Any] = [search.since, search.until, UNKNOWN, search.kept_since]
        named = {"task_id": search.task_id, "model": search.model, "state": search.status}
        for column, value in named.items():
            if value is not None:
                where += f" AND {column} = ?"
                values.append(value)
        total = self._database.query_one(f"SELECT COUNT(*) FROM task WHERE {where}", values)  # noqa: S608 - own words
        rows = self._database.query(
            f"SELECT {LISTED} FROM task WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?",  # noqa: S608 - own words
            [*values, search.page_size, (search.page - 1) * search.page_size],
        )
        return (0 if total is None else int(total[0])), [_task(row) for row in rows]

    def ledger_rows(self) -> list[sqlite3.Row]:
        """What the ledger shows of every task, in the order of submission."""
        return self._database.query(
            "SELECT task_id, model, image_url, submit_request_id, submit_time, start_time,"
            " end_time, state FROM task ORDER BY seq"
        )

    def ended_between(self, after: float, before: float) -> list[str]:
        """Ids of the tasks that ended in that span and left result files."""
        rows = self._database.query(
            "SELECT task_id FROM task WHERE state = ? AND end_time > ? AND end_time <= ?",
            (SUCCEEDED, after, before),
        )
        return [row[0] for row in rows]

    def refuse(self, code: str) -> None:
        """Count a refusal."""
        self._database.execute(
            "INSERT INTO refusal VALUES (?, 1) ON CONFLICT (code) DO UPDATE SET count = count + 1",
            (code,),
        )

    def refusals(self) -> dict[str, int]:
        """Refusals by code."""
        return {row[0]: row[1] for row in self._database.query("SELECT * FROM refusal")}

    def setting(self, name: str) -> Any:
        """A kept JSON value, or None."""
        row = self._database.query_one("SELECT value FROM setting WHERE name = ?", (name,))
        return None if row is None else json.loads(row[0])

    def keep_setting(self, name: str, value: Any) -> None:
        """Keep a JSON value."""
        self._database.execute(
            "INSERT OR REPLACE INTO setting VALUES (?, ?)",
            (name, json.dumps(value)),
        )


def _task(row: sqlite3.Row) -> Task:
    columns = {name: row[name] for name in row.keys() if name != "seq"}  # noqa: SIM118 - a Row iterates values
    return Task(
        **{
            **columns,
            "body": json.loads(row["body"]),
            "outputs": tuple(json.loads(row["outputs"])),
            "script": json.loads(row["script"]) if row["script"] else None,
        }
    )
