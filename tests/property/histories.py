"""Random histories of a job and of a gate, judged step by step.

`walk_job` and `walk_gate` take the functions under judgement as arguments, so that planted
mutants can be walked as well as the real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.domain import gate as rules
from shared.domain import signals as s
from shared.domain.effects import ReleaseSlot
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Denied, Gate, Permit
from shared.domain.job import Job, Picture, Pin, RawResult, Source, Task
from shared.domain.machine import TRANSITIONS, Decision, decide, new_job
from shared.domain.outbox import Subscription, Tried, Verdict
from shared.domain.quota import Quota
from shared.domain.state import JobState
from shared.domain.timeline import LINES

Decide = Callable[..., Decision]

SOURCE = Source(bucket="b", key="uploads/a.jpg", etag="E", size=1, request_id="r", uploaded_at=0.0)
PICTURE = Picture(
    format="jpeg",
    width=640,
    height=512,
    orientation=1,
    size=1,
    sha256="0" * 64,
    process="",
    sent_width=640,
    sent_height=512,
)


SINKS = (Subscription(name="mns"), Subscription(name="log", types=("maskline.job.*",)))


def failure(kind: FailureKind = FailureKind.TERMINAL) -> Failure:
    return Failure(kind=kind, code="Code", message="message")


def _tried(job: Job, now: float, random: Random) -> Tried:
    """One sink's answer to the first event, or to one that is not there."""
    return Tried(
        event_id=job.outbox[0].event_id if job.outbox else "none",
        sink=random.choice(SINKS).name,
        at=now,
        verdict=random.choice([*Verdict, Verdict.DELIVERED]),
        outcome="said",
        next_at=now + random.random(),
        counts=random.random() < 0.8,
    )


def any_signal(kind: type[Any], job: Job, now: float, random: Random) -> Any:
    """A signal of the kind, with plausible content."""
    made: dict[type[Any], Callable[[], Any]] = {
        s.Prepared: lambda: s.Prepared(
            Pin(key=f"pins/{job.id}-{job.attempt}", etag="E", attempt=job.attempt), PICTURE, "c"
        ),
        s.InputRefused: lambda: s.InputRefused(failure()),
        s.LeaderFound: lambda: s.LeaderFound("other", now + 3),
        s.LeadTaken: s.LeadTaken,
        s.ResultReused: lambda: s.ResultReused(
            RawResult(mask_key="m", vis_key=None, mask_sha256="0"), "other"
        ),
        s.PermitGranted: lambda: s.PermitGranted(now + 10, "key"),
        s.TaskAccepted: lambda: s.TaskAccepted(
            Task(task_id=f"t{job.version}", request_id=None, accepted_at=now, deadline=now + 9)
        ),
        s.SubmitPutOff: lambda: s.SubmitPutOff(now + 1, "later"),
        s.SubmitRefused: lambda: s.SubmitRefused(failure(random.choice(list(FailureKind)))),
        s.OutcomeUnknown: lambda: s.OutcomeUnknown(now + 5, None),
        s.AbsenceProved: lambda: s.AbsenceProved(now),
        s.ProofGaveOut: lambda: s.ProofGaveOut(failure()),
        s.TaskSucceeded: lambda: s.TaskSucceeded(now, now + 9),
        s.TaskFailed: lambda: s.TaskFailed(failure(random.choice(list(FailureKind)))),
        s.TaskFailedForNow: lambda: s.TaskFailedForNow(failure(FailureKind.RETRY), now + 2),
        s.TaskVanished: lambda: s.TaskVanished(failure()),
        s.FinalizeDue: s.FinalizeDue,
        s.RawSaved: lambda: s.RawSaved(RawResult(mask_key="m", vis_key=None, mask_sha256="0")),
        s.ResultStored: lambda: s.ResultStored("results/manifest.json", 2),
        s.ResultUnusable: lambda: s.ResultUnusable(failure()),
        s.ResultNotOurs: lambda: s.ResultNotOurs(failure()),
        s.DerivationBegun: lambda: s.DerivationBegun("people", now + 9),
        s.DerivationEnded: lambda: s.DerivationEnded(2, "whole"),
        s.RetryAsked: lambda: s.RetryAsked("again"),
        s.FinalizeAgain: lambda: s.FinalizeAgain("again"),
        s.AnnounceAsked: lambda: s.AnnounceAsked("r2"),
        s.Forgotten: s.Forgotten,
        s.UploadedAnew: lambda: s.UploadedAnew(SOURCE),
        s.PutOff: lambda: s.PutOff(now + 1),
        s.EffectsPerformed: lambda: s.EffectsPerformed(
            tuple(e for e in job.pending if random.random() < 0.7)
        ),
        s.DeliveryTried: lambda: s.DeliveryTried((_tried(job, now, random),), SINKS),
        s.ReplayAsked: lambda: s.ReplayAsked(
            tuple(o.event_id for o in job.told if random.random() < 0.5), ("mns",), "again"
        ),
    }
    return made[kind]()


@dataclass
class JobJudge:
    """What must hold over a whole history."""

    permitted: set[int] = field(default_factory=set)
    released: list[int] = field(default_factory=list)
    announced: set[str] = field(default_factory=set)

    def __call__(self, before: Job, signal: Any, decision: Decision) -> None:
        after = decision.job
        if not decision.changed:
            assert after == before, "an ignored signal changed the job"
            return
        assert after.version == before.version + 1, "a write without a new version"
        assert after.nonce != before.nonce, "a write without a mark of its own"
        assert after.attempt >= before.attempt, "attempts run backwards"
        assert sum(line.count for line in after.history) == after.version, "a signal was not noted"
        assert len(after.history) <= LINES, "the time line grows without end"
        self._provider(before, signal, decision)
        self._fate(before, after)

    def _provider(self, before: Job, signal: Any, decision: Decision) -> None:
        after = decision.job
        if isinstance(signal, s.PermitGranted):
            assert before.attempt not in self.permitted, "one attempt was permitted twice"
            self.permitted.add(before.attempt)
        for effect in decision.effects:
            if isinstance(effect, ReleaseSlot):
                self.released.append(effect.attempt)
        left = before.state.holds_slot and not after.state.holds_slot
        if left:
            assert self.released.count(before.attempt) == 1, "a slot was not given back once"
        if after.state is JobState.QUEUED and left:
            assert after.attempt == before.attempt + 1, "a new try under an old number"
            assert after.task is None, "a new try with an old task"
        if after.state is JobState.RUNNING:
            assert after.task is not None, "RUNNING without a task id"
        if isinstance(signal, s.AbsenceProved) and before.pin is not None:
            assert after.pin is None, "the copy that fences the late POST is still in use"

    def _fate(self, before: Job, after: Job) -> None:
        if after.state.is_final and not before.state.is_final:
            events = {o.event_id for o in after.outbox} - self.announced
            assert len(events) == 1, "an end without exactly one event"
            self.announced |= events
        if after.forgotten_at is not None:
            assert after.source.key == "", "the name is not forgotten"
            assert after.raw is None, "the result is not forgotten"
            return
        if after.state in {JobState.REJECTED, JobState.FAILED, JobState.LOST}:
            assert after.failure is not None, "a bad end without a reason"
        if after.state is JobState.DONE:
            assert after.manifest_key, "DONE without a manifest"
        owes = bool(after.pending or after.outbox) or not after.state.is_final
        assert not owes or after.due_at is not None, "something is owed and nobody will come"


def _out_of_place(signal: Any, job: Job) -> bool:
    """Only what owes nothing is forgotten, and only an upload brings back what was."""
    if isinstance(signal, s.Forgotten):
        return bool(job.pending or job.outbox)
    if isinstance(signal, s.ReplayAsked):
        return not signal.event_ids or job.forgotten_at is not None
    return isinstance(signal, s.UploadedAnew) is (job.forgotten_at is None)


def walk_job(random: Random, apply: Decide = decide, steps: int = 40) -> Job:
    """One random history of a job, judged at every step."""
    judge, now = JobJudge(), 1000.0
    job = new_job(SOURCE, nonce="n0", now=now)
    for step in range(steps):
        now += random.random() * 5
        kinds = [kind for (state, kind) in TRANSITIONS if state is job.state]
        if random.random() < 0.2 and job.state.is_final:
            kinds = list({kind for (_, kind) in TRANSITIONS})
        signal = any_signal(random.choice(kinds), job, now, random)
        if (isinstance(signal, s.PermitGranted) and job.pending) or _out_of_place(signal, job):
            continue
        decision = apply(job, signal, nonce=f"n{step + 1}", now=now)
        judge(job, signal, decision)
        job = decision.job
    return job


@dataclass(frozen=True)
class GateRules:
    """The gate's functions, or mutants of them."""

    permit: Callable[..., Permit | Denied] = rules.permit
    accepted: Callable[..., Gate] = rules.accepted
    released: Callable[..., Gate] = rules.released


def walk_gate(random: Random, using: GateRules | None = None, steps: int = 60) -> Gate:
    """One random history of a gate with several jobs, judged at every step."""
    using = using or GateRules()
    gate = Gate(id="g", version=1, nonce="n", window=random.choice([1, 2]), quota=Quota(budget=12))
    now, number = 0.0, 0
    permits: list[float] = []
    at_provider: list[str] = []
    billed = 0
    for _ in range(steps):
        now += random.random() * 0.6
        if at_provider and random.random() < 0.5:
            job_id = random.choice(at_provider)
            if gate.intent is not None and random.random() < 0.7:
                gate = using.accepted(gate, gate.intent.job_id, 1, task_id="t", now=now)
                assert gate.intent is None, "an answered intent stays open"
                continue
            paid = random.random() < 0.6
            gate = using.released(gate, job_id, 1, billed=paid)
            again = using.released(gate, job_id, 1, billed=not paid)
            assert again == gate, "a release repeated changed the gate"
            at_provider.remove(job_id)
            billed += paid
        else:
            number += 1
            asked = using.permit(gate, job_id=f"j{number}", attempt=1, nonce=f"n{number}", now=now)
            if isinstance(asked, Denied):
                continue
            assert gate.intent is None, "a second intent beside an open one"
            permits.append(now)
            at_provider.append(f"j{number}")
            gate = asked.gate
        _judge_gate(gate, permits, at_provider, billed)
    return gate


def _judge_gate(gate: Gate, permits: list[float], held: list[str], billed: int) -> None:
    assert len(gate.slots) <= gate.window, "more slots than the window"
    assert {slot.job_id for slot in gate.slots} == set(held), "slots and jobs disagree"
    assert gate.quota.reserved == {(job_id, 1) for job_id in held}, "reservations leak"
    assert gate.quota.spent == billed, "what was billed is not what is spent"
    assert gate.quota.spent + len(gate.quota.reserved) <= 12, "over the budget"
    gaps = [b - a for a, b in zip(permits, permits[2:], strict=False)]
    assert all(gap >= 1.0 for gap in gaps), "three submissions within a second"
