"""Planted bugs about who goes next, and about what a prefix may spend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.domain import gate as rules
from shared.domain import line
from shared.domain.claim import Claim
from shared.domain.gate import Denied, Gate, Permit
from shared.domain.job import Job
from shared.domain.signals import Signal
from shared.usecases.contents import Contents
from shared.usecases.fill_slots import FillSlots
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.last_given import give
from shared.usecases.places import Places
from shared.usecases.watch_slots import WatchSlots


class OneFolder(Places):
    """All folders share their turns."""

    __slots__ = ()

    def _flow_id(self, priority: int, key: str) -> str:
        return Places._flow_id(self, priority, self.standing.uploads)


class SavesUp(Places):
    """A folder that was idle has turns left over from then."""

    __slots__ = ()

    def new(self, key: str) -> int:
        priority, keeper = self.standing.priority(key), self.gatekeeper
        flow_id = self._flow_id(priority, key)
        found = self.flows.get(flow_id)
        tag = (0 if found is None else found.last) + self.standing.step(key)
        give(self.flows, flow_id, found, tag, ids=keeper.ids, clock=keeper.clock)
        return line.place_of(priority, tag)


class NewestFirst(FillSlots):
    """Who came last goes first."""

    __slots__ = ()

    def _heads(self, gate: Gate, now: float) -> Sequence[Job]:
        return list(reversed(FillSlots._heads(self, gate, now)))


class StaysInLine(FillSlots):
    """Who is over its prefix's quota stands in the line all the same."""

    __slots__ = ()

    def _held(self, gate: Gate, job: Job) -> Job:
        return job


class FreesNobody(FillSlots):
    """Who waits for its prefix's quota waits for ever."""

    __slots__ = ()

    def _free_again(self, gate: Gate) -> list[Job]:
        return []


class AsksNoPrefix(Gatekeeper):
    """A prefix's own quota is not asked."""

    __slots__ = ()

    def _asked(self, gate: Gate, job: Job, *, newcomer: bool) -> Permit | Denied:
        elsewhere = replace(job, source=replace(job.source, key="elsewhere"))
        return Gatekeeper._asked(self, gate, elsewhere, newcomer=newcomer)


class GivesBackToPrefix(Gatekeeper):
    """What was paid for is given back to its prefix."""

    __slots__ = ()

    def release(self, job_id: str, attempt: int, *, billed: bool) -> None:
        self.change(lambda gate: _given_back(gate, job_id, attempt, billed=billed))


class FollowsTheHeld(Contents):
    """One with the same bytes waits for one that waits for its prefix's quota."""

    __slots__ = ()

    def _instead(self, job: Job, leader: Job, found: Claim, lead: Signal | None) -> Signal | None:
        return self._follow(job, leader.id)


class TrustsStandby(WatchSlots):
    """Who stands by is not looked at again after the gate was read."""

    __slots__ = ()

    def _standing(self, gate: Gate, standby: Job | None) -> Job | None:
        return standby


def _given_back(gate: Gate, job_id: str, attempt: int, *, billed: bool) -> Gate:
    before = {own.prefix: own.spent for own in gate.quota.allotments}
    freed = rules.released(gate, job_id, attempt, billed=billed)
    allotments = tuple(replace(own, spent=before[own.prefix]) for own in freed.quota.allotments)
    return replace(freed, quota=replace(freed.quota, allotments=allotments))
