"""The local cloud itself: how soon it is there, what it holds when idle, what a request costs it.

Time is the process's own CPU time, so that a busy machine hardly matters; what it is measured
against is a bare server of the same library that answers a constant. A write is measured against
that and an SQLite commit of the same durability.
"""

from __future__ import annotations

import http.client
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

from scripts.bench.cloud import ROOT, BenchError, RunningCloud, cloud_up, pause
from scripts.bench.figures import Spread, spread
from scripts.bench.processes import memory, own_cpu_seconds
from scripts.bench.report import Line, Section
from scripts.localcloud.core.storage import Database

SECONDS, MEMORY, MIB = 1.0, 120, 2**20
"""Aims: the start, and megabytes when idle."""
IDLE: Final = 2.0
"""Seconds after the first answer at which memory is looked at."""
BODY: Final = b"x" * 1000
TABLE: Final = "bench"
BARE: Final = """
import asyncio
from aiohttp import web
async def main():
    @web.middleware
    async def answer(request, handler):
        await request.read()
        return web.Response(body=b"x" * 1000)
    runner = web.AppRunner(web.Application(middlewares=[answer]))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start: seconds by the wall's clock and of CPU until the first line, idle bytes."""

    wall: Spread
    cpu: Spread
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a request costs the server: CPU seconds; `rate` is by the wall, from one client."""

    cpu: float
    rate: float


def measure_start(rounds: int) -> dict[str, Start]:
    """Ours on a folder that was used before, and the bare server, in turns. Raises BenchError."""
    with TemporaryDirectory(prefix="maskline-bench-") as folder:
        ours = [sys.executable, "-m", "scripts", "up", "--json", "--data", f"{folder}/data"]
        commands = {"cloud": ours, "bare": [sys.executable, "-c", BARE]}
        with _running(ours):
            pause(IDLE)  # the first time packages are built
        found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
        for number in range(rounds):
            for name, command in commands.items():
                found[name].append(_one_start(command, look=number == rounds - 1))
    return {name: _start(samples) for name, samples in found.items()}


def _start(samples: Sequence[tuple[float, float, int]]) -> Start:
    walls, cpus, memories = zip(*samples, strict=True)
    return Start(wall=spread(walls), cpu=spread(cpus), memory=max(memories))


def _one_start(command: list[str], *, look: bool) -> tuple[float, float, int]:
    began = time.monotonic()
    with _running(command) as (process, _):
        wall, cpu = time.monotonic() - began, own_cpu_seconds(process.pid)
        if look:
            pause(IDLE)
        return wall, cpu, memory(process.pid) if look else 0


@contextmanager
def _running(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its first line. Raises BenchError."""
    process = subprocess.Popen(  # noqa: S603 - our own programs
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise BenchError(f"{command[1:4]} did not start")
        yield process, line
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def measure_requests(count: int) -> dict[str, Cost]:
    """The cost of each operation, of a constant answer, and of a commit. Raises BenchError."""
    with _running([sys.executable, "-c", BARE]) as (process, line):
        found = {"constant": _asked(process.pid, f"http://127.0.0.1:{int(line)}/", "GET", count)}
    with cloud_up() as cloud:
        cloud.settle()
        pid = cloud.process.pid
        for operation, method in (("PutObject", "PUT"), ("GetObject", "GET")):
            url = cloud.bucket.sign_url(method, "bench/object", 3600, slash_safe=True)
            found[operation] = _asked(pid, url, method, count)
        found |= _rows(cloud, count)
    return {**found, "commit": _commit(count)}


def _asked(pid: int, url: str, method: str, count: int) -> Cost:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)

    def ask() -> None:
        body = BODY if method == "PUT" else None
        connection.request(method, f"{place.path}?{place.query}", body)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise BenchError(f"{method} was answered {answer.status}")

    try:
        return _cost(pid, ask, count)
    finally:
        connection.close()


def _rows(cloud: RunningCloud, count: int) -> dict[str, Cost]:
    import tablestore

    told = cloud.description
    client = tablestore.OTSClient(
        told["tablestore_endpoint"],
        told["access_key_id"],
        told["access_key_secret"],
        told["tablestore_instance"],
        enable_native=False,
        region=told["region"],
    )
    meta = tablestore.TableMeta(TABLE, [("id", "STRING")])
    units = tablestore.ReservedThroughput(tablestore.CapacityUnit(0, 0))
    client.create_table(meta, tablestore.TableOptions(), units)
    key, columns = [("id", "row")], [("value", "x" * len(BODY))]
    always = tablestore.Condition(tablestore.RowExistenceExpectation.IGNORE)
    calls: dict[str, Callable[[], Any]] = {
        "PutRow": lambda: client.put_row(TABLE, tablestore.Row(key, columns), always),
        "GetRow": lambda: client.get_row(TABLE, key, max_version=1),
    }
    return {name: _cost(cloud.process.pid, call, count) for name, call in calls.items()}


def _commit(count: int) -> Cost:
    """An SQLite commit as the services have it."""
    with TemporaryDirectory(prefix="maskline-bench-") as folder:
        database = Database(Path(folder) / "bench.sqlite3")
        database.script("CREATE TABLE t (id TEXT PRIMARY KEY, body BLOB)")
        try:
            began, cpu = time.monotonic(), time.process_time()
            for number in range(count):
                database.execute("INSERT OR REPLACE INTO t VALUES (?, ?)", (str(number), BODY))
            spent, took = time.process_time() - cpu, time.monotonic() - began
        except sqlite3.Error as error:
            raise BenchError(f"SQLite: {error}") from error
        finally:
            database.close()
    return Cost(cpu=spent / count, rate=count / took)


def _cost(pid: int, call: Callable[[], Any], count: int) -> Cost:
    for _ in range(count // 10):
        call()
    began, cpu = time.monotonic(), own_cpu_seconds(pid)
    for _ in range(count):
        call()
    spent, took = own_cpu_seconds(pid) - cpu, time.monotonic() - began
    return Cost(cpu=spent / count, rate=count / took)


def section(starts: dict[str, Start], costs: dict[str, Cost]) -> Section:
    """Starts and requests against what is aimed at and what is bare."""
    lines = [*_start_lines(starts["cloud"], starts["bare"]), *_request_lines(costs)]
    rows = {
        "start": {
            name: {"wall": s.wall.as_dict(), "cpu": s.cpu.as_dict(), "memory": s.memory}
            for name, s in starts.items()
        },
        "requests": {name: {"cpu": c.cpu, "rate": c.rate} for name, c in costs.items()},
    }
    return Section(name="cloud", lines=lines, rows=rows)


def _start_lines(ours: Start, bare: Start) -> Iterator[Line]:
    yield Line(
        section="cloud",
        what="start to first answer, CPU time",
        ours=f"{ours.cpu.median:.2f} s",
        against=f"a bare aiohttp server {bare.cpu.median:.2f} s",
        ratio=ours.cpu.over(bare.cpu),
        aim=f"< {SECONDS:g} s",
        met=ours.cpu.median < SECONDS,
    )
    yield Line(
        section="cloud",
        what="the same by the wall's clock, the quickest",
        ours=f"{ours.wall.least:.2f} s",
        against=f"{bare.wall.least:.2f} s",
        ratio=ours.wall.least / bare.wall.least,
    )
    yield Line(
        section="cloud",
        what="memory when idle",
        ours=f"{ours.memory / MIB:.0f} MB",
        against=f"{bare.memory / MIB:.0f} MB",
        ratio=ours.memory / bare.memory,
        aim=f"< {MEMORY} MB",
        met=ours.memory < MEMORY * MIB,
    )


def _request_lines(costs: dict[str, Cost]) -> Iterator[Line]:
    constant, commit = costs["constant"], costs["commit"]
    for name, writes in (
        ("PutObject", True),
        ("GetObject", False),
        ("PutRow", True),
        ("GetRow", False),
    ):
        floor = constant.cpu + (commit.cpu if writes else 0.0)
        against = "a constant" + (" and a commit" if writes else "")
        yield Line(
            section="cloud",
            what=f"{name} of 1 kB, a second and core",
            ours=f"{1 / costs[name].cpu:.0f}",
            against=f"{against} {1 / floor:.0f}",
            ratio=costs[name].cpu / floor,
        )
