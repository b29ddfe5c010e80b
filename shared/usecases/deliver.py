"""The outbox: an event stays in its row until every sink has acknowledged it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.events import CloudEvent
from shared.domain.gate import Gate
from shared.domain.job import Job, Outgoing
from shared.domain.signals import Delivered
from shared.ports.errors import PortError
from shared.ports.events import EventSink
from shared.usecases.gatekeeper import Gatekeeper
from shared.usecases.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Hands events to sinks. `origin` is the CloudEvents source of this deployment."""

    journal: Journal
    gatekeeper: Gatekeeper
    sinks: Sequence[EventSink]
    origin: str

    def __call__(self, job: Job) -> Job:
        """The job after every sink that answered has been crossed off."""
        for outgoing in job.outbox:
            owed = [sink for sink in self.sinks if sink.name not in outgoing.delivered_to]
            event = self._event(outgoing, subject=job.source.key, data=job_data(job))
            reached = [sink for sink in owed if self._reached(sink, event)]
            job = self._crossed_off(job, outgoing, reached, complete=len(reached) == len(owed))
        return job

    def _crossed_off(
        self, job: Job, outgoing: Outgoing, reached: Sequence[EventSink], *, complete: bool
    ) -> Job:
        names = [sink.name for sink in reached] or ["none"]
        if not reached and not complete:
            return job
        for name in names:
            last = complete and name == names[-1]
            signal = Delivered(outgoing.event_id, name, last)
            job = self.journal.settle(job, signal, when=lambda found: _owes(found, outgoing))
        return job

    def account(self, gate: Gate) -> Gate:
        """Deliver the events of the gate itself (`stopped`, `resumed`, `stalled`, `quota.low`)."""
        for outgoing in gate.outbox:
            data = {"gate": gate.id, "code": gate.breaker.code if gate.breaker else None}
            event = self._event(outgoing, subject=gate.id, data=data)
            if all(self._reached(sink, event) for sink in self.sinks):
                gate = self.gatekeeper.change(lambda g, o=outgoing: _without(g, o))  # type: ignore[misc]  # bound early
        return gate

    def _event(self, outgoing: Outgoing, *, subject: str, data: dict[str, Any]) -> CloudEvent:
        return CloudEvent(
            id=outgoing.event_id,
            type=outgoing.type,
            source=self.origin,
            subject=subject,
            time=outgoing.occurred_at,
            sequence=outgoing.sequence,
            data=data,
        )

    def _reached(self, sink: EventSink, event: CloudEvent) -> bool:
        try:
            sink.publish(event)
        except PortError:
            # The outbox keeps it, and `due_at` brings it back.
            return False
        return True


def _owes(job: Job, outgoing: Outgoing) -> bool:
    return any(o.event_id == outgoing.event_id for o in job.outbox)


def _without(gate: Gate, outgoing: Outgoing) -> Gate:
    kept = tuple(o for o in gate.outbox if o.event_id != outgoing.event_id)
    return replace(gate, outbox=kept)


def job_data(job: Job) -> dict[str, Any]:
    """What an event tells of a job: where it came from, how it ended, where the result lies."""
    failure = job.failure
    return {
        "job_id": job.id,
        "stage": str(job.stage),
        "parent_job_id": job.erasure.parent_id if job.erasure else None,
        "state": str(job.state),
        "bucket": job.source.bucket,
        "key": job.source.key,
        "etag": job.source.etag,
        "attempt": job.attempt,
        "people": job.people,
        "manifest": job.manifest_key,
        "reused_from": job.reused_from,
        "reason": None
        if failure is None
        else {
            "code": failure.code,
            "message": failure.message,
            "message_zh": failure.message_zh,
            "remedy": failure.remedy,
            "remedy_zh": failure.remedy_zh,
            "request_id": failure.request_id,
        },
    }
