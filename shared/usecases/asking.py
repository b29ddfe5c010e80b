"""Twenty questions a second are the whole account's (contracts/dashscope.md, 9): the uploads'
poller has a share of its own, and all others take turns for the rest.

Finalizers begin when Function Compute lets them, which may be dozens at once after it held them up.
What has a rhythm of its own needs no row for it; what has none asks a row that all of them share.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from shared.ports.chance import Chance
from shared.ports.clock import Clock
from shared.ports.errors import ConflictError, ThrottledError
from shared.ports.ids import IdSource
from shared.ports.stores import FlowStore
from shared.ports.tasks import Accepted, Submission, TaskPage, TaskReport, TaskService
from shared.usecases.last_given import give

CONTENDERS: Final = 12
"""How many lost races for a turn are stood."""

LONGEST_WAIT: Final = 30.0
"""Seconds; who would wait longer comes back later, and takes no turn meanwhile."""

SECOND: Final = 1.05
"""A second of the provider's: questions that set out so far apart may reach it closer together."""

MISSED: Final = 0.25
"""A turn that comes so many seconds late, as in a process that was frozen, is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskInTurn:
    """The provider, to whom no question is put before `turn()` has come back."""

    tasks: TaskService
    turn: Callable[[], None]

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        """A POST is no question: the gate alone permits it."""
        return self.tasks.submit(submission, timeout=timeout)

    def fetch(self, task_id: str) -> TaskReport:
        """How the task stands."""
        self.turn()
        return self.tasks.fetch(task_id)

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        """A page of the list."""
        self.turn()
        return self.tasks.list(since=since, until=until, page=page)

    def cancel(self, task_id: str) -> bool:
        """Cancel a task that still waits."""
        self.turn()
        return self.tasks.cancel(task_id)

    def download(self, url: str, *, limit: int) -> bytes:
        """A result's file, which is not asked of the provider's interface."""
        return self.tasks.download(url, limit=limit)


@dataclass(slots=True, kw_only=True)
class OwnPace:
    """The turns of one process that has a share of its own: so many in any second."""

    clock: Clock
    most: int
    asked_at: deque[float] = field(default_factory=deque)

    def __call__(self) -> None:
        """Wait until a second has passed since as many questions ago."""
        if len(self.asked_at) == self.most:
            wait = self.asked_at.popleft() + SECOND - self.clock.monotonic()
            if wait > 0:
                self.clock.sleep(wait)
        self.asked_at.append(self.clock.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedTurns:
    """The turns of all who share a row; its `last` is the time of the last one given, epoch
    milliseconds. Machines' clocks differ by little, and it is for economy: who asks too often is
    refused, and comes back.
    """

    flows: FlowStore
    clock: Clock
    ids: IdSource
    chance: Chance
    row_id: str
    gap: float

    def __call__(self) -> None:
        """Wait for the next turn. Raises ThrottledError where too many wait, RetryableError."""
        for attempt in range(CONTENDERS):
            try:
                at = self._taken()
            except ConflictError:
                self.clock.sleep(self.chance.fraction() * min(1.0, 0.02 * 2.0**attempt))
                continue
            self.clock.sleep(at - self.clock.now())
            if self.clock.now() - at < MISSED:
                return
        raise ThrottledError("too many ask the provider at once; this one comes back later")

    def _taken(self) -> float:
        now, found = self.clock.now(), self.flows.get(self.row_id)
        after = 0.0 if found is None else found.last / 1000 + self.gap
        if after - now > LONGEST_WAIT:
            raise ThrottledError("too many wait to ask the provider; this one comes back later")
        at = max(now, after)
        last = int(at * 1000) + 1
        give(self.flows, self.row_id, found, last, ids=self.ids, clock=self.clock)
        return at
