"""How many instances may be busy, in all and of one function; idle ones go after a while."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fc2
import pytest

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.service import FcService
from tests.integration.localcloud.conftest import Serve
from tests.integration.localcloud.fc_client import (
    client_of,
    create_function,
    eventually,
    invoke,
    process_exists,
)


def serve(
    cloud: Cloud, serve_in_thread: Serve, folder: Path, service: FcService, *names: str
) -> fc2.Client:
    serve_in_thread(service)
    client = client_of(cloud)
    client.create_service("s")
    for name in names:
        create_function(client, folder, name)
    return client


def nap_at_once(client: fc2.Client, *names: str) -> float:
    """Have every one of these functions sleep for half a second; how long it took in all."""
    for name in set(names):
        invoke(client, name)
    begun = time.monotonic()
    with ThreadPoolExecutor(len(names)) as threads:
        for done in [
            threads.submit(
                client.invoke_function, "s", name, payload=b'{"do": "nap", "seconds": 0.5}'
            )
            for name in names
        ]:
            assert done.result().data == b"slept"
    return time.monotonic() - begun


def test_a_functions_invocations_wait_for_their_turn(
    cloud: Cloud, serve_in_thread: Serve, tmp_path: Path
) -> None:
    service = FcService(cloud, most_instances=8, per_function=2)
    client = serve(cloud, serve_in_thread, tmp_path, service, "f")
    assert nap_at_once(client, "f", "f", "f") >= 1.0
    assert len(service.processes("f")) == 2


def test_all_functions_together_wait_for_their_turn(
    cloud: Cloud, serve_in_thread: Serve, tmp_path: Path
) -> None:
    service = FcService(cloud, most_instances=1, per_function=2)
    client = serve(cloud, serve_in_thread, tmp_path, service, "f", "g")
    assert nap_at_once(client, "f", "g") >= 1.0


def test_on_demand_limit_of_one_function(
    cloud: Cloud, serve_in_thread: Serve, tmp_path: Path
) -> None:
    service = FcService(cloud, most_instances=8, per_function=2)
    client = serve(cloud, serve_in_thread, tmp_path, service, "f")
    client.put_on_demand_config("s", "LATEST", "f", 1)
    assert client.get_on_demand_config("s", "LATEST", "f").data["maximumInstanceCount"] == 1
    assert nap_at_once(client, "f", "f") >= 1.0
    assert len(service.processes("f")) == 1


def test_idle_instances_go(cloud: Cloud, serve_in_thread: Serve, tmp_path: Path) -> None:
    service = FcService(cloud, idle_seconds=0.2)
    client = serve(cloud, serve_in_thread, tmp_path, service, "f")
    process = invoke(client)["pid"]
    eventually(lambda: service.processes("f") == [] and not process_exists(process))


@pytest.mark.parametrize("header", [{"x-fc-async-delay": "soon"}, {"x-fc-async-delay": "3601"}])
def test_delays_out_of_bounds_are_refused(
    cloud: Cloud, serve_in_thread: Serve, tmp_path: Path, header: dict[str, str]
) -> None:
    client = serve(cloud, serve_in_thread, tmp_path, FcService(cloud), "f")
    headers = {"x-fc-invocation-type": "Async", **header}
    with pytest.raises(fc2.FcError) as caught:
        client.invoke_function("s", "f", headers=headers)
    assert (caught.value.status_code, caught.value.err_code) == (400, "InvalidArgument")
