"""Requests decoded, answers encoded; the samples of contracts/events are the measure."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any, TypeGuard
from xml.sax.saxutils import escape

from aiohttp import web

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.services.dashscope import exceptions
from scripts.localcloud.services.dashscope.inputs import ERASE, SEGMENTATION
from scripts.localcloud.services.dashscope.models import FINAL, Submission
from scripts.localcloud.services.dashscope.results import ResultRefusedError
from scripts.localcloud.services.dashscope.tasks import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Search,
    Task,
)
from scripts.localcloud.services.dashscope.terms import DAY
from scripts.localcloud.services.dashscope.times import bound_of, milliseconds_of, text_of
from scripts.localcloud.services.dashscope.uploads import SCHEME

LARGEST_BODY = 20 * 1024 * 1024
LARGEST_PAGE = 100
LONGEST_MODEL = 200
MOST_DIGITS = 10
UrlOf = Callable[[Task, str], str]


def answer(body: dict[str, Any], now: float, status: int = 200) -> web.Response:
    """A JSON answer with the provider's date and the request id among the headers."""
    headers = {"Date": formatdate(now, usegmt=True)}
    if request_id := body.get("request_id"):
        headers["x-request-id"] = request_id
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        text=text, status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def error_body(code: str, message: str, request_id: str) -> dict[str, Any]:
    """The flat error body."""
    return {"code": code, "message": message, "request_id": request_id}


async def read_submission(
    request: web.Request, function: str, request_id: str, *, patience: float
) -> Submission:
    """Decode a submission; its body may take `patience` seconds.

    Raises:
        DashScopeError: not asynchronous, too slow, too large, not JSON, without model or input.
    """
    if request.headers.get("X-DashScope-Async", "").lower() != "enable":
        raise exceptions.synchronous_call()
    try:
        body = _json_object(await asyncio.wait_for(_limited_body(request), patience))
    except asyncio.TimeoutError as error:
        raise exceptions.too_slow() from error
    model = body.get("model")
    if not _is_name(model):
        raise exceptions.invalid("model")
    inputs = body.get("input")
    if not isinstance(inputs, dict) or not inputs:
        raise exceptions.invalid("input")
    if model in {SEGMENTATION, ERASE} and not isinstance(inputs.get("image_url"), str):
        raise exceptions.invalid("input.image_url")
    if model == ERASE and not isinstance(inputs.get("mask_url"), str):
        raise exceptions.invalid("input.mask_url")
    _check_resources(inputs, request)
    return Submission(model=model, function=function, body=body, request_id=request_id)


def _is_name(model: Any) -> TypeGuard[str]:
    return isinstance(model, str) and 0 < len(model) <= LONGEST_MODEL and model.isascii()


def _check_resources(inputs: dict[str, Any], request: web.Request) -> None:
    named = any(isinstance(value, str) and value.startswith(SCHEME) for value in inputs.values())
    if named and request.headers.get("X-DashScope-OssResourceResolve", "").lower() != "enable":
        raise exceptions.unresolved_resource()


async def _limited_body(request: web.Request) -> bytes:
    data = bytearray()
    async for chunk in request.content.iter_chunked(1 << 16):
        data += chunk
        if len(data) > LARGEST_BODY:
            raise exceptions.too_large()
    return bytes(data)


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise exceptions.unreadable_body() from error
    if not isinstance(body, dict):
        raise exceptions.unreadable_body()
    return body


def read_search(query: Mapping[str, str], now: float, lifetime: float) -> Search:
    """Decode a list's query: a span of at most 24 hours, by default the last.

    Tasks that ended more than `lifetime` seconds ago are not shown.

    Raises:
        DashScopeError: a bound or a page number is wrong.
    """
    since, until = _span(query, now)
    return Search(
        since=since,
        until=until,
        kept_since=now - lifetime,
        task_id=query.get("task_id") or None,
        model=query.get("model_name") or None,
        status=query.get("status") or None,
        page=_page_number(query, "page_no", 1, 10**9),
        page_size=_page_number(query, "page_size", 10, LARGEST_PAGE),
    )


def _span(query: Mapping[str, str], now: float) -> tuple[float, float]:
    try:
        since = bound_of(query["start_time"]) if query.get("start_time") else None
        until = bound_of(query["end_time"]) if query.get("end_time") else None
    except ValueError as error:
        raise exceptions.invalid("start_time and end_time must be YYYYMMDDhhmmss") from error
    if since is None:
        until = now if until is None else until
        since = until - DAY
    elif until is None:
        until = since + DAY
    if not 0 <= until - since <= DAY:
        raise exceptions.invalid("the span from start_time to end_time must be within 24 hours")
    return since, until


def _page_number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name) or str(usual)
    if not text.isdecimal() or len(text) > MOST_DIGITS or not 1 <= int(text) <= most:
        raise exceptions.invalid(f"{name} must be 1 to {most}")
    return int(text)


def submitted(task: Task) -> dict[str, Any]:
    """The answer to a submission."""
    return {
        "output": {"task_status": PENDING, "task_id": task.task_id},
        "request_id": task.submit_request_id,
    }


def fetched(task_id: str, task: Task | None, request_id: str, url_of: UrlOf) -> dict[str, Any]:
    """The answer to a fetch; None is a task that is unknown."""
    if task is None:
        return {
            "request_id": request_id,
            "output": {"task_id": task_id, "task_status": "UNKNOWN"},
        }
    output: dict[str, Any] = {"task_id": task_id, "task_status": task.state, **_times(task)}
    if task.state == RUNNING:
        # As in the official sample: the metrics say 1 while the task still runs.
        output["task_metrics"] = {"TOTAL": 1, "SUCCEEDED": 1, "FAILED": 0}
    if task.state == FAILED:
        output.update(code=task.code, message=task.message)
    body = {"request_id": request_id, "output": output}
    if task.state == SUCCEEDED:
        urls = {f"{name}_url": url_of(task, name) for name in task.outputs}
        output.update(urls)
        if task.model not in {SEGMENTATION, ERASE}:
            output["results"] = [{"url": url} for url in urls.values()]
        body["usage"] = {"image_count": 1}
    return body


def _times(task: Task) -> dict[str, str]:
    if task.state not in FINAL:
        return {}
    moments = {
        "submit_time": task.submit_time,
        "scheduled_time": task.start_time,
        "end_time": task.end_time,
    }
    return {name: text_of(moment) for name, moment in moments.items() if moment is not None}


def listed(
    total: int, tasks: list[Task], search: Search, identity: Identity, request_id: str
) -> dict[str, Any]:
    """The answer to a list; its array is `data`, its times are milliseconds."""
    return {
        "total": total,
        "data": [_item(task, identity) for task in tasks],
        "total_page": math.ceil(total / search.page_size),
        "page_no": search.page,
        "request_id": request_id,
        "page_size": search.page_size,
    }


def _item(task: Task, identity: Identity) -> dict[str, Any]:
    item: dict[str, Any] = {
        "api_key_id": identity.dashscope_api_key_id,
        "caller_parent_id": identity.account_id,
        "caller_uid": identity.account_id,
        "gmt_create": milliseconds_of(task.submit_time),
        "model_name": task.model,
        "region": identity.region,
        "request_id": task.submit_request_id,
        "status": task.state,
        "task_id": task.task_id,
        "user_api_unique_key": task.unique_key,
    }
    if task.start_time is not None:
        item["start_time"] = milliseconds_of(task.start_time)
    if task.end_time is not None:
        item["end_time"] = milliseconds_of(task.end_time)
    return dict(sorted(item.items()))


def result_refused(error: ResultRefusedError, request_id: str, host: str) -> web.Response:
    """The refusal of a result file or an upload, in OSS's XML."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>{error.code}</Code>\n'
        f"  <Message>{escape(error.message)}</Message>\n  <RequestId>{request_id}</RequestId>\n"
        f"  <HostId>{escape(host.encode(errors='replace').decode())}</HostId>\n</Error>\n"
    )
    headers = {"x-oss-request-id": request_id, "Server": "AliyunOSS"}
    return web.Response(
        text=text, status=error.http, content_type="application/xml", headers=headers
    )
