"""Which of many jobs a command is about: by state, code, prefix and time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scripts.cli.errors import CommandError
from scripts.cli.look import state_of
from shared.bootstrap.operator import Operator
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.usecases.listing import every_job

_AGO: Final = re.compile(r"([0-9]{1,6})(s|m|min|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What must hold of a job; None: anything. Times are epoch seconds of its last change."""

    state: JobState | None = None
    code: str | None = None
    prefix: str | None = None
    since: float | None = None
    until: float | None = None

    @property
    def is_anything(self) -> bool:
        """Whether nothing is asked for."""
        return self == ANYTHING

    def fits(self, job: Job) -> bool:
        """Whether the job is meant; what was forgotten never is."""
        if job.forgotten_at is not None:
            return False
        wanted = (
            self.state in {None, job.state},
            self.code is None or (job.failure is not None and job.failure.code == self.code),
            self.prefix is None or job.source.key.startswith(self.prefix),
            self.since is None or job.changed_at >= self.since,
            self.until is None or job.changed_at < self.until,
        )
        return all(wanted)

    def jobs(self, operator: Operator) -> Iterator[Job]:
        """The jobs that are meant, a page at a time, in no promised order."""
        return (job for job in every_job(operator.jobs, self.state) if self.fits(job))


ANYTHING: Final = Selection()


def selection_of(
    *,
    state: str | None,
    code: str | None,
    prefix: str | None,
    since: str | None,
    until: str | None,
    now: float,
) -> Selection:
    """The selection that a person wrote. Raises CommandError."""
    return Selection(
        state=state_of(state),
        code=code,
        prefix=prefix,
        since=None if since is None else moment(since, now),
        until=None if until is None else moment(until, now),
    )


def moment(text: str, now: float) -> float:
    """`2026-11-26`, `2026-11-26T07:30` (local time where no zone is said), or `90min`, `36h`, `2d`
    ago. Raises CommandError.
    """
    ago = _AGO.fullmatch(text)
    if ago:
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        remedy = "write 2026-11-26, 2026-11-26T07:30, or how long ago: 90min, 36h, 2d"
        raise CommandError(f"{text!r} is no time", remedy) from None
