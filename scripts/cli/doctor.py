"""`maskline doctor`: what is wrong with a deployment, and what helps, in English and Chinese."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.markup import escape

from scripts.cli.account import asked_at_the_terminal, guide
from scripts.cli.configuration import problems_of
from scripts.cli.connection import OFFSET_FILE, checked
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.output import print_json, to_people
from scripts.cli.profiles import Given
from scripts.cli.retry import who
from scripts.doctor.examination import CHECKS, examined
from scripts.doctor.finding import Finding, Severity, found
from scripts.doctor.machine import this_machine
from scripts.doctor.patient import Patient
from scripts.doctor.template import declared
from shared.bootstrap.inspection import build
from shared.settings import SettingsError

_COLOURS = {Severity.WRONG: "red", Severity.WARNING: "yellow", Severity.UNKNOWN: "magenta"}


def examine(given: Given, *, as_json: bool) -> int:
    """Look at everything and tell what was found; the exit code."""
    findings = findings_of(given)
    if as_json:
        print_json(
            {
                "healthy": not findings,
                "findings": [asdict(finding) for finding in findings],
                "checks": [check.name for check in CHECKS],
            }
        )
    else:
        _print(findings)
    return exit_code(findings)


def guided(given: Given, path: Path, answers: Sequence[str], *, as_json: bool) -> int:
    """What only a real account tells; asks where a person sits at a terminal.

    Raises CommandError.
    """
    try:
        patient = patient_of(given)
    except SettingsError as error:
        remedy = "see `maskline config check`"
        raise CommandError(f"the settings cannot be used: {error.problems[0]}", remedy) from error
    ask = asked_at_the_terminal if sys.stdin.isatty() and not as_json else None
    return guide(patient, path, answers, ask=ask, who=who(), as_json=as_json)


def findings_of(given: Given) -> list[Finding]:
    """What is wrong with the settings; where they can be used, with what they describe."""
    findings = [found("setting", problem=problem) for problem in problems_of(given)]
    try:
        patient = patient_of(given)
    except SettingsError:
        return findings
    return findings + examined(patient)


def patient_of(given: Given) -> Patient:
    """The deployment that the variables describe. Raises SettingsError."""
    settings, credentials = checked(given)
    logging.getLogger().addHandler(logging.NullHandler())  # SDKs log what a finding says better
    wanted = declared(settings.fc_api)
    surgery = build(
        settings,
        credentials,
        functions=[function.name for function in wanted.functions],
        offset_file=given.variables.get(OFFSET_FILE),
    )
    ports = surgery.ports
    return Patient(
        settings=settings,
        variables=given.variables,
        declared=wanted,
        inspection=surgery.inspection,
        tasks=ports.tasks,
        objects=ports.objects,
        jobs=ports.jobs,
        gates=ports.gates,
        claims=ports.claims,
        gate_id=surgery.gate_id,
        key_fingerprint=surgery.key_fingerprint,
        clock=surgery.clock,
        real_clock=surgery.real_clock,
        machine=this_machine(),
    )


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """1 something is wrong, 3 something could not be looked at, else 0; warnings are advice."""
    found_ = {finding.severity for finding in findings}
    if Severity.WRONG in found_:
        return ExitCode.WRONG
    return ExitCode.UNFINISHED if Severity.UNKNOWN in found_ else ExitCode.DONE


def _print(findings: Sequence[Finding]) -> None:
    console = to_people()
    for finding in findings:
        colour = _COLOURS[finding.severity]
        mark = f"[{colour}]{finding.severity.value}[/{colour}]"
        console.print(f"{mark} {finding.code}: {escape(finding.problem)}", soft_wrap=True)
        console.print(f"    {escape(finding.remedy)}", soft_wrap=True)
        if finding.problem_zh != finding.problem:
            console.print(f"    [dim]{escape(finding.problem_zh)}[/dim]", soft_wrap=True)
        console.print(f"    [dim]{escape(finding.remedy_zh)}[/dim]", soft_wrap=True)
    console.print(_verdict(findings))


def _verdict(findings: Sequence[Finding]) -> str:
    counts: dict[str, Any] = {}
    for finding in findings:
        counts[finding.severity.value] = counts.get(finding.severity.value, 0) + 1
    if not counts:
        return f"[green]healthy: nothing was found by {len(CHECKS)} checks[/green]"
    return ", ".join(f"{count} {word}" for word, count in counts.items())
