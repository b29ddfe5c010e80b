"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The local cloud's folder [default: $MASKLINE_DATA, else ~/.maskline].",
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Use the real cloud: a profile of maskline.toml or profiles.ini, or `env`.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]

Recipes = Annotated[
    str | None,
    typer.Option(
        metavar="LINE", help="What is made of it, such as people,bokeh:strength=24,annotations."
    ),
]

Code = Annotated[
    str | None, typer.Option(metavar="CODE", help="Only jobs that ended with this code.")
]
Prefix = Annotated[
    str | None, typer.Option(metavar="P", help="Only jobs whose upload's key begins so.")
]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only jobs changed since: 2026-11-26T07:30, or 36h ago."),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only jobs changed before.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, however many they are.")]
