"""`maskline audit`: is every upload accounted for?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from rich.markup import escape

from scripts.cli.errors import ExitCode
from scripts.cli.output import print_json, to_people
from shared.bootstrap.operator import Operator
from shared.usecases.audit import AuditReport

LOOK_AGAIN: Final = 1.0
"""Seconds between two looks while it may still settle."""


def show_audit(operator: Operator, *, wait: float, deep: bool, as_json: bool) -> int:
    """Look until it is clean, or *wait* seconds are over; the exit code."""
    report = settled(operator, wait=wait, deep=deep)
    if as_json:
        print_json(document(report))
    else:
        _print(report)
    return exit_code(report)


def settled(operator: Operator, *, wait: float, deep: bool) -> AuditReport:
    """The last look: a clean one, one that two looks agree on, or the one at the end of *wait*."""
    clock = operator.clock
    until = clock.monotonic() + wait
    report = operator.audit(deep=deep)
    while not report.is_clean and clock.monotonic() < until:
        clock.sleep(LOOK_AGAIN)
        again = operator.audit(deep=deep)
        settles = bool(again.settling or again.open_jobs)
        if not settles and again.wrong == report.wrong:
            return again
        report = again
    return report


def exit_code(report: AuditReport) -> ExitCode:
    """0 clean and settled, 1 something is wrong, 3 nothing is wrong but work is in flight."""
    if report.wrong:
        return ExitCode.WRONG
    return ExitCode.DONE if report.is_clean else ExitCode.UNFINISHED


def document(report: AuditReport) -> dict[str, Any]:
    """The report for programs."""
    return {
        "clean": report.is_clean,
        "wrong": [asdict(finding) for finding in report.wrong],
        "settling": [asdict(finding) for finding in report.settling],
        "open_jobs": report.open_jobs,
        "unlisted": report.unlisted,
        "counts": report.counts,
        "stopped": report.stopped,
    }


def _print(report: AuditReport) -> None:
    console = to_people()
    console.print(", ".join(f"{number} {what}" for what, number in report.counts.items()))
    if report.stopped is not None:
        console.print(f"[red]the pipeline is stopped[/red]: {escape(report.stopped)}")
    for finding in (*report.wrong, *report.settling):
        mark = "[yellow]settling[/yellow]" if finding.settling else "[red]wrong[/red]"
        console.print(f"{mark} {finding.kind}: {escape(finding.subject)}", soft_wrap=True)
        console.print(f"    {escape(finding.detail)}; {escape(finding.remedy)}", soft_wrap=True)
        if finding.command:
            console.print(f"    [bold]{escape(finding.command)}[/bold]", soft_wrap=True)
    if report.unlisted:
        console.print(f"and {report.unlisted} more of the same kinds")
    console.print(_verdict(report))


def _verdict(report: AuditReport) -> str:
    if report.wrong:
        count = len(report.wrong)
        return f"[red]{count} {'thing is' if count == 1 else 'things are'} wrong[/red]"
    if report.is_clean:
        return "[green]clean: every upload has its one fate, and every result is whole[/green]"
    return f"nothing is wrong, but work is in flight: {report.open_jobs} jobs under way"
