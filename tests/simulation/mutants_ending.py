"""Planted bugs about how uploads end, and who is told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.effects import DropPin, Effect, SettleContent
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.machine import decide
from shared.domain.manifest import ManifestFile
from shared.domain.outbox import Tried, Verdict
from shared.domain.signals import (
    DeliveryTried,
    OutcomeUnknown,
    PermitGranted,
    ResultStored,
    Signal,
    TaskAccepted,
)
from shared.ports.errors import PortError
from shared.ports.objects import ObjectInfo
from shared.usecases.deliver import Deliver
from shared.usecases.finalize_job import FinalizeJob
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.sweep_uploads import SweepUploads
from shared.usecases.take_in_uploads import NotAcceptedError, TakeInReport, TakeInUploads
from shared.usecases.write_results import WriteResults


class OldNonce(Journal):
    __slots__ = ()

    def apply(self, job: Job, signal: Signal) -> Job:
        made = decide(job, signal, nonce=job.nonce, now=self.clock.now())
        return self._written(job, made)


class NeverDue(Journal):
    __slots__ = ()

    def apply(self, job: Job, signal: Signal) -> Job:
        made = decide(job, signal, nonce=self.ids.new(), now=self.clock.now())
        if isinstance(signal, OutcomeUnknown):
            made = replace(made, job=replace(made.job, due_at=None))
        return self._written(job, made)


class NoEffects(Journal):
    """Effects are not written down with the change that asks for them."""

    __slots__ = ()

    def apply(self, job: Job, signal: Signal) -> Job:
        made = decide(job, signal, nonce=self.ids.new(), now=self.clock.now())
        if isinstance(signal, TaskAccepted | DeliveryTried | PermitGranted):
            return self._written(job, made)
        return self._written(job, replace(made, job=replace(made.job, pending=job.pending)))


class KeepsClaim(Perform):
    __slots__ = ()

    def _perform(self, job: Job, effect: Effect) -> None:
        if not isinstance(effect, SettleContent):
            Perform._perform(self, job, effect)


class KeepsCopy(Perform):
    """The copy that a late POST would use stays where it is."""

    __slots__ = ()

    def _perform(self, job: Job, effect: Effect) -> None:
        if not isinstance(effect, DropPin):
            Perform._perform(self, job, effect)


class OutboxForgets(Deliver):
    __slots__ = ()

    def _tried(self, receipt: Any, outbox: Any) -> Tried:
        made = Deliver._tried(self, receipt, outbox)
        return replace(made, verdict=Verdict.DELIVERED)


class DoneFirst(FinalizeJob):
    """The end is announced before there is anything to show."""

    __slots__ = ()

    def _finalized(self, job: Job) -> Job:
        saved = self.save_raw(job)
        key = f"{self.draw.prefixes.results}{job.source.key}/{job.source.etag}/manifest.json"
        self.journal.settle(saved, ResultStored(key, 1), when=lambda _: True)
        return FinalizeJob._finalized(self, saved)


class ManifestFirst(WriteResults):
    __slots__ = ()

    def _stored(self, file: Any, place: str, check: Any) -> ManifestFile:
        late = replace(self, objects=_Absent(self.objects))  # type: ignore[arg-type]  # a stand-in
        return WriteResults._stored(late, file, place, check)

    def _verify(self, files: tuple[ManifestFile, ...], check: Any) -> None:
        check()


@dataclass(frozen=True)
class _Absent:
    """A bucket that has not got the file yet."""

    objects: Any

    def put(self, key: str, data: bytes, *, media_type: str) -> ObjectInfo:
        return ObjectInfo(key=key, etag="", size=len(data), modified_at=0.0)


class ReadsTheUpload(WriteResults):
    """The upload as it is now, in place of the copy that was paid for."""

    __slots__ = ()

    def _manifest(self, job: Job, *parts: Any) -> Any:
        made = WriteResults._manifest(self, job, *parts)
        data = self.objects.read(job.source.key, limit=10**9)
        sha256 = hashlib.sha256(data).hexdigest()
        return replace(made, source=replace(made.source, sha256=sha256))


class AcknowledgesTrouble(TakeInUploads):
    """An exception in submit, swallowed: the event is gone."""

    __slots__ = ()

    def __call__(self, uploads: Any) -> TakeInReport:
        try:
            return TakeInUploads.__call__(self, uploads)
        except (NotAcceptedError, PortError):
            return TakeInReport()


class SweepsNothing(SweepUploads):
    __slots__ = ()

    def _page(self, gate: Gate, now: float) -> int:
        self.gatekeeper.change(lambda g: replace(g, swept_at=now))
        return 0
