"""What functions print: one file for each function, kept below a size, and the tail of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes after which a log file becomes `.log.1`, replacing the one before."""
LONGEST_LINE: Final = 32 * 1024
TAIL: Final = 4 * 1024
"""Bytes of the log that an invocation with `x-fc-log-type: Tail` gets back."""


class FunctionLog:
    """Appends lines to `<folder>/<function>.log`; *seen* gets each as it stands there."""

    def __init__(
        self, folder: Path, function: str, seen: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self._seen = seen
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{function}.log"
        self._size = self._path.stat().st_size if self._path.exists() else 0

    def write(self, line: bytes) -> None:
        """Add one line (with or without its end); an overlong one is cut as the vendor does."""
        text = line.rstrip(b"\r\n")[:LONGEST_LINE] + b"\n"
        if self._size + len(text) > LARGEST_FILE:
            self._path.replace(self._path.with_suffix(".log.1"))
            self._size = 0
        with self._path.open("ab") as file:
            file.write(text)
        self._size += len(text)
        self._seen(text)
