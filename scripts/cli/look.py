"""`maskline status`, `list` and `show`: reading only."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from scripts.cli.describe import (
    clock_time,
    coloured,
    document,
    iso,
    quota_facts,
    seconds_of,
    time_line,
)
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.event_lines import event_lines, events_document
from scripts.cli.output import print_json, to_people
from shared.bootstrap.operator import Operator
from shared.domain.gate import Breaker, Gate
from shared.domain.job import Job, Step
from shared.domain.quota import runs_out
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.usecases.overview import NotUniqueError


def state_of(text: str | None) -> JobState | None:
    """The state that a person named. Raises CommandError."""
    if text is None:
        return None
    try:
        return JobState(text.upper())
    except ValueError:
        known = ", ".join(JobState)
        raise CommandError(f"there is no state {text!r}", f"choose from {known}") from None


def show_status(operator: Operator, *, as_json: bool) -> None:
    """Jobs by state, and the gate."""
    counts, gate = operator.overview.counts(), operator.overview.gate()
    erasing = operator.overview.gate(Stage.ERASE)
    by_state = {str(state): number for state, number in counts.by_state.items()}
    if as_json:
        told = {"jobs": by_state, "complete": counts.complete, "gate": _gate_document(gate)}
        told["erase_gate"] = _gate_document(erasing)
        told["disabled_sinks"] = [
            {"sink": each.name, "since": iso(each.at), "why": each.why}
            for each in operator.events.disabled()
        ]
        print_json({"bucket": operator.bucket, **told})
        return
    table = Table("state", "jobs", header_style="bold")
    for state, number in counts.by_state.items():
        if number:
            table.add_row(coloured(state), f"{number}{'' if counts.complete else ' or more'}")
    console = to_people()
    console.print(table if any(by_state.values()) else "no jobs yet")
    for line in _gate_lines(gate, operator.clock.now()):
        console.print(line)
    for line in _gate_lines(erasing, operator.clock.now()):
        console.print(f"erase, {line}")
    for each in operator.events.disabled():
        again = f"`maskline events enable {each.name}`, or change its settings"
        console.print(f"[red]sink {each.name} is disabled[/red]: {escape(each.why)}; {again}")


def _gate_document(gate: Gate | None) -> dict[str, Any] | None:
    if gate is None:
        return None
    stopped = gate.breaker
    return {
        "slots": [{"job_id": s.job_id, "attempt": s.attempt} for s in gate.slots],
        "window": gate.window,
        "intent_open": gate.intent is not None,
        "quota": {
            "budget": gate.quota.budget,
            "spent": gate.quota.spent,
            "reserved": len(gate.quota.reserved),
            "left": gate.quota.left,
        },
        "task_seconds": round(gate.pace.mean, 2) if gate.pace.samples else None,
        "stopped": None
        if stopped is None
        else {
            "code": stopped.code,
            "message": stopped.message,
            "since": iso(stopped.opened_at),
            "next_try": None if stopped.paused else iso(stopped.retry_at),
            "paused": stopped.paused,
        },
        "poller_at_work": gate.lease is not None,
    }


def _gate_lines(gate: Gate | None, now: float) -> list[str]:
    if gate is None:
        return []
    quota = gate.quota
    budget = "no budget set" if quota.budget is None else f"{quota.left} of {quota.budget} left"
    lines = [
        f"at the provider: {len(gate.slots)} of at most {gate.window}",
        f"paid: {quota.spent} ({budget}), reserved: {len(quota.reserved)}",
    ]
    lines += quota_facts(quota, runs_out(quota, now))
    if gate.pace.samples:
        lines.append(f"a task takes about {gate.pace.mean:.1f} s")
    if gate.breaker is not None:
        lines.append(_stopped_line(gate.breaker))
    return lines


def _stopped_line(stopped: Breaker) -> str:
    said = escape(stopped.message)
    if stopped.paused:
        return f"[yellow]paused[/yellow]: {said}; until `maskline resume`"
    again = f"next try {clock_time(stopped.retry_at)}, or `maskline resume`"
    return f"[red]stopped[/red]: {escape(stopped.code)}: {said}; {again}"


def show_list(operator: Operator, state: JobState | None, *, limit: int, as_json: bool) -> None:
    """The jobs of a state, or all."""
    jobs = operator.overview.listed(state, limit=limit)
    if as_json:
        print_json({"jobs": [document(job, operator.prefixes) for job in jobs]})
        return
    upload = Column("upload", overflow="fold")
    table = Table("job", "state", upload, "people", "seconds", "reason", header_style="bold")
    for job in jobs:
        seconds = seconds_of(job)
        table.add_row(
            job.id[:12],
            coloured(job.state),
            escape(_what(job)),
            "" if job.people is None else str(job.people),
            "" if seconds is None else f"{seconds:.1f}",
            "" if job.failure is None else escape(job.failure.code),
        )
    to_people().print(table if jobs else "no such jobs")


def _what(job: Job) -> str:
    """The upload, and what is done to it where that is another stage's."""
    return job.source.key if job.erasure is None else f"{job.source.key} ({job.stage})"


def named(operator: Operator, text: str) -> Job:
    """The one job that *text* names. Raises CommandError."""
    if not text.strip():
        raise CommandError("JOB is empty", "name an id, the beginning of one, or an upload's key")
    try:
        job = operator.overview.find(text)
    except NotUniqueError as error:
        raise CommandError(str(error), "write more of it") from error
    if job is None:
        raise CommandError(f"no job goes by {text!r}", "see `maskline list`")
    return job


def show_job(operator: Operator, text: str, *, as_json: bool) -> int:
    """One job; its exit code is that of `run` for it alone. Raises CommandError."""
    job = named(operator, text)
    if as_json:
        told = {"history": time_line(job), "events": events_document(job)}
        print_json({**document(job, operator.prefixes), **told})
    else:
        _print_job(operator, job)
    if not job.state.is_final:
        return ExitCode.UNFINISHED
    return ExitCode.DONE if job.state is JobState.DONE else ExitCode.WRONG


def _print_job(operator: Operator, job: Job) -> None:
    console = to_people()
    facts = Table.grid(padding=(0, 2))
    for label, value in _facts(operator, job):
        facts.add_row(f"[bold]{label}[/bold]", value)
    console.print(facts)
    told = Column("what happened", overflow="fold")
    lines = Table("at", "after", "state", told, "request", header_style="bold")
    for step, facts_of in zip(job.history, time_line(job), strict=True):
        after = f"{facts_of['seconds']:.2f} s"
        lines.add_row(
            clock_time(step.at), after, coloured(step.state), _told(step), step.request_id or ""
        )
    console.print(lines)


def _told(step: Step) -> str:
    """Signal, what it says, what it asked for, and how often it came."""
    words = [f"[bold]{step.signal}[/bold]"] if step.signal else []
    words += [escape(step.note)] if step.note else []
    if step.effects:
        words.append(f"[cyan]→ {', '.join(step.effects)}[/cyan]")
    if step.count > 1 and step.since is not None:
        words.append(f"[dim]({step.count} times since {clock_time(step.since)})[/dim]")
    return " ".join(words)


def _facts(operator: Operator, job: Job) -> list[tuple[str, str]]:
    told = document(job, operator.prefixes)
    facts = [
        ("job", job.id),
        ("state", coloured(job.state)),
        ("upload", escape(f"{job.source.bucket}/{job.source.key}")),
    ]
    if job.erasure is not None:
        facts.append(("erases", escape(f"{job.erasure.line}, after job {job.erasure.parent_id}")))
    if job.picture is not None:
        size = f"{job.picture.width}×{job.picture.height} {job.picture.format}"
        mended = f", mended by {job.picture.process}" if job.picture.process else ""
        facts.append(("picture", escape(size + mended)))
    if job.people is not None:
        facts.append(("people", str(job.people)))
    others = ("seconds", "task_id", "reused_from")
    facts += [(n.replace("_", " "), str(told[n])) for n in others if told[n] is not None]
    if job.manifest_key is not None:
        facts.append(("manifest", escape(job.manifest_key)))
    if job.failure is not None:
        facts.append(("reason", escape(f"{job.failure.code}: {job.failure.message}")))
        facts.append(("remedy", escape(job.failure.remedy or "")))
    facts += [("event", line) for line in event_lines(job)]
    return facts
