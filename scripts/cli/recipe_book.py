"""`maskline recipes`: what can be asked of each recipe, told from the options themselves."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Final

from rich.markup import escape

from scripts.cli.errors import CommandError
from scripts.cli.output import print_json, to_people
from shared.imaging.options.catalogue import OPTIONS
from shared.imaging.options.recipe_options import RecipeOptions

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "recipes.md"

MARK: Final = "<!-- the rest is written by `python -m scripts.cli.readme` -->\n"


@dataclass(frozen=True, slots=True)
class Page:
    """One recipe: what it makes, in words, and its options with their defaults."""

    name: str
    text: str
    options: tuple[tuple[str, str], ...]


def pages() -> tuple[Page, ...]:
    """Every recipe, in the order of the catalogue."""
    return tuple(_page(name, kind) for name, kind in OPTIONS.items())


def _page(name: str, kind: type[RecipeOptions]) -> Page:
    options = tuple(
        (field.name, _written(field.default))
        for field in fields(kind)  # type: ignore[arg-type]  # each is a dataclass
    )
    return Page(name, inspect.getdoc(kind) or "", options)


def _written(default: Any) -> str:
    """A default as it would be written in a line."""
    if default is MISSING:
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return "+".join(map(str, default)) if isinstance(default, tuple) else str(default)


def in_step(text: str) -> str:
    """`docs/recipes.md` with its second half made anew. Raises ValueError without the mark."""
    head, mark, _ = text.partition(MARK)
    if not mark:
        raise ValueError(f"{DOCUMENT.name} has no mark for the recipes")
    return head + MARK + "".join(_section(page) for page in pages())


def _section(page: Page) -> str:
    rows = "".join(
        f"| `{name}` | {f'`{told}`' if told else '–'} |\n" for name, told in page.options
    )
    table = f"\n| option | default |\n|---|---|\n{rows}" if rows else ""
    return f"\n## `{page.name}`\n\n{page.text}\n{table}"


def show_recipes(name: str | None, *, as_json: bool) -> None:
    """Tell of one recipe, or of all. Raises CommandError."""
    chosen = [page for page in pages() if name in {None, page.name}]
    if not chosen:
        raise CommandError(f"there is no recipe {name!r}", f"choose from {', '.join(OPTIONS)}")
    if as_json:
        print_json({"recipes": [_told(page) for page in chosen]})
        return
    console = to_people()
    for page in chosen:
        console.print(f"[bold]{page.name}[/bold]\n{escape(page.text)}")
        for option, default in page.options:
            console.print(f"  [cyan]{option}[/cyan]={escape(default)}")
        console.print()


def _told(page: Page) -> dict[str, Any]:
    return {"name": page.name, "text": page.text, "options": dict(page.options)}
