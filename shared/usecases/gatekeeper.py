"""The gate row, read and written by compare-and-set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from shared.domain import gate as rules
from shared.domain import quota as ledger
from shared.domain.gate import Denied, Gate, Permit
from shared.domain.job import Job
from shared.domain.quota import Quota
from shared.ports.clock import Clock
from shared.ports.errors import ConflictError
from shared.ports.ids import IdSource
from shared.ports.stores import GateStore
from shared.usecases.writing import write

Change = Callable[[Gate], Gate]
"""What is to become of the gate; the same gate where nothing is."""

PERMIT_TRIES: Final = 3
"""How often one asks again who lost a race at the gate: there is room, and nobody else may be
there to fill it."""

CONTENDERS: Final = 20
"""How many lost races a change of the gate stands; two posts a second make few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatekeeper:
    """One gate: of one provider account and model. `budget` is used when the row is made;
    `allotments`, the upload prefixes' own budgets, as soon as a prefix is new; `alarm_at` always.
    """

    gates: GateStore
    clock: Clock
    ids: IdSource
    gate_id: str
    budget: int | None
    allotments: Mapping[str, int] = field(default_factory=dict)
    alarm_at: tuple[int, ...] = (10,)

    def furnish(self) -> Gate:
        """The gate with what this deployment says about quotas."""
        return self.change(self._furnished)

    def _furnished(self, gate: Gate) -> Gate:
        quota = ledger.allotted(gate.quota, self.allotments)
        if quota.alarm_at != self.alarm_at:
            quota = replace(quota, alarm_at=self.alarm_at)
        return gate if quota == gate.quota else replace(gate, quota=quota)

    def load(self) -> Gate:
        """The gate as it stands; made at the first call ever."""
        found = self.gates.get(self.gate_id)
        if found is not None:
            return found
        quota = Quota(budget=self.budget)
        fresh = self._furnished(Gate(id=self.gate_id, version=1, nonce=self.ids.new(), quota=quota))
        # Somebody else may make it at the same time, which is as good.
        with suppress(ConflictError):
            self.gates.add(fresh)
        return self.gates.get(self.gate_id) or fresh

    def change(self, by: Callable[[Gate], Gate]) -> Gate:
        """The gate after *by*, which must give the same gate where nothing is to be done.

        Raises ConflictError after too many lost races, RetryableError where the store is away.
        """
        for attempt in range(CONTENDERS):
            gate = self.load()
            changed = by(gate)
            if changed == gate:
                return gate
            try:
                return self.replace(gate, changed)
            except ConflictError:
                self.clock.sleep(0.002 * attempt)
        raise ConflictError(f"gate {self.gate_id} is being written by too many at once")

    def replace(self, gate: Gate, changed: Gate, *, expected_wake: int | None = None) -> Gate:
        """Write *changed* where *gate* stands. Raises ConflictError where it no longer does."""
        row = replace(changed, version=gate.version + 1, nonce=self.ids.new())
        return write(
            row,
            perform=lambda r: self.gates.replace(
                r, expected_version=gate.version, expected_wake=expected_wake
            ),
            read=lambda: self.gates.get(self.gate_id),
            clock=self.clock,
        )

    def permit(
        self,
        job: Job,
        *,
        stands: Callable[[], bool] = lambda: True,
        first: Change | None = None,
        known: Gate | None = None,
        newcomer: bool = False,
    ) -> Permit | Denied:
        """Permission for the job's present attempt to be posted, or why not.

        *first* becomes of the gate in the same write, permitted or not: the end of one task frees
        the slot for the next. *known* is a gate read before, after which the job was read and
        stood as given: neither is read again. A *newcomer* passes nobody. Who loses every race is
        denied: others are being served. *stands* tells whether the job is still as given. It is
        asked between the gate's reading and its writing, and whoever serves a job writes the gate
        first, so that no permission rests on an old view of a job:

            ours: read gate ── read job ─────────────────── write gate ── "has changed"
            theirs:                      write gate ── post
        """
        for attempt in range(PERMIT_TRIES):
            before = None if attempt else known
            gate = before or self.load()
            freed = gate if first is None else first(gate)
            asked = self._asked(freed, job, newcomer=newcomer)
            if isinstance(asked, Permit) and before is None and not stands():
                asked = Denied(reason="lost race", retry_at=self.clock.now())
            changed = asked.gate if isinstance(asked, Permit) else freed
            if newcomer and isinstance(asked, Denied):
                changed = rules.turned_away(changed, asked)
            try:
                written = gate if changed == gate else self.replace(gate, changed)
            except ConflictError:
                self.clock.sleep(0.002 * attempt)
                continue
            return replace(asked, gate=written) if isinstance(asked, Permit) else asked
        return Denied(reason="lost race", retry_at=self.clock.now())

    def _asked(self, gate: Gate, job: Job, *, newcomer: bool) -> Permit | Denied:
        if newcomer and gate.others_wait:
            return Denied(reason=rules.OTHERS_WAIT)
        return rules.permit(
            gate,
            job_id=job.id,
            attempt=job.attempt,
            nonce=self.ids.new(),
            now=self.clock.now(),
            upload=job.source.key,
            place=job.place,
        )

    def release(self, job_id: str, attempt: int, *, billed: bool) -> None:
        """The attempt is no longer at the provider."""
        now = self.clock.now()
        self.change(lambda gate: rules.released(gate, job_id, attempt, billed=billed, now=now))

    def wake(self) -> Gate:
        """Raise the wake-up counter; the gate as it stands after that."""
        self.load()
        self.gates.wake(self.gate_id)
        return self.load()
