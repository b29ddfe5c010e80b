"""Bodies on their way in: streamed to disk, counted, and checked against what the client claims."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from scripts.localcloud.services.oss.contents import Contents, ContentWriter, Digest
from scripts.localcloud.services.oss.exceptions import OssError, invalid_digest, malformed_xml

LARGEST_BODY = 5 * 2**30
CHUNK = 2**20
"""Bytes that are gathered before a thread writes and counts them."""
LARGEST_DOCUMENT = 4 * 2**20
MD5_BYTES = 16


async def receive(http: web.Request, contents: Contents) -> tuple[ContentWriter, Digest]:
    """Write the request's body to a new content file, and check its Content-MD5.

    Raises:
        OssError: MissingContentLength, EntityTooLarge, InvalidDigest.
        ConnectionResetError: the client left before the end.
    """
    if http.content_length is None and "chunked" not in http.headers.get("Transfer-Encoding", ""):
        message = "You must provide the Content-Length HTTP header."
        raise OssError(411, "MissingContentLength", message)
    _check_size(http.content_length or 0)
    expected = _content_md5(http.headers)
    writer, digest = await store_stream(http.content.iter_any(), contents)
    if expected and expected != digest.content_md5:
        writer.abandon()
        raise invalid_digest(expected, digest.content_md5)
    return writer, digest


async def store_stream(
    chunks: AsyncIterator[bytes], contents: Contents
) -> tuple[ContentWriter, Digest]:
    """Write a stream to a new content file.

    Raises:
        OssError: EntityTooLarge.
        ConnectionResetError: the stream broke off.
        OSError: the disk cannot take it.
    """
    writer = contents.writer()
    try:
        gathered = bytearray()
        async for chunk in chunks:
            gathered += chunk
            if len(gathered) >= CHUNK:
                await asyncio.to_thread(writer.write, bytes(gathered))
                gathered.clear()
            _check_size(writer.size)
        writer.write(bytes(gathered))
    except (OssError, asyncio.CancelledError):
        writer.abandon()
        raise
    except Exception as error:
        writer.abandon()
        if isinstance(error, OSError) and not isinstance(error, ConnectionError):
            raise
        raise ConnectionResetError("the upload broke off") from error
    return writer, writer.finish()


async def read_document(http: web.Request) -> bytes:
    """A small body, whole, its Content-MD5 checked.

    Raises:
        OssError: MalformedXML when it is too large, InvalidDigest.
    """
    if (http.content_length or 0) > LARGEST_DOCUMENT:
        raise malformed_xml()
    body = await http.read()
    expected = _content_md5(http.headers)
    if expected:
        counted = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        if counted != expected:
            raise invalid_digest(expected, counted)
    return body


def _content_md5(headers: Mapping[str, str]) -> str:
    claimed = headers.get("Content-MD5", "").strip()
    if not claimed:
        return ""
    try:
        valid = len(base64.b64decode(claimed, validate=True)) == MD5_BYTES
    except ValueError:  # binascii.Error is one, and so is a header that is not ASCII
        valid = False
    if not valid:
        message = "The Content-MD5 you specified was invalid."
        raise OssError(400, "InvalidDigest", message)
    return claimed


def _check_size(size: int) -> None:
    if size <= LARGEST_BODY:
        return
    message = "Your proposed upload exceeds the maximum allowed object size."
    raise OssError(400, "EntityTooLarge", message, MaxSizeAllowed=str(LARGEST_BODY))
