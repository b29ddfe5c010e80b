"""What must hold at every write, whoever makes it. A broken law ends the run at once: it is no
`Exception`, so that no use-case can mistake it for a service's trouble.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.adapters.memory.tasks import LedgerTask
from shared.domain import archiving, breaker, policy
from shared.domain.events import CloudEvent
from shared.domain.gate import Gate, Intent
from shared.domain.job import Job
from shared.domain.stage import Stage
from shared.domain.state import JobState
from tests.simulation.pictures import one_person

SECRETS = ("memory://", "result://")
"""How signed URLs begin in this world; nothing that is kept or sent may hold one."""

PUNCTUAL = 180.0
"""Seconds after its time by which a job is looked after, once the storm is over."""

QUEUE_HELD = 900.0
"""How long an unsettled POST may hold the one submit token, and with it the queue."""

ENDLESS = 80
"""No weather here makes so many attempts of one job."""

BAD_ENDS = {JobState.REJECTED, JobState.FAILED, JobState.LOST}


class LawBrokenError(BaseException):
    """A law was broken; the message says which, and by what."""


@dataclass
class Laws:
    """Judges writes as they happen. `bytes_at` reads the bucket, `row_of` and `gate` the tables,
    `said` are the ids of the events that the sinks have. All look past the weather.
    """

    bytes_at: Callable[[str], bytes | None]
    row_of: Callable[[str], Job | None]
    gate: Callable[[Stage], Gate | None]
    now: Callable[[], float]
    say: Callable[[str], None]
    archived: Callable[[str], Job | None] = lambda _: None
    one_clock: bool = True
    punctual_from: float = float("inf")
    said: set[str] = field(default_factory=set)
    billed: Counter[str] = field(default_factory=Counter)
    forgotten: Counter[str] = field(default_factory=Counter)
    posts: defaultdict[Stage, list[float]] = field(default_factory=lambda: defaultdict(list))
    stopped_at: defaultdict[Stage, float] = field(default_factory=lambda: defaultdict(float))
    heard_by: dict[Stage, str] = field(default_factory=dict)
    key_known_at: dict[str, float] = field(default_factory=dict)
    uploads: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def holds(self, kept: bool, law: str, *context: object) -> None:
        """Raises LawBrokenError where it does not."""
        if not kept:
            self.say(f"BROKEN: {law}")
            raise LawBrokenError(": ".join([law, *map(str, context)]))

    def job(self, before: Job | None, after: Job) -> None:
        """One write of a job's row."""
        self._clean(after, "a job's row")
        if before is None:
            self.holds(after.version == 1, "a new row that is not the first", after.id)
            self.say(f"{after.id[:6]} accepted ({after.source.key})")
            return
        self._in_time(before)
        if archiving.is_newcomer(before) and self._known_before(before, after):
            return
        self._order(before, after)
        self._debts(before, after)
        if after.forgotten_at is not None and before.forgotten_at is None:
            self._forgotten(before, after)
        if after.state is not before.state:
            note = after.history[-1].note if after.history else ""
            self.say(f"{after.id[:6]} {before.state} -> {after.state}: {note}")
            self._fate(before, after)

    def _known_before(self, newcomer: Job, after: Job) -> bool:
        """Whether it came back from the archive; what is known begins with nothing anew."""
        archived = self.archived(newcomer.id)
        back = any(step.signal == "BroughtBack" for step in after.history[-2:])
        if archived is None or not back:
            begins = archived is not None and not archiving.is_newcomer(after)
            self.holds(not begins, "what was archived began anew (protocol 9)", after.id)
            return False
        self.say(f"{after.id[:6]} back from the archive: {after.state}")
        newest = after.version > max(archived.version, newcomer.version)
        self.holds(newest, "versions do not count", after.id)
        return True

    def removed(self, row: Job) -> None:
        """A job's row has gone, which the archive has as it was."""
        self.say(f"{row.id[:6]} archived")
        self.holds(self.archived(row.id) == row, "a job was lost on its way (law 2)", row.id)
        self.holds(not row.pending and not row.outbox, "archived, and owed (law 2)", row.id)

    def _in_time(self, before: Job) -> None:
        if before.held_by is not None:
            return  # it waits for a budget, and nobody is to come
        due = max(before.due_at or self.now(), self.punctual_from)
        late = self.now() - due
        most = QUEUE_HELD if before.state is JobState.QUEUED else PUNCTUAL
        self.holds(late <= most, "due, and nobody came (law 5)", before.id, round(late))

    def _order(self, before: Job, after: Job) -> None:
        self.holds(after.version == before.version + 1, "versions do not count", after.id)
        self.holds(after.nonce != before.nonce, "a write without a mark of its own", after.id)
        self.holds(after.attempt >= before.attempt, "attempts run backwards", after.id)
        self.holds(after.attempt < ENDLESS, "tried again and again without end", after.id)
        tried = before.state.holds_slot and after.state is JobState.QUEUED
        if tried:
            self.holds(after.attempt > before.attempt, "a new try under an old number", after.id)

    def _debts(self, before: Job, after: Job) -> None:
        gone = {o.event_id for o in before.outbox} - {o.event_id for o in after.outbox}
        told = gone <= self.said or after.forgotten_at is not None
        self.holds(told, "an event left the outbox unsaid (law 2)", gone)
        owes = bool(after.pending or after.outbox) or not after.state.is_final
        self.holds(not owes or after.due_at is not None, "owed, and nobody will come", after.id)

    def _fate(self, before: Job, after: Job) -> None:
        if before.state.is_final:
            mended = before.state is JobState.FAILED or before.forgotten_at is not None
            asked = mended and after.state is JobState.QUEUED
            again = after.source.request_id != before.source.request_id
            self.holds(asked and again, "a final state was left unasked (law 2)", after.id)
        if after.state.is_final:
            new = {o.event_id for o in after.outbox} - {o.event_id for o in before.outbox}
            self.holds(len(new) == 1, "an end without exactly one event", after.id)
        if after.state in BAD_ENDS:
            self.holds(after.failure is not None, "a bad end without a reason (law 2)", after.id)
        if after.state is JobState.DONE:
            self._whole(after)
        if before.state is JobState.SUBMITTING and after.state is JobState.UNCERTAIN:
            self._unheard(after)
        if after.state is JobState.RUNNING:
            self.holds(after.task is not None, "RUNNING without a task", after.id)

    def _forgotten(self, before: Job, after: Job) -> None:
        """What is left tells of nobody, and what was made is gone before the row is."""
        self.say(f"{after.id[:6]} forgotten")
        self.forgotten[after.id] += 1
        source = before.source
        names = (source.key, source.etag, before.content_id or source.key)
        self.holds(not any(n in repr(after) for n in names), "a tombstone with a name", after.id)
        self.holds(after.due_at is None, "somebody comes to a grave", after.id)
        left = self.bytes_at(before.manifest_key or "")
        self.holds(left is None, "its result outlived its row", before.manifest_key)

    def _whole(self, job: Job) -> None:
        data = self.bytes_at(job.manifest_key or "")
        if data is None:
            self.holds(False, "DONE without a manifest (law 4)", job.id)
            return
        self.manifest(data)
        source = json.loads(data)["source"]
        upload = self.uploads[(job.source.key, job.source.etag)]
        mine = hashlib.sha256(upload).hexdigest() == source["sha256"]
        self.holds(mine, "a result of other bytes (law 4)", job.source.key)
        made = one_person(upload) if job.erasure is None else upload
        assert job.raw is not None
        assert isinstance(made, bytes)
        same = hashlib.sha256(made).hexdigest() == job.raw.mask_sha256
        self.holds(same, "another picture's mask (law 4)", job.source.key)

    def stored(self, key: str, data: bytes) -> None:
        """One object was put."""
        if key.endswith(("/manifest.json", "/erase.json")):
            self._clean(data, "a manifest")
            self.manifest(data)

    def manifest(self, data: bytes) -> None:
        """Every file that a manifest names is there, byte for byte."""
        for file in json.loads(data)["files"]:
            found = self.bytes_at(file["key"])
            same = found is not None and hashlib.sha256(found).hexdigest() == file["sha256"]
            self.holds(same, "a manifest before its files (law 4)", file["key"])

    def gate_row(self, before: Gate | None, after: Gate) -> None:
        """One write of the gate's row."""
        self._clean(after, "the gate's row")
        if after.api_key_id is not None:
            self.key_known_at.setdefault(after.id, self.now())
        slots = [(s.job_id, s.attempt) for s in after.slots]
        self.holds(len(set(slots)) == len(slots), "a slot taken twice (law 5)", slots)
        self.holds(set(slots) == after.quota.reserved, "slots and reservations disagree", slots)
        if before is None:
            return
        self.holds(after.version == before.version + 1, "the gate's versions do not count")
        replaced = before.intent and after.intent and before.intent != after.intent
        self.holds(not replaced, "a second intent beside an open one (law 1)", after.intent)
        if after.intent is not None and after.intent != before.intent:
            self._permitted(after.intent)
        gone = {o.event_id for o in before.outbox} - {o.event_id for o in after.outbox}
        self.holds(gone <= self.said, "an account's event left the outbox unsaid", gone)
        self.holds(after.quota.spent >= before.quota.spent, "spending was taken back (law 1)")

    def _permitted(self, intent: Intent) -> None:
        """Whoever serves a job writes the gate first, so nobody is permitted to serve it again."""
        row = self.row_of(intent.job_id)
        served = row is not None and row.attempt == intent.attempt and row.reused_from is None
        anew = row is None or not served or row.state in {JobState.QUEUED, *BAD_ENDS}
        self.holds(anew, "a permission on an old view of a job", intent.job_id)

    def posted(self, job_id: str, attempt: int) -> None:
        """One POST has reached the provider, whatever it will answer."""
        row = self.row_of(job_id)
        stage = row.stage if row is not None else Stage.SEGMENT
        now, gate = self.now(), self.gate(stage)
        self.say(f"{job_id[:6]} POST of attempt {attempt}")
        intent = gate.intent if gate else None
        if intent is None or (intent.job_id, intent.attempt) != (job_id, attempt):
            late = row is not None and (row.attempt > attempt or row.intent_at is not None)
            self.holds(late, "a POST without its intent (law 1)", job_id, attempt)
            return
        known = row is not None and row.state in {JobState.SUBMITTING, JobState.UNCERTAIN}
        self.holds(known, "a POST that its job's row does not know of (law 1)", job_id)
        if now > intent.post_not_after or not self.one_clock:
            return
        calm = now - self.stopped_at[stage] >= breaker.FIRST_PROBE - 1.0
        self.holds(calm, "a POST to a stopped account (law 6)", job_id)
        recent = [t for t in self.posts[stage] if now - t < 1.0]
        self.holds(len(recent) < 2, "three POSTs within a second (law 5)", job_id)
        self.posts[stage].append(now)

    def stopped(self, job_id: str) -> None:
        """The provider has said that nothing goes any more; each stage's gate is told by itself."""
        self.say("the account is stopped")
        row = self.row_of(job_id)
        stage = row.stage if row is not None else Stage.SEGMENT
        self.stopped_at[stage], self.heard_by[stage] = self.now(), job_id

    def _unheard(self, left: Job) -> None:
        """Who was told of a stop has left its row behind: nobody knows of it any more."""
        lapsed = self.now() - self.stopped_at[left.stage] >= policy.SUBMIT_LEASE
        if lapsed and self.heard_by.get(left.stage) == left.id:
            self.stopped_at[left.stage] = 0.0

    def ended(self, task: LedgerTask, job_id: str) -> None:
        """The provider has finished a task."""
        self.say(f"{job_id[:6]} {task.task_id} ended, {task.failure and task.failure.code}")
        self.billed[job_id] += int(task.billed)
        most = 1 + self.forgotten[job_id]
        self.holds(self.billed[job_id] <= most, "a picture was paid for twice (law 1)", job_id)

    def event(self, event: CloudEvent) -> None:
        """An event was handed over."""
        self._clean(event, "an event")
        self.holds(event.subject != "", "an event about nobody", event.id)
        self.said.add(event.id)

    def asked(self, payload: Any) -> None:
        """A function was invoked."""
        self._clean(payload, "an invocation's payload")

    def _clean(self, thing: object, name: str) -> None:
        text = repr(thing)
        self.holds(not any(s in text for s in SECRETS), f"{name} holds a signed URL (law 8)", text)
