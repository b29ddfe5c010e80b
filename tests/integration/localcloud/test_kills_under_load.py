"""Tablestore and MNS killed while several vendors' clients write: what was answered stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mns.mns_exception import MNSServerException
from mns.queue import Message

from scripts.localcloud.core.context import Cloud
from tests.integration.localcloud.mns_client import (
    close_client,
    make_queue,
    open_client,
)
from tests.integration.localcloud.service_process import ServiceProcess
from tests.integration.localcloud.tablestore_client import ANY, make_client, make_table, sdk

WRITERS = 4
ROWS = 5
COUNTER = [("writer", -1), ("batch", 0), ("row", 0)]
KEY = ["writer", "batch", "row"]
Write = Callable[[int], None]


@pytest.fixture
def tablestore(cloud: Cloud) -> Iterator[ServiceProcess]:
    """A running Tablestore."""
    process = ServiceProcess("tablestore", cloud)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def mns(cloud: Cloud) -> Iterator[ServiceProcess]:
    """A running MNS."""
    process = ServiceProcess("mns", cloud)
    process.start()
    yield process
    process.kill()


def kill_amid(process: ServiceProcess, writers: list[Write], enough: int) -> list[int]:
    """Let writers write until they have been answered so often, kill; each one's answers."""
    answered = [0] * len(writers)

    def work(number: int) -> None:
        try:
            while True:
                writers[number](answered[number])
                answered[number] += 1
        except Exception:  # noqa: BLE001 - however a client tells of a dead server
            return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(writers))]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while sum(answered) < enough and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    for thread in threads:
        thread.join(60)
    assert sum(answered) >= enough
    return answered


def batch_of(writer: int, batch: int) -> Any:
    """Rows that tell whose they are, and of which batch."""
    request = sdk.BatchWriteRowRequest()
    rows = [
        sdk.PutRowItem(
            sdk.Row(
                [("writer", writer), ("batch", batch), ("row", row)],
                [("due", batch), ("left", f"{batch}-{row}" * 50), ("right", f"{batch}-{row}" * 50)],
            ),
            ANY,
        )
        for row in range(ROWS)
    ]
    request.add(sdk.TableInBatchWriteRowItem("t", rows))
    return request


def rows_of(client: Any, table: str, names: list[str]) -> list[Any]:
    """Everything in a table or index."""
    start, end = ([(name, bound) for name in names] for bound in (sdk.INF_MIN, sdk.INF_MAX))
    found: list[Any] = []
    while start is not None:
        _, start, rows, _ = client.get_range(table, "FORWARD", start, end, max_version=1)
        found += rows
    return found


def test_kill_leaves_no_acknowledged_batch_out_and_no_half_of_one(
    tablestore: ServiceProcess, cloud: Cloud
) -> None:
    endpoint = cloud.endpoints["tablestore"]
    client = make_client(endpoint, cloud)
    index = sdk.SecondaryIndexMeta("by_due", ["due"], ["left"])
    key = [(name, "INTEGER") for name in KEY]
    make_table(client, "t", key, defined=[("due", "INTEGER"), ("left", "STRING")], indexes=[index])

    def writer(number: int) -> Write:
        own = make_client(endpoint, cloud)
        return lambda batch: own.batch_write_row(batch_of(number, batch))

    answered = kill_amid(tablestore, [writer(number) for number in range(WRITERS)], 60)
    tablestore.start()

    found: dict[tuple[int, int], int] = {}
    rows = rows_of(client, "t", KEY)
    for row in rows:
        columns = {name: value for name, value, _ in row.attribute_columns}
        assert columns["left"] == columns["right"]
        place = (row.primary_key[0][1], row.primary_key[1][1])
        found[place] = found.get(place, 0) + 1
    assert set(found.values()) == {ROWS}
    for number in range(WRITERS):
        batches = sorted(batch for writer_, batch in found if writer_ == number)
        assert batches in (list(range(answered[number])), list(range(answered[number] + 1)))
    entries = rows_of(client, "by_due", ["due", *KEY])
    assert sorted(row.primary_key[1:] for row in entries) == [row.primary_key for row in rows]


def test_kill_loses_no_acknowledged_increment_and_counts_none_twice(
    tablestore: ServiceProcess, cloud: Cloud
) -> None:
    endpoint = cloud.endpoints["tablestore"]
    client = make_client(endpoint, cloud)
    make_table(client, "t", [(name, "INTEGER") for name in KEY])
    client.put_row("t", sdk.Row(COUNTER, [("n", 0)]), ANY)
    exists = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST)

    def writer() -> Write:
        own = make_client(endpoint, cloud)
        return lambda _: own.update_row("t", sdk.Row(COUNTER, {"increment": [("n", 1)]}), exists)

    answered = kill_amid(tablestore, [writer() for _ in range(WRITERS)], 200)
    tablestore.start()

    row = client.get_row("t", COUNTER, max_version=1)[1]
    assert sum(answered) <= row.attribute_columns[0][1] <= sum(answered) + WRITERS


def test_kill_loses_no_acknowledged_message(mns: ServiceProcess, cloud: Cloud) -> None:
    accounts = [open_client(cloud) for _ in range(WRITERS)]
    queues = [make_queue(account, "q") for account in accounts]

    def writer(number: int) -> Write:
        return lambda count: queues[number].send_message(Message(f"{number}-{count}"))

    answered = kill_amid(mns, [writer(number) for number in range(WRITERS)], 100)
    mns.start()

    bodies = _drained(queues[0])
    for number, count in enumerate(answered):
        sent = {f"{number}-{each}" for each in range(count)}
        assert sent <= bodies
    assert len(bodies) <= sum(answered) + WRITERS
    for account in accounts:
        close_client(account)


def _drained(queue: Any) -> set[str]:
    bodies: list[str] = []

    def drain() -> None:
        while True:
            bodies.extend(message.message_body for message in queue.batch_receive_message(16))

    with pytest.raises(MNSServerException, match="MessageNotExist"):
        drain()
    assert len(set(bodies)) == len(bodies)
    return set(bodies)
