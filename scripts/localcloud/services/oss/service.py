"""The OSS service: decodes a request, checks who sends it, and calls the operation's handler."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.oss import responses, urls
from scripts.localcloud.services.oss.access import check_access
from scripts.localcloud.services.oss.authentication import Authenticator
from scripts.localcloud.services.oss.calls import handlers
from scripts.localcloud.services.oss.exceptions import (
    OssError,
    method_not_allowed,
    not_implemented,
)
from scripts.localcloud.services.oss.lifecycle import DAY
from scripts.localcloud.services.oss.models import Bucket, ObjectStore, check_key
from scripts.localcloud.services.oss.permissions import Permissions
from scripts.localcloud.services.oss.resources import read_object, resource_types
from scripts.localcloud.services.oss.unoffered import check_offered
from scripts.localcloud.services.oss.uploads import UploadStore
from scripts.localcloud.services.oss.urls import OssRequest

LOG = logging.getLogger("scripts.localcloud")
TOPIC = "oss.object-created"
DECODED = web.RequestKey("oss.decoded", OssRequest)
UNSIGNED_CALLS = frozenset({"PostObject"})
"""Operations whose signature travels in the body."""
WITHOUT_BUCKET = frozenset({"PutBucket", "PutBucketAcl", "ListBuckets"})
"""Operations that do not ask for the bucket first."""
BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class OssService:
    """OSS for one account. `now` is the real clock, by which signatures are judged."""

    name = "oss"
    operations = urls.OPERATIONS

    def __init__(self, cloud: Cloud, *, now: Callable[[], float] = time.time) -> None:
        self._cloud = cloud
        self._store = ObjectStore(cloud.database("oss"), cloud.data_dir / "oss", cloud.clock.now)
        self._authenticator = Authenticator(cloud.credentials, cloud.identity.region, now)
        self._permissions = Permissions(cloud, self._store)
        self._handlers = handlers(
            self._store, cloud, self._authenticator, now, permissions=self._permissions
        )
        self._tasks: list[asyncio.Task[None]] = []

    def resource_types(self) -> dict[str, ResourceType]:
        """What templates may have made here."""
        return resource_types(self._store, self._cloud)

    def read_object(self, bucket: str, key: str) -> bytes:
        """The bytes of an object. Raises ResourceError where there is none."""
        return read_object(self._store, bucket, key)

    # --- the server's view ----------------------------------------------------------------

    def operation(self, request: web.Request) -> str:
        """The operation's name in the vendor's API."""
        return urls.operation(_decoded(request))

    async def handle(self, request: web.Request, operation: str) -> web.StreamResponse:
        """Check and perform; an error becomes OSS's document."""
        if request.method in BODILESS and request.can_read_body:
            responses.ignore_body(request)
        try:
            answer = await self._perform(_decoded(request), request, operation)
        except OssError as error:
            answer = self._error(error, request)
        return responses.settled(request, answer)

    def fault_response(self, http: int, code: str, request: web.Request) -> web.Response:
        """An error on order."""
        return self._error(
            OssError(http, code, f"The local cloud was told to answer {code}."), request
        )

    async def start(self) -> None:
        """Make the account's bucket, clear what a kill left, and begin announcing."""
        there = {bucket.name for bucket in self._store.buckets()}
        if self._cloud.stocked and self._cloud.identity.bucket not in there:
            bucket = Bucket(name=self._cloud.identity.bucket, created=self._store.now())
            self._store.put_bucket(bucket)
        await asyncio.to_thread(self._store.sweep)
        self._tasks = [
            asyncio.create_task(self._store.outbox.deliver(self._publish)),
            asyncio.create_task(self._follow_rules()),
        ]

    async def stop(self) -> None:
        """End announcing and close the database; what is not announced yet is kept."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._store.database.close()

    def end_outlived(self) -> int:
        """Remove what the buckets' rules say is over; answers how much it was."""
        now, uploads = self._cloud.clock.now(), UploadStore(self._store)
        objects = self._store.lifecycle.outlived(now)
        forgotten = self._store.lifecycle.forgotten(now)
        for bucket, key in objects:
            self._store.delete(bucket, key)
        for _, upload_id in forgotten:
            self._store.contents.remove(uploads.give_up(upload_id))
        return len(objects) + len(forgotten)

    async def _follow_rules(self) -> None:
        while True:
            await self._cloud.clock.sleep(DAY)
            try:
                await asyncio.to_thread(self.end_outlived)
            except Exception:  # the next day may end what this one did not
                LOG.exception("oss: following the lifecycle rules failed")

    # --- inside ---------------------------------------------------------------------------

    async def _perform(
        self, decoded: OssRequest, request: web.Request, operation: str
    ) -> web.StreamResponse:
        if decoded.bucket and operation not in WITHOUT_BUCKET:
            self._store.bucket(decoded.bucket)  # asked before the signature, as OSS does
        if operation not in UNSIGNED_CALLS:
            caller = self._authenticator.authenticate(decoded)
            check_access(self._store, decoded, operation, caller)
            decoded = replace(decoded, caller=caller)
            self._permissions.check(decoded, operation)
        check_offered(decoded.headers)
        check_offered(decoded.query)
        if decoded.key:
            check_key(decoded.key)
        handler = self._handlers.get(operation)
        if handler is None:
            raise _not_offered(decoded)
        return await handler(decoded, request)

    async def _publish(self, record: dict[str, object]) -> None:
        await self._cloud.bus.publish(TOPIC, {"record": record})

    def _error(self, error: OssError, request: web.Request) -> web.Response:
        decoded = _decoded(request)
        answer = responses.error_answer(
            error, method=request.method, host=decoded.host, request_id=decoded.request_id
        )
        if request.can_read_body:
            answer.force_close()  # the rest of a refused upload is not read
        return answer


def _not_offered(decoded: OssRequest) -> OssError:
    """The real service has such a sub-resource, or knows no such method."""
    name = urls.subresource(decoded)
    if name:
        return not_implemented(f"{decoded.method} ?{name}")
    kind = "Object" if decoded.key else "Bucket" if decoded.bucket else "Service"
    return method_not_allowed(decoded.method, kind)


def _decoded(request: web.Request) -> OssRequest:
    if DECODED in request:
        return request[DECODED]
    host = request.headers.get("Host", "")
    bucket, key, query = urls.decode_target(request.raw_path, host)
    request[DECODED] = OssRequest(
        method=request.method,
        bucket=bucket,
        key=key,
        query=query,
        headers={name.lower(): value for name, value in request.headers.items()},
        host=host,
        remote=request.remote or "127.0.0.1",
        request_id=secrets.token_hex(12).upper(),
    )
    return request[DECODED]
