"""The provider's own files come home before anything is made of them (protocol 17)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from shared.domain.endings import RESULT_EXPIRED, RESULT_NOT_OURS
from shared.domain.job import Job, RawResult
from shared.domain.keys import Prefixes, raw_key
from shared.domain.signals import RawSaved, ResultNotOurs, Signal, TaskVanished
from shared.domain.state import JobState
from shared.imaging.landmarks import LANDMARKS_LIMIT
from shared.imaging.likeness import is_completion_of, is_result_of
from shared.ports.errors import NotFoundError, RejectedError, UnavailableError
from shared.ports.objects import ObjectStore
from shared.ports.tasks import TaskReport, TaskService, TaskStatus
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.source_photo import source_photo

MASK_OUTPUT: Final = "output_image_url"
VIS_OUTPUT: Final = "output_vis_image_url"
LANDMARKS_OUTPUT: Final = "output_landmarks_url"
"""Faces, as our own engine tells them (`shared.imaging.landmarks`); DashScope has no such field."""

RESULT_LIMIT: Final = 64 * 1024 * 1024
"""No mask or visualisation of a picture of 4096×4096 is larger than its raw RGBA bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRaw:
    """Downloads mask and visualisation and keeps them under the content's id."""

    journal: Journal
    perform: Perform
    objects: ObjectStore
    tasks: TaskService
    prefixes: Prefixes

    def __call__(self, job: Job) -> Job:
        """The job with its raw result, or LOST. Raises RetryableError to be called again."""
        if job.raw is not None or job.task is None:
            return job
        report = self.tasks.fetch(job.task.task_id)
        signal = self._saved(job, report) or self._not_there(job)
        count = job.finalize_attempt
        return self.perform(
            self.journal.settle(
                job,
                signal,
                when=lambda j: j.state is JobState.FINALIZING and j.finalize_attempt == count,
            )
        )

    def _saved(self, job: Job, report: TaskReport) -> Signal | None:
        mask_url = report.outputs.get(MASK_OUTPUT)
        if report.status is not TaskStatus.SUCCEEDED or mask_url is None:
            return None
        try:
            mask = self.tasks.download(mask_url, limit=RESULT_LIMIT)
        except NotFoundError:
            return None
        vis = self._brought(report, VIS_OUTPUT, RESULT_LIMIT)
        vis_key = None if vis is None else self._put(job, "vis", vis)
        faces = self._brought(report, LANDMARKS_OUTPUT, LANDMARKS_LIMIT)
        faces_key = None if faces is None else self._put(job, "landmarks", faces)
        key = self._put(job, "picture" if job.erasure else "mask", mask)
        if not self._is_ours(job, mask, vis):
            return ResultNotOurs(RESULT_NOT_OURS)
        digest = hashlib.sha256(mask).hexdigest()
        return RawSaved(
            RawResult(mask_key=key, vis_key=vis_key, mask_sha256=digest, landmarks_key=faces_key)
        )

    def _brought(self, report: TaskReport, name: str, limit: int) -> bytes | None:
        """A convenience, such as the visualisation: without it the result is whole all the same."""
        url = report.outputs.get(name)
        if url is None:
            return None
        try:
            return self.tasks.download(url, limit=limit)
        except (NotFoundError, RejectedError):
            return None

    def _put(self, job: Job, name: str, data: bytes) -> str:
        key = self._key(job, name)
        self.objects.put(key, data, media_type="application/octet-stream")
        return key

    def _is_ours(self, job: Job, mask: bytes, vis: bytes | None) -> bool:
        """What was adopted with no request id to know it by must show our picture (protocol 3)."""
        if job.task is None or not job.task.by_likeness or job.picture is None:
            return True
        sent = (job.picture.sent_width, job.picture.sent_height)
        photo = source_photo(self.objects, job)
        if job.erasure is None:
            return is_result_of(photo, sent, mask=mask, drawing=vis)
        erased = self.objects.read(job.erasure.mask_key, limit=RESULT_LIMIT)
        return is_completion_of(photo, erased=erased, completed=mask)

    def _key(self, job: Job, name: str) -> str:
        task_id = job.task.task_id if job.task else "none"
        return raw_key(self.prefixes.raw, job.content_id or job.id, f"{task_id}/{name}")

    def _not_there(self, job: Job) -> Signal:
        """Gone for good only after its deadline; until then the next try may find it."""
        now = self.journal.clock.now()
        deadline = job.task.deadline if job.task else now
        if now < deadline:
            raise UnavailableError("the provider has no result to show for the task at present")
        return TaskVanished(RESULT_EXPIRED)
