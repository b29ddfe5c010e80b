"""What a job costs with a thousand, and with a million, jobs queued: calls, rows read, CPU time.

Some real photos are queued while the pipeline is paused; behind them the backlog is written
straight into the local cloud's data file, as copies of the last one's rows and index entries under
other ids. Then the pipeline resumes with a budget for the next few of the real ones alone, so that
nothing is done for the others meanwhile, and what these cost is counted.

A poller looks as time passes, and a busy machine takes its time: two drains of one backlog differ
by a tenth. So each backlog is drained some jobs at a time, turn about with the others, and the
middle of its drains counts; JSON has them all, with how long each took.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from scripts.bench.cloud import ROOT, BenchError, RunningCloud, cloud_up, until
from scripts.bench.figures import calls_between
from scripts.bench.pictures import photo
from scripts.bench.processes import cpu_seconds, own_cpu_seconds
from scripts.bench.report import Line, Section

AIM: Final = 1.1
UNLIMITED: Final = {"service_time": 0.0}
CHUNK: Final = 20_000
DRAINS: Final = 5
PATIENCE: Final = 600.0
TABLE: Final = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one job cost with so many queued behind it. `calls` are those of all services;
    `cpu_ms` is the functions' processor time, `cloud_cpu_ms` that of the local cloud, which plays
    the services and reads a file that grows with the backlog; `seconds` is how long it took.
    """

    queued: int
    jobs: int
    calls: float
    tablestore_calls: float
    rows_read: float
    cpu_ms: float
    cloud_cpu_ms: float
    seconds: float


def measure(
    sizes: Sequence[int], jobs: int, say: Callable[[str], None] = lambda _: None
) -> list[list[Cost]]:
    """The cost with each backlog, once for each drain of so many jobs. Raises BenchError."""
    found: list[list[Cost]] = [[] for _ in sizes]
    with TemporaryDirectory(prefix="maskline-bench-") as folder:
        stock = Path(folder) / "stock"
        keys = _queue(stock, jobs * DRAINS)
        for queued in sizes:
            say(f"backlog: {queued:,} jobs are written")
            shutil.copytree(stock, Path(folder) / str(queued))
            seed(Path(folder) / str(queued) / "tablestore.sqlite3", queued)
        for drain in range(DRAINS):
            say(f"backlog: {jobs} jobs of each, {drain + 1} of {DRAINS}")
            for costs, queued in zip(found, sizes, strict=True):
                budget = jobs * (drain + 1)
                costs.append(_drained(Path(folder) / str(queued), keys, queued, budget))
    return found


def _queue(data: Path, jobs: int) -> list[str]:
    """Queue real photos on a paused pipeline, and one more to be copied; the keys of the first."""
    with cloud_up(data, **UNLIMITED) as cloud:
        cloud.settle()
        _maskline(cloud, "pause")
        keys = [cloud.upload(f"{number:04}.jpg", photo(number)) for number in range(jobs)]
        _wait_queued(cloud, jobs)
        cloud.upload("copied.jpg", photo(jobs))
        _wait_queued(cloud, jobs + 1)
        cloud.settle()
        return keys


def _wait_queued(cloud: RunningCloud, count: int) -> None:
    """Until that many uploads are pinned and checked: the copy is what follows the acceptance."""

    def pinned() -> bool:
        return int(cloud.ledger()["calls"].get("oss", {}).get("CopyObject", 0)) >= count

    until(pinned, PATIENCE, lambda: "not all uploads are queued")
    cloud.settle()


def _maskline(cloud: RunningCloud, *command: str) -> None:
    line = [sys.executable, "-m", "scripts", *command, "--data", cloud.description["data_dir"]]
    answer = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if answer.returncode:
        raise BenchError(f"maskline {command[0]}: {answer.stderr[-300:]}")


def seed(path: Path, count: int) -> None:
    """Copy the job that is due last, with its index entries, so many times under other ids.

    Raises BenchError where there is no job to copy.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        entries = _entries_of_the_last(database)
        database.execute("PRAGMA synchronous=OFF")
        for start in range(0, count, CHUNK):
            ids = [secrets.token_hex(16).encode() for _ in range(min(CHUNK, count - start))]
            database.execute("BEGIN")
            for number, key, body, old in entries:
                database.executemany(
                    "INSERT INTO rows (number, key, body) VALUES (?, ?, ?)",
                    _copies(number, key, body, old, sorted(ids)),
                )
            database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


Entry = tuple[int, bytes, bytes, bytes]
"""A table's number, a row's key and body, and the job's id as it stands in them."""


def _copies(
    number: int, key: bytes, body: bytes, old: bytes, ids: Sequence[bytes]
) -> Iterator[tuple[int, bytes, bytes]]:
    for new in ids:  # ids are equally long, so that no length in a row changes
        yield number, key.replace(old, new), body.replace(old, new)


def _entries_of_the_last(database: sqlite3.Connection) -> list[Entry]:
    numbers = dict(database.execute("SELECT name, number FROM tables"))
    rows = database.execute(
        "SELECT key, body FROM rows WHERE number = ? ORDER BY id", (numbers[TABLE],)
    ).fetchall()
    copied = [(bytes(key), bytes(body)) for key, body in rows if b"/copied.jpg" in bytes(body)]
    if not copied:
        raise BenchError("there is no job to copy")
    key, body = copied[-1]
    job_id = body.partition(b'{"id":"')[2][:32]
    entries = [(numbers[TABLE], key, body, job_id)]
    indexes = [number for name, number in numbers.items() if name.startswith(f"{TABLE}_")]
    for number in indexes:
        found = database.execute("SELECT key, body FROM rows WHERE number = ?", (number,))
        entries += [(number, bytes(k), bytes(b), job_id) for k, b in found if job_id in bytes(k)]
    return entries


def _drained(data: Path, keys: Sequence[str], queued: int, budget: int) -> Cost:
    """Drain until so many of the real ones were ever paid for, and pause again."""
    with cloud_up(data, **UNLIMITED) as cloud:
        _maskline(cloud, "quota", "--set", str(budget))
        cloud.settle()
        told, pid = len(_done(cloud, keys)), cloud.process.pid
        before, spent, own = cloud.ledger(), cpu_seconds(pid), own_cpu_seconds(pid)
        began, jobs = time.monotonic(), budget - int(before["totals"]["billed"])
        _maskline(cloud, "resume")
        until(
            lambda: len(_done(cloud, keys)) - told >= jobs,
            PATIENCE,
            lambda: f"of {jobs} jobs in front of {queued:,} not all are done",
        )
        seconds = time.monotonic() - began
        after, spent = cloud.ledger(), cpu_seconds(pid) - spent
        own = own_cpu_seconds(pid) - own
        _maskline(cloud, "pause")
    calls = calls_between(before["calls"], after["calls"])
    moved = calls_between(before["volumes"], after["volumes"]).get("tablestore", {})
    return Cost(
        queued=queued,
        jobs=jobs,
        calls=sum(sum(operations.values()) for operations in calls.values()) / jobs,
        tablestore_calls=sum(calls.get("tablestore", {}).values()) / jobs,
        rows_read=moved.get("rows_read", 0) / jobs,
        cpu_ms=(spent - own) * 1000 / jobs,
        cloud_cpu_ms=own * 1000 / jobs,
        seconds=seconds,
    )


def _done(cloud: RunningCloud, keys: Sequence[str]) -> set[str]:
    """The real ones that are. Raises BenchError where one came to another end."""
    ended = cloud.ended()
    mine = {key: str(ended[key]["type"]) for key in keys if key in ended}
    if others := set(mine.values()) - {"maskline.job.done"}:
        raise BenchError(f"not all uploads are done: {', '.join(sorted(others))}")
    return set(mine)


def section(found: Sequence[Sequence[Cost]]) -> Section:
    """Each larger backlog against the smallest, figure by figure, the middle of its drains."""
    lines = [
        _line(costs, found[0], what, figure, aimed=aimed)
        for costs in found
        for what, figure, aimed in (
            ("calls", "calls", True),
            ("rows read", "rows_read", True),
            ("ms CPU", "cpu_ms", True),
            ("ms CPU of the local cloud", "cloud_cpu_ms", False),
        )
    ]
    rows = [asdict(cost) for costs in found for cost in costs]
    return Section(name="backlog", lines=lines, rows=rows)


def _line(
    costs: Sequence[Cost], least: Sequence[Cost], what: str, figure: str, *, aimed: bool
) -> Line:
    here, there = _middle(costs, figure), _middle(least, figure)
    ratio = here / there
    compared = costs is not least
    return Line(
        section="backlog",
        what=f"{what} a job, {costs[0].queued:,} queued",
        ours=f"{here:.1f}",
        against=f"{there:.1f} with {least[0].queued:,}" if compared else "",
        ratio=ratio if compared else None,
        aim=f"<= {AIM}" if aimed and compared else "",
        met=ratio <= AIM if aimed and compared else None,
    )


def _middle(costs: Sequence[Cost], figure: str) -> float:
    return median(float(getattr(cost, figure)) for cost in costs)
