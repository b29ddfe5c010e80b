"""`maskline retry`: failed jobs again, named ones or all that are selected."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from rich.markup import escape

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.look import named
from scripts.cli.operate import stages
from scripts.cli.output import print_json, say, to_bystanders, to_people
from scripts.cli.selection import ANYTHING, Selection
from shared.bootstrap.operator import Operator
from shared.domain.job import Job
from shared.domain.state import JobState
from shared.usecases.operate import OPERATOR, Action, Retried

ASK_ABOVE: Final = 20
_TOLD: Final = {
    Action.QUEUED: "queued again",
    Action.LOOKED_AT: "was left alone; the poller looks at it now",
    Action.FINALIZING: "finalized again from the stored result; nothing is paid",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Which jobs beside the named ones, how many of them at most, and what may be done."""

    selection: Selection = ANYTHING
    limit: int = 1000
    pay_again: bool = False
    dry_run: bool = False
    yes: bool = False
    ask_above: int = ASK_ABOVE


PLAINLY: Final = How()


def retry_jobs(
    operator: Operator, names: Sequence[str], how: How = PLAINLY, *, as_json: bool
) -> int:
    """Try the named jobs again, or all that are selected; the exit code is 2 where any was refused.

    Raises CommandError where a name fits no job, before any of them is touched.
    """
    jobs = _meant(operator, names, how)
    if how.dry_run:
        outcomes = [_foreseen(operator, job, pay_again=how.pay_again) for job in jobs]
    else:
        _confirm(operator, jobs, how)
        outcomes = _retried(operator, jobs, pay_again=how.pay_again)
    if as_json:
        told = [_retried_document(outcome) for outcome in outcomes]
        print_json({"dry_run": how.dry_run, "calls": _calls(outcomes), "jobs": told})
    else:
        _print_retried(outcomes, dry_run=how.dry_run)
    refused = any(outcome.action is Action.REFUSED for outcome in outcomes)
    return ExitCode.USAGE if refused else ExitCode.DONE


def _retried(operator: Operator, jobs: list[Job], *, pay_again: bool) -> list[Retried]:
    """Each under the gate of its own stage."""
    outcomes = list[Retried]()
    for stage, operate in stages(operator).items():
        mine = [job for job in jobs if job.stage is stage]
        outcomes += operate.retry(mine, pay_again=pay_again, by=who()) if mine else ()
    return outcomes


def _meant(operator: Operator, names: Sequence[str], how: How) -> list[Job]:
    if bool(names) != how.selection.is_anything:
        raise CommandError("nothing, or too much, is named", "name jobs, or select them (--state)")
    if names:
        return list({job.id: job for job in (named(operator, name) for name in names)}.values())
    selection = how.selection
    if selection.state is None:
        selection = replace(selection, state=JobState.FAILED)
    jobs = list(islice(selection.jobs(operator), how.limit + 1))
    if len(jobs) > how.limit:
        say(f"maskline: more than {how.limit} are meant; say the same again for the rest")
    return sorted(jobs[: how.limit], key=lambda job: job.changed_at)


def _confirm(operator: Operator, jobs: Sequence[Job], how: How) -> None:
    """Many, that nobody named one by one, are asked for."""
    if how.yes or how.selection.is_anything or len(jobs) <= how.ask_above:
        return
    calls = _calls([_foreseen(operator, job, pay_again=how.pay_again) for job in jobs])
    question = f"{len(jobs)} jobs will be tried again, up to {calls} calls paid"
    if not sys.stdin.isatty():
        raise CommandError(question, "say --yes to mean it, or --dry-run to see more")
    say(f"{question}. Go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was tried again", "")


def _foreseen(operator: Operator, job: Job, *, pay_again: bool) -> Retried:
    return stages(operator)[job.stage].foreseen(job, pay_again=pay_again)


def _calls(outcomes: Sequence[Retried]) -> int:
    """How many may be paid for."""
    return sum(outcome.action is Action.QUEUED for outcome in outcomes)


def who() -> str:
    """Who asks, for the time line: the account's name on this computer, where it has one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return OPERATOR


def _retried_document(outcome: Retried) -> dict[str, Any]:
    job = outcome.job
    return {
        "job_id": job.id,
        "key": job.source.key,
        "state": str(job.state),
        "action": outcome.action.value,
        "why": outcome.why or None,
    }


def _print_retried(outcomes: Sequence[Retried], *, dry_run: bool) -> None:
    console, aside = to_people(), to_bystanders()
    for outcome in outcomes:
        name = f"{outcome.job.id[:12]} {escape(outcome.job.source.key)}"
        if outcome.action is Action.REFUSED:
            aside.print(f"[yellow]refused[/yellow] {name}: {escape(outcome.why)}", soft_wrap=True)
        else:
            console.print(f"{name}: {_TOLD[outcome.action]}", soft_wrap=True)
    if dry_run:
        console.print(f"up to {_calls(outcomes)} paid calls; nothing was done")
