"""What one invocation of the poller does: each stage is drained under a lease of its own."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.stage import Stage
from shared.usecases.drain_queue import DrainQueue, DrainReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The poller function's work."""

    uploads: DrainQueue
    erasings: DrainQueue

    def __call__(self, asked: Stage | None, *, until: float) -> dict[Stage, DrainReport]:
        """Drain the stage that was *asked* for. A tick of the timer (None) drains uploads, and
        looks at the second stage only where their gate's row says that there ever was one.

        *until* is the monotonic time at which this function must have ended.
        """
        if asked is Stage.ERASE:
            return {Stage.ERASE: self.erasings(until=until)}
        reports = {Stage.SEGMENT: self.uploads(until=until)}
        if asked is None and reports[Stage.SEGMENT].erases:
            reports[Stage.ERASE] = self.erasings(until=until)
        return reports
