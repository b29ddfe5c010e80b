"""The commands that make pictures of masks that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.options import AsJson, Data, Profile, Recipes

app = typer.Typer()


@app.command()
def derive(
    photo: Annotated[Path, typer.Argument(help="The photograph.")],
    mask: Annotated[Path, typer.Argument(help="Its label map: 0 background, 1..N people.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("maskline-derived"),
    recipes: Recipes = None,
    landmarks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where faces are: what `engine segment --json` said."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pictures from a photograph and a mask that you have; no cloud, no call."""
    from scripts.cli.derive import derive_files

    code = derive_files(photo, mask, recipes, out=out, landmarks=landmarks, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def rederive(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[JOB...]", help="Ids, beginnings of one, uploads' keys."),
    ] = None,
    *,
    prefix: Annotated[
        str | None, typer.Option(help="Every job that is DONE whose upload's key begins so.")
    ] = None,
    recipes: Recipes = None,
    yes: Annotated[bool, typer.Option(help="Do not ask, however many they are.")] = False,
    data: Data = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Other pictures of stored results: a new version beside the old, and no paid call."""
    from scripts.cli.connection import connect
    from scripts.cli.rederive import rederive_jobs

    operator = connect(data, profile)
    code = rederive_jobs(operator, jobs or [], prefix, recipes, yes=yes, as_json=as_json)
    raise typer.Exit(code)


@app.command()
def recipes(
    name: Annotated[str | None, typer.Argument(help="One of them [default: all].")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What can be made of a mask, and the options of each recipe."""
    from scripts.cli.recipe_book import show_recipes

    show_recipes(name, as_json=as_json)


@app.command()
def page(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS_FOLDER...", help="What `run` brought home.")
    ],
    *,
    photos: Annotated[
        list[Path] | None,
        typer.Option(help="Where the photographs are, to compare with; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page [default: index.html in the first folder]."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A page that shows results: people, comparisons, every file; opens without a server."""
    from scripts.cli.results_page import show_results

    raise typer.Exit(show_results(results, photos or [], out=out, as_json=as_json))
