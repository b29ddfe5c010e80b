"""A local cloud for tests: its surroundings in a temporary folder, its services in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import oss2
import pytest

from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.identity import load_identity
from scripts.localcloud.core.server import Service, serve
from scripts.localcloud.services.dashscope.service import DashScopeService
from scripts.localcloud.services.oss.service import OssService
from tests.integration.localcloud.dashscope_client import (
    ENGINE,
    Client,
    Configure,
    picture,
    picture_server,
)
from tests.integration.localcloud.oss_client import Account

T = TypeVar("T")
Serve = Callable[[Service], str]


class LoopThread:
    """An event loop in a thread of its own, called from the test's."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 60) -> T:
        """Run it in the loop and answer its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def close(self) -> None:
        """End what still runs, then the thread."""
        self.run(_end_tasks())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    await asyncio.get_running_loop().shutdown_default_executor()


def free_port() -> int:
    """A TCP port on which nothing listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """The surroundings of a fresh account; services are added by `serve_in_thread`."""
    data_dir = tmp_path / "cloud"
    data_dir.mkdir()
    made = assemble(data_dir, load_identity(data_dir))
    yield made
    made.close()


@pytest.fixture
def loop_thread() -> Iterator[LoopThread]:
    """The loop in which services run: `loop_thread.run(coroutine)`."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture
def serve_in_thread(cloud: Cloud, loop_thread: LoopThread) -> Iterator[Serve]:
    """`serve_in_thread(service)` starts a service on a free port and answers its endpoint.

    A service that needs its endpoint (or another's) at construction finds a free port with
    `free_port()` and sets `cloud.endpoints[name]` before; that port is then used.
    """
    endings: list[Callable[[], Coroutine[Any, Any, None]]] = []

    def start(service: Service) -> str:
        endpoint = cloud.endpoints.setdefault(service.name, f"http://127.0.0.1:{free_port()}")
        loop_thread.run(service.start())
        endings.append(service.stop)
        runner = loop_thread.run(
            serve(
                service,
                "127.0.0.1",
                int(endpoint.rpartition(":")[2]),
                faults=cloud.faults,
                calls=cloud.calls,
                clock=cloud.clock,
            )
        )
        endings.append(runner.cleanup)
        return endpoint

    yield start
    for end in reversed(endings):
        loop_thread.run(end())


@pytest.fixture
def pictures() -> Iterator[str]:
    """The address of a server with good and bad pictures."""
    served = {
        "/good.png": picture(),
        "/good.jpg": picture(form="JPEG"),
        "/small.png": picture(600, 400),
        "/wide.png": picture(4200, 600),
        "/moving.gif": picture(form="GIF"),
        "/words.png": b"not a picture",
        "/heavy.png": picture() + b"\0" * (10 * 1024 * 1024),
    }
    with picture_server(served) as endpoint:
        yield endpoint


@pytest.fixture
def dashscope_service(cloud: Cloud) -> DashScopeService:
    """DashScope with a tiny engine."""
    return DashScopeService(cloud, engine_command=ENGINE)


@pytest.fixture
def dashscope(cloud: Cloud, dashscope_service: DashScopeService, serve_in_thread: Serve) -> Client:
    """A client of it."""
    return Client(serve_in_thread(dashscope_service), cloud.identity.dashscope_api_key)


@pytest.fixture
def configure(
    dashscope_service: DashScopeService, dashscope: Client, loop_thread: LoopThread
) -> Configure:
    """`configure(field=value)`; to begin with it is quick and takes 50 submissions a second."""

    async def change(settings: dict[str, Any]) -> dict[str, Any]:
        return dashscope_service.configure(settings)

    def call(**settings: Any) -> dict[str, Any]:
        return loop_thread.run(change(settings))

    call(service_time=0.05, submit_qps=50)
    return call


@pytest.fixture
def account(cloud: Cloud, serve_in_thread: Serve) -> Iterator[Account]:
    """The account's clients of a running OSS."""
    made = Account(cloud, serve_in_thread(OssService(cloud)))
    yield made
    made.close()


@pytest.fixture
def bucket(account: Account) -> oss2.Bucket:
    """The vendor's client of the account's bucket."""
    return account.bucket()
