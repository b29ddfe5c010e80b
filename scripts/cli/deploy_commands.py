"""The commands that put Maskline into an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.options import AsJson, Data, Profile

app = typer.Typer()
deploy = typer.Typer(help="Put Maskline into an account, change it, take it down.")
app.add_typer(deploy, name="deploy", no_args_is_help=True)


@app.command()
def package(
    *,
    out: Annotated[Path, typer.Option(help="Folder for the zips.")] = Path("build"),
    runtime: Annotated[
        str, typer.Option(metavar="NAME", help="python3.10, or python3.12 for FC 3.0.")
    ] = "python3.10",
    own_code: Annotated[
        bool, typer.Option("--own-code", help="Without third-party packages, as `up` runs them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build the functions' packages: equal input gives equal bytes; tried alone, sizes told."""
    from scripts.cli.package import make_packages

    raise typer.Exit(make_packages(out, runtime, own_code=own_code, as_json=as_json))


@deploy.command()
def init() -> None:
    """Write maskline.toml, the one file to fill in, with what each value means."""
    from scripts.cli.deploy import write_example

    raise typer.Exit(write_example(Path()))


@deploy.command()
def plan(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Show what `apply` would change: resources, parameters, code, alias, triggers."""
    from scripts.cli.deploy import Target, show_plan

    raise typer.Exit(show_plan(Target(data=data, profile=profile), as_json=as_json))


@deploy.command()
def apply(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Bring the account to what is wanted; broken off and repeated, it goes on."""
    from scripts.cli.deploy import Target, run_apply

    raise typer.Exit(run_apply(Target(data=data, profile=profile), as_json=as_json))


@deploy.command()
def policy(*, data: Data = None, profile: Profile = None) -> None:
    """Print what the account that deploys must be allowed, as a RAM policy for this deployment."""
    from scripts.cli.deploy import Target, show_policy

    raise typer.Exit(show_policy(Target(data=data, profile=profile)))


@deploy.command()
def rollback(
    *,
    to: Annotated[
        str | None, typer.Option(metavar="VERSION", help="This one [default: the one before].")
    ] = None,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make the former version live again, at once; nothing else changes."""
    from scripts.cli.deploy import Target, run_rollback

    raise typer.Exit(run_rollback(Target(data=data, profile=profile), to, as_json=as_json))


@deploy.command()
def destroy(
    *,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Photographs, results and rows, too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List what would go and what would stay, ask, and take it down; data stay."""
    from scripts.cli.deploy import Target, run_destroy

    target = Target(data=data, profile=profile)
    raise typer.Exit(run_destroy(target, with_data=with_data, yes=yes, as_json=as_json))
