"""Answers that get lost: a connection closed at once, after the work, or in the middle of the body.

A response may be written as a stream by the service itself, so the loss is arranged beforehand on
the request's writer, which every kind of response ends in.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web


def hang_up(request: web.BaseRequest) -> web.Response:
    """Close the TCP connection without another byte; the response returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def lose_answer(request: web.BaseRequest) -> None:
    """Let the service perform, and close the connection when its answer is about to be sent."""

    def refuse(*_: Any, **__: Any) -> None:
        hang_up(request)
        raise ConnectionResetError("the answer was lost on purpose")

    async def refuse_later(*_: Any, **__: Any) -> None:
        refuse()

    _replace(request, send_headers=refuse, write=refuse_later, write_eof=refuse_later)


def cut_in_half(request: web.BaseRequest) -> None:
    """Let the answer begin, with its full Content-Length, and close after half of the body.

    Where no length is announced, half of the first piece is sent.
    """
    writer = request.writer
    write = writer.write
    left: int | None = None

    async def write_some(chunk: Any = b"", **_: Any) -> None:
        nonlocal left
        whole = memoryview(chunk).nbytes
        if left is None:
            left = (whole if writer.length is None else writer.length) // 2
        piece = bytes(memoryview(chunk)[:left])
        left -= len(piece)
        if piece:
            await write(piece)
        if left == 0 or len(piece) < whole:
            await end()

    async def end(chunk: Any = b"") -> None:
        if chunk and left != 0:
            await write_some(chunk)
        writer.send_headers()
        await writer.drain()
        if request.transport is not None:
            request.transport.close()
        raise ConnectionResetError("the answer was cut on purpose")

    _replace(request, write=write_some, write_eof=end)


def _replace(request: web.BaseRequest, **methods: Any) -> None:
    for name, method in methods.items():
        setattr(request.writer, name, method)
