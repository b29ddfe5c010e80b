"""DashScope's JSON and times (contracts/dashscope.md, 2 to 7). Unknown fields are ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.ports.tasks import TaskStatus

PROVIDER_ZONE: Final = timezone(timedelta(hours=8))
"""Times written as text are UTC+8 (contracts/dashscope.md, 4)."""

TASK_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""Looser than the UUIDs seen so far, and harmless in a path."""

_REQUEST_ID: Final = re.compile(rb'"request_id"\s*:\s*"([\w.-]{1,128})"')


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, hide_input_in_errors=True)


class ErrorBody(_Lenient):
    """An answer that says why not; also a success, where `code` is empty."""

    code: str | None = None
    message: str | None = None
    request_id: str | None = None


class SubmitOutput(_Lenient):
    """The `output` of a submission."""

    task_id: str | None = None
    task_status: str | None = None


class SubmitBody(ErrorBody):
    """The answer to a submission."""

    output: SubmitOutput | None = None


class TaskOutput(BaseModel):
    """The `output` of a task; every further text field that is a URL is a result."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True, hide_input_in_errors=True)

    task_id: str | None = None
    task_status: str
    submit_time: str | None = None
    scheduled_time: str | None = None
    end_time: str | None = None
    code: str | None = None
    message: str | None = None

    @property
    def urls(self) -> dict[str, str]:
        """Result URLs by field name."""
        return {
            name: value
            for name, value in (self.model_extra or {}).items()
            if isinstance(value, str) and value.lower().startswith(("http://", "https://"))
        }


class TaskBody(ErrorBody):
    """The answer about one task."""

    output: TaskOutput


class ListedItem(_Lenient):
    """One line of the task list. Its field is `status`, and its times are milliseconds."""

    task_id: str
    model_name: str
    status: str
    gmt_create: int
    request_id: str | None = None
    api_key_id: str | None = None


class ListBody(ErrorBody):
    """One page of the task list; the array is `data`, and without it nothing is proved."""

    total: int
    total_page: int
    page_no: int
    data: list[ListedItem]


def error_of(body: bytes) -> ErrorBody:
    """What an answer says about itself; all empty where it is not the documented JSON."""
    try:
        return ErrorBody.model_validate_json(body)
    except ValidationError:
        found = _REQUEST_ID.search(body)
        return ErrorBody(request_id=found.group(1).decode() if found else None)


def request_body(model: str, inputs: dict[str, str], parameters: dict[str, Any]) -> bytes:
    """The body of a submission."""
    document = {"model": model, "input": inputs, "parameters": parameters}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def status_of(word: str) -> TaskStatus:
    """The status, whatever its case; one sample of the documentation says `Failed`."""
    try:
        return TaskStatus(word.upper())
    except ValueError:
        return TaskStatus.STRANGE


def epoch_of(text: str | None) -> float | None:
    """`YYYY-MM-DD HH:mm:ss[.SSS]` in the provider's zone as epoch seconds; None if it is not."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=PROVIDER_ZONE).timestamp()
    except ValueError:
        return None


def bounds_of(since: float, until: float) -> tuple[str, str]:
    """A window as the list takes it, `YYYYMMDDhhmmss`.

    In which zone it reads them is not documented, so the lower bound is written in UTC and the
    upper one in the provider's: the true window lies inside, whichever it is.
    """
    form = "%Y%m%d%H%M%S"
    lower = datetime.fromtimestamp(since, timezone.utc).strftime(form)
    upper = datetime.fromtimestamp(until + 1, PROVIDER_ZONE).strftime(form)
    return lower, upper


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds: a number, or a date held against the answer's own `Date`.

    Ours is another clock, and is not asked (protocol 23); without a `Date`, a date says nothing.
    """
    text = headers.get("retry-after", "").strip()
    try:
        if text.replace(".", "", 1).isdigit():
            return float(text)
        then = parsedate_to_datetime(text)
        return max(0.0, (then - parsedate_to_datetime(headers["date"])).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def expiry_of(url: str) -> float | None:
    """When a signed URL ends: `Expires` (V1), or date and life (V4); None where it says nothing."""
    query = {name.lower(): values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    try:
        if "expires" in query:
            return float(int(query["expires"]))
        begun = datetime.strptime(query["x-oss-date"], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007 - Z is UTC
        return begun.replace(tzinfo=timezone.utc).timestamp() + int(query["x-oss-expires"])
    except (KeyError, ValueError):
        return None
