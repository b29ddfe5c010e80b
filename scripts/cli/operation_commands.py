"""Commands of those who run a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.options import AsJson, Code, Data, Prefix, Profile, Since, Until, Yes

app = typer.Typer()


@app.command()
def doctor(
    *,
    account: Annotated[
        bool, typer.Option("--account", help="What only a real account tells: looks, asks, notes.")
    ] = False,
    answer: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT=ANSWER", help="An answer to a point; may be repeated."),
    ] = None,
    answers: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the answers are kept.")
    ] = Path("maskline-account.json"),
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong with a deployment, and say what helps: 0 nothing, 1 something."""
    from scripts.cli.connection import variables_of
    from scripts.cli.doctor import examine, guided

    given = variables_of(data, profile)
    if account or answer:
        raise typer.Exit(guided(given, answers, answer or [], as_json=as_json))
    raise typer.Exit(examine(given, as_json=as_json))


@app.command()
def retry(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[JOB...]", help="Ids, beginnings of one, uploads' keys."),
    ] = None,
    *,
    state: Annotated[
        str | None, typer.Option(help="All in this state [default, with a filter: FAILED].")
    ] = None,
    code: Code = None,
    prefix: Prefix = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1000,
    pay_again: Annotated[
        bool, typer.Option("--pay-again", help="Also where a picture may be paid for once more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would happen, and do nothing.")] = False,
    yes: Yes = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Try failed jobs again; what may have been paid for only with --pay-again."""
    from scripts.cli.connection import connect
    from scripts.cli.retry import How, retry_jobs
    from scripts.cli.selection import selection_of

    operator = connect(data, profile)
    selection = selection_of(
        state=state, code=code, prefix=prefix, since=since, until=None, now=operator.clock.now()
    )
    how = How(selection=selection, limit=limit, pay_again=pay_again, dry_run=dry_run, yes=yes)
    raise typer.Exit(retry_jobs(operator, jobs or [], how, as_json=as_json))


@app.command()
def backfill(
    *,
    prefix: Annotated[str, typer.Option(help="Where the photographs lie in the bucket.")],
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 1000,
    dry_run: Annotated[bool, typer.Option(help="Say what would happen, and do nothing.")] = False,
    yes: Yes = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Take in photographs that were in the bucket before; what is known is passed over."""
    from scripts.cli.backfill import backfill as take_in
    from scripts.cli.connection import connect

    operator = connect(data, profile)
    code = take_in(operator, prefix, limit=limit, dry_run=dry_run, yes=yes, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def archive(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[JOB...]", help="These alone, whenever they ended."),
    ] = None,
    *,
    older_than: Annotated[
        str, typer.Option(metavar="TIME", help="Not changed for so long, or since: 2026-10-01.")
    ] = "30d",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many [default: all].")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what would happen, and do nothing.")] = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Put jobs that ended long ago away; every command still knows them, and none is paid again."""
    from scripts.cli.archive import How, archive_jobs
    from scripts.cli.connection import connect

    how = How(older_than=older_than, limit=limit, dry_run=dry_run)
    raise typer.Exit(archive_jobs(connect(data, profile), jobs or [], how, as_json=as_json))


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="jobs, manifests, events, or history.")] = "jobs",
    *,
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None,
    code: Code = None,
    prefix: Prefix = None,
    since: Since = None,
    until: Until = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="[default: stdout]")] = None,
    data: Data = None,
    profile: Profile = None,
) -> None:
    """Jobs, their manifests, events or time lines, one a line, for other programs."""
    from scripts.cli.connection import connect
    from scripts.cli.export import export as write
    from scripts.cli.export import format_of, what_of
    from scripts.cli.selection import selection_of

    told, written = what_of(what), format_of(form)
    operator = connect(data, profile)
    now = operator.clock.now()
    selection = selection_of(
        state=state, code=code, prefix=prefix, since=since, until=until, now=now
    )
    write(operator, told, written, selection, out)
