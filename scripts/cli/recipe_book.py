"""`maskline recipes` and `docs/recipes.md`: what can be asked of each recipe, told from the options
themselves.
"""

from __future__ import annotations

import inspect
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Final

from rich.markup import escape

from scripts.cli.errors import CommandError
from scripts.cli.output import print_json, to_people
from scripts.cli.recipe_words import CHINESE
from scripts.cli.written_part import WrittenPart
from scripts.said import Said
from shared.imaging.options.catalogue import OPTIONS
from shared.imaging.options.id_sizes import LOOKED_UP, SIZES
from shared.imaging.options.recipe_options import RecipeOptions

IN_CHINESE: Final = "recipes.zh-CN.md"
DOCUMENTS: Final = tuple(
    Path(__file__).resolve().parents[2] / "docs" / name for name in ("recipes.md", IN_CHINESE)
)
PART: Final = WrittenPart("recipes")
_WITH_SIZES: Final = "id-photo"
_RULES: Final = (Said("common knowledge, check it", "常识，请核对"), Said("looked up", "已查证"))


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


def in_step(text: str, name: str) -> str:
    """The page *name* with all recipes told anew. Raises ValueError without the marks."""
    chinese = name == IN_CHINESE
    return PART.in_step(text, "\n".join(_section(page, chinese=chinese) for page in pages()))


def _section(page: Page, *, chinese: bool) -> str:
    text = CHINESE[page.name] if chinese else page.text
    head = "| 选项 | 默认值 |" if chinese else "| option | default |"
    rows = [f"| `{name}` | {f'`{told}`' if told else '–'} |" for name, told in page.options]
    parts = [f"## `{page.name}`", text, "\n".join([head, "|---|---|", *rows])]
    if page.name == _WITH_SIZES:
        parts.append(_sizes(chinese=chinese))
    return "\n\n".join(parts) + "\n"


def _sizes(*, chinese: bool) -> str:
    """The sizes of ID photos that have names."""
    head = "| 尺寸 | 别名 | 毫米 | DPI | 规则 |" if chinese else "| size | or | mm | DPI | rule |"
    rows = [head, "|---|---|---|---|---|"]
    for size in SIZES:
        others = ", ".join(f"`{name}`" for name in size.also) or "–"
        millimetres = f"{size.width:g} × {size.height:g}"
        rule = _RULES[size.source.startswith(LOOKED_UP)][chinese]
        rows.append(f"| `{size.name}` | {others} | {millimetres} | {size.dpi} | {rule} |")
    return "\n".join(rows)


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
