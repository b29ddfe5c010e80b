"""Further ways to make objects: appending to one, and saving a processed picture."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from urllib.parse import unquote

from aiohttp import web

from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.bodies import read_document, receive
from scripts.localcloud.services.oss.checksums import join_crc64
from scripts.localcloud.services.oss.contents import ContentWriter, Digest
from scripts.localcloud.services.oss.description import described
from scripts.localcloud.services.oss.events import Announcer
from scripts.localcloud.services.oss.exceptions import OssError, invalid_argument
from scripts.localcloud.services.oss.models import ObjectStore, StoredObject, check_key
from scripts.localcloud.services.oss.numbers import whole_number
from scripts.localcloud.services.oss.object_calls import ObjectCalls
from scripts.localcloud.services.oss.permissions import Permissions
from scripts.localcloud.services.oss.pictures.parameters import Process, parse_process
from scripts.localcloud.services.oss.urls import OssRequest

PROCESS_FIELD = "x-oss-process="


class WriteCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(
        self,
        store: ObjectStore,
        announcer: Announcer,
        objects: ObjectCalls,
        *,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._permissions = permissions
        self._announcer = announcer
        self._objects = objects
        self._appending = asyncio.Lock()

    async def append_object(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Put the body behind an appendable object, or make one."""
        position = _position(request)
        growing = self._appendable(request, position)
        # What is said of an object counts at its first bytes; with later ones it is not even read.
        description = None if growing else described(request, self._store)
        writer, digest = await receive(raw, self._store.contents)
        async with self._appending:
            try:
                existing = self._appendable(request, position)
            except OssError:
                writer.abandon()
                raise
            grown = await self._grown(existing, writer, digest)
            if existing is None and description:
                grown = replace(grown, **description)
            stored = replace(
                grown,
                bucket=request.bucket,
                key=request.key,
                modified=self._store.now(),
                etag=_append_etag(grown),
            )
            self._keep_appended(request, stored, existing)
        headers = {
            "ETag": f'"{stored.etag}"',
            "x-oss-next-append-position": str(stored.size),
            "x-oss-hash-crc64ecma": str(stored.crc64),
        }
        return responses.empty(request, headers=headers)

    def _keep_appended(
        self, request: OssRequest, stored: StoredObject, existing: StoredObject | None
    ) -> None:
        def unchanged() -> None:
            """Refuse when the object was replaced or deleted while its file grew."""
            current = self._store.find(request.bucket, request.key)
            if current != existing:
                raise _not_the_end(current.size if current else 0)

        try:
            self._store.put(
                stored,
                lambda new, old: self._announcer.record("AppendObject", request, new, old),
                along=unchanged,
            )
        except OssError:
            if existing is None:
                self._store.contents.remove([stored.content])
            raise

    def _appendable(self, request: OssRequest, position: int) -> StoredObject | None:
        existing = self._store.find(request.bucket, request.key)
        if existing and existing.kind != "Appendable":
            message = "The object is not appendable."
            raise OssError(409, "ObjectNotAppendable", message)
        size = existing.size if existing else 0
        if position != size:
            raise _not_the_end(size)
        return existing

    async def _grown(
        self, existing: StoredObject | None, writer: ContentWriter, digest: Digest
    ) -> StoredObject:
        if existing is None:
            return StoredObject(
                bucket="",
                key="",
                etag="",
                size=digest.size,
                crc64=digest.crc64,
                content=self._store.contents.adopt(writer),
                modified=0,
                kind="Appendable",
            )
        try:
            await asyncio.to_thread(
                self._store.contents.append, existing.content, existing.size, writer
            )
        except FileNotFoundError:  # deleted or replaced meanwhile
            writer.abandon()
            raise _not_the_end(0) from None
        return replace(
            existing,
            size=existing.size + digest.size,
            crc64=join_crc64(existing.crc64, digest.crc64, digest.size),
        )

    async def process_object(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Process a picture and save the result (`...|sys/saveas,o_KEY,b_BUCKET`)."""
        written = (await read_document(raw)).decode("utf-8", "replace")
        if not written.startswith(PROCESS_FIELD):
            raise invalid_argument("The body must be x-oss-process=...", "x-oss-process", written)
        # Some clients send it as it is, some as a form would; no process has a `%` of its own.
        process = parse_process(unquote(written[len(PROCESS_FIELD) :]))
        source = self._store.get(request.bucket, request.key)
        saved = await self._saved(request, source, process)
        body = {
            "bucket": process.save_bucket,  # as it was named, which it need not be
            "fileSize": saved.size,
            "object": saved.key,
            "status": "OK",
        }
        headers = {
            **responses.common_headers(request.request_id),
            "Content-Type": "application/json",
        }
        return web.Response(body=json.dumps(body).encode(), headers=headers)

    async def _saved(
        self, request: OssRequest, source: StoredObject, process: Process
    ) -> StoredObject:
        if not process.save_key:
            message = "The process must end in |sys/saveas,o_..."
            raise invalid_argument(message, "x-oss-process", "")
        check_key(process.save_key)
        bucket = process.save_bucket or request.bucket
        self._permissions.check_batch(request, "PutObject", [f"{bucket}/{process.save_key}"])
        rendered = await self._objects.studio.render(source, process)
        writer = self._store.contents.writer()
        writer.write(rendered.body)
        digest = writer.finish()
        saved = StoredObject(
            bucket=bucket,
            key=process.save_key,
            etag=digest.etag,
            size=digest.size,
            crc64=digest.crc64,
            content=self._store.contents.adopt(writer),
            modified=self._store.now(),
            storage_class=self._store.bucket(bucket).storage_class,
            headers={"content-type": rendered.content_type},
        )
        self._objects.keep(saved, request, "PutObject", forbid_overwrite=False)
        return saved


def _position(request: OssRequest) -> int:
    written = request.query.get("position", "")
    number = whole_number(written)
    if number is None:
        raise invalid_argument("The position must be a whole number.", "position", written)
    return number


def _append_etag(stored: StoredObject) -> str:
    """An appended object's ETag is not its MD5; it changes with every append."""
    text = f"{stored.crc64}-{stored.size}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()


def _not_the_end(size: int) -> OssError:
    message = "Position is not equal to file length"
    error = OssError(409, "PositionNotEqualToLength", message)
    error.headers["x-oss-next-append-position"] = str(size)
    return error
