"""Decodes requests and encodes answers of Function Compute: JSON bodies and `X-Fc-*` headers."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, Final

from aiohttp import web

from scripts.localcloud.core.acs import AcsError
from scripts.localcloud.core.bodies import read_whole
from scripts.localcloud.services.fc.call import Call
from scripts.localcloud.services.fc.exceptions import FcError, invalid_argument, too_large
from scripts.localcloud.services.fc.registry import Document, etag
from scripts.localcloud.services.fc.specification import Outcome
from scripts.localcloud.services.fc.urls import Route

REQUEST_ID: Final = "X-Fc-Request-Id"
LARGEST_PACKAGE: Final = 100 * 1024 * 1024
"""Bytes of a package; on the wire it is base64 within JSON, hence a third more."""
LARGEST_SYNCHRONOUS: Final = 32 * 1024 * 1024
LARGEST_ASYNCHRONOUS: Final = 128 * 1024
LONGEST_DELAY: Final = 3600


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body of a request.

    Raises:
        FcError: it is longer than `limit` bytes.
    """
    body = await read_whole(request, limit)
    if body is None:
        raise too_large(limit)
    return body


async def decode_call(
    request: web.Request, found: Route, now: float, body: bytes | None = None
) -> Call:
    """A control-plane request; its body is read, unless it was before.

    Raises:
        FcError: the body is no JSON object, or too long.
    """
    if body is None:
        body = await read_body(request, LARGEST_PACKAGE * 4 // 3 + 65536)
    return Call(
        operation=found.operation,
        now=now,
        service=found.service,
        qualifier=found.qualifier,
        function=found.function,
        name=found.name,
        query=dict(request.query),
        body=_json_object(body),
        if_match=request.headers.get("If-Match", ""),
    )


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
        if b"\\u" in body:  # half a pair of surrogates is no text, and nothing could keep it
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise invalid_argument(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise invalid_argument("the body must be a JSON object")
    return document


def document_response(document: Document | None, request_id: str) -> web.Response:
    """The answer of a control-plane request; 204 where there is nothing to say."""
    headers = {REQUEST_ID: request_id}
    if document is None:
        return web.Response(status=204, headers=headers)
    headers["Etag"] = etag(document)
    return web.json_response(document, headers=headers)


def error_response(error: FcError | AcsError, request_id: str) -> web.Response:
    """An error in the vendor's form."""
    body = {"ErrorCode": error.code, "ErrorMessage": error.message}
    return web.json_response(body, status=error.status, headers={REQUEST_ID: request_id})


def outcome_response(outcome: Outcome, request_id: str, *, want_log: bool) -> web.Response:
    """The answer of a synchronous invocation: 200 even where the function failed."""
    headers = {
        REQUEST_ID: request_id,
        "X-Fc-Invocation-Duration": f"{outcome.seconds * 1000:.0f}",
        "X-Fc-Max-Memory-Usage": f"{outcome.memory:.2f}",
    }
    if outcome.error_type is not None:
        headers["X-Fc-Error-Type"] = outcome.error_type
    if want_log:
        headers["X-Fc-Log-Result"] = base64.b64encode(outcome.log_tail).decode()
    kind = "application/json" if outcome.error_type else "application/octet-stream"
    return web.Response(body=outcome.body, headers=headers, content_type=kind)


def accepted_response(request_id: str) -> web.Response:
    """The answer of an asynchronous invocation."""
    return web.Response(status=202, headers={REQUEST_ID: request_id})


def is_asynchronous(request: web.Request) -> bool:
    """Whether the invocation is only to be queued.

    Raises:
        FcError: `x-fc-invocation-type` is neither `Sync` nor `Async`.
    """
    kind = request.headers.get("X-Fc-Invocation-Type", "Sync").lower()
    if kind not in ("sync", "async"):
        raise invalid_argument(f"x-fc-invocation-type is {kind!r}; it must be Sync or Async")
    return kind == "async"


def delay_of(request: web.Request) -> float:
    """Seconds by which an asynchronous invocation is put off.

    Raises:
        FcError: `x-fc-async-delay` is no number from 0 to 3600.
    """
    given = request.headers.get("X-Fc-Async-Delay", "0")
    if not given.isdecimal() or int(given) > LONGEST_DELAY:
        raise invalid_argument(f"x-fc-async-delay is {given!r}; it must be 0 to {LONGEST_DELAY}")
    return float(given)


def new_request_id() -> str:
    """An id for one request."""
    return str(uuid.uuid4())


def encode(document: Document) -> bytes:
    """A document as the payload of an invocation."""
    return json.dumps(document, ensure_ascii=False).encode()
