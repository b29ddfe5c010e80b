"""`maskline`: the commands. Each imports what it needs when it runs, so that help comes at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.configuration_commands import app as configuration_commands
from scripts.cli.deploy_commands import app as deploy_commands
from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.event_commands import app as event_commands
from scripts.cli.operation_commands import app as operation_commands
from scripts.cli.options import AsJson, Data, Profile, Recipes
from scripts.cli.picture_commands import app as picture_commands

app = typer.Typer(
    name="maskline",
    help="Put photos in a bucket; get back one mask per person, pictures made from them, events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(picture_commands)
app.add_typer(configuration_commands)
app.add_typer(deploy_commands)
app.add_typer(operation_commands)
app.add_typer(event_commands, name="events")


def main() -> None:
    """Run the command line; whatever goes wrong is told in words, and in the exit code."""
    from shared.ports.errors import PortError

    try:
        app()
    except CommandError as error:
        sys.exit(_told(str(error), error.code))
    except PortError as error:
        sys.exit(_told(f"{error}: is the cloud up? (`maskline status`)", ExitCode.USAGE))
    except KeyboardInterrupt:
        sys.exit(_told("interrupted", 130))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ExitCode.WRONG)


def _told(text: str, code: int) -> int:
    print(f"maskline: {text}", file=sys.stderr)
    return code


@app.command()
def up(
    *,
    data: Data = None,
    port_base: Annotated[
        int | None, typer.Option(help="First of the ports [default: free ones, kept].")
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Deploy nothing: an account for `maskline deploy`.")
    ] = False,
    fc_api: Annotated[
        str, typer.Option(metavar="VERSION", help="Of Function Compute: 2.0, or 3.0.")
    ] = "2.0",
    as_json: AsJson = False,
) -> None:
    """Start the local cloud and deploy the three functions; Ctrl-C stops it, nothing is lost."""
    from scripts.cli.up import start

    raise typer.Exit(start(data, port_base, empty=empty, fc_api=fc_api, as_json=as_json))


@app.command()
def run(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO_OR_FOLDER...", help="Pictures.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the results come home to.")] = Path(
        "maskline-results"
    ),
    dry_run: Annotated[bool, typer.Option(help="Say what would happen, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option(help="Do not ask, however many they are.")] = False,
    recipes: Recipes = None,
    timeout: Annotated[
        float | None, typer.Option(min=0, help="Leave after so many seconds (exit code 3).")
    ] = None,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Upload photos, follow them, and bring their masks home; what is done is skipped."""
    from scripts.cli.connection import connect
    from scripts.cli.run import run_photos

    code = run_photos(
        connect(data, profile),
        photos,
        out=out,
        dry_run=dry_run,
        yes=yes,
        timeout=timeout,
        recipes=recipes,
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command()
def status(
    *,
    openmetrics: Annotated[
        bool, typer.Option("--openmetrics", help="Measures, for Prometheus and its like.")
    ] = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """How many jobs stand where, and how the provider's gate is."""
    from scripts.cli.connection import connect
    from scripts.cli.look import show_status
    from scripts.cli.measures import show_measures

    if openmetrics:
        show_measures(data, profile)
        return

    show_status(connect(data, profile), as_json=as_json)


@app.command("list")
def list_jobs(
    *,
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """The jobs, the latest changed first."""
    from scripts.cli.connection import connect
    from scripts.cli.look import show_list, state_of

    wanted = state_of(state)
    show_list(connect(data, profile), wanted, limit=limit, as_json=as_json)


@app.command()
def show(
    job: Annotated[str, typer.Argument(help="An id, the beginning of one, or an upload's key.")],
    *,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """One job: where it came from, its time line, how it ended."""
    from scripts.cli.connection import connect
    from scripts.cli.look import show_job

    raise typer.Exit(show_job(connect(data, profile), job, as_json=as_json))


@app.command()
def audit(
    *,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to give it to settle.")] = 0.0,
    deep: Annotated[bool, typer.Option(help="Read every result file and check its hash.")] = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Prove that every upload has one fate: 0 clean, 1 something is wrong, 3 work in flight."""
    from scripts.cli.audit import show_audit
    from scripts.cli.connection import connect

    raise typer.Exit(show_audit(connect(data, profile), wait=wait, deep=deep, as_json=as_json))


@app.command()
def forget(
    key: Annotated[str, typer.Argument(help="The upload's key, with or without the prefix.")],
    *,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Delete a photo, its results and what is known of it; prints a receipt, asks nothing."""
    from scripts.cli.connection import connect
    from scripts.cli.forget import forget_upload

    raise typer.Exit(forget_upload(connect(data, profile), key, as_json=as_json))


@app.command()
def pause(
    *,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Shown by `status`.")] = None,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Submit nothing more until `resume`; what is at the provider comes home all the same."""
    from scripts.cli.connection import connect
    from scripts.cli.operate import pause as pause_pipeline

    pause_pipeline(connect(data, profile), reason, as_json=as_json)


@app.command()
def resume(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Go on at once after a pause, or after an error that stopped everything."""
    from scripts.cli.connection import connect
    from scripts.cli.operate import resume as resume_pipeline

    resume_pipeline(connect(data, profile), as_json=as_json)


@app.command()
def sweep(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Look for uploads that have no job now, not once a day; wakes the poller."""
    from scripts.cli.connection import connect
    from scripts.cli.operate import sweep as sweep_uploads

    sweep_uploads(connect(data, profile), as_json=as_json)


@app.command()
def quota(
    *,
    budget: Annotated[
        str | None, typer.Option("--set", metavar="N|unlimited", help="The budget from now on.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option("--prefix", help="That of this upload prefix alone.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="`erase`: that of the second paid call.")
    ] = None,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """The budget of paid pictures: spent, reserved, left, until when; --set changes it."""
    from scripts.cli.connection import connect
    from scripts.cli.operate import quota as show_quota
    from scripts.cli.operate import stage_of

    operator = connect(data, profile)
    stage = stage_of(operator, model)
    show_quota(operator, budget, prefix=prefix, stage=stage, as_json=as_json)


@app.command()
def demo(
    *,
    photos: Annotated[
        Path | None, typer.Option(help="Your own photographs [default: the samples].")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the page goes.")] = Path("demo-out"),
    keep: Annotated[bool, typer.Option(help="Keep the local cloud's folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send sample photographs of people through the whole pipeline, and show what came out."""
    from scripts.cli.demo import show_demo

    raise typer.Exit(show_demo(photos, out=out, keep=keep, as_json=as_json))


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def engine(context: typer.Context) -> None:
    """The embedded engine: fetch, info, segment, serve ... (`maskline engine --help`)."""
    from scripts.cli.serve import engine_commands

    engine_commands()(args=context.args, prog_name="maskline engine")
