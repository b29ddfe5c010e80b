"""Calls on one object: put, get, head, delete, tags and access control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from aiohttp import web

from scripts.localcloud.services.oss import responses
from scripts.localcloud.services.oss.bodies import read_document, receive
from scripts.localcloud.services.oss.conditions import byte_range, check_conditions
from scripts.localcloud.services.oss.description import described, tags_of_document
from scripts.localcloud.services.oss.events import Announcer
from scripts.localcloud.services.oss.exceptions import file_already_exists, invalid_argument
from scripts.localcloud.services.oss.models import OBJECT_ACLS, ObjectStore, StoredObject
from scripts.localcloud.services.oss.pictures.parameters import parse_process
from scripts.localcloud.services.oss.pictures.studio import Studio
from scripts.localcloud.services.oss.symlinks import seen_through
from scripts.localcloud.services.oss.urls import OssRequest

PROCESS = "x-oss-process"
FORBID = "x-oss-forbid-overwrite"


class ObjectCalls:
    """Handlers by operation name, each from a decoded and a raw request to an answer."""

    def __init__(self, store: ObjectStore, announcer: Announcer) -> None:
        self._store = store
        self._announcer = announcer
        self.studio = Studio(store.contents)

    async def put_object(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Store the body as an object."""
        forbid = forbids_overwrite(request)
        if forbid and self._store.find(request.bucket, request.key):
            raise file_already_exists()
        description = described(request, self._store)
        writer, digest = await receive(raw, self._store.contents)
        stored = StoredObject(
            bucket=request.bucket,
            key=request.key,
            etag=digest.etag,
            size=digest.size,
            crc64=digest.crc64,
            content=self._store.contents.adopt(writer),
            modified=self._store.now(),
            **description,
        )
        self.keep(stored, request, "PutObject", forbid_overwrite=forbid)
        told = {**responses.receipt(digest), **responses.encrypted_so(stored.headers)}
        return responses.empty(request, headers=told)

    def keep(
        self,
        stored: StoredObject,
        request: OssRequest,
        event: str,
        *,
        forbid_overwrite: bool,
        along: Callable[[], None] | None = None,
    ) -> None:
        """Make the row and its event; a content whose row is refused is removed.

        `along` is called within the row's transaction.

        Raises:
            OssError: FileAlreadyExists, NoSuchBucket.
        """
        try:
            self._store.put(
                stored,
                lambda new, old: self._announcer.record(event, request, new, old),
                forbid_overwrite=forbid_overwrite,
                along=along,
            )
        except BaseException:
            self._store.contents.remove([stored.content])
            raise

    async def get_object(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Send an object, or a range of it."""
        stored = self.readable(request)
        if PROCESS in request.query:
            return await self._processed(request, stored)
        headers = responses.overridden(responses.object_headers(stored), request)
        headers = {**responses.common_headers(request.request_id), **headers}
        path = self._store.contents.path(stored.content)
        span = byte_range(request.headers, stored.size)
        if span is None and responses.wants_compression(request, stored):
            return await responses.stream_compressed(raw, path, size=stored.size, headers=headers)
        if span is None:
            whole = (0, stored.size)
            return await responses.stream(raw, path, status=200, headers=headers, span=whole)
        headers["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{stored.size}"
        return await responses.stream(raw, path, status=206, headers=headers, span=span)

    async def _processed(self, request: OssRequest, stored: StoredObject) -> web.StreamResponse:
        process = parse_process(request.query[PROCESS])
        rendered = await self.studio.render(stored, process)
        headers = {
            **responses.common_headers(request.request_id),
            "Content-Type": rendered.content_type,
            "ETag": f'"{stored.etag}"',
            "Last-Modified": formatdate(stored.modified, usegmt=True),
        }
        return web.Response(body=rendered.body, headers=responses.overridden(headers, request))

    async def head_object(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Tell about an object."""
        stored = self.readable(request)
        headers = {
            **responses.common_headers(request.request_id),
            **responses.object_headers(stored),
            "Content-Length": str(stored.size),
        }
        return await _headers_only(raw, headers)

    async def get_object_meta(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Tell an object's size, time and ETag."""
        stored = self._store.get(request.bucket, request.key)  # of a symlink, the link's own
        check_conditions(stored, request.headers)
        kept = ("ETag", "Last-Modified", "x-oss-hash-crc64ecma")
        known = responses.object_headers(stored)
        headers = {
            **responses.common_headers(request.request_id),
            **{name: known[name] for name in kept},
            "Content-Length": str(stored.size),
        }
        return await _headers_only(raw, headers)

    async def delete_object(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Remove an object, be it there or not."""
        self._store.delete(request.bucket, request.key)
        return responses.empty(request, 204)

    def readable(self, request: OssRequest) -> StoredObject:
        """The object that a read means: symlinks followed, conditions checked.

        Raises:
            OssError: NoSuchKey, SymlinkTargetNotExist, NotModified, PreconditionFailed.
        """
        stored = self._store.get(request.bucket, request.key)
        if stored.kind == "Symlink":
            stored = seen_through(self._store, stored)
        check_conditions(stored, request.headers)
        return stored

    # --- tags and access control ----------------------------------------------------------

    async def put_tagging(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Replace an object's tags."""
        tags = tags_of_document(await read_document(raw))
        self._store.update(replace(self._store.get(request.bucket, request.key), tags=tags))
        return responses.empty(request)

    async def get_tagging(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell an object's tags."""
        tags = self._store.get(request.bucket, request.key).tags
        return responses.document(
            request,
            (
                "Tagging",
                [("TagSet", [("Tag", [("Key", k), ("Value", v)]) for k, v in tags.items()])],
            ),
        )

    async def delete_tagging(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Remove an object's tags."""
        self._store.update(replace(self._store.get(request.bucket, request.key), tags={}))
        return responses.empty(request, 204)

    async def put_acl(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Change an object's access control."""
        acl = request.headers.get("x-oss-object-acl", "")
        if acl not in OBJECT_ACLS:
            raise invalid_argument("no such object access control exists", "x-oss-object-acl", acl)
        self._store.update(replace(self._store.get(request.bucket, request.key), acl=acl))
        return responses.empty(request)

    async def get_acl(self, request: OssRequest, _raw: web.Request) -> web.StreamResponse:
        """Tell an object's access control."""
        stored = self._store.get(request.bucket, request.key)
        owner = self._announcer.identity.account_id
        return responses.document(
            request,
            (
                "AccessControlPolicy",
                [
                    ("Owner", [("ID", owner), ("DisplayName", owner)]),
                    ("AccessControlList", [("Grant", stored.acl)]),
                ],
            ),
        )


def forbids_overwrite(request: OssRequest) -> bool:
    """Whether an existing object must stay."""
    return request.headers.get(FORBID, "").lower() == "true"


async def _headers_only(raw: web.Request, headers: dict[str, str]) -> web.StreamResponse:
    """Answer a HEAD: the length is the object's, the body is none."""
    answer = web.StreamResponse(headers=headers)
    if raw.method != "HEAD":
        answer.headers["Content-Length"] = "0"
    responses.settled(raw, answer)
    await answer.prepare(raw)
    await answer.write_eof()
    return answer
