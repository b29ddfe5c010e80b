"""The commands that put Maskline into an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.options import AsJson

app = typer.Typer()


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
