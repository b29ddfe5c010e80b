"""Events and what became of them at every sink, in words and in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.markup import escape

from scripts.cli.describe import clock_time, iso
from shared.domain.job import Job
from shared.domain.outbox import Delivery, Outgoing, Verdict

_COLOURS: Final = {
    Verdict.DELIVERED: "green",
    Verdict.OWED: "yellow",
    Verdict.GIVEN_UP: "red",
    Verdict.DISABLED: "red",
}


def line_of(delivery: Delivery) -> str:
    """How an event stands with one sink, as rich's markup."""
    colour, tries = _COLOURS[delivery.verdict], delivery.tries
    said = f": {escape(delivery.outcome)}" if delivery.outcome else ""
    counted = f" ({tries} tries)" if tries > 1 else ""
    return f"{delivery.sink} [{colour}]{delivery.verdict.value}[/{colour}]{counted}{said}"


def event_lines(job: Job) -> list[str]:
    """For `show`: each event of the job, and how it stands with each sink that was tried."""
    return [
        f"{o.type.removeprefix('maskline.')} {clock_time(o.occurred_at)}: "
        + ("; ".join(map(line_of, o.deliveries)) or "nobody was told yet")
        for o in (*job.told, *job.outbox)
    ]


def deliveries_document(outgoing: Outgoing, sinks: Sequence[str]) -> list[dict[str, Any]]:
    """An event's log for programs."""
    found = [outgoing.to(name) for name in sinks]
    return [
        {
            "sink": d.sink,
            "verdict": d.verdict.value,
            "tries": d.tries,
            "first_at": None if d.first_at is None else iso(d.first_at),
            "last_at": None if d.last_at is None else iso(d.last_at),
            "next_at": iso(d.next_at) if d.verdict is Verdict.OWED and d.next_at else None,
            "outcome": d.outcome or None,
        }
        for d in found
    ]


def events_document(job: Job) -> list[dict[str, Any]]:
    """For `show --json`: every event of the job, oldest first."""
    return [event_document(o, [d.sink for d in o.deliveries]) for o in (*job.told, *job.outbox)]


def event_document(outgoing: Outgoing, sinks: Sequence[str]) -> dict[str, Any]:
    """An event and its log."""
    return {
        "id": outgoing.event_id,
        "type": outgoing.type,
        "sequence": outgoing.sequence,
        "time": iso(outgoing.occurred_at),
        "deliveries": deliveries_document(outgoing, sinks),
    }
