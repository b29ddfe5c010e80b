"""PostObject: an upload by an HTML form, allowed by a signed policy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from urllib.parse import quote, urlencode

import aiohttp
from aiohttp import web

from scripts.localcloud.services.oss import policy, responses
from scripts.localcloud.services.oss.access import check_access
from scripts.localcloud.services.oss.authentication import Authenticator
from scripts.localcloud.services.oss.bodies import store_stream
from scripts.localcloud.services.oss.contents import Digest
from scripts.localcloud.services.oss.description import describe
from scripts.localcloud.services.oss.documents import Element
from scripts.localcloud.services.oss.exceptions import OssError
from scripts.localcloud.services.oss.models import ObjectStore, StoredObject, check_key
from scripts.localcloud.services.oss.object_calls import FORBID, ObjectCalls
from scripts.localcloud.services.oss.permissions import Permissions
from scripts.localcloud.services.oss.told import check_told
from scripts.localcloud.services.oss.unoffered import check_offered
from scripts.localcloud.services.oss.urls import OssRequest

LARGEST_FIELDS = 8 * 2**20
"""Bytes of all fields before the file."""
CHUNK = 256 * 1024
REDIRECT = "success_action_redirect"
CREATED, NO_CONTENT, SEE_OTHER = 201, 204, 303


class FormCalls:
    """Handlers by operation name. `now` is the real clock, by which policies expire."""

    def __init__(
        self,
        store: ObjectStore,
        objects: ObjectCalls,
        authenticator: Authenticator,
        now: Callable[[], float],
        *,
        permissions: Permissions,
    ) -> None:
        self._store = store
        self._objects = objects
        self._authenticator = authenticator
        self._now = now
        self._permissions = permissions

    async def post_object(self, request: OssRequest, raw: web.Request) -> web.StreamResponse:
        """Store the file of a form."""
        fields, file = await _read_fields(raw, request.bucket)
        key = fields.get("key", "").replace("${filename}", _file_name(file))
        bounds = self._allowed(replace(request, key=key), fields)
        check_offered(fields)
        check_told({REDIRECT: fields.get(REDIRECT, "")})
        check_key(key)
        fields.setdefault("content-type", file.headers.get("Content-Type", ""))
        description = describe(fields, self._store.bucket(request.bucket))
        writer, digest = await store_stream(_chunks(file, bounds), self._store.contents)
        stored = StoredObject(
            bucket=request.bucket,
            key=key,
            etag=digest.etag,
            size=digest.size,
            crc64=digest.crc64,
            content=self._store.contents.adopt(writer),
            modified=self._store.now(),
            **description,
        )
        forbid = fields.get(FORBID, "").lower() == "true"
        self._objects.keep(stored, request, "PostObject", forbid_overwrite=forbid)
        return _answer(request, fields, stored, digest)

    def _allowed(self, request: OssRequest, fields: dict[str, str]) -> policy.Bounds | None:
        if "policy" not in fields:
            check_access(self._store, replace(request, key=""), "PostObject", "")
            return None
        signer = policy.check_signature(self._authenticator, fields)
        self._permissions.check(replace(request, caller=signer), "PostObject")
        return policy.check_policy(fields, now=self._now())


async def _read_fields(
    raw: web.Request, bucket: str
) -> tuple[dict[str, str], aiohttp.BodyPartReader]:
    """The fields before the file, by lower-case name, and the file."""
    if not raw.content_type.startswith("multipart/form-data"):
        message = "Bucket POST must be of the enclosure-type multipart/form-data."
        raise OssError(400, "RequestIsNotMultiPartContent", message)
    fields, room = {"bucket": bucket}, LARGEST_FIELDS
    try:
        reader = await raw.multipart()
        while part := await reader.next():
            if not isinstance(part, aiohttp.BodyPartReader) or part.name is None:
                raise _malformed()
            if part.name == "file":
                return fields, part
            value = await _field(part, room)
            room -= len(value)
            fields[part.name.lower()] = value.decode("utf-8", "surrogateescape")
    except (ValueError, AssertionError, KeyError):
        raise _malformed() from None
    message = "POST requires exactly one file upload per request."
    raise OssError(400, "IncorrectNumberOfFilesInPOSTRequest", message)


async def _field(part: aiohttp.BodyPartReader, room: int) -> bytes:
    value = b""
    while chunk := await part.read_chunk():
        value += chunk
        if len(value) > room:
            message = "Your POST request fields preceding the upload file were too large."
            code = "MaxPOSTPreDataLengthExceededError"
            raise OssError(400, code, message, ec="0006-00000112")
    return value


async def _chunks(
    file: aiohttp.BodyPartReader, bounds: policy.Bounds | None
) -> AsyncIterator[bytes]:
    """The file, as far as its policy lets it grow.

    Raises:
        OssError: EntityTooLarge, as soon as it is; EntityTooSmall.
    """
    size = 0
    while chunk := await file.read_chunk(CHUNK):
        size += len(chunk)
        policy.check_longest(size, bounds)
        yield bytes(chunk)
    policy.check_shortest(size, bounds)


def _file_name(file: aiohttp.BodyPartReader) -> str:
    return (file.filename or "").replace("\\", "/").rpartition("/")[2]


def _malformed() -> OssError:
    message = "The body of your POST request is not well-formed multipart/form-data."
    return OssError(400, "MalformedPOSTRequest", message)


def _answer(
    request: OssRequest, fields: dict[str, str], stored: StoredObject, digest: Digest
) -> web.Response:
    headers = {"ETag": f'"{stored.etag}"', "x-oss-hash-crc64ecma": str(digest.crc64)}
    location = f"http://{request.host}/{quote(stored.bucket)}/{quote(stored.key)}"
    redirect = fields.get(REDIRECT, "")
    if redirect:
        query = urlencode({"bucket": stored.bucket, "key": stored.key, "etag": f'"{stored.etag}"'})
        joint = "&" if "?" in redirect else "?"
        headers["Location"] = redirect + joint + query
        return responses.empty(request, SEE_OTHER, headers)
    status = fields.get("success_action_status", "")
    if status == str(CREATED):
        elements: list[Element] = [
            ("Bucket", stored.bucket),
            ("Location", location),
            ("Key", stored.key),
            ("ETag", f'"{stored.etag}"'),
        ]
        answer = responses.document(request, ("PostResponse", elements), headers)
        answer.set_status(CREATED)
        return answer
    return responses.empty(request, 200 if status == "200" else NO_CONTENT, headers)
