"""The edge of a function: one log line per invocation, and settings problems said plainly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared import observability

if TYPE_CHECKING:  # cold start
    from shared.adapters.telling.meter import Meter

_log = logging.getLogger("maskline")
_configured = False


@contextmanager
def invocation(function: str, context: Any, meter: Meter) -> Iterator[dict[str, Any]]:
    """Yields the facts of the invocation's last log line; a failure is logged once and goes on.

    What was measured is told before it.
    """
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
        finally:
            meter.tell()
        _log.info("%s", function, extra={"facts": facts})
