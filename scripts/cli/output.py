"""Two voices: data on stdout, everything else on stderr; colour only where a terminal listens."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a program that asks for JSON does without it
    from rich.console import Console


def to_people() -> Console:
    """Tables and pictures' paths, on stdout."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def to_bystanders() -> Console:
    """Progress and remarks, on stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def shown(path: Path) -> str:
    """The path as one would type it: relative where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def say(text: str) -> None:
    """One plain remark on stderr."""
    print(text, file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, ensure_ascii=False, indent=2), flush=True)
