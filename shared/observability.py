"""One JSON line per log record, with job and request in it and no secret.

`configure` is called once per process. Job id and request id are bound for a stretch of code with
`bound`, and stand in every line written within it, whoever writes it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timezone
from typing import Any, Final, TextIO

from shared.transport.redaction import HIDDEN, redacted

LONGEST_LINE: Final = 30_000
"""Bytes; Function Compute takes 32 KB a line (contracts/alibaba-cloud.md, 3.2)."""

_CHATTY: Final = ("httpx", "httpcore", "urllib3", "oss2", "asyncio")
_SILENT: Final = ("tablestore-client",)
"""Logs every failed condition as an error; here such a failure is an answer like any other."""

_SECRET_NAME: Final = re.compile(r"(?i)authorization|token|secret|signature|api_?key$|password")
_bound: ContextVar[Mapping[str, str]] = ContextVar("bound", default={})  # noqa: B039 - never mutated


class JsonLines(logging.Formatter):
    """`time`, `level`, `logger`, `message`, what is bound, and the record's own `facts`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON, redacted."""
        time = datetime.fromtimestamp(record.created, timezone.utc)
        line: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": _text(record.getMessage()),
            **_bound.get(),
        }
        facts = getattr(record, "facts", None)
        if isinstance(facts, Mapping):
            line |= {name: _clean_field(name, v) for name, v in facts.items() if name not in line}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = _text(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Put ids (`job_id`, `request_id`) into every line written inside."""
    token = _bound.set({**_bound.get(), **ids})
    try:
        yield
    finally:
        _bound.reset(token)


def configure(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Make the root logger write JSON lines to *stream* (standard output), and nothing else.

    Handlers that the runtime installed are replaced: they would write the same records unredacted.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {str(name): _clean_field(str(name), part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    return value


def _clean_field(name: str, value: Any) -> Any:
    return HIDDEN if _SECRET_NAME.search(name) else _clean(value)


def _text(text: str) -> str:
    """Redacted, and short: a line that the platform has to cut is no JSON any more."""
    most = LONGEST_LINE // 6
    text = redacted(text[:LONGEST_LINE])
    return text if len(text) <= most else f"{text[:most]}…"
