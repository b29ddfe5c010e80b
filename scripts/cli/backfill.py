"""`maskline backfill`: photographs that were in the bucket before; priced, asked for, bounded."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.markup import escape

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.output import print_json, say, to_bystanders, to_people
from scripts.cli.plan import Forecast
from scripts.cli.run import duration
from shared.bootstrap.operator import Operator
from shared.ports.errors import ConflictError, NotFoundError
from shared.usecases.backfill import Backfill, Candidate, Found

ASK_ABOVE: Final = 50
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What is taken in, counts of everything met, and whether there is more."""

    wanted: Sequence[Candidate]
    counts: Counter[Found]
    more: bool


def backfill(
    operator: Operator,
    prefix: str,
    *,
    limit: int,
    dry_run: bool = False,
    yes: bool = False,
    as_json: bool,
    ask_above: int = ASK_ABOVE,
) -> int:
    """Take in what lies under *prefix*, *limit* objects at most; 1 where one was refused.

    Raises CommandError.
    """
    survey = _surveyed(operator.backfill, prefix, limit)
    price = _price(operator, survey)
    if not dry_run and not yes and len(survey.wanted) > ask_above:
        _confirm(survey, price)
    gone = [] if dry_run else _taken_in(operator.backfill, survey.wanted)
    if as_json:
        print_json(_document(survey, price, gone, dry_run=dry_run))
    else:
        _print(survey, price, gone, dry_run=dry_run)
    return ExitCode.WRONG if gone else ExitCode.DONE


def _surveyed(walk: Backfill, prefix: str, limit: int) -> _Survey:
    counts = Counter[Found]()
    wanted = list[Candidate]()
    for candidate in walk.survey(prefix):
        if candidate.found.is_taken_in and len(wanted) == limit:
            return _Survey(wanted=wanted, counts=counts, more=True)
        counts[candidate.found] += 1
        if candidate.found.is_taken_in:
            wanted.append(candidate)
    return _Survey(wanted=wanted, counts=counts, more=False)


def _price(operator: Operator, survey: _Survey) -> Forecast:
    calls = survey.counts[Found.NEW]
    gate = operator.overview.gate()
    mean = gate.pace.mean if gate is not None and gate.pace.samples else 2.0
    left = operator.budget if gate is None else gate.quota.left
    return Forecast(
        calls=calls, quota_left=left, seconds=(calls + operator.overview.waiting()) * mean
    )


def _confirm(survey: _Survey, price: Forecast) -> None:
    question = f"{len(survey.wanted)} photos will be taken in, up to {price.calls} calls paid"
    if not sys.stdin.isatty():
        raise CommandError(question, "say --yes to mean it, or --dry-run to see more")
    say(f"{question}. Go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was taken in", "")


def _taken_in(take_in: Backfill, wanted: Sequence[Candidate]) -> list[str]:
    """The keys that were changed or deleted while this went on."""
    gone = [candidate.info.key for candidate in wanted if not _done(take_in, candidate)]
    if wanted:
        take_in.wake()
    return gone


def _done(take_in: Callable[[Candidate], None], candidate: Candidate) -> bool:
    try:
        take_in(candidate)
    except (NotFoundError, ConflictError):
        return False
    return True


def _document(
    survey: _Survey, price: Forecast, gone: Sequence[str], *, dry_run: bool
) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "counts": {found.value: survey.counts[found] for found in Found},
        "objects": [
            {"object": c.info.key, "upload": c.key, "found": c.found.value} for c in survey.wanted
        ],
        "changed_meanwhile": list(gone),
        "more": survey.more,
        "calls": price.calls,
        "quota_left": price.quota_left,
        "seconds": round(price.seconds, 1),
    }


def _print(survey: _Survey, price: Forecast, gone: Sequence[str], *, dry_run: bool) -> None:
    console = to_people()
    for candidate in survey.wanted[:_SHOWN]:
        copied = "" if candidate.key == candidate.info.key else f" → {escape(candidate.key)}"
        console.print(f"{candidate.found.value}: {escape(candidate.info.key)}{copied}")
    if len(survey.wanted) > _SHOWN:
        console.print(f"and {len(survey.wanted) - _SHOWN} more")
    for key in gone:
        to_bystanders().print(f"[yellow]changed meanwhile[/yellow] {escape(key)}")
    told = ", ".join(f"{count} {found.value}" for found, count in survey.counts.items())
    console.print(told or "nothing lies there")
    left = "no limit" if price.quota_left is None else f"{price.quota_left} left"
    done = "nothing was taken in" if dry_run else "see `maskline status`"
    console.print(
        f"up to {price.calls} paid calls ({left}), about {duration(price.seconds)}; {done}"
    )
    if survey.more:
        console.print("there is more: the same command goes on where this one ended")
