"""Jobs in words and in JSON: the same facts for people and for programs."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import takewhile
from typing import Any, Final

from rich.markup import escape

from shared.domain.job import Job
from shared.domain.keys import Prefixes, result_folder
from shared.domain.quota import Quota
from shared.domain.state import JobState

UNLIMITED: Final = "unlimited"

COLOURS: Final = {
    JobState.DONE: "green",
    JobState.REJECTED: "yellow",
    JobState.FAILED: "red",
    JobState.LOST: "red",
    JobState.UNCERTAIN: "magenta",
}


def iso(seconds: float) -> str:
    """Epoch seconds as ISO 8601, UTC, milliseconds."""
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def clock_time(seconds: float) -> str:
    """Epoch seconds as the local time of day, for people."""
    return datetime.fromtimestamp(seconds, timezone.utc).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def coloured(state: JobState) -> str:
    """The state in its colour, as rich's markup."""
    colour = COLOURS.get(state, "cyan")
    return f"[{colour}]{state}[/{colour}]"


def ended_at(job: Job) -> float | None:
    """When the job came to its present end; None while it is under way."""
    if not job.state.is_final:
        return None
    lines = takewhile(lambda step: step.state is job.state, reversed(job.history))
    return min((step.at if step.since is None else step.since for step in lines), default=None)


def seconds_of(job: Job) -> float | None:
    """From upload to end, seconds."""
    end = ended_at(job)
    return None if end is None else round(max(0.0, end - job.source.uploaded_at), 2)


def time_line(job: Job) -> list[dict[str, Any]]:
    """Every line of the job's time line; `seconds` is what passed since the line before it."""
    ends = [job.created_at, *(step.at for step in job.history)]
    return [
        {
            "at": iso(step.at),
            "since": None if step.since is None else iso(step.since),
            "count": step.count,
            "seconds": round(max(0.0, step.at - before), 3),
            "state": str(step.state),
            "signal": step.signal or None,
            "note": step.note,
            "effects": list(step.effects),
            "request_id": step.request_id,
        }
        for before, step in zip(ends, job.history, strict=False)
    ]


def reason_of(job: Job) -> dict[str, Any] | None:
    """Why it is not DONE, and what to do."""
    failure = job.failure
    if failure is None:
        return None
    return {
        "code": failure.code,
        "message": failure.message,
        "remedy": failure.remedy,
        "message_zh": failure.message_zh,
        "remedy_zh": failure.remedy_zh,
        "request_id": failure.request_id,
    }


def document(job: Job, prefixes: Prefixes) -> dict[str, Any]:
    """A job for programs."""
    return {
        "job_id": job.id,
        "stage": str(job.stage),
        "parent_job_id": job.erasure.parent_id if job.erasure else None,
        "state": str(job.state),
        "key": job.source.key,
        "etag": job.source.etag,
        "size": job.source.size,
        "people": job.people,
        "attempt": job.attempt,
        "uploaded_at": iso(job.source.uploaded_at),
        "changed_at": iso(job.changed_at),
        "seconds": seconds_of(job),
        "results": job.erasure.folder
        if job.erasure
        else result_folder(prefixes.results, job.source.key, job.source.etag),
        "manifest": job.manifest_key,
        "reused_from": job.reused_from,
        "task_id": job.task.task_id if job.task else None,
        "reason": reason_of(job),
    }


def quota_facts(quota: Quota, ends: float | None) -> list[str]:
    """For people: when the budget is used up, and how the prefixes with one of their own stand."""
    lines = [] if ends is None else [f"used up, at this pace: {iso(ends)[:16]}"]
    for own in quota.allotments:
        budget = UNLIMITED if own.budget is None else f"{own.left} of {own.budget} left"
        held = ", [yellow]its uploads wait[/yellow]" if own.holds and own.left == 0 else ""
        lines.append(f"{escape(own.prefix)}: {own.spent} paid, {budget}{held}")
    return lines
