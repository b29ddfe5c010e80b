"""Bodies of requests that are read whole: no longer than the service takes, however they come."""

from __future__ import annotations

from typing import Final

from aiohttp import web

_CHUNK: Final = 256 * 1024


async def read_whole(request: web.Request, limit: int) -> bytes | None:
    """The body; None where it is longer than `limit` bytes, and its rest is left unread."""
    if (request.content_length or 0) > limit:
        return None
    body = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
