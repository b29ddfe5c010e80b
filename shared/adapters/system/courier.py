"""Errands to sinks, in a thread for each sink: one that hangs holds up nobody but itself.

A sink that failed rests for a while, longer each time; what waited for it is let go, and its
outbox brings it back. So a dead sink costs one try in a minute, however many events it is owed.
"""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from shared.domain.events import CloudEvent
from shared.ports.clock import Clock
from shared.ports.errors import PortError, UnavailableError
from shared.ports.events import EventSink, Receipt

LONGEST_LINE: Final = 16
"""Events that wait for one sink at most; whoever is turned away comes again."""

FIRST_REST: Final = 1.0
LONGEST_REST: Final = 60.0


@dataclass(slots=True)
class _Line:
    """One sink's errands, the first of them under way."""

    errands: deque[tuple[CloudEvent, str]] = field(default_factory=deque)
    failures: int = 0
    rests_until: float = 0.0
    at_work: bool = False


class ThreadCourier:
    """`Courier` of one process. Its threads are daemons: nobody waits for them at the end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._receipts: list[Receipt] = []

    def take(self, sink: EventSink, event: CloudEvent, *, holder: str) -> bool:
        """Put the event in the sink's line; see `Courier`."""
        with self._lock:
            line = self._lines.setdefault(sink.name, _Line())
            if self.carries(sink.name, event.id):
                return True
            if line.rests_until > self._clock.monotonic() or len(line.errands) >= LONGEST_LINE:
                return False
            line.errands.append((event, holder))
            if not line.at_work:
                line.at_work = True
                self._begin(partial(self._work, sink, line))
        return True

    def _begin(self, work: Callable[[], None]) -> None:
        """In the caller's context, so that log lines name its job and its request."""
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(work,), daemon=True).start()

    def carries(self, sink: str, event_id: str) -> bool:
        """Whether it waits in the sink's line, is under way, or its receipt was not asked for."""
        with self._lock:
            line = self._lines.get(sink)
            waits = line is not None and any(event.id == event_id for event, _ in line.errands)
            return waits or any((r.sink, r.event_id) == (sink, event_id) for r in self._receipts)

    def busy(self) -> bool:
        """Whether any line has somebody in it."""
        with self._lock:
            return any(line.errands for line in self._lines.values())

    def returned(self, *, wait: float) -> list[Receipt]:
        """The receipts so far; see `Courier`."""
        with self._lock:
            if not self._receipts and wait > 0:
                self._lock.wait(wait)
            receipts, self._receipts = self._receipts, []
            return receipts

    def _work(self, sink: EventSink, line: _Line) -> None:
        while True:
            with self._lock:
                if not line.errands:
                    line.at_work = False
                    return
                event, holder = line.errands[0]
            said, error = _run(sink, event)
            receipt = Receipt(
                sink=sink.name,
                event_id=event.id,
                holder=holder,
                at=self._clock.now(),
                said=said,
                error=error,
            )
            with self._lock:
                self._ended(line, receipt)

    def _ended(self, line: _Line, receipt: Receipt) -> None:
        line.errands.popleft()
        self._receipts.append(receipt)
        line.failures = 0 if receipt.error is None else line.failures + 1
        if receipt.error is not None:
            rest = min(LONGEST_REST, FIRST_REST * 2.0 ** min(line.failures - 1, 10))
            line.rests_until = self._clock.monotonic() + rest
            line.errands.clear()
        self._lock.notify_all()


def _run(sink: EventSink, event: CloudEvent) -> tuple[str, PortError | None]:
    try:
        return sink.publish(event), None
    except PortError as error:
        return "", error
    except Exception as error:  # noqa: BLE001 - a sink's bug must not leave an errand without an end
        return "", UnavailableError(f"{sink.name}: {type(error).__name__}")
