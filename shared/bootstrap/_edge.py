"""The edge of a function: one log line per invocation, and settings problems said plainly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared import observability

_log = logging.getLogger("maskline")
_configured = False


@contextmanager
def invocation(function: str, context: Any) -> Iterator[dict[str, Any]]:
    """Yields the facts of the invocation's one log line; a failure is logged once and goes on."""
    global _configured  # noqa: PLW0603 - the runtime's logging is replaced once per process
    if not _configured:
        observability.configure()
        _configured = True
    facts: dict[str, Any] = {}
    with observability.bound(request_id=str(getattr(context, "request_id", ""))):
        try:
            yield facts
        except Exception:
            _log.exception("%s failed", function, extra={"facts": facts})
            raise
        _log.info("%s", function, extra={"facts": facts})
