"""`maskline config check` and `config show`: what the settings are, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from scripts.cli.connection import checked
from scripts.cli.errors import ExitCode
from scripts.cli.output import print_json, to_people
from scripts.cli.profiles import Given
from scripts.cli.variables import problems_of_names, shown
from shared.settings import SettingsError


def problems_of(found: Given) -> list[str]:
    """Everything that is wrong, each with its remedy; secrets are never repeated."""
    others = found.variables.keys() - found.in_file
    misspelt = problems_of_names(others, all_are_ours=False)
    try:
        checked(found)
    except SettingsError as error:
        return [*error.problems, *misspelt]
    return misspelt


def check(found: Given, *, as_json: bool) -> int:
    """Say every problem; the exit code is 2 where there is one."""
    problems = problems_of(found)
    if as_json:
        print_json({"ok": not problems, "problems": problems, **_place(found)})
    else:
        console = to_people()
        for problem in problems:
            console.print(f"[red]wrong[/red] {escape(problem)}", soft_wrap=True)
        if not problems:
            console.print("[green]every setting can be used[/green]")
    return ExitCode.USAGE if problems else ExitCode.DONE


def show(found: Given, *, as_json: bool) -> None:
    """Every setting that is set, and where; secrets only as set."""
    values = shown(found.variables)
    if as_json:
        told = {n: {"value": v, "from": found.origin(n)} for n, v in values.items()}
        print_json({"settings": told, **_place(found)})
        return
    table = Table("setting", Column("value", overflow="fold"), "from", header_style="bold")
    for name, value in values.items():
        table.add_row(name, escape(value), escape(found.origin(name)))
    to_people().print(table)
    to_people().print("what is not here has its default: docs/configuration.md")


def _place(found: Given) -> dict[str, Any]:
    return {"file": None if found.path is None else str(found.path)}
