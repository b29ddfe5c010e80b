"""The local cloud as one process: data folder, ports, services, control interface, functions.

`run` is what `maskline up` calls; `python -m scripts.localcloud.app --data DIR` is its plain form.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from scripts.localcloud.control.api import Control
from scripts.localcloud.core.connection import Manners
from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.identity import load_identity, save_identity, with_ports
from scripts.localcloud.core.process import connections_each, keep_files_private
from scripts.localcloud.core.running import serve_until_told
from scripts.localcloud.core.server import PortTakenError, Service, listen, serve
from scripts.localcloud.deployment import DeploymentError, Packages, deploy, variables_of
from scripts.localcloud.description import described
from scripts.localcloud.folder import (
    DataFolder,
    FolderInUseError,
    FolderUnusableError,
    reading_state,
)
from scripts.localcloud.offering import offered_types
from scripts.localcloud.ports import SERVICES, PortsError, ports_for
from scripts.localcloud.services.dashscope.service import ENGINE_COMMAND, DashScopeService
from scripts.localcloud.services.eventbridge.service import EventBridgeService
from scripts.localcloud.services.fc.service import FcService
from scripts.localcloud.services.mns.service import MnsService
from scripts.localcloud.services.oss.service import OssService
from scripts.localcloud.services.ros.service import RosService
from scripts.localcloud.services.tablestore.service import TablestoreService
from scripts.localcloud.templates.exceptions import TemplateError

HOST = "127.0.0.1"
PROJECT = Path(__file__).resolve().parents[2]
TEMPLATE = PROJECT / "template.yml"
FLUSH_EVERY = 1.0
"""Seconds between two writings of the call counts."""
BuiltPackages = Mapping[str, Path]
StartError = (
    FolderInUseError,
    FolderUnusableError,
    PortsError,
    PortTakenError,
    TemplateError,
    DeploymentError,
)
"""What keeps a cloud from starting, each with a text for its user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Services:
    """All of them, in the order in which they start: what others need comes first."""

    tablestore: TablestoreService
    mns: MnsService
    oss: OssService
    dashscope: DashScopeService
    fc: FcService
    ros: RosService
    packages: Packages
    eventbridge: EventBridgeService

    def in_order(self) -> tuple[Service, ...]:
        first = (self.tablestore, self.mns, self.oss, self.eventbridge)
        return (*first, self.dashscope, self.fc, self.ros)


class LocalCloud:
    """The services and the control interface on loopback, over one data folder."""

    def __init__(
        self,
        data_dir: Path,
        port_base: int | None = None,
        *,
        packages: BuiltPackages | None = None,
        template: Path = TEMPLATE,
        engine_command: Sequence[str] = ENGINE_COMMAND,
        empty: bool = False,
    ) -> None:
        """Without `packages` (zip by function) they are built into the data folder; an `empty`
        account gets nothing: whoever deploys makes bucket, tables, topic and functions.
        """
        self._empty = empty
        self._data_dir = data_dir
        self._port_base = port_base
        self._packages = packages
        self._template = template
        self._engine_command = engine_command
        each = connections_each(len(SERVICES))
        self._manners = Manners(connections=each, idle_ones_yield=True)
        self._endings = contextlib.AsyncExitStack()
        self._description: dict[str, Any] = {}

    async def start(self) -> None:
        """Start everything and write `endpoints.json`; on an error nothing is left running.

        Raises:
            FolderInUseError: another local cloud runs on the data folder.
            FolderUnusableError: it cannot be written, or what lies in it cannot be read.
            PortsError: the ports asked for do not exist.
            PortTakenError: another program has one of the ports.
            TemplateError, DeploymentError: `template.yml` or a package cannot be used.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop in the reverse order and let the folder go."""
        await self._endings.aclose()

    def description(self) -> dict[str, Any]:
        """What `maskline up --json` prints: endpoints, names, keys, the data folder."""
        return dict(self._description)

    async def _start(self) -> None:
        folder = DataFolder(self._data_dir)
        self._endings.callback(folder.release)
        with reading_state(folder.path):
            cloud = self._assemble(folder.path)
        with reading_state(folder.path):
            services = self._build(cloud)
        variables = variables_of(cloud, self._template)
        if not self._empty:
            await asyncio.to_thread(self._deploy, cloud, services)
        for service in services.in_order():
            await self._start_service(cloud, service)
        await self._start_control(cloud, services)
        self._start_flushing(cloud)
        self._description = described(cloud, variables)
        folder.announce(self._description)

    def _assemble(self, data_dir: Path) -> Cloud:
        identity = load_identity(data_dir)
        ports = ports_for(identity, self._port_base)
        kept = save_identity(data_dir, with_ports(identity, ports))
        cloud = assemble(data_dir, kept, stocked=not self._empty)
        self._endings.callback(cloud.close)
        return cloud

    def _build(self, cloud: Cloud) -> _Services:
        tablestore = TablestoreService(cloud)
        mns = MnsService(cloud)
        oss = OssService(cloud)
        packages = Packages(oss.read_object)
        fc = FcService(cloud, read_object=packages.read)
        return _Services(
            packages=packages,
            tablestore=tablestore,
            mns=mns,
            oss=oss,
            dashscope=DashScopeService(cloud, engine_command=self._engine_command),
            fc=fc,
            eventbridge=EventBridgeService(cloud),
            ros=RosService(
                cloud, offered_types(cloud, (tablestore, mns, oss, fc)), oss.read_object
            ),
        )

    def _deploy(self, cloud: Cloud, services: _Services) -> None:
        packages = self._packages
        if packages is None:
            packages = built_packages(cloud.data_dir)
        names = services.packages.offer(packages)
        deploy(services.ros.stacks, cloud, self._template, names)

    async def _start_service(self, cloud: Cloud, service: Service) -> None:
        self._endings.push_async_callback(service.stop)
        await service.start()
        port = cloud.identity.ports[service.name]
        runner = await serve(
            service,
            HOST,
            port,
            faults=cloud.faults,
            calls=cloud.calls,
            clock=cloud.clock,
            manners=self._manners,
        )
        self._endings.push_async_callback(runner.cleanup)

    async def _start_control(self, cloud: Cloud, services: _Services) -> None:
        control = Control(
            cloud,
            provider=services.dashscope,
            functions=services.fc,
            topics=services.mns,
            buses=services.eventbridge,
        )
        port = cloud.identity.ports["control"]
        runner: web.AppRunner = await listen(
            control.answer, HOST, port, name="control", manners=self._manners
        )
        self._endings.push_async_callback(runner.cleanup)

    def _start_flushing(self, cloud: Cloud) -> None:
        async def flush() -> None:
            while True:
                await asyncio.sleep(FLUSH_EVERY)
                await asyncio.to_thread(cloud.calls.flush)

        task = asyncio.get_running_loop().create_task(flush())
        self._endings.push_async_callback(_ended, task)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def built_packages(data_dir: Path) -> BuiltPackages:
    """The functions' packages, built into the data folder where they are not up to date.

    Raises:
        DeploymentError: a package cannot be built.
    """
    from scripts.package.closure import PackagingError
    from scripts.package.freshness import built

    try:
        return built(data_dir / "packages")
    except PackagingError as error:
        raise DeploymentError(str(error)) from error


def run(
    data_dir: Path,
    port_base: int | None = None,
    on_ready: Callable[[dict[str, Any]], None] = lambda _: None,
    *,
    packages: BuiltPackages | None = None,
    template: Path = TEMPLATE,
    engine_command: Sequence[str] = ENGINE_COMMAND,
    empty: bool = False,
) -> None:
    """Start a local cloud, call `on_ready` with its description, and serve until told to stop.

    SIGINT, SIGTERM and SIGHUP tell it so.

    Raises:
        One of StartError: see `LocalCloud.start`; the text is for the user.
    """
    keep_files_private()
    cloud = LocalCloud(
        data_dir,
        port_base,
        packages=packages,
        template=template,
        engine_command=engine_command,
        empty=empty,
    )
    asyncio.run(serve_until_told(cloud, on_ready))


def _print_json(description: dict[str, Any]) -> None:
    print(json.dumps(description), flush=True)


def main() -> int:
    """`python -m scripts.localcloud.app --data DIR [--port-base N]`: prints the description."""
    parser = argparse.ArgumentParser(prog="python -m scripts.localcloud.app", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--empty", action="store_true", help="deploy nothing")
    parser.add_argument("--port-base", type=int, help=f"ports from here: {', '.join(SERVICES)}")
    given = parser.parse_args()
    try:
        run(given.data, given.port_base, _print_json, empty=given.empty)
    except StartError as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
