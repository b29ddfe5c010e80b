"""One result comes home: raw files first, then every picture, the manifest last, then the event."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from shared.domain.job import Job
from shared.domain.signals import ResultStored, ResultUnusable
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.usecases.deliver import Deliver
from shared.usecases.draw_result import DrawResult
from shared.usecases.finalize_erasure import FinalizeErasure
from shared.usecases.finalizing import SupersededError, check_lease, holds_lease, unusable
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.plan_erasures import PlanErasures
from shared.usecases.save_raw import SaveRaw
from shared.usecases.write_results import WriteResults


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizeJob:
    """The finalizer function's work; erasings are another's."""

    journal: Journal
    save_raw: SaveRaw
    draw: DrawResult
    plan: PlanErasures
    write: WriteResults
    perform: Perform
    deliver: Deliver
    erase: FinalizeErasure

    def __call__(self, job_id: str, *, attempt: int, finalize_attempt: int) -> Job | None:
        """The job after finalizing; None where the request is not (or no longer) about anything.

        Raises RetryableError where a service was in the way: the same request may come again.
        """
        job = self.journal.jobs.get(job_id)
        asked = (attempt, finalize_attempt)
        if job is None or (job.attempt, job.finalize_attempt) != asked:
            return None
        if job.erasure is not None:
            return self.erase(job, job.erasure)
        if job.state is JobState.FINALIZING:
            try:
                job = self._finalized(job)
            except SupersededError:
                return None
        return self.deliver(self.perform(job)) if job.state.is_final else job

    def _finalized(self, job: Job) -> Job:
        job = self.save_raw(job)
        if job.raw is None or job.picture is None:
            return job
        line = self.draw.line_for(job)
        try:
            rendering = self.draw(job, job.raw, line)
        except PictureError as error:
            signal = ResultUnusable(unusable(error))
            return self.journal.settle(job, signal, when=partial(holds_lease, job))
        check = partial(check_lease, self.journal, job)
        erasures = self.plan(job, rendering, line)
        written = self.write(job, rendering, recipes=line, check=check)
        stored = ResultStored(written.manifest_key, written.people, erasures)
        return self.journal.settle(job, stored, when=partial(holds_lease, job))
