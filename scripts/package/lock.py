"""The part of the lock file that a function needs, without asking an index."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.package.closure import PackagingError

ENTRY: Final = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One version of a package: the lines with its marker and hashes, and who asked for it."""

    name: str
    version: str
    lines: tuple[str, ...]
    via: frozenset[str]


def read_lock(path: Path) -> list[Pin]:
    """Every pin of a lock file as `make lock` writes it.

    Raises:
        PackagingError: it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PackagingError(f"the lock file cannot be read: {error}") from error
    blocks: list[tuple[re.Match[str], list[str]]] = []
    for line in text.splitlines():
        if head := ENTRY.match(line):
            blocks.append((head, [line]))
        elif blocks and line.startswith(" "):
            blocks[-1][1].append(line)
    return [_pin(head, lines) for head, lines in blocks]


def needed(pins: Iterable[Pin], requirements: Path) -> list[Pin]:
    """The pins of what a `requirements.txt` names and of all that these ask for in turn.

    Raises:
        PackagingError: the lock knows nothing of a package that is named.
    """
    pins = list(pins)
    wanted = _named(requirements)
    if absent := wanted - {pin.name for pin in pins}:
        raise PackagingError(f"{requirements}: {', '.join(sorted(absent))}: run `make lock` first")
    while more := {pin.name for pin in pins if pin.via & wanted} - wanted:
        wanted |= more
    return [pin for pin in pins if pin.name in wanted]


def normal(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _named(requirements: Path) -> set[str]:
    lines = [line.partition("#")[0].strip() for line in requirements.read_text().splitlines()]
    found = (NAME.match(line) for line in lines if line)
    return {normal(match.group()) for match in found if match}


def _pin(head: re.Match[str], block: list[str]) -> Pin:
    remarks = [line.strip().lstrip("# ") for line in block if line.lstrip().startswith("#")]
    asking = " ".join(remarks).removeprefix("via").split()
    return Pin(
        name=normal(head["name"]),
        version=head["version"],
        lines=tuple(line for line in block if not line.lstrip().startswith("#")),
        via=frozenset(normal(name) for name in asking),
    )
