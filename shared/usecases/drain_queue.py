"""The poller's work: as long as there is any, ask after tasks, fill slots, do what is due.

One round: look after each occupied slot whose time has come, fill what is free from the queue,
do a handful of chores. Then sleep until the next of them. The lease keeps others away meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from shared.domain import lease
from shared.domain.gate import Gate
from shared.domain.stage import Stage
from shared.ports.clock import Clock
from shared.ports.errors import ConflictError, PortError
from shared.ports.functions import POLLER, FunctionInvoker
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.rounds import Round, Rounds

HORIZON: Final = 60.0
"""If nothing is due within this, the timer is soon enough."""

HAND_OVER: Final = 20.0
"""Seconds before its time ends at which a poller wakes its successor."""

LONGEST_NAP: Final = 1.0
"""A poller looks for new uploads at least this often."""

LINGER: Final = 2.0
"""How long the queue must have looked empty before it is believed: the index may lag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainReport:
    """What one drain did, for its log line. `left_because` is one of `quiet`, `busy elsewhere`,
    `idle`, `handed over`, `lost the lease`; `erases` is what the gate says of the second stage.
    """

    left_because: str
    rounds: int = 0
    moved: int = 0
    erases: bool = False


@dataclass(slots=True)
class _Course:
    """How a drain has gone so far. *stirred*: it has written, or may have, and the index may not
    show that yet.
    """

    renewed: float
    rounds: int = 0
    moved: int = 0
    progress: bool = False
    stirred: bool = False
    empty_since: float | None = None

    def after(self, outcome: Round, now: float) -> None:
        """One round more."""
        self.rounds += 1
        self.moved += outcome.moved
        self.progress |= outcome.progress
        self.stirred |= outcome.moved > 0 or outcome.trouble
        if outcome.next_due is not None and outcome.next_due < HORIZON:
            self.empty_since = None
        elif self.empty_since is None:
            self.empty_since = now

    def napped(self, ended: int) -> None:
        """So many tasks were seen to end between two rounds."""
        self.moved += ended
        self.progress |= ended > 0
        self.stirred |= ended > 0

    def is_over(self, now: float) -> bool:
        """Whether the queue has looked empty for long enough."""
        return self.empty_since is not None and now - self.empty_since >= LINGER

    def report(self, reason: str) -> DrainReport:
        """For the log."""
        return DrainReport(left_because=reason, rounds=self.rounds, moved=self.moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainQueue:
    """Drains under a lease until nothing is due or the time is up."""

    gatekeeper: Gatekeeper
    rounds: Rounds
    invoker: FunctionInvoker
    clock: Clock
    stage: Stage = Stage.SEGMENT

    def __call__(self, *, until: float) -> DrainReport:
        """Drain; *until* is the monotonic time at which this function must have ended."""
        gate = self.gatekeeper.load()
        now = self.clock.now()
        if lease.is_quiet(gate, now=now) and not self.rounds.sweep.is_due(gate, now):
            return DrainReport(left_because="quiet", erases=gate.erases)
        gate = self.gatekeeper.furnish()
        holder = self.gatekeeper.ids.new()
        if not self._taken(gate, holder):
            return DrainReport(left_because="busy elsewhere", erases=gate.erases)
        # One that died may have written what the index does not show yet.
        course = _Course(renewed=self.clock.monotonic(), stirred=gate.lease is not None)
        return replace(self._drain(holder, until, course), erases=gate.erases)

    def _taken(self, gate: Gate, holder: str) -> bool:
        if gate.lease is not None and not self._was_abandoned(gate):
            return False
        try:
            standing = self.gatekeeper.load()
            if standing.lease != gate.lease:
                return False
            taken = lease.taken(standing, holder, now=self.clock.now())
            self.gatekeeper.replace(standing, taken)
        except ConflictError:
            return self._taken_after_race(gate, holder)
        return True

    def _taken_after_race(self, gate: Gate, holder: str) -> bool:
        """The row changed, which need not have been the lease."""
        now = self.clock.now()
        changed = self.gatekeeper.change(
            lambda g: lease.taken(g, holder, now=now) if g.lease == gate.lease else g
        )
        return changed.lease is not None and changed.lease.holder == holder

    def _was_abandoned(self, gate: Gate) -> bool:
        """Seen unchanged for a whole lease by our own clock; a living holder renews much sooner."""
        if gate.lease is None:
            return True
        seen_since = self.clock.monotonic()
        while self.clock.monotonic() - seen_since < gate.lease.seconds:
            self.clock.sleep(1.0)
            if self.gatekeeper.load().lease != gate.lease:
                return False
        return True

    def _drain(self, holder: str, until: float, course: _Course) -> DrainReport:
        while self.clock.monotonic() < until - HAND_OVER:
            # One that was paused asks whether it is still the holder before it does anything.
            now = self.clock.monotonic()
            if now - course.renewed > lease.LEASE_SECONDS / 3:
                course.renewed = now
                if not self._renewed(holder, moved=course.progress):
                    return course.report("lost the lease")
            outcome = self._round()
            now = self.clock.monotonic()
            course.after(outcome, now)
            if course.is_over(now) and self._left(holder, outcome, stirred=course.stirred):
                return course.report("idle")
            course.napped(self._nap(outcome))
        self._hand_over(holder, moved=course.progress)
        return course.report("handed over")

    def _nap(self, outcome: Round) -> int:
        rest = LONGEST_NAP if outcome.rest is None else outcome.rest
        try:
            return self.rounds.between(outcome, seconds=min(LONGEST_NAP, max(0.02, rest)))
        except PortError:
            self.clock.sleep(LONGEST_NAP)
            return 0

    def _round(self) -> Round:
        """One round; trouble with a service costs a second, never the drain."""
        try:
            return self.rounds()
        except PortError:
            return Round(moved=0, next_due=LONGEST_NAP, wake=-1, trouble=True)

    def _renewed(self, holder: str, *, moved: bool) -> bool:
        now = self.clock.now()
        gate = self.gatekeeper.change(lambda g: lease.renewed(g, holder, now=now, moved=moved))
        return gate.lease is not None and gate.lease.holder == holder

    def _left(self, holder: str, outcome: Round, *, stirred: bool) -> bool:
        """Leave, unless an upload has raised the counter since before the last empty look.

        Whoever has *stirred* anything comes back once in a minute: what was written last may show
        in the index only by then. What an earlier one promised stands: his successor's look may
        have been as early as his own.
        """
        gate, now = self.gatekeeper.load(), self.clock.now()
        if gate.wake != outcome.wake:
            return False
        again = HORIZON if stirred or gate.wake != gate.quiet_wake else None
        promised = gate.next_due - now if gate.next_due and gate.next_due > now else None
        waits = [s for s in (outcome.next_due, again, promised) if s is not None]
        due = now + min(waits) if waits else None
        try:
            left = lease.left(gate, holder, next_due=due)
            self.gatekeeper.replace(gate, left, expected_wake=outcome.wake)
        except ConflictError:
            return False
        return True

    def _hand_over(self, holder: str, *, moved: bool) -> None:
        """Release the lease without a word about quiet, and wake the successor.

        A generation in which nothing came on wakes none: the timer comes within a minute, and a
        provider that hangs does not keep a function running for ever. The row counts them.
        """
        gate = self.gatekeeper.change(lambda g: lease.dropped(g, holder, moved=moved))
        if not moved:
            return
        payload = {
            "kind": "handover",
            "generation": gate.generation,
            "stage": str(self.stage),
        }
        try:
            self.invoker.invoke(
                POLLER, payload, invocation_id=f"handover-{holder}-{gate.generation}"
            )
        except PortError:
            # The timer is the safety net: at most a minute passes.
            return
