"""What a run would do with each photo, told before anything is uploaded or spent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from scripts.cli.erasings import erasing_ids
from scripts.cli.errors import CommandError
from scripts.cli.photos import Photo
from shared.bootstrap.operator import Operator
from shared.domain import claim as claims
from shared.domain.gate import Gate
from shared.domain.input_rules import DASHSCOPE_LIMITS, Refused, judge
from shared.domain.job import Job, job_id_of
from shared.domain.reasons import Reason, reason
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.imaging.errors import PictureError
from shared.imaging.probe import probe

LARGEST: Final = DASHSCOPE_LIMITS.max_source_bytes
"""Larger files are not even uploaded: nothing behind the bucket reads them."""


class Verdict(str, Enum):
    """What becomes of a photo in this run."""

    NEW = "new"
    """Uploaded, and one call is paid for it."""
    DUPLICATE = "duplicate"
    """Uploaded; equal bytes were or will be paid for under another name."""
    AGAIN = "again"
    """It failed without being paid for: uploading it again tries again."""
    INVALID = "invalid"
    """It breaks a rule that nobody can mend; the pipeline will reject it, at no cost."""
    TOO_LARGE = "too large"
    """Not uploaded."""
    UNDER_WAY = "under way"
    """A job is at work on exactly this upload: only followed."""
    ENDED = "ended"
    """The job of exactly this upload has ended, well or badly: nothing is uploaded."""

    @property
    def is_uploaded(self) -> bool:
        """Whether the file goes up."""
        return self in _UPLOADED


_UPLOADED = frozenset({Verdict.NEW, Verdict.DUPLICATE, Verdict.AGAIN, Verdict.INVALID})
_PAID = frozenset({Verdict.NEW, Verdict.AGAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One photo and its verdict. `fixable`: it is mended on the way. `known`: its job so far."""

    photo: Photo
    key: str
    size: int
    verdict: Verdict
    job_id: str
    fixable: bool = False
    reason: Reason | None = None
    known: Job | None = None


class Planner:
    """Looks at files and rows, in order, and remembers the bytes that it has seen."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._seen: set[tuple[str, str]] = set()

    def __call__(self, photos: Iterable[Photo]) -> Iterator[Planned]:
        """A plan for each photo, one at a time. Raises CommandError where a file cannot be read."""
        return (self._planned(photo) for photo in photos)

    def _planned(self, photo: Photo) -> Planned:
        key = f"{self._operator.prefixes.uploads}{photo.name}"
        size = photo.path.stat().st_size
        if size > LARGEST:
            return _too_large(photo, key, size)
        data = read_whole(photo.path)
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
        job_id = job_id_of(self._operator.bucket, key, etag)
        known = self._operator.jobs.get(job_id)
        why, fixable, process = _judged(data)
        verdict = self._known(known) if known else self._fresh(data, process, why)
        return Planned(
            photo=photo,
            key=key,
            size=len(data),
            verdict=verdict,
            job_id=job_id,
            fixable=fixable,
            reason=why,
            known=known,
        )

    def _known(self, job: Job) -> Verdict:
        if not job.state.is_final:
            return Verdict.UNDER_WAY
        if job.state is JobState.FAILED and not job.saw_succeeded:
            return Verdict.AGAIN
        return Verdict.ENDED

    def _fresh(self, data: bytes, process: str, why: Reason | None) -> Verdict:
        if why is not None:
            return Verdict.INVALID
        digest = hashlib.sha256(data).hexdigest()
        if (digest, process) in self._seen:
            return Verdict.DUPLICATE
        self._seen.add((digest, process))
        claim = self._operator.content_claim(digest, process)
        paid = claim is not None and claim.outcome in {claims.STORED, None}
        return Verdict.DUPLICATE if paid else Verdict.NEW


def _too_large(photo: Photo, key: str, size: int) -> Planned:
    why = reason("too_large", megabytes=_mega(size), limit=_mega(LARGEST))
    verdict = Verdict.TOO_LARGE
    return Planned(photo=photo, key=key, size=size, verdict=verdict, job_id="", reason=why)


def read_whole(path: Path) -> bytes:
    """The file's bytes, all from one moment.

    Raises:
        CommandError: it cannot be read, or is being written at present.
    """
    try:
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except OSError as error:
        raise CommandError(f"{path} cannot be read", f"{error.strerror}") from error
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, len(data)):
        raise CommandError(f"{path} is still being written", "wait until it is complete")
    return data


def _judged(data: bytes) -> tuple[Reason | None, bool, str]:
    """Why the picture is refused (None: it is not), whether it is mended, and how OSS does it."""
    try:
        verdict = judge(probe(data), len(data))
    except PictureError as error:
        return reason(error.code), False, ""
    if isinstance(verdict, Refused):
        return verdict.reason, False, ""
    repair = verdict.repair
    return None, bool(repair.process or repair.convert), repair.process


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a run costs: paid calls, what is left of the budget, and seconds until the last one.

    `erasings` are paid calls of the second stage, at most so many: where nobody is to be erased
    there is none. They are made beside the first stage's, one after another like those.
    """

    calls: int
    quota_left: int | None
    seconds: float
    erasings: int = 0
    erase_quota_left: int | None = None


def forecast(plans: Sequence[Planned], operator: Operator, line: str | None = None) -> Forecast:
    """The price of the plan, by the recipes of *line* or by those that the pipeline goes by.

    The time is what tasks took so far, or two seconds each.
    """
    calls = sum(plan.verdict in _PAID for plan in plans)
    erasings = sum(_erasings(plan, operator, line) for plan in plans)
    gate, second = operator.overview.gate(), operator.overview.gate(Stage.ERASE)
    mean, waiting = _mean(gate), operator.overview.waiting()
    seconds = (calls + waiting) * mean
    if erasings:
        behind = operator.overview.waiting_for(Stage.ERASE)
        seconds = max(seconds, mean * bool(calls) + (erasings + behind) * _mean(second))
    return Forecast(
        calls=calls,
        quota_left=operator.budget if gate is None else gate.quota.left,
        seconds=seconds,
        erasings=erasings,
        erase_quota_left=operator.erase_budget if second is None else second.quota.left,
    )


def _mean(gate: Gate | None) -> float:
    return gate.pace.mean if gate is not None and gate.pace.samples else 2.0


def _erasings(plan: Planned, operator: Operator, line: str | None) -> int:
    """Second calls for the photo: those of a new one, and those that are new to an old one."""
    if plan.verdict in _PAID:
        return len(erasing_ids("", 1, line or operator.recipes.line_for(plan.key)))
    job = plan.known
    if line is None or plan.verdict is not Verdict.ENDED or job is None:
        return 0
    if job.state is not JobState.DONE:
        return 0
    ids = erasing_ids(job.id, job.attempt, line)
    return sum(operator.jobs.get(one) is None for one in ids)
