"""Watching a run: a live bar where a terminal listens, one plain line per photo elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.cli.follow import Outcome, Run
from scripts.cli.output import say, shown, to_bystanders
from shared.bootstrap.operator import Operator
from shared.domain.stage import Stage


@contextmanager
def watched(run: Run, *, total: int) -> Iterator[None]:
    """Connect the run to the terminal on stderr, or to plain lines where there is none."""
    console = to_bystanders()
    if not console.is_terminal:
        run.tell = lambda outcome: say(_line(outcome, len(run.outcomes), total))
        yield
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[remark]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("photos", total=total, remark="")

        def tell(outcome: Outcome) -> None:
            bar.advance(task)
            console.print(_line(outcome, len(run.outcomes), total), markup=False)

        def tick(remark: str) -> None:
            bar.update(task, remark=remark or remaining(run, run.operator))

        run.tell, run.tick = tell, tick
        yield


def remaining(run: Run, operator: Operator) -> str:
    """The time that is left, from what tasks took so far; "" as long as nothing is known.

    Where results are here and only their erasings are waited for, it is the second stage's.
    """
    left = run.left()
    erasing = bool(left) and all(outcome.results is not None for outcome in left)
    gate = operator.overview.gate(Stage.ERASE if erasing else Stage.SEGMENT)
    what = "erasing, " if erasing else ""
    if gate is None:
        return f"{what}waiting for the first job"
    if gate.breaker is not None:
        return f"{what}stopped: {gate.breaker.code}"
    if gate.quota.left == 0:
        return f"{what}the budget is used up: `maskline quota`"
    if gate.pace.samples == 0:
        return what.rstrip(", ")
    return f"{what}about {len(left) * gate.pace.mean:.0f} s left"


def _line(outcome: Outcome, number: int, total: int) -> str:
    people = outcome.job.people if outcome.job else None
    found = "" if people is None else f", {people} {'person' if people == 1 else 'people'}"
    why = outcome.reason
    said = f": {why['message']}" if why else ""
    return f"[{number}/{total}] {shown(outcome.planned.photo.path)}: {outcome.state}{found}{said}"
