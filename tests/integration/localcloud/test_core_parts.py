"""Faults, calls, clock, storage, identity and bus, without a server."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts.localcloud.core.bus import Bus
from scripts.localcloud.core.calls import CallCounter
from scripts.localcloud.core.clock import CloudClock
from scripts.localcloud.core.faults import Fault, FaultPlan
from scripts.localcloud.core.identity import Credentials, load_identity
from scripts.localcloud.core.lifeline import lifeline_command
from scripts.localcloud.core.storage import Database


def plan(**spec: Any) -> FaultPlan:
    made = FaultPlan()
    made.add({"service": "oss", "operation": "PutObject", "fault": "drop-before", **spec})
    return made


def test_a_fault_strikes_its_operation_only_and_count_times() -> None:
    made = plan(count=2)
    drawn = [len(made.draw("oss", "PutObject")) for _ in range(3)]

    assert drawn == [1, 1, 0]
    assert made.draw("oss", "GetObject") == made.draw("fc", "PutObject") == []


def test_a_star_means_requests_and_not_events() -> None:
    made = plan(operation="*")

    assert made.draw("oss", "GetObject")
    assert not made.draw("oss", "event")


def test_faults_on_one_operation_are_drawn_independently() -> None:
    made = plan(probability=0.5, seed=1)
    made.add(
        {"service": "oss", "operation": "*", "fault": "delay:2", "probability": 0.5, "seed": 2}
    )
    struck = Counter(
        tuple(fault.kind for fault in made.draw("oss", "PutObject")) for _ in range(400)
    )

    assert all(60 < struck[kinds] < 140 for kinds in struck)
    assert len(struck) == 4


def test_a_seed_repeats_its_accidents() -> None:
    def drawn(seed: int) -> list[int]:
        made = plan(probability=0.3, seed=seed)
        return [len(made.draw("oss", "PutObject")) for _ in range(50)]

    assert drawn(7) == drawn(7) != drawn(8)


def test_a_fault_carries_its_argument() -> None:
    made = plan(fault="error:503:ServiceUnavailable")

    assert made.draw("oss", "PutObject") == [
        Fault(kind="error", http=503, code="ServiceUnavailable")
    ]


def test_a_counted_stale_index_holds_while_its_request_is_served() -> None:
    made = plan(service="tablestore", operation="GetRange", fault="stale-index:3", count=1)
    during = []
    for _ in range(2):
        made.draw("tablestore", "GetRange")
        during.append(made.active("tablestore", "GetRange", "stale-index"))

    assert during == [3, None]


def test_cleared_faults_are_gone() -> None:
    made = plan()
    made.clear()

    assert made.draw("oss", "PutObject") == []


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"service": "s3"}, "service 's3' is not one of oss, fc"),
        ({"operation": ""}, "field 'operation' is needed"),
        ({"fault": "explode"}, "fault 'explode' is not one of"),
        ({"fault": "error:500"}, "as in 'error:500:InternalError'"),
        ({"fault": "delay:soon"}, "as in 'delay:1.5'"),
        ({"fault": "lose-event"}, "use operation 'event'"),
        ({"fault": "truncate", "operation": "event"}, "name a wire operation"),
        ({"fault": "stale-index:1"}, "needs service 'tablestore'"),
        ({"count": 0}, "'count'"),
        ({"probability": 2}, "'probability'"),
        ({"seed": "x"}, "'seed'"),
        ({"times": 3}, "unknown field 'times'; known are count"),
    ],
)
def test_a_wrong_fault_is_refused_with_its_remedy(spec: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        plan(**spec)


def test_peaks_are_the_most_in_any_sliding_second(tmp_path: Path) -> None:
    calls = CallCounter(tmp_path / "calls.json")
    for at in (10.0, 10.6, 10.9, 11.5, 11.59, 20.0):
        calls.record("oss", "PutObject", at)

    assert calls.snapshot() == {
        "calls": {"oss": {"PutObject": 6}},
        "peaks": {"oss": {"PutObject": 4}},
    }


def test_a_second_apart_is_not_within_a_second(tmp_path: Path) -> None:
    calls = CallCounter(tmp_path / "calls.json")
    for at in (10.0, 11.0, 12.0):
        calls.record("fc", "InvokeFunction", at)

    assert calls.snapshot()["peaks"] == {"fc": {"InvokeFunction": 1}}


def test_counts_survive_a_restart(tmp_path: Path) -> None:
    first = CallCounter(tmp_path / "calls.json")
    first.record("oss", "PutObject", 1.0)
    first.flush()
    second = CallCounter(tmp_path / "calls.json")
    second.record("oss", "PutObject", 9.0)

    assert second.snapshot()["calls"] == {"oss": {"PutObject": 2}}


def test_sleepers_wake_when_the_clock_jumps_past_them(tmp_path: Path) -> None:
    async def sleep() -> list[str]:
        clock, woken = CloudClock(tmp_path), []

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(name)

        tasks = [
            asyncio.create_task(sleeper("short", 50)),
            asyncio.create_task(sleeper("long", 500)),
        ]
        await asyncio.sleep(0.01)
        clock.advance(60)
        await asyncio.wait_for(tasks[0], 10)
        after_one = list(woken)
        clock.advance(600)
        await asyncio.wait_for(tasks[1], 10)
        return after_one + woken

    assert asyncio.run(sleep()) == ["short", "short", "long"]


@pytest.mark.parametrize("steps", range(6))
def test_a_sleeper_that_is_called_off_while_the_clock_jumps_sleeps_no_longer(
    tmp_path: Path, steps: int
) -> None:
    async def sleep() -> bool:
        clock = CloudClock(tmp_path)
        sleeper = asyncio.create_task(clock.sleep(3600))
        await asyncio.sleep(0.01)
        clock.advance(1)
        for _ in range(steps):  # the jump is on its way to the sleeper, a step of the loop each
            await asyncio.sleep(0)
        sleeper.cancel()
        await asyncio.wait({sleeper}, timeout=0.2)
        return sleeper.cancelled()

    assert asyncio.run(sleep())


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        CloudClock(tmp_path).advance(-1)


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.sqlite3")
    database.script("CREATE TABLE t (x INTEGER)")
    database.execute("INSERT INTO t VALUES (1)")

    def fail_half_way() -> None:
        with database.transaction():
            database.execute("INSERT INTO t VALUES (2)")
            with database.transaction():
                database.execute("INSERT INTO t VALUES (3)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    rows = [row["x"] for row in database.query("SELECT x FROM t")]
    database.close()

    assert rows == [1]


WRITER = """
import sys
from pathlib import Path
from scripts.localcloud.core.storage import Database
database = Database(Path(sys.argv[1]))
database.script("CREATE TABLE t (x INTEGER)")
x = 0
while True:
    with database.transaction():
        database.execute("INSERT INTO t VALUES (?)", (x,))
        database.execute("INSERT INTO t VALUES (?)", (x,))
    print(x, flush=True)
    x += 1
"""


def test_what_was_committed_survives_sigkill_and_half_a_transaction_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.sqlite3"
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    last = int(lines[-1])
    database = Database(path)
    rows = database.query("SELECT x, COUNT(*) AS n FROM t GROUP BY x")
    database.close()

    assert {row["n"] for row in rows} == {2}
    assert len(rows) >= last


def test_the_identity_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = load_identity(tmp_path)
    mode = (tmp_path / "identity.json").stat().st_mode

    assert load_identity(tmp_path) == made
    assert stat.S_IMODE(mode) == 0o600
    assert len(made.account_id) == 16
    assert made.account_id.isdecimal()
    assert made.access_key_id.startswith("LTAI")
    assert made.dashscope_api_key.startswith("sk-")


def test_temporary_credentials_are_known_after_a_restart(tmp_path: Path) -> None:
    identity = load_identity(tmp_path)
    first = Credentials(identity, Database(tmp_path / "sts.sqlite3"))
    key_id, secret, token, expires_at = first.issue(900, now=1000.0)
    first.close()
    second = Credentials(identity, Database(tmp_path / "sts.sqlite3"))
    found = second.lookup(key_id)
    own = second.lookup(identity.access_key_id)
    unknown = second.lookup("STS.other")
    second.close()

    assert found is not None
    assert own is not None
    assert (found.secret, found.security_token, found.expires_at) == (secret, token, expires_at)
    assert expires_at == 1900.0
    assert (own.secret, own.security_token) == (identity.access_key_secret, None)
    assert unknown is None


def test_the_bus_returns_when_every_subscriber_took_the_message() -> None:
    async def publish() -> list[str]:
        bus, taken = Bus(), []

        async def slow(message: dict[str, Any]) -> None:
            await asyncio.sleep(0)
            taken.append(message["name"])

        bus.subscribe("a", slow)
        bus.subscribe("a", slow)
        await bus.publish("a", {"name": "x"})
        await bus.publish("nobody", {"name": "y"})
        return taken

    assert asyncio.run(publish()) == ["x", "x"]


def test_a_child_on_a_lifeline_dies_with_its_parent(tmp_path: Path) -> None:
    child = lifeline_command([sys.executable, "-c", "import time; time.sleep(60)"])
    script = (
        "import subprocess, sys, os, time\n"
        f"command = {child!r}\n"
        "command[4] = str(os.getpid())\n"
        "print(subprocess.Popen(command).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.3)  # until the child has become its command
        alive = Path(f"/proc/{pid}").exists()
        os.kill(parent.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while _runs(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

    assert alive
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
