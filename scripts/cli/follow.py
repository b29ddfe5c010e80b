"""Uploads a plan and follows its jobs to their ends, bringing each result home as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scripts.cli.describe import reason_of, seconds_of
from scripts.cli.erasings import erasings_of, trouble_with
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.homecoming import Homecoming
from scripts.cli.plan import Planned, Verdict, read_whole
from scripts.cli.recipes import canonical
from shared.bootstrap.operator import Operator
from shared.domain.job import Job, job_id_of
from shared.domain.manifest import Manifest
from shared.domain.recipes import METADATA
from shared.domain.state import JobState
from shared.ports.errors import RetryableError
from shared.usecases.rederive import NotDerivedError

AT_ONCE: Final = 8
"""Jobs asked after in one round: so many of the oldest, which should end next, and as many of the
others in turn."""

PATIENCE: Final = 60.0
"""Seconds for which the services may be away before watching is given up."""

ROUND: Final = 0.4
"""Seconds between two rounds."""

_MEDIA: Final = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".heic": "image/heic",
    ".heif": "image/heif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it went with one photo. `job` None: it never became one (see the plan's reason);
    `problem`: its result could not be brought home, or not all of it; `erasings`: the jobs of its
    second stage.
    """

    planned: Planned
    job: Job | None
    results: Path | None = None
    problem: str | None = None
    erasings: tuple[Job, ...] = ()

    @property
    def state(self) -> str:
        """The job's state; REJECTED for what was not even uploaded; WAITING before its event."""
        if self.job is not None:
            return str(self.job.state)
        rejected = self.planned.verdict is Verdict.TOO_LARGE
        return str(JobState.REJECTED) if rejected else "WAITING"

    @property
    def reason(self) -> dict[str, Any] | None:
        """Why it is not DONE."""
        if self.job is not None:
            return reason_of(self.job)
        why = self.planned.reason
        if why is None or self.planned.verdict is not Verdict.TOO_LARGE:
            return None
        return {
            "code": why.code,
            "message": why.text_en,
            "remedy": why.remedy_en,
            "message_zh": why.text_zh,
            "remedy_zh": why.remedy_zh,
            "request_id": None,
        }

    def document(self) -> dict[str, Any]:
        """The outcome for programs."""
        job = self.job
        return {
            "photo": str(self.planned.photo.path),
            "key": self.planned.key,
            "plan": self.planned.verdict.value,
            "job_id": job.id if job else None,
            "state": self.state,
            "people": job.people if job else None,
            "seconds": seconds_of(job) if job else None,
            "results": str(self.results) if self.results else None,
            "manifest": job.manifest_key if job else None,
            "reused_from": job.reused_from if job else None,
            "erasings": [
                {"job_id": one.id, "state": str(one.state), "reason": reason_of(one)}
                for one in self.erasings
            ],
            "reason": self.reason,
            "problem": self.problem,
        }


@dataclass(slots=True)
class _Followed:
    """A job that is waited for. `after_version`: a final state up to it is an older run's;
    `home` and `manifest`: its results are here, and only erasings are waited for.
    """

    planned: Planned
    job_id: str
    after_version: int = 0
    job: Job | None = None
    home: Path | None = None
    manifest: Manifest | None = None


@dataclass(slots=True)
class Run:
    """One run. *tell* hears of every outcome as it comes, *tick* of every round. *recipes* is what
    is to be made of each photo (None: whatever the pipeline makes).
    """

    operator: Operator
    homecoming: Homecoming
    recipes: str | None = None
    tell: Callable[[Outcome], None] = lambda _: None
    tick: Callable[[str], None] = lambda _: None
    outcomes: list[Outcome] = field(default_factory=list)
    _open: list[_Followed] = field(default_factory=list)
    _silent_since: float | None = None

    def upload(self, plans: Sequence[Planned]) -> None:
        """Put up what the plan says, and note what is to be followed."""
        for number, planned in enumerate(plans, 1):
            if planned.verdict is Verdict.TOO_LARGE:
                self._end(Outcome(planned=planned, job=None))
            elif planned.verdict is Verdict.ENDED and planned.known is not None:
                followed = _Followed(planned, planned.job_id, job=planned.known)
                if not self._came_home(followed, planned.known):
                    self._open.append(followed)
            else:
                self._open.append(self._begun(planned))
                self.tick(f"uploading {number}/{len(plans)}")

    def _begun(self, planned: Planned) -> _Followed:
        if not planned.verdict.is_uploaded:
            return _Followed(planned, planned.job_id, job=planned.known)
        data = read_whole(planned.photo.path)
        media_type = _MEDIA.get(planned.photo.path.suffix.lower(), "application/octet-stream")
        metadata = None if self.recipes is None else {METADATA: ",".join(canonical(self.recipes))}
        info = self.operator.objects.put(
            planned.key, data, media_type=media_type, metadata=metadata
        )
        job_id = job_id_of(self.operator.bucket, planned.key, info.etag)
        version = planned.known.version if planned.known else 0
        return _Followed(planned, job_id, after_version=version)

    def follow(self, *, seconds: float | None = None) -> bool:
        """Wait until every job has ended, *seconds* at most; whether all have.

        Raises CommandError where the services stay away.
        """
        clock = self.operator.clock
        until = None if seconds is None else clock.monotonic() + seconds
        while self._open:
            self._round()
            if not self._open or (until is not None and clock.monotonic() >= until):
                break
            self.tick("")
            clock.sleep(ROUND)
        return not self._open

    def _round(self) -> None:
        oldest, others = self._open[:AT_ONCE], self._open[AT_ONCE:]
        in_turn, rest = others[:AT_ONCE], others[AT_ONCE:]
        try:
            oldest = [followed for followed in oldest if not self._has_ended(followed)]
            in_turn = [followed for followed in in_turn if not self._has_ended(followed)]
        except RetryableError as error:
            self._be_patient(error)
            # Those that ended in this round are told from `outcomes`.
            told = {outcome.planned.key for outcome in self.outcomes}
            self._open = [f for f in self._open if f.planned.key not in told]
            return
        self._silent_since = None
        self._open = [*oldest, *rest, *in_turn]

    def _be_patient(self, error: RetryableError) -> None:
        now = self.operator.clock.monotonic()
        if self._silent_since is None:
            self._silent_since = now
        if now - self._silent_since > PATIENCE:
            raise CommandError(
                f"the cloud has not answered for a minute ({error})",
                "run the same command again once it does; what was uploaded is not lost",
                ExitCode.UNFINISHED,
            ) from error
        self.tick(str(error))

    def _has_ended(self, followed: _Followed) -> bool:
        if followed.home is not None and followed.job is not None:
            return self._came_home(followed, followed.job)
        followed.job = job = self.operator.jobs.get(followed.job_id)
        if job is None or not job.state.is_final or job.version <= followed.after_version:
            return False
        return self._came_home(followed, job)

    def _came_home(self, followed: _Followed, job: Job) -> bool:
        """Bring home what there is of a job at its end; whether that is all there will be."""
        erasings: tuple[Job, ...] | None = ()
        problem = None
        if job.state is JobState.DONE and job.manifest_key is not None:
            try:
                manifest = followed.manifest or self._brought(followed, job, job.manifest_key)
                erasings = self._erased(followed, manifest)
            except NotDerivedError as error:
                problem = f"its pictures could not be made anew: {error}"
            except CommandError as error:
                if error.code is ExitCode.USAGE:
                    raise
                problem = str(error)
        if erasings is None:
            return False
        self._end(
            Outcome(
                planned=followed.planned,
                job=job,
                results=followed.home,
                problem=problem or trouble_with(erasings),
                erasings=erasings,
            )
        )
        return True

    def _brought(self, followed: _Followed, job: Job, manifest_key: str) -> Manifest:
        self._as_wanted(job, manifest_key)
        followed.home = self.homecoming(manifest_key, followed.planned.photo.name)
        followed.manifest = self.homecoming.manifest(manifest_key)
        return followed.manifest

    def _erased(self, followed: _Followed, manifest: Manifest) -> tuple[Job, ...] | None:
        """The erasings, whose results are home too; None while one of them is under way."""
        erasings = erasings_of(self.operator.jobs, manifest)
        if erasings is None or not all(one.state.is_final for one in erasings):
            return None
        for one in erasings:
            if one.state is JobState.DONE and one.manifest_key is not None:
                self.homecoming.erasing(one.manifest_key, followed.planned.photo.name)
        return erasings

    def _as_wanted(self, job: Job, manifest_key: str) -> None:
        """A photo that was done before may have been done by other recipes."""
        if self.recipes is None:
            return
        manifest = self.homecoming.manifest(manifest_key)
        if manifest.recipes != canonical(self.recipes):
            self.operator.deriver()(job, self.recipes)

    def _end(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.tell(outcome)

    def left(self) -> list[Outcome]:
        """Those that are still under way."""
        return [Outcome(planned=f.planned, job=f.job, results=f.home) for f in self._open]

    def exit_code(self) -> ExitCode:
        """0 all DONE, 1 anything REJECTED, FAILED or LOST, 3 not finished yet."""
        if any(o.state != str(JobState.DONE) or o.problem for o in self.outcomes):
            return ExitCode.WRONG
        return ExitCode.UNFINISHED if self._open else ExitCode.DONE
