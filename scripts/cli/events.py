"""`maskline events list`, `replay` and `enable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from scripts.cli.describe import clock_time
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.event_lines import event_document, line_of
from scripts.cli.look import named
from scripts.cli.output import print_json, to_bystanders, to_people
from scripts.cli.retry import who
from scripts.cli.selection import moment
from shared.bootstrap.operator import Operator
from shared.domain.gate import Gate
from shared.domain.outbox import Verdict
from shared.usecases.event_log import Found, Told, Wanted


def wanted_of(
    operator: Operator,
    *,
    job: str | None,
    since: str | None,
    until: str | None,
    types: Sequence[str] | None,
    sink: str | None,
    verdict: str | None,
) -> Wanted:
    """What a person chose. Raises CommandError where it cannot be meant."""
    now = operator.clock.now()
    return Wanted(
        job=None if job is None else named(operator, job),
        since=None if since is None else moment(since, now),
        until=None if until is None else moment(until, now),
        types=tuple(t if t.startswith("maskline.") else f"maskline.{t}" for t in types or ()),
        sink=None if sink is None else _sink(operator, sink),
        verdict=None if verdict is None else _verdict(verdict),
    )


def _sink(operator: Operator, name: str) -> str:
    known = [each.name for each in operator.events.subscriptions]
    if name not in known:
        raise CommandError(f"there is no sink {name!r}", f"choose from {', '.join(known)}")
    return name


def _verdict(text: str) -> Verdict:
    try:
        return Verdict(text.replace("-", " ").lower())
    except ValueError:
        known = ", ".join(each.value for each in Verdict)
        raise CommandError(f"there is no verdict {text!r}", f"choose from {known}") from None


def show_events(operator: Operator, wanted: Wanted, *, limit: int, as_json: bool) -> None:
    """Events with their logs."""
    found = operator.events.find(wanted, limit=limit)
    if as_json:
        print_json({"events": [_document(e) for e in found.events], "complete": found.complete})
        return
    to_people().print(_table(found) if found.events else "no such events")
    if not found.complete:
        to_bystanders().print("there may be more: name a time with --since, or raise --limit")


def _table(found: Found) -> Table:
    subject = Column("subject", overflow="fold")
    told = Column("sinks", overflow="fold")
    table = Table("at", "type", subject, "sequence", told, header_style="bold")
    for event in found.events:
        lines = (line_of(event.outgoing.to(name)) for name in event.sinks)
        table.add_row(
            clock_time(event.outgoing.occurred_at),
            event.outgoing.type.removeprefix("maskline."),
            escape(event.subject),
            str(event.outgoing.sequence),
            "\n".join(lines),
        )
    return table


def _document(told: Told) -> dict[str, Any]:
    holder = "gate" if isinstance(told.holder, Gate) else "job_id"
    named_by = {holder: told.holder.id, "subject": told.subject}
    return {**named_by, **event_document(told.outgoing, told.sinks)}


def replay_events(
    operator: Operator, wanted: Wanted, *, limit: int, dry_run: bool, as_json: bool
) -> int:
    """Send them again. Raises CommandError where nothing was chosen: all is never meant."""
    if wanted == Wanted():
        raise CommandError("nothing is chosen", "name --job, --since, --type, --sink or --verdict")
    found = operator.events.find(wanted, limit=limit)
    owed, left = (found.events, ()) if dry_run else operator.events.replay(found.events, by=who())
    if as_json:
        told = {"replayed": [_document(e) for e in owed], "left": [_document(e) for e in left]}
        print_json({"dry_run": dry_run, "complete": found.complete, **told})
    else:
        _print_replayed(operator, found, owed, left, dry_run=dry_run)
    return ExitCode.UNFINISHED if left else ExitCode.DONE


def _print_replayed(
    operator: Operator, found: Found, owed: Sequence[Told], left: Sequence[Told], *, dry_run: bool
) -> None:
    console, aside = to_people(), to_bystanders()
    shut = {each.name for each in operator.events.disabled()}
    counted = "1 event" if len(owed) == 1 else f"{len(owed)} events"
    will = "to be sent" if dry_run else "being sent"
    console.print(f"{counted} {will} again under the same id")
    for event in owed:
        to = ", ".join(event.sinks)
        name = event.outgoing.type.removeprefix("maskline.")
        console.print(f"{name} {escape(event.subject)} to {to}", soft_wrap=True)
    for event in left:
        name = escape(event.subject)
        aside.print(f"[yellow]left[/yellow] {name}: its job is under way again", soft_wrap=True)
    for name in sorted(shut & {name for event in owed for name in event.sinks}):
        aside.print(f"[yellow]{name} is disabled[/yellow]: `maskline events enable {name}` first")
    if not found.complete:
        aside.print("there may be more: repeat it with --since, or raise --limit")


def enable_sink(operator: Operator, name: str, *, as_json: bool) -> None:
    """Let the sink be called again."""
    was = operator.events.enable(_sink(operator, name))
    if as_json:
        print_json({"sink": name, "was_disabled": was})
    else:
        again = f"maskline events replay --sink {name} --verdict disabled"
        told = f"is called again; what it missed: `{again}`" if was else "was not disabled"
        to_people().print(f"{name} {told}")
