"""The real import graph, by package, for `docs/architecture.md`: drawn from the code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import grimp

from scripts.cli.written_part import WrittenPart
from scripts.package.closure import OWN as DEPLOYED

DOCUMENTS: Final = tuple(
    Path(__file__).resolve().parents[2] / "docs" / name
    for name in ("architecture.md", "architecture.zh-CN.md")
)
PART: Final = WrittenPart("imports")
_ADAPTERS: Final = "shared.adapters"


def in_step(text: str) -> str:
    """A page's text with the graph as it is. Raises ValueError without the marks."""
    edges = imports()
    return PART.in_step(text, f"{_drawing(edges)}\n\n{_table(edges)}")


def imports() -> dict[str, set[str]]:
    """Which of our packages imports which others; an adapter counts by itself."""
    graph = grimp.build_graph(*DEPLOYED, "scripts", include_external_packages=False, cache_dir=None)
    found: dict[str, set[str]] = {}
    for module in graph.modules:
        targets = {package_of(name) for name in graph.find_modules_directly_imported_by(module)}
        found.setdefault(package_of(module), set()).update(targets)
    return {name: targets - {name} for name, targets in found.items() if targets - {name}}


def package_of(module: str) -> str:
    """The first two names of a module; of an adapter three."""
    parts = module.split(".")
    return ".".join(parts[: 3 if module.startswith(f"{_ADAPTERS}.") else 2])


def _drawing(edges: Mapping[str, set[str]]) -> str:
    """`shared` as Mermaid, with all adapters as one."""
    lines = {
        f"    {_node(source)} --> {_node(target)}"
        for source, targets in edges.items()
        for target in targets
        if source.startswith("shared.") and _node(source) != _node(target)
    }
    return "\n".join(["```mermaid", "flowchart TD", *sorted(lines), "```"])


def _node(package: str) -> str:
    return package.split(".")[1]


def _table(edges: Mapping[str, set[str]]) -> str:
    rows = [f"| `{name}` | {_listed(edges[name])} |" for name in sorted(edges)]
    return "\n".join(["| package | imports |", "|---|---|", *rows])


def _listed(targets: set[str]) -> str:
    return ", ".join(f"`{target}`" for target in sorted(targets))
