"""One JSON line per request and per ended task, without keys and without signed URLs."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from scripts.localcloud.services.dashscope.scheduler import End

LONGEST_PATH = 200
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Write = Callable[[dict[str, Any]], None]


def write_line(entry: dict[str, Any]) -> None:
    """Onto stderr; a log that nobody reads any more stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        print(json.dumps(entry), file=sys.stderr, flush=True)


def logged(
    treat: Handler, name: Callable[[web.Request], str], now: Callable[[], float], write: Write
) -> Handler:
    """`treat`, telling of every request when its answer begins; `name` knows the operation."""

    async def told(request: web.Request) -> web.StreamResponse:
        began, response = time.monotonic(), None
        try:
            response = await treat(request)
            response.headers["Server"] = "maskline"
            return response
        finally:
            write(_entry(request, name(request), response, now(), time.monotonic() - began))

    return told


def _entry(
    request: web.Request,
    operation: str,
    response: web.StreamResponse | None,
    at: float,
    seconds: float,
) -> dict[str, Any]:
    path = request.raw_path.partition("?")[0][:LONGEST_PATH]
    entry = {
        "at": _moment(at),
        "client": request.remote,
        "operation": operation,
        "method": request.method,
        "path": path.encode("ascii", "replace").decode(),
        "status": None if response is None else response.status,
        "seconds": round(seconds, 3),
    }
    if response is not None and (request_id := response.headers.get("x-request-id")):
        entry["request_id"] = request_id
    return entry


def task_entry(end: End) -> dict[str, Any]:
    """What is told of a task that ended: why, where it failed, but not what was in it."""
    return {
        "at": _moment(end.done),
        "operation": "task",
        "task_id": end.task.task_id,
        "model": end.task.model,
        "status": end.code or "SUCCEEDED",
        "seconds": round(end.done - end.began, 3),
    }


def malformed_entry(request: web.BaseRequest, at: float) -> dict[str, Any]:
    """What is told of bytes that were no request; nothing of what they were."""
    return {"at": _moment(at), "client": request.remote, "operation": "malformed", "status": 400}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")
