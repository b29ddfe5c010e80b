"""`maskline run`: photos up, masks home."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from scripts.cli.describe import COLOURS
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.follow import Outcome, Run
from scripts.cli.homecoming import Homecoming
from scripts.cli.output import print_json, say, shown, to_people
from scripts.cli.photos import gather
from scripts.cli.plan import Forecast, Planned, Planner, Verdict, forecast
from scripts.cli.progress import watched
from scripts.cli.recipes import options_of
from shared.bootstrap.operator import Operator
from shared.domain.state import JobState

ASK_ABOVE = 50
"""More new photos than this are not uploaded without a word of the user's."""


def run_photos(
    operator: Operator,
    given: Sequence[Path],
    *,
    out: Path,
    dry_run: bool,
    yes: bool,
    timeout: float | None,
    recipes: str | None = None,
    as_json: bool,
) -> int:
    """The whole command; its exit code. Raises CommandError."""
    if recipes is not None:
        options_of(recipes)
    photos = gather(given, out=out, prefix=operator.prefixes.uploads)
    plans = list(Planner(operator)(photos))
    price = forecast(plans, operator, recipes)
    if dry_run:
        _show_plan(plans, price, as_json=as_json)
        return ExitCode.DONE
    if not yes:
        _confirm(plans, price)
    homecoming = Homecoming(objects=operator.objects, out=out)
    run = Run(operator=operator, homecoming=homecoming, recipes=recipes)
    finished = _followed(run, plans, timeout)
    _report(run, as_json=as_json)
    if not as_json and any(outcome.results for outcome in run.outcomes):
        _point_at_page(given, out)
    if not finished:
        _say_goodbye(run)
    return run.exit_code()


def _followed(run: Run, plans: Sequence[Planned], timeout: float | None) -> bool:
    """Whether all ended; Ctrl-C only ends the watching."""
    with watched(run, total=len(plans)):
        try:
            run.upload(plans)
            return run.follow(seconds=timeout)
        except KeyboardInterrupt:
            return False


def _confirm(plans: Sequence[Planned], price: Forecast) -> None:
    count = sum(plan.verdict.is_uploaded for plan in plans)
    if count <= ASK_ABOVE:
        return
    question = f"{count} photos will be uploaded, {price.calls} calls of the provider paid"
    if price.erasings:
        question += f", and up to {price.erasings} for erasings"
    if not sys.stdin.isatty():
        raise CommandError(question, "say --yes to mean it, or --dry-run to see more")
    say(f"{question}. Go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was uploaded", "")


def _show_plan(plans: Sequence[Planned], price: Forecast, *, as_json: bool) -> None:
    counts = Counter(plan.verdict.value for plan in plans)
    fixable = sum(plan.fixable for plan in plans)
    if as_json:
        print_json(
            {
                "photos": [_plan_document(plan) for plan in plans],
                "counts": {**{v.value: counts[v.value] for v in Verdict}, "fixable": fixable},
                "calls": price.calls,
                "quota_left": price.quota_left,
                "erasings": price.erasings,
                "erase_quota_left": price.erase_quota_left,
                "seconds": round(price.seconds, 1),
            }
        )
        return
    table = Table(Column("photo", overflow="fold"), "plan", "remark", header_style="bold")
    for plan in plans:
        table.add_row(escape(shown(plan.photo.path)), plan.verdict.value, escape(_remark(plan)))
    console = to_people()
    console.print(table)
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    calls = f"{price.calls} paid calls ({_left(price.quota_left)})"
    if price.erasings:
        calls += f", up to {price.erasings} for erasings ({_left(price.erase_quota_left)})"
    console.print(f"{calls}, about {duration(price.seconds)}; nothing was uploaded")


def _left(quota: int | None) -> str:
    return "no limit" if quota is None else f"{quota} left"


def _plan_document(plan: Planned) -> dict[str, object]:
    why = plan.reason
    return {
        "photo": str(plan.photo.path),
        "key": plan.key,
        "plan": plan.verdict.value,
        "fixable": plan.fixable,
        "state": str(plan.known.state) if plan.known else None,
        "reason": {"code": why.code, "message": why.text_en, "remedy": why.remedy_en}
        if why
        else None,
    }


def _remark(plan: Planned) -> str:
    if plan.reason is not None:
        return f"{plan.reason.text_en} {plan.reason.remedy_en}"
    if plan.known is not None:
        return str(plan.known.state)
    return "mended on the way" if plan.fixable else ""


def _report(run: Run, *, as_json: bool) -> None:
    outcomes = [*run.outcomes, *run.left()]
    outcomes.sort(key=lambda outcome: outcome.planned.key)
    if as_json:
        counts = Counter(outcome.state for outcome in outcomes)
        print_json({"photos": [o.document() for o in outcomes], "counts": dict(counts)})
        return
    print_outcomes(outcomes, to_people())


def print_outcomes(
    outcomes: Sequence[Outcome], console: Console, *, inside: Path | None = None
) -> None:
    """The table: file, people found, state or reason, seconds, where the results are.

    Files are named as they lie *inside* a folder that the reader knows.
    """
    table = Table(
        Column("photo", overflow="fold"),
        Column("people", justify="right"),
        "state",
        Column("seconds", justify="right"),
        Column("results or reason", overflow="fold"),
        header_style="bold",
    )
    for outcome in outcomes:
        people = "" if outcome.job is None else outcome.job.people
        table.add_row(
            escape(_name(outcome.planned.photo.path, inside)),
            "" if people is None else str(people),
            _coloured(outcome.state),
            _seconds(outcome),
            escape(_where_or_why(outcome)),
        )
    console.print(table)


def _name(path: Path, inside: Path | None) -> str:
    return shown(path) if inside is None else os.path.relpath(path, inside)


def _seconds(outcome: Outcome) -> str:
    seconds = outcome.document()["seconds"]
    return "" if seconds is None else f"{seconds:.1f}"


def _coloured(state: str) -> str:
    colour = COLOURS.get(JobState(state), "cyan") if state in JobState.__members__ else "dim"
    return f"[{colour}]{state}[/{colour}]"


def _where_or_why(outcome: Outcome) -> str:
    if outcome.results is not None:
        problem = "" if outcome.problem is None else f" ({outcome.problem})"
        return f"{shown(outcome.results)}{problem}"
    if outcome.problem is not None:
        return outcome.problem
    why = outcome.reason
    return "" if why is None else f"{why['message']} {why['remedy'] or ''}".strip()


def _point_at_page(given: Sequence[Path], out: Path) -> None:
    """A folder of files is best looked at as a page, which shows them beside their photographs."""
    photos = " ".join(f"--photos {shlex.quote(shown(path))}" for path in given)
    say(f"maskline: a page to look at: `maskline page {shlex.quote(shown(out))} {photos}`")


def _say_goodbye(run: Run) -> None:
    count = len(run.left())
    who = "1 photo is" if count == 1 else f"{count} photos are"
    say(
        f"maskline: {who} still under way; the cloud goes on.\n"
        "maskline: run the same command again to bring them home, or look: `maskline status`"
    )


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 90:  # noqa: PLR2004 - a minute and a half
        return f"{seconds:.0f} s"
    if seconds < 5400:  # noqa: PLR2004 - an hour and a half
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
