"""Who may ask the local Tablestore, what is too much, and what a kill leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.server import Service
from scripts.localcloud.services.tablestore.service import TablestoreService
from tests.integration.localcloud.tablestore_client import (
    code_of,
    make_client,
    make_table,
    sdk,
)

ANY = sdk.Condition(sdk.RowExistenceExpectation.IGNORE)
EXISTS = sdk.Condition(sdk.RowExistenceExpectation.EXPECT_EXIST)
KEY = [("k", "a")]
Serve = Callable[[Service], str]


@pytest.fixture
def endpoint(cloud: Cloud, serve_in_thread: Serve) -> str:
    """A running service with the table `t`."""
    endpoint = serve_in_thread(TablestoreService(cloud))
    make_table(make_client(endpoint, cloud), "t", [("k", "STRING")])
    return endpoint


@pytest.fixture
def client(endpoint: str, cloud: Cloud) -> Any:
    """The account's own client."""
    return make_client(endpoint, cloud)


# --- who may ask ----------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["V2", "V4"])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"access_key_secret": "wrong"}, "Signature mismatch."),
        ({"access_key_id": "LTAInobody"}, "The AccessKeyID does not exist."),
        ({"instance": "other"}, "The instance is not found."),
    ],
)
def test_strangers_are_refused(
    endpoint: str, cloud: Cloud, version: str, changed: dict[str, str], message: str
) -> None:
    stranger = make_client(endpoint, cloud, version=version, **changed)

    with pytest.raises(sdk.OTSServiceError) as failed:
        stranger.list_table()

    assert code_of(failed) == (403, "OTSAuthFailed", message)


def test_signature_for_another_region_is_refused(endpoint: str, cloud: Cloud) -> None:
    stranger = make_client(endpoint, cloud, region="cn-elsewhere")

    with pytest.raises(sdk.OTSServiceError) as failed:
        stranger.list_table()

    assert code_of(failed)[:2] == (403, "OTSAuthFailed")


@pytest.mark.parametrize("version", ["V2", "V4"])
def test_temporary_credentials(endpoint: str, cloud: Cloud, version: str) -> None:
    key_id, secret, token, _ = cloud.credentials.issue(3600, cloud.clock.now())
    keys = {"access_key_id": key_id, "access_key_secret": secret}
    guest = make_client(endpoint, cloud, version=version, sts_token=token, **keys)
    without = make_client(endpoint, cloud, version=version, **keys)

    assert list(guest.list_table()) == ["t"]
    with pytest.raises(sdk.OTSServiceError) as missing:
        without.list_table()
    cloud.clock.advance(3601)
    with pytest.raises(sdk.OTSServiceError) as expired:
        guest.list_table()

    assert code_of(missing)[:2] == (403, "OTSAuthFailed")
    assert code_of(expired) == (403, "OTSAuthFailed", "The STS token has expired.")


def test_clock_of_the_cloud_does_not_touch_signatures(client: Any, cloud: Cloud) -> None:
    cloud.clock.advance(86400 * 30)

    assert list(client.list_table()) == ["t"]


def test_clients_clock_must_be_right(cloud: Cloud, serve_in_thread: Serve) -> None:
    late = TablestoreService(cloud, real_time=lambda: time.time() + 3600)
    client = make_client(serve_in_thread(late), cloud)

    with pytest.raises(sdk.OTSClientError, match="more than 15 minutes") as failed:
        client.list_table()

    assert failed.value.http_status == 403  # the SDK judges the dates before it reads the code


def raw(endpoint: str, method: str, headers: dict[str, str]) -> int:
    """The status of a request without the SDK."""
    data = b"" if method == "POST" else None
    request = urllib.request.Request(  # noqa: S310 - the test's own loopback address
        f"{endpoint}/ListTable", data=data, headers=headers, method=method
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_requests_in_no_form_at_all(endpoint: str) -> None:
    assert raw(endpoint, "POST", {}) == 400
    assert raw(endpoint, "GET", {}) == 405


# --- what is too much -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            [(f"c{number}", 1) for number in range(1025)],
            (
                "The number of attribute columns exceeds the limit, limit count: 1024,"
                " column count: 1025."
            ),
        ),
        (
            [("long", "x" * (2 * 1024 * 1024 + 1))],
            (
                "The length of attribute column: 'long' exceeds the MaxLength: 2097152 with"
                " CurrentLength: 2097153."
            ),
        ),
        ([("double", float("nan"))], "NaN can't be set to double value."),
    ],
)
def test_columns_beyond_the_limits(client: Any, columns: list[Any], message: str) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.put_row("t", sdk.Row(KEY, columns), ANY)

    assert code_of(failed) == (400, "OTSParameterInvalid", message)


def test_key_longer_than_a_kilobyte(client: Any) -> None:
    client.put_row("t", sdk.Row([("k", "x" * 1024)], []), ANY)

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.put_row("t", sdk.Row([("k", "x" * 1025)], []), ANY)

    assert code_of(failed)[1] == "OTSParameterInvalid"


def batch(count: int, size: int = 1, *, same: bool = False, condition: Any = ANY) -> Any:
    """A batch of puts."""
    request = sdk.BatchWriteRowRequest()
    rows = [
        sdk.PutRowItem(
            sdk.Row([("k", "same" if same else str(number))], [("v", "x" * size)]), condition
        )
        for number in range(count)
    ]
    request.add(sdk.TableInBatchWriteRowItem("t", rows))
    return request


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        (lambda: batch(201), "Rows count exceeds the upper limit: 200."),
        (lambda: batch(0), "No operation is specified for table: 't'."),
        (
            lambda: batch(3, 1_500_000),
            (
                "The total data size of BatchWriteRow request exceeds the limit,"
                " limit size: 4194304, data size: 4500009."
            ),
        ),
        (
            lambda: batch(2, same=True, condition=EXISTS),
            "Repeated rows do not support row exist expectation check in BatchModify.",
        ),
    ],
)
def test_batches_beyond_the_limits(
    client: Any, request_of: Callable[[], Any], message: str
) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.batch_write_row(request_of())

    assert code_of(failed) == (400, "OTSParameterInvalid", message)


def test_body_beyond_five_megabytes(client: Any) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.batch_write_row(batch(4, 1_500_000))

    assert code_of(failed)[:2] == (413, "OTSRequestBodyTooLarge")


def test_columns_to_get_beyond_the_limit(client: Any) -> None:
    names = [f"c{number}" for number in range(129)]

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.get_row("t", KEY, names, max_version=1)

    assert code_of(failed)[1] == "OTSParameterInvalid"


def test_unknown_operations_are_named(client: Any) -> None:
    with pytest.raises(sdk.OTSServiceError) as failed:
        client.start_local_transaction("t", KEY)

    assert code_of(failed) == (
        400,
        "OTSParameterInvalid",
        "Unsupported operation: 'StartLocalTransaction'.",
    )


# --- faults ---------------------------------------------------------------------------------


def test_fault_is_answered_in_the_services_form(client: Any, cloud: Cloud) -> None:
    cloud.faults.add(
        {"service": "tablestore", "operation": "PutRow", "fault": "error:503:OTSServerBusy"}
    )

    with pytest.raises(sdk.OTSServiceError) as failed:
        client.put_row("t", sdk.Row(KEY, []), ANY)

    assert code_of(failed)[:2] == (503, "OTSServerBusy")


def test_lost_answer_is_a_write_done(client: Any, cloud: Cloud) -> None:
    cloud.faults.add({"service": "tablestore", "operation": "PutRow", "fault": "drop-after"})

    with pytest.raises(Exception, match="Connection"):
        client.put_row("t", sdk.Row(KEY, [("n", 1)]), ANY)

    assert client.get_row("t", KEY, max_version=1)[1] is not None


# --- what a kill leaves ---------------------------------------------------------------------

WRITER = """
    import sys
    from pathlib import Path

    from scripts.localcloud.core.storage import Database
    from scripts.localcloud.services.tablestore import management, writing
    from scripts.localcloud.services.tablestore.models import Instance
    from scripts.localcloud.services.tablestore.plainbuffer import Cell, Row
    from scripts.localcloud.services.tablestore.schema import (
        DefinedColumn, IndexMeta, KeyColumn, Table,
    )

    instance = Instance(Database(Path(sys.argv[1])), lambda: 1e9, lambda: 0.0)
    table = Table(
        number=0,
        name="t",
        primary_key=(KeyColumn(name="n", type=1),),
        defined_columns=(DefinedColumn(name="due", type=1),),
    )
    management.create_table(instance, table, [IndexMeta(name="i", primary_key=("due",))])
    number = 0
    while True:
        row = Row((("n", number),), (Cell("due", number),))
        instance.write_row(writing.Write(table="t", kind=writing.Kind.PUT, row=row))
        print(number, flush=True)
        number += 1
"""


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "tablestore.sqlite3"
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    with writer.stdout as lines:
        answered = [int(next(lines)) for _ in range(200)]
        writer.send_signal(signal.SIGKILL)
        answered += [int(line) for line in lines if line.strip().isdecimal()]
    writer.wait(10)

    from scripts.localcloud.core.storage import Database
    from scripts.localcloud.services.tablestore.models import Instance
    from scripts.localcloud.services.tablestore.plainbuffer import Key
    from scripts.localcloud.services.tablestore.ranges import RangeRequest, get_range
    from scripts.localcloud.services.tablestore.reading import Selection
    from scripts.localcloud.services.tablestore.values import Marker

    def keys(instance: Instance, table: str, *names: str) -> list[Key]:
        page = get_range(
            instance,
            RangeRequest(
                table=table,
                start=tuple((name, Marker.INF_MIN) for name in names),
                end=tuple((name, Marker.INF_MAX) for name in names),
                backward=False,
                limit=None,
                selection=Selection(max_versions=1),
            ),
        )
        return [row.primary_key for row in page.rows]

    database = Database(path)
    instance = Instance(database, lambda: 1e9, lambda: 0.0)
    numbers = [key[0][1] for key in keys(instance, "t", "n")]

    assert numbers[: len(answered)] == answered
    assert len(numbers) <= len(answered) + 1
    assert [key[1][1] for key in keys(instance, "i", "due", "n")] == numbers
    database.close()
