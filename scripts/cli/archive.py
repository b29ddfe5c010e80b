"""`maskline archive`: jobs that ended long ago leave the table of those that are worked on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from scripts.cli.describe import iso
from scripts.cli.errors import ExitCode
from scripts.cli.look import named
from scripts.cli.output import print_json, to_people
from scripts.cli.selection import moment
from shared.bootstrap.operator import Operator
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.usecases.archive_jobs import ArchiveJobs

EVER: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Which jobs: last changed before `older_than` (a time, or how long ago), so many at most."""

    older_than: str
    limit: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """How many were archived, by state; how many had changed since they were read, and how many of
    those named may not go, or have gone; how many older rows were removed; and whether there is
    more than the limit.
    """

    before: float | None
    archived: Counter[JobState]
    changed: int = 0
    stay: int = 0
    removed: int = 0
    more: bool = False


def archive_jobs(operator: Operator, names: Sequence[str], how: How, *, as_json: bool) -> int:
    """Archive what has rested so long, or the jobs that are named, however short a time ago they
    ended. May be repeated, and goes on where it was stopped. Raises CommandError.
    """
    report = _of_names(operator, names, how) if names else _of_all(operator, how)
    if as_json:
        print_json(_document(report, dry_run=how.dry_run))
    else:
        _print(report, dry_run=how.dry_run)
    return ExitCode.DONE


def _of_all(operator: Operator, how: How) -> _Report:
    before = moment(how.older_than, operator.clock.now())
    candidates = operator.archive.candidates(before=before)
    jobs = candidates if how.limit is None else islice(candidates, how.limit)
    archived, changed = _done(operator.archive, jobs, dry_run=how.dry_run)
    more = how.limit is not None and next(candidates, None) is not None
    return _Report(before=before, archived=archived, changed=changed, more=more)


def _of_names(operator: Operator, names: Sequence[str], how: How) -> _Report:
    """Also removes what a job has left in the archive when it came back."""
    jobs = {job.id: job for job in (named(operator, name) for name in names)}
    removed = 0 if how.dry_run else sum(map(operator.archive.recall.cleared, jobs))
    resting = [job for job in jobs.values() if operator.archive.is_there(job, before=EVER)]
    archived, changed = _done(operator.archive, resting, dry_run=how.dry_run)
    stay = len(jobs) - len(resting)
    return _Report(before=None, archived=archived, changed=changed, stay=stay, removed=removed)


def _done(
    archive: ArchiveJobs, jobs: Iterable[Job], *, dry_run: bool
) -> tuple[Counter[JobState], int]:
    archived, changed = Counter[JobState](), 0
    outcomes: Iterator[tuple[Job, bool]]
    outcomes = ((job, True) for job in jobs) if dry_run else archive.each(jobs)
    for job, gone in outcomes:
        archived[job.state] += gone
        changed += not gone
    return archived, changed


def _document(report: _Report, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "before": None if report.before is None else iso(report.before),
        "archived": report.archived.total(),
        "by_state": {str(state): report.archived[state] for state in JobState if state.is_final},
        "changed_meanwhile": report.changed,
        "stay": report.stay,
        "older_rows_removed": report.removed,
        "more": report.more,
    }


def _print(report: _Report, *, dry_run: bool) -> None:
    console, count = to_people(), report.archived.total()
    states = ", ".join(f"{n} {state}" for state, n in report.archived.items() if n)
    jobs = "1 job" if count == 1 else f"{count} jobs"
    since = "" if report.before is None else f" that had not changed since {iso(report.before)}"
    done = "would be archived" if dry_run else "archived"
    console.print(f"{jobs}{since} {done}{f': {states}' if states else ''}", soft_wrap=True)
    if report.changed:
        console.print(f"{report.changed} changed meanwhile, and stay")
    if report.stay:
        console.print(f"{report.stay} stay: under way, owing something, forgotten, or archived")
    if report.removed:
        console.print(f"{report.removed} older rows removed from the archive")
    if report.more:
        console.print("there is more: the same command goes on where this one ended")
