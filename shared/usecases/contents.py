"""Identical bytes are paid for once: who leads, who waits, what is reused (protocol 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.domain import claim as claims
from shared.domain import policy
from shared.domain.claim import Claim, content_claim_id
from shared.domain.effects import SettleContent
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Job
from shared.domain.signals import LeaderFound, LeadTaken, ResultReused, Signal, TaskFailed
from shared.domain.state import JobState
from shared.ports.errors import ConflictError
from shared.ports.stores import ClaimStore, JobReader
from shared.usecases.journal import Journal
from shared.usecases.writing import write


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The claims on contents. `known`: a leader may be in the archive by now."""

    claims: ClaimStore
    journal: Journal
    known: JobReader

    def join(self, job: Job, content_id: str) -> Signal | None:
        """What the content's claim means for the job; None: it leads, and goes on to the gate."""
        claim_id = content_claim_id(content_id)
        known = self.claims.get(claim_id)
        if known is not None:
            return self._read(job, known)
        fresh = Claim(
            id=claim_id,
            job_id=job.id,
            attempt=job.attempt,
            claimed_at=self.journal.clock.now(),
            version=1,
            nonce=self.journal.ids.new(),
        )
        try:
            self._write(fresh, None)
        except ConflictError:
            found = self.claims.get(claim_id)
            if found is None:
                raise
            return self._read(job, found)
        return LeadTaken() if job.waits_for else None

    def _read(self, job: Job, found: Claim) -> Signal | None:
        lead = LeadTaken() if job.waits_for else None
        if found.outcome == claims.STORED and found.raw is not None:
            return ResultReused(found.raw, found.job_id)
        if found.job_id == job.id:
            return self._again(found, lead)
        leader = self.known.get(found.job_id)
        if found.outcome == claims.REJECTED and (leader is None or leader.state.is_final):
            return _same_end(found, leader)
        if found.outcome == claims.RELEASED or leader is None:
            self._write(self._over(found, job_id=job.id, outcome=None), found)
            return lead
        if _is_held(leader) and not job.source.key.startswith(leader.held_by or ""):
            return self._instead(job, leader, found, lead)
        return self._follow(job, leader.id)

    def _again(self, found: Claim, lead: Signal | None) -> Signal | None:
        """The claim is its own. Where the lead was given up meanwhile, or may be on its way to
        another, that is written: whoever read the claim before takes it no more.
        """
        if lead is not None or found.outcome is not None:
            self._write(self._over(found, outcome=None), found)
        return lead

    def _instead(self, job: Job, leader: Job, found: Claim, lead: Signal | None) -> Signal | None:
        """Lead in the place of one whose prefix has no quota left, which follows from now on.

        Its row is written first: it may be on its way to the provider again.

            ours:   leader's row ── claim ─────────── our POST
            theirs: leader's row: conflict, no POST
        """
        self.journal.apply(leader, self._follow(leader, job.id))
        self._write(self._over(found, job_id=job.id), found)
        return lead

    def _follow(self, job: Job, leader_id: str) -> LeaderFound:
        now = self.journal.clock.now()
        return LeaderFound(leader_id, now + policy.follow_gap(now - job.created_at))

    def settle(self, job: Job, effect: SettleContent) -> None:
        """Write down how it ended for this content; only the leader's word counts."""
        found = self.claims.get(content_claim_id(effect.content_id))
        if found is None or found.job_id != job.id or found.outcome == claims.STORED:
            return
        raw = job.raw if effect.outcome == claims.STORED else None
        self._write(self._over(found, outcome=effect.outcome, raw=raw), found)

    def _over(self, found: Claim, **changes: object) -> Claim:
        row = replace(found, version=found.version + 1, nonce=self.journal.ids.new())
        return replace(row, **changes)  # type: ignore[arg-type]  # names are checked at the callers

    def _write(self, row: Claim, old: Claim | None) -> None:
        def perform(claim: Claim) -> None:
            if old is None:
                self.claims.add(claim)
            else:
                self.claims.replace(claim, expected_version=old.version)

        write(row, perform=perform, read=lambda: self.claims.get(row.id), clock=self.journal.clock)


def _is_held(leader: Job) -> bool:
    waits = leader.state is JobState.QUEUED and leader.waits_for is None
    return waits and leader.held_by is not None


def _same_end(found: Claim, leader: Job | None) -> Signal:
    """What the provider said against these bytes; a leader that is tried again is waited for."""
    failure = leader.failure if leader else None
    fallback = Failure(
        kind=FailureKind.TERMINAL,
        code="SameBytesRefused",
        message=f"the same bytes were refused as job {found.job_id}",
    )
    return TaskFailed(failure or fallback)
