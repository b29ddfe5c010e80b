"""Uploads whose event never came: a bounded walk over the prefix, and the failure queue.

The one scan of the house (protocol 13): a page at a time, its cursor kept in the gate row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from shared.domain.gate import Gate
from shared.domain.job import Source, is_known, job_id_of
from shared.domain.repeated import SWEPT
from shared.ports.events import FailureQueue
from shared.ports.objects import ObjectInfo, ObjectStore
from shared.ports.stores import JobReader
from shared.usecases.accept_upload import CREATED, AcceptUpload, Upload
from shared.usecases.gatekeeper import Gatekeeper

PAGE: Final = 1000
DAY: Final = 24 * 3600.0
QUEUE_EVERY: Final = 600.0
MESSAGES: Final = 16


class Sweep(Protocol):
    """What a poller walks beside its jobs."""

    def is_due(self, gate: Gate, now: float) -> bool:
        """Whether there is anything to walk or to read, told from the gate row alone."""

    def __call__(self, gate: Gate) -> int:
        """How much was found."""


class NothingToSweep:
    """Of a stage whose jobs no event tells of: their parents' rows ask for them until they are."""

    def is_due(self, gate: Gate, now: float) -> bool:  # noqa: ARG002 - never
        """Never."""
        return False

    def __call__(self, gate: Gate) -> int:  # noqa: ARG002 - never called
        """Nothing."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepUploads:
    """Accepts what has no job, idempotently. `known` are the archived ones too; `parse` reads the
    uploads of an undelivered event.
    """

    gatekeeper: Gatekeeper
    objects: ObjectStore
    failures: FailureQueue
    accept: AcceptUpload
    known: JobReader
    bucket: str
    parse: Callable[[Mapping[str, object]], Sequence[Upload]]
    deployment: str = ""
    every: float = DAY
    queue_every: float = QUEUE_EVERY

    def is_due(self, gate: Gate, now: float) -> bool:
        """Whether there is anything to walk or to read, told from the gate row alone."""
        return self._page_due(gate, now) or self._queue_due(gate, now)

    def __call__(self, gate: Gate) -> int:
        """How many uploads were found without a job. One page at most."""
        now = self.gatekeeper.clock.now()
        found = self._queue(now) if self._queue_due(gate, now) else 0
        return found + (self._page(gate, now) if self._page_due(gate, now) else 0)

    def _page_due(self, gate: Gate, now: float) -> bool:
        """Daily, and after a deployment, during which triggers may have been off (protocol 13)."""
        if gate.sweep_cursor is not None or gate.swept_for != self.deployment:
            return True
        return now - gate.swept_at >= self.every

    def _queue_due(self, gate: Gate, now: float) -> bool:
        return now - gate.queue_read_at >= self.queue_every

    def _queue(self, now: float) -> int:
        """What Function Compute gave up on comes back on the same path."""
        messages = self.failures.receive(MESSAGES)
        for receipt, message in messages:
            for upload in self.parse(message):
                if self.accept.concerns(upload.source.key, upload.event_name):
                    self.accept(upload.source)
            self.failures.acknowledge(receipt)
        if len(messages) < MESSAGES:
            self.gatekeeper.change(lambda g: replace(g, queue_read_at=now))
        return len(messages)

    def _page(self, gate: Gate, now: float) -> int:
        prefix = self.accept.prefixes.uploads
        listed, cursor = self.objects.page(prefix, after=gate.sweep_cursor, limit=PAGE)
        missed = [info for info in listed if self._is_missed(info)]
        for info in missed:
            self.accept(self._source(info))
        swept_at = now if cursor is None else gate.swept_at
        self.gatekeeper.change(
            lambda g: replace(g, sweep_cursor=cursor, swept_at=swept_at, swept_for=self.deployment)
        )
        return len(missed)

    def _is_missed(self, info: ObjectInfo) -> bool:
        if not self.accept.concerns(info.key, CREATED[0]):
            return False
        job = self.known.get(job_id_of(self.bucket, info.key, info.etag))
        return not is_known(job, uploaded_at=info.modified_at)

    def _source(self, info: ObjectInfo) -> Source:
        return Source(
            bucket=self.bucket,
            key=info.key,
            etag=info.etag,
            size=info.size,
            request_id=SWEPT,
            uploaded_at=info.modified_at,
        )
