"""Answers as OSS gives them: common headers, documents, errors, and the streaming of contents."""

from __future__ import annotations

import asyncio
import base64
import http
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO, TypeVar

from aiohttp import web

from scripts.localcloud.services.oss.contents import Digest
from scripts.localcloud.services.oss.documents import Element, render
from scripts.localcloud.services.oss.exceptions import OssError
from scripts.localcloud.services.oss.models import StoredObject
from scripts.localcloud.services.oss.told import check_told
from scripts.localcloud.services.oss.unoffered import ENCRYPTION
from scripts.localcloud.services.oss.urls import OssRequest

IGNORED = web.RequestKey("oss.ignored", bool)
Answer = TypeVar("Answer", bound=web.StreamResponse)
CHUNK = 256 * 1024
COMPRESSIBLE = frozenset(
    {
        "text/cache-manifest", "text/xml", "text/plain", "text/css", "text/html",
        "application/javascript", "application/x-javascript", "application/rss+xml",
        "application/json", "text/json", "text/javascript",
    }
)  # fmt: skip
LEAST_COMPRESSED = 1024
GZIP = 16 + zlib.MAX_WBITS
"""What zlib calls its gzip container."""
OVERRIDES = {
    f"response-{name}": name
    for name in (
        "content-type", "content-language", "expires", "cache-control", "content-disposition",
        "content-encoding",
    )
}  # fmt: skip


def common_headers(request_id: str) -> dict[str, str]:
    """What every answer carries."""
    return {
        "Server": "AliyunOSS",
        "Date": formatdate(time.time(), usegmt=True),
        "x-oss-request-id": request_id,
        "x-oss-server-time": "1",
    }


def ignore_body(raw: web.Request) -> None:
    """Do not wait for a body that a GET promises and may never send: answer, and close."""
    raw[IGNORED] = True
    raw.content.feed_eof()


def settled(raw: web.Request, answer: Answer) -> Answer:
    """The answer, told to close the connection where the request's body is ignored."""
    if IGNORED in raw and not answer.prepared:
        answer.force_close()
    return answer


def empty(
    request: OssRequest, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer without a body."""
    answer = web.Response(
        status=status, headers={**common_headers(request.request_id), **(headers or {})}
    )
    if status != http.HTTPStatus.NO_CONTENT:
        answer.headers["Content-Length"] = "0"
    return answer


def document(
    request: OssRequest, root: Element, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer with an XML document."""
    return web.Response(
        body=render(root),
        headers={
            **common_headers(request.request_id),
            "Content-Type": "application/xml",
            **(headers or {}),
        },
    )


def error_answer(error: OssError, *, method: str, host: str, request_id: str) -> web.Response:
    """An error in OSS's form; of a HEAD the document travels in the header `x-oss-err`."""
    headers = {**common_headers(request_id), **error.headers}
    if error.ec:
        headers["x-oss-ec"] = error.ec
    if error.status == http.HTTPStatus.NOT_MODIFIED:
        return web.Response(status=error.status, headers=headers)
    body = render(("Error", _error_elements(error, host, request_id)))
    headers["Content-Type"] = "application/xml"
    if method != "HEAD":
        return web.Response(status=error.status, body=body, headers=headers)
    headers["x-oss-err"] = base64.b64encode(body).decode()
    headers["Content-Length"] = "0"
    return web.Response(status=error.status, headers=headers)


def _error_elements(error: OssError, host: str, request_id: str) -> list[Element]:
    elements: list[Element] = [
        ("Code", error.code),
        ("Message", error.message),
        ("RequestId", request_id),
        ("HostId", host),
    ]
    elements += [(name, _printable(value)) for name, value in error.details.items()]
    if error.ec:
        elements.append(("EC", error.ec))
    return elements


def _printable(value: str) -> str:
    return "".join(
        character if character >= " " and not "\ud800" <= character <= "\udfff" else "?"
        for character in value
    )


def receipt(digest: Digest) -> dict[str, str]:
    """What the answer to an upload says of the bytes that came."""
    return {
        "ETag": f'"{digest.etag}"',
        "Content-MD5": digest.content_md5,
        "x-oss-hash-crc64ecma": str(digest.crc64),
    }


def encrypted_so(headers: Mapping[str, str]) -> dict[str, str]:
    """What the answer to a write says of the encryption that was asked for."""
    return {ENCRYPTION: headers[ENCRYPTION]} if ENCRYPTION in headers else {}


def object_headers(stored: StoredObject) -> dict[str, str]:
    """What GET and HEAD say about an object."""
    headers = {
        **stored.headers,
        "ETag": f'"{stored.etag}"',
        "Last-Modified": formatdate(stored.modified, usegmt=True),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": stored.kind,
        "x-oss-storage-class": stored.storage_class,
        "x-oss-hash-crc64ecma": str(stored.crc64),
        **stored.metadata,
    }
    if stored.content_md5:
        headers["Content-MD5"] = stored.content_md5
    if stored.kind == "Appendable":
        headers["x-oss-next-append-position"] = str(stored.size)
    if stored.tags:
        headers["x-oss-tagging-count"] = str(len(stored.tags))
    return headers


def overridden(headers: dict[str, str], request: OssRequest) -> dict[str, str]:
    """The headers, as the query's `response-*` parameters want them.

    Raises:
        OssError: InvalidArgument.
    """
    changes = {
        header: request.query[name] for name, header in OVERRIDES.items() if name in request.query
    }
    check_told(changes)
    kept = {name: value for name, value in headers.items() if name.lower() not in changes}
    return {**kept, **changes}


async def stream(
    raw: web.Request,
    path: Path,
    *,
    status: int,
    headers: Mapping[str, str],
    span: tuple[int, int],
) -> web.StreamResponse:
    """Send the bytes of a file from the first of `span` to before its second."""
    start, stop = span
    answer = web.StreamResponse(status=status, headers=headers)
    answer.content_length = stop - start
    settled(raw, answer)
    with path.open("rb") as file:  # opened before anything is awaited: it may be replaced then
        file.seek(start)
        await answer.prepare(raw)
        async for chunk in chunks_of(file, stop - start):
            await answer.write(chunk)
    await answer.write_eof()
    return answer


async def chunks_of(file: BinaryIO, size: int) -> AsyncIterator[bytes]:
    """The next `size` bytes of a file, in pieces."""
    while size and (chunk := file.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


async def stream_compressed(
    raw: web.Request, path: Path, *, size: int, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send the first `size` bytes of a file as gzip, in chunks, without a length."""
    kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    answer = web.StreamResponse(headers={**kept, "Content-Encoding": "gzip"})
    answer.enable_chunked_encoding()
    settled(raw, answer)
    packer = zlib.compressobj(wbits=GZIP)
    with path.open("rb") as file:
        await answer.prepare(raw)
        async for chunk in chunks_of(file, size):
            if packed := await asyncio.to_thread(packer.compress, chunk):
                await answer.write(packed)
    await answer.write(packer.flush())
    await answer.write_eof()
    return answer


def wants_compression(request: OssRequest, stored: StoredObject) -> bool:
    """Whether OSS would compress: a text of 1 KiB and more, and gzip the only encoding named."""
    kind = stored.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        request.headers.get("accept-encoding", "").strip().lower() == "gzip"
        and kind in COMPRESSIBLE
        and stored.size >= LEAST_COMPRESSED
        and "content-encoding" not in stored.headers
    )
