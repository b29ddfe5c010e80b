"""`maskline config`: the settings of a profile, or of the local cloud."""

from __future__ import annotations

import typer

from scripts.cli.options import AsJson, Data, Profile

app = typer.Typer(
    name="config", help="The settings: check them, or show them.", no_args_is_help=True
)


@app.command()
def check(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Name each setting that is wrong, missing or misspelt, with its remedy; exit code 2 if any."""
    from scripts.cli.configuration import check as check_settings
    from scripts.cli.connection import variables_of

    raise typer.Exit(check_settings(variables_of(data, profile), as_json=as_json))


@app.command()
def show(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Every setting that is set, and where it was said; secrets are not shown."""
    from scripts.cli.configuration import show as show_settings
    from scripts.cli.connection import variables_of

    show_settings(variables_of(data, profile), as_json=as_json)
