"""Tablestore's server: authenticates, dispatches, signs the answer."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from scripts.localcloud.core.access import ALLOW, ROOT
from scripts.localcloud.core.bodies import read_whole
from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.headers import plain_headers
from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.tablestore import messages
from scripts.localcloud.services.tablestore.exceptions import (
    AuthFailedError,
    BodyTooLargeError,
    MethodNotAllowedError,
    NoPermissionError,
    ParameterInvalidError,
    TablestoreError,
)
from scripts.localcloud.services.tablestore.expiry import sweep_expired
from scripts.localcloud.services.tablestore.models import Instance
from scripts.localcloud.services.tablestore.resources import resource_types
from scripts.localcloud.services.tablestore.responses import consumed_units
from scripts.localcloud.services.tablestore.signatures import (
    Signer,
    authenticate,
    content_md5,
    response_signature,
)
from scripts.localcloud.services.tablestore.subjects import resources_of
from scripts.localcloud.services.tablestore.urls import LENGTHY, OPERATIONS, operation_name

LOG = logging.getLogger("scripts.localcloud")
MAX_BODY = 5 * 1024 * 1024
INDEX_LAG = 0.01
"""Seconds by which a global index lags behind its table, unless a fault says more."""
SWEEP_EVERY = 60.0
"""Seconds between two looks for rows whose time is over."""
APPLY_EVERY = 5.0
"""Seconds after which indexes that nobody reads are brought up to date, so that no log piles up."""


class TablestoreService:
    """The service as the server knows it (see `core/server.py`).

    Args:
        cloud: the surroundings.
        index_lag: seconds by which global indexes lag.
        real_time: the machine's clock, by which signature dates are judged.
    """

    name = "tablestore"
    operations = frozenset(OPERATIONS)

    def __init__(
        self,
        cloud: Cloud,
        *,
        index_lag: float = INDEX_LAG,
        real_time: Callable[[], float] = time.time,
    ) -> None:
        self._cloud = cloud
        self._index_lag = index_lag
        self._real_time = real_time
        self._database = cloud.database(self.name)
        self._instance = Instance(self._database, cloud.clock.now, self._current_lag)
        self._rows_read = 0
        self._tasks: list[asyncio.Task[None]] = []

    def _current_lag(self) -> float:
        stale = self._cloud.faults.active(self.name, "GetRange", "stale-index")
        return max(self._index_lag, stale or 0.0)

    def resource_types(self) -> dict[str, ResourceType]:
        """What templates may have made here."""
        return resource_types(self._instance, self._cloud)

    def operation(self, request: web.Request) -> str:
        """The last part of the path."""
        return operation_name(request.raw_path)

    async def start(self) -> None:
        """Begin to look for rows whose time is over, and for indexes that nobody reads."""
        self._tasks = [
            asyncio.create_task(self._repeat(SWEEP_EVERY, self._sweep)),
            asyncio.create_task(self._repeat(APPLY_EVERY, self._instance.apply_index_log)),
        ]

    async def stop(self) -> None:
        """End that, and close the database."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._database.close()

    def _sweep(self) -> None:
        sweep_expired(self._instance)

    async def _repeat(self, seconds: float, work: Callable[[], None]) -> None:
        while True:
            await self._cloud.clock.sleep(seconds)
            try:
                await asyncio.to_thread(work)
            except Exception:  # the next turn may find what this one missed
                LOG.exception("tablestore: %s failed", work.__name__)

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check who asks, perform, and sign the answer; errors too where the signer is known."""
        signer: Signer | None = None
        try:
            body = await self._body(request)
            signer = self._authenticate(request, body)
            self._check_access(signer.access_key_id, operation, body)
            answer = await self._perform(operation, body)
        except TablestoreError as error:
            return self._error(request, error, signer)
        return self._answer(request, 200, answer, signer)

    async def _body(self, request: web.Request) -> bytes:
        if request.method != "POST":
            raise MethodNotAllowedError
        body = await read_whole(request, MAX_BODY)
        if body is None:
            raise BodyTooLargeError
        return body

    def _authenticate(self, request: web.Request, body: bytes) -> Signer:
        headers = plain_headers(request)
        identity = self._cloud.identity
        signer = authenticate(
            request.raw_path,
            headers,
            body,
            secret=self._cloud.credentials.lookup(headers.get("x-ots-accesskeyid", "")),
            region=identity.region,
            now=self._cloud.clock.now(),
            real_now=self._real_time(),
        )
        if headers["x-ots-instancename"] != identity.tablestore_instance:
            raise AuthFailedError("The instance is not found.")
        return signer

    def _check_access(self, access_key_id: str, operation: str, body: bytes) -> None:
        role = self._cloud.credentials.role_of(access_key_id)
        if role == ROOT or operation not in OPERATIONS:
            return  # what there is not is refused by whoever performs it
        identity = self._cloud.identity
        place = f"acs:ots:{identity.region}:{identity.account_id}"
        for resource in resources_of(operation, body, identity.tablestore_instance):
            decided = self._cloud.access.decide(role, f"ots:{operation}", f"{place}:{resource}")
            if decided != ALLOW:
                raise NoPermissionError

    async def _perform(self, operation: str, body: bytes) -> bytes:
        function = OPERATIONS.get(operation)
        if function is None:
            raise ParameterInvalidError(f"Unsupported operation: '{operation}'.")
        if operation in LENGTHY:
            message = await asyncio.to_thread(function, self._instance, body)
        else:
            message = function(self._instance, body)
        self._weigh(message)
        serialised: bytes = message.SerializeToString()
        return serialised

    def _weigh(self, message: Any) -> None:
        """Tell what the request cost: capacity units as billed, and rows fetched meanwhile."""
        read, write = consumed_units(message)
        fetched, self._rows_read = self._rows_read, self._instance.rows.read
        rows = self._rows_read - fetched
        amounts = {"rows_read": rows, "read_units": read, "write_units": write}
        self._cloud.calls.weigh(self.name, amounts)

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error in Tablestore's form; its own word for the server's own failures."""
        code = "OTSInternalServerError" if code == "InternalError" else code
        return self._error(request, TablestoreError(http, code, "Internal server error."), None)

    def _error(
        self, request: web.Request, error: TablestoreError, signer: Signer | None
    ) -> web.Response:
        message = messages.new("Error", code=error.code, message=error.message)
        return self._answer(request, error.status, message.SerializeToString(), signer)

    def _answer(
        self, request: web.Request, status: int, body: bytes, signer: Signer | None
    ) -> web.Response:
        headers = self._headers(body)
        if signer is not None:
            signature = response_signature(request.raw_path, headers, signer.key)
            headers["Authorization"] = f"OTS {signer.access_key_id}:{signature}"
        return web.Response(
            status=status, body=body, headers=headers, content_type="application/octet-stream"
        )

    def _headers(self, body: bytes) -> dict[str, str]:
        now = datetime.fromtimestamp(self._real_time(), tz=timezone.utc)
        return {
            "x-ots-contentmd5": content_md5(body),
            "x-ots-contenttype": "protocol buffer",
            "x-ots-date": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "x-ots-requestid": str(uuid.uuid4()),
        }
