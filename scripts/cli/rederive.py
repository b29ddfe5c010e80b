"""`maskline rederive`: other pictures of results that are stored; nothing is paid."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.markup import escape

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.look import named
from scripts.cli.output import print_json, say, to_bystanders, to_people
from scripts.cli.recipes import options_of
from shared.bootstrap.operator import Operator
from shared.domain.job import Job
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.usecases.rederive import Derived, NotDerivedError, Rederive

ASK_ABOVE: Final = 50
PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """One job, and its new set or why there is none."""

    job: Job
    derived: Derived | None = None
    why: str = ""


def rederive_jobs(
    operator: Operator,
    names: Sequence[str],
    prefix: str | None,
    line: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    """Derive each again; 1 where one of them could not be. Raises CommandError."""
    if bool(names) == (prefix is not None):
        raise CommandError("nothing, or too much, is named", "name jobs, or say --prefix P")
    if line is not None:
        options_of(line)
    jobs = {job.id: job for job in _wanted(operator, names, prefix)}
    if not yes:
        _confirm(len(jobs))
    deriver = operator.deriver()
    outcomes = []
    for job in jobs.values():
        outcomes.append(_derived(deriver, job, line))
        if not as_json:
            _tell(outcomes[-1])
    if as_json:
        print_json({"jobs": [_document(outcome) for outcome in outcomes]})
    return ExitCode.WRONG if any(not outcome.derived for outcome in outcomes) else ExitCode.DONE


def _wanted(operator: Operator, names: Sequence[str], prefix: str | None) -> Iterator[Job]:
    yield from (named(operator, name) for name in names)
    after: str | None = None
    while prefix is not None:
        jobs, after = operator.jobs.page(JobState.DONE, after=after, limit=PAGE)
        yield from (
            job for job in jobs if job.source.key.startswith(prefix) and job.stage is Stage.SEGMENT
        )
        if after is None:
            return


def _confirm(count: int) -> None:
    if count <= ASK_ABOVE:
        return
    if not sys.stdin.isatty():
        raise CommandError(f"{count} results would be derived again", "say --yes to mean it")
    say(f"{count} results will be derived again; nothing is paid. Go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was derived", "")


def _derived(deriver: Rederive, job: Job, line: str | None) -> _Outcome:
    try:
        return _Outcome(job=job, derived=deriver(job, line or deriver.draw.line_for(job)))
    except NotDerivedError as error:
        return _Outcome(job=job, why=str(error))


def _tell(outcome: _Outcome) -> None:
    name = f"{outcome.job.id[:12]} {escape(outcome.job.source.key)}"
    if outcome.derived is None:
        text = f"[yellow]not derived[/yellow] {name}: {escape(outcome.why)}"
        to_bystanders().print(text, soft_wrap=True)
        return
    derived = outcome.derived
    to_people().print(
        f"{name}: v{derived.version}, {escape(derived.written.manifest_key)}", soft_wrap=True
    )


def _document(outcome: _Outcome) -> dict[str, Any]:
    derived = outcome.derived
    return {
        "job_id": outcome.job.id,
        "key": outcome.job.source.key,
        "version": None if derived is None else derived.version,
        "manifest": None if derived is None else derived.written.manifest_key,
        "why": outcome.why or None,
    }
