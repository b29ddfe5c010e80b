"""Other pictures of a result that is there already: nothing is paid, and nothing is lost.

A new set is written beside the older ones, in `v{n}/`; the manifest at the root is replaced last,
and each version's own manifest stays in its folder. The job's row says who makes which version, so
that two at once make two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.domain.erasure import Erasure
from shared.domain.job import Job
from shared.domain.manifest import Manifest
from shared.domain.signals import DerivationBegun, DerivationEnded
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.imaging.files import JSON
from shared.ports.errors import ConflictError, NotFoundError, PortError, RejectedError
from shared.usecases.draw_result import DrawResult
from shared.usecases.journal import Journal
from shared.usecases.perform import Perform
from shared.usecases.plan_erasures import PlanErasures
from shared.usecases.recall import Recall
from shared.usecases.wake_poller import WakePoller
from shared.usecases.write_results import MANIFEST, WriteResults, WrittenResults

LEASE: Final = 900.0
"""Seconds that one set may take: sixteen recipes of the largest photograph with many people."""

MANIFEST_LIMIT: Final = 16 * 1024 * 1024

PHOTO_GONE: Final = (
    "its photograph is no longer in the bucket as it was; use `maskline derive` with a copy of it"
)


class NotDerivedError(Exception):
    """No new set; the text says why, and what to do."""


class _TakenError(Exception):
    """Somebody else makes a set by now, or the job was put to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """The new set: the job, its version, and what the manifest says of it."""

    job: Job
    version: int
    written: WrittenResults


@dataclass(frozen=True, slots=True, kw_only=True)
class Rederive:
    """Makes sets anew. `parse` reads a manifest (ValueError)."""

    journal: Journal
    recall: Recall
    draw: DrawResult
    plan: PlanErasures
    perform: Perform
    wake: WakePoller
    write: WriteResults
    parse: Callable[[bytes], Manifest]

    def __call__(self, job: Job, line: str) -> Derived:
        """A set by the recipes of *line*, of the job's stored mask.

        Raises NotDerivedError, RecipeTextError, PortError.
        """
        self.draw.read_recipes(line)
        raw = job.raw
        if job.erasure is not None:
            raise NotDerivedError(f"it erases people after job {job.erasure.parent_id}; name that")
        if job.state is not JobState.DONE or raw is None:
            raise NotDerivedError(f"it is {job.state}; only what is DONE can be derived again")
        job = self._begun(job, line)
        version = job.derivations
        try:
            rendering = self.draw(job, raw, line)
            self._keep_the_first(job)
            check = partial(self._check, job.id, version)
            erasures = self.plan(job, rendering, line, version=version)
            written = self.write(job, rendering, recipes=line, check=check, version=version)
        except (PictureError, PortError, _TakenError) as error:
            self._end(job, version, f"given up: {error}")
            raise _explained(error) from error
        if erasures:
            self.wake()  # whoever is woken comes again within a minute, should this process end
        ended = self.perform(self._end(job, version, "is whole", erasures))
        return Derived(job=ended, version=version, written=written)

    def _begun(self, job: Job, line: str) -> Job:
        now = self.journal.clock.now()
        if job.derivation is not None and now < job.derivation.until:
            wait = job.derivation.until - now
            raise NotDerivedError(
                f"set v{job.derivation.version} is being made; wait for it, {wait:.0f} s at most"
            )
        try:
            if self.journal.jobs.get(job.id) is None:
                job = self.recall(job)
            return self.journal.apply(job, DerivationBegun(line, now + LEASE))
        except ConflictError as error:
            raise NotDerivedError("it has just been changed by another; try again") from error

    def _end(self, job: Job, version: int, note: str, erasures: tuple[Erasure, ...] = ()) -> Job:
        signal = DerivationEnded(version, note, erasures)
        return self.journal.settle(job, signal, when=lambda found: found.forgotten_at is None)

    def _check(self, job_id: str, version: int) -> None:
        found = self.journal.jobs.get(job_id)
        mine = found is not None and found.derivation is not None
        if not mine or found is None or found.derivations != version:
            raise _TakenError(f"set v{version} was taken over by another")

    def _keep_the_first(self, job: Job) -> None:
        """The first set's manifest stood at the root alone; it stays readable as `v1/`."""
        root = job.manifest_key or ""
        kept = f"{root.removesuffix(MANIFEST)}v1/{MANIFEST}"
        objects = self.write.objects
        try:
            data = objects.read(root, limit=MANIFEST_LIMIT)
        except NotFoundError:
            return  # it was deleted, and this very set is to stand in its place
        if self._version_of(data) == 1:
            objects.put(kept, data, media_type=JSON)

    def _version_of(self, data: bytes) -> int:
        try:
            return self.parse(data).version
        except ValueError as error:
            raise RejectedError(f"its manifest cannot be read ({error})") from error


def _explained(error: Exception) -> Exception:
    if isinstance(error, NotFoundError):
        return NotDerivedError(PHOTO_GONE)
    if isinstance(error, (PictureError, RejectedError, _TakenError)):
        return NotDerivedError(str(error))
    return error
