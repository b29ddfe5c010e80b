"""`maskline events`: what was announced, to whom, and once more."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts.cli.options import AsJson, Data, Profile

app = typer.Typer(help="Events: who was told what; tell them again.", no_args_is_help=True)

Job = Annotated[str | None, typer.Option("--job", help="Of this job: an id or an upload's key.")]
Since = Annotated[
    str | None, typer.Option("--since", help="From then on: 2026-11-26T08:00Z, or 30m, 2h, 3d ago.")
]
Until = Annotated[str | None, typer.Option("--until", help="Up to then, written likewise.")]
Type = Annotated[
    list[str] | None, typer.Option("--type", help="Such as job.done or pipeline.*; repeatable.")
]
Sink = Annotated[str | None, typer.Option("--sink", help="As MASKLINE_SINKS names it.")]
Verdict = Annotated[
    str | None,
    typer.Option("--verdict", help="delivered, owed, 'given up' or disabled."),
]


@app.command("list")
def list_events(
    *,
    job: Job = None,
    since: Since = None,
    until: Until = None,
    event_type: Type = None,
    sink: Sink = None,
    verdict: Verdict = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Events, the latest first, with what became of each at every sink."""
    from scripts.cli.connection import connect
    from scripts.cli.events import show_events, wanted_of

    operator = connect(data, profile)
    wanted = wanted_of(
        operator,
        job=job,
        since=since,
        until=until,
        types=event_type,
        sink=sink,
        verdict=verdict,
    )
    show_events(operator, wanted, limit=limit, as_json=as_json)


@app.command()
def replay(
    *,
    job: Job = None,
    since: Since = None,
    until: Until = None,
    event_type: Type = None,
    sink: Sink = None,
    verdict: Verdict = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    dry_run: Annotated[bool, typer.Option(help="Say what would be sent, and do nothing.")] = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Send events again, under their old ids; without any of the choices nothing is sent."""
    from scripts.cli.connection import connect
    from scripts.cli.events import replay_events, wanted_of

    operator = connect(data, profile)
    wanted = wanted_of(
        operator,
        job=job,
        since=since,
        until=until,
        types=event_type,
        sink=sink,
        verdict=verdict,
    )
    code = replay_events(operator, wanted, limit=limit, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def enable(
    sink: Annotated[str, typer.Argument(help="As MASKLINE_SINKS names it.")],
    *,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Call a sink again that had asked (HTTP 410) not to be called any more."""
    from scripts.cli.connection import connect
    from scripts.cli.events import enable_sink

    enable_sink(connect(data, profile), sink, as_json=as_json)
