"""Commands of those who run a deployment."""

from __future__ import annotations

import typer

from scripts.cli.options import AsJson, Data, Profile

app = typer.Typer()


@app.command()
def doctor(*, data: Data = None, profile: Profile = None, as_json: AsJson = False) -> None:
    """Look for what is wrong with a deployment, and say what helps: 0 nothing, 1 something."""
    from scripts.cli.connection import variables_of
    from scripts.cli.doctor import examine

    raise typer.Exit(examine(variables_of(data, profile), as_json=as_json))
