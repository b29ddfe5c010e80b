"""Who may ask the local Tablestore, and the faults it makes on order."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
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
