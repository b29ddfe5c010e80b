"""The documents in two languages, taken apart: tables, commands, variables, files, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BOTH = ("README.md", "README.zh-CN.md")
SETTINGS = ("docs/configuration.md", "docs/configuration.zh-CN.md")
PAIRS = (
    BOTH,
    SETTINGS,
    ("docs/architecture.md", "docs/architecture.zh-CN.md"),
    ("docs/local-cloud.md", "docs/local-cloud.zh-CN.md"),
    ("docs/decisions.md", "docs/decisions.zh-CN.md"),
    ("docs/recipes.md", "docs/recipes.zh-CN.md"),
    ("docs/runbook.md", "docs/runbook.zh-CN.md"),
)
DOCUMENTS = tuple(sorted(name for pair in PAIRS for name in pair))


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def tables(name: str) -> list[list[list[str]]]:
    """The tables of a document: rows of cells, without the heads."""
    found: list[list[list[str]]] = []
    previous = ""
    for line in read(name).splitlines():
        if line.startswith("|"):
            if not previous.startswith("|"):
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        previous = line
    return [table[2:] for table in found]


def blocks(name: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```$", read(name), re.MULTILINE | re.DOTALL)


def spans(name: str) -> list[str]:
    """What stands between backticks, outside of blocks, line ends as spaces."""
    text = re.sub(r"^```.*?^```$", "", read(name), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", text)]


def column(name: str, beginning: str) -> Iterator[list[str]]:
    """Rows of all tables whose first cell begins so."""
    return (row for table in tables(name) for row in table if row[0].startswith(beginning))


def files(name: str) -> list[str]:
    """Paths of the project that stand between backticks."""
    ours = r"(?:[\w./-]+\.(?:yml|md|py|json|sh))|(?:(?:shared|functions|scripts|tests)/[\w./-]+)"
    return [s for s in spans(name) if re.fullmatch(ours, s)]


def links(name: str) -> list[str]:
    """What the document links to within the project."""
    found = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", read(name))
    return [link for link in found if "://" not in link]
