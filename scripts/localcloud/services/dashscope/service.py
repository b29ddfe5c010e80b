"""DashScope on loopback: wires paths, rules, slots, engine and result files together."""

from __future__ import annotations

import asyncio
import hmac
import os
import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.dashscope import exceptions, responses, urls
from scripts.localcloud.services.dashscope.announcing import Announcer
from scripts.localcloud.services.dashscope.disk import Disk
from scripts.localcloud.services.dashscope.downloads import Downloads, LoopbackDownloads
from scripts.localcloud.services.dashscope.engine import EnginePool
from scripts.localcloud.services.dashscope.exceptions import MESSAGES, DashScopeError
from scripts.localcloud.services.dashscope.models import Provider
from scripts.localcloud.services.dashscope.results import ResultFiles, ResultRefusedError
from scripts.localcloud.services.dashscope.scheduler import End, Scheduler
from scripts.localcloud.services.dashscope.settings import public
from scripts.localcloud.services.dashscope.tasks import Task, TaskStore
from scripts.localcloud.services.dashscope.terms import Terms
from scripts.localcloud.services.dashscope.uploads import UploadBox
from scripts.localcloud.services.dashscope.work import Workshop

ENGINE_COMMAND = (sys.executable, "-m", "scripts.engine.worker")
PROJECT = Path(__file__).resolve().parents[4]
SWEEP = 600.0
"""Seconds between two looks for result files whose day is over."""
UPLOAD_PATIENCE = 600.0
"""Seconds that an upload may take."""
Perform = Callable[[web.Request, str, str], Awaitable[web.StreamResponse]]


class DashScopeService:
    """The provider's HTTP interface, and what the control interface asks of it."""

    name = "dashscope"
    operations = urls.OPERATIONS

    def __init__(
        self,
        cloud: Cloud,
        *,
        engine_command: Sequence[str] = ENGINE_COMMAND,
        engine_directory: Path = PROJECT,
        workers: int | None = None,
        terms: Terms | None = None,
        downloads: Downloads | None = None,
        told: Callable[[End], None] = lambda _: None,
    ) -> None:
        self._cloud = cloud
        self._terms = terms = terms or Terms()
        self._keys = terms.keys or (cloud.identity.dashscope_api_key,)
        database = cloud.database(self.name)
        self._store = TaskStore(database)
        self._provider = Provider(
            self._store, cloud.clock, models=terms.models, lifetime=terms.lifetime
        )
        secret = cloud.identity.access_key_secret
        folder = cloud.data_dir / "dashscope"
        self._files = ResultFiles(folder / "results", secret, lifetime=terms.lifetime)
        self._uploads = UploadBox(database, folder / "uploads", secret)
        self._disk = Disk(cloud.data_dir, terms.most_bytes)
        self._engine = EnginePool(
            engine_command,
            engine_directory,
            cloud.data_dir / "logs" / "engine.log",
            size=workers or max(2, os.cpu_count() or 1),
            most_memory=terms.most_worker_memory,
        )
        self._engine.choose(self._provider.settings.engine)
        self._workshop = Workshop(
            self._engine, self._files, self._find_upload, downloads or LoopbackDownloads()
        )
        self._scheduler = Scheduler(
            self._store,
            self._workshop,
            cloud.clock,
            lambda: self._provider.settings,
            Announcer(cloud, lambda: self._provider.settings, told),
        )
        self._sweeper: asyncio.Task[None] | None = None
        self._performers: dict[str, Perform] = {
            urls.SUBMIT: self._submit,
            urls.FETCH: self._fetch,
            urls.LIST: self._list,
            urls.CANCEL: self._cancel,
            urls.UPLOAD_POLICY: self._upload_policy,
        }

    async def start(self) -> None:
        """Take up what waited or ran when the last process ended."""
        self._scheduler.resume()
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep())

    async def stop(self) -> None:
        """End tasks, engine and files in that order."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self._scheduler.stop()
        await self._workshop.stop()
        self._store.close()

    def configure(self, change: dict[str, Any]) -> dict[str, Any]:
        """Change the provider's settings and answer all of them.

        Raises:
            ValueError: a field is unknown or wrong; the text names it and the remedy.
        """
        settings = self._provider.configure(change)
        self._engine.choose(settings.engine)
        self._scheduler.fill_slots()
        return public(settings)

    def ledger(self) -> dict[str, Any]:
        """Tasks, refusals and totals."""
        return self._provider.ledger()

    def operation(self, request: web.Request) -> str:
        """`submit`, `fetch`, `list`, `cancel`, or what serves beside them."""
        return urls.route(request.method, request.raw_path)[0]

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check the key and perform."""
        if operation in {urls.RESULT, urls.UPLOAD}:
            return await self._file(request, operation)
        request_id = str(uuid.uuid4())
        try:
            self._authenticate(request)
            if operation not in self._performers:
                raise exceptions.no_such_path()
            argument = urls.route(request.method, request.raw_path)[1]
            return await self._performers[operation](request, argument, request_id)
        except DashScopeError as error:
            self._provider.refuse(error.code)
            body = responses.error_body(error.code, error.message, request_id)
            return self._answer(body, error.http)

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """The flat error body, or OSS's XML where files are concerned."""
        message = MESSAGES.get(code, code)
        if self.operation(request) in {urls.RESULT, urls.UPLOAD}:
            refusal = ResultRefusedError(http, code, message)
            return responses.result_refused(refusal, uuid.uuid4().hex[:24].upper(), request.host)
        return self._answer(responses.error_body(code, message, str(uuid.uuid4())), http)

    def _answer(self, body: dict[str, Any], status: int = 200) -> web.Response:
        return responses.answer(body, self._cloud.clock.now(), status)

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        given = key.strip().encode(errors="replace")
        # Every key is compared, so that the time tells nothing about which came close.
        known = [hmac.compare_digest(given, each.encode()) for each in self._keys]
        if scheme.lower() != "bearer" or not any(known):
            raise exceptions.no_such_key()

    async def _submit(self, request: web.Request, function: str, request_id: str) -> web.Response:
        if self._disk.is_bounded and await asyncio.to_thread(self._disk.is_full):
            raise exceptions.unavailable()
        submission = await responses.read_submission(
            request, function, request_id, patience=self._terms.patience
        )
        task = self._provider.submit(submission)
        self._scheduler.fill_slots()
        return self._answer(responses.submitted(task))

    async def _fetch(self, _request: web.Request, task_id: str, request_id: str) -> web.Response:
        task = self._provider.fetch(task_id)
        return self._answer(responses.fetched(task_id, task, request_id, self._result_url))

    async def _list(self, request: web.Request, _argument: str, request_id: str) -> web.Response:
        search = responses.read_search(request.query, self._cloud.clock.now(), self._terms.lifetime)
        total, tasks = self._provider.search(search)
        return self._answer(
            responses.listed(total, tasks, search, self._cloud.identity, request_id)
        )

    async def _cancel(self, _request: web.Request, task_id: str, request_id: str) -> web.Response:
        self._provider.cancel(task_id)
        return self._answer({"request_id": request_id})

    def _result_url(self, task: Task, name: str) -> str:
        ended = task.submit_time if task.end_time is None else task.end_time
        return self._files.url(self._endpoint(), task.model, task.task_id, name, ended)

    def _endpoint(self) -> str:
        return self._terms.endpoint or self._cloud.endpoints[self.name]

    async def _upload_policy(
        self, request: web.Request, _argument: str, request_id: str
    ) -> web.Response:
        model = request.query.get("model", "")
        if request.query.get("action") != "getPolicy" or not model:
            raise exceptions.invalid("action=getPolicy and model")
        self._provider.admit_upload()
        data = self._uploads.policy(self._endpoint(), model, self._cloud.clock.now())
        return self._answer({"request_id": request_id, "data": data})

    def _find_upload(self, address: str, model: str) -> Path | None:
        return self._uploads.find(address, model, self._cloud.clock.now())

    async def _file(self, request: web.Request, operation: str) -> web.StreamResponse:
        request_id = uuid.uuid4().hex[:24].upper()
        headers = {"x-oss-request-id": request_id, "Server": "AliyunOSS"}
        now = self._cloud.clock.now()
        try:
            if operation == urls.UPLOAD:
                await self._take_upload(request, now)
                return web.Response(headers=headers)
            method = "GET" if self._terms.streams else request.method
            path = self._files.find(method, request.raw_path, now)
        except ResultRefusedError as error:
            return responses.result_refused(error, request_id, request.host)
        if self._terms.streams:
            return web.FileResponse(path, headers=headers)
        body = await asyncio.to_thread(path.read_bytes)
        kind = "application/json" if path.suffix == ".json" else "image/png"
        return web.Response(body=body, content_type=kind, headers=headers)

    async def _take_upload(self, request: web.Request, now: float) -> None:
        if self._disk.is_bounded and await asyncio.to_thread(self._disk.is_full):
            raise ResultRefusedError(503, "ServiceUnavailable", "Please try again later.")
        try:
            await asyncio.wait_for(self._uploads.take(request, now), UPLOAD_PATIENCE)
        except asyncio.TimeoutError as error:
            text = "Your socket connection to the server was not read from in time."
            raise ResultRefusedError(400, "RequestTimeout", text) from error

    async def _sweep(self) -> None:
        swept = 0.0
        while True:
            over = self._cloud.clock.now() - self._terms.lifetime - SWEEP
            for task_id in self._store.ended_between(swept, over):
                await asyncio.to_thread(partial(self._files.forget, task_id))
            swept = over
            if self._terms.forgets:
                self._store.forget(over)
            self._uploads.sweep(self._cloud.clock.now())
            await self._cloud.clock.sleep(SWEEP)
