"""Whether packages that were built before are still those that would be built now.

Told by names, sizes and times of modification of all that goes into them, and of themselves: some
hundred looks at the file system in place of a graph of every import, at each start of a cloud.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from scripts.package.closure import OWN, source_root

NOTE: Final = "built-from"
"""Beside the packages: what they were built from, as a digest."""
BUILDER: Final = Path(__file__).parent
MADE_BY_USE: Final = "__pycache__"


def built(out: Path) -> dict[str, Path]:
    """The packages in `out`, by function; those of `scripts.package.build.build`, which runs only
    where something has changed.

    Raises:
        PackagingError: see `build`.
    """
    sources = [*(source_root() / name for name in OWN), BUILDER]
    if kept := still_good(out, sources):
        return kept
    from scripts.package.build import build

    before = _digest(sources, {})
    packages = build(out)
    if before == _digest(sources, {}):  # an edit meanwhile may be in them or not
        remember(out, sources, packages)
    return packages


def still_good(out: Path, sources: Sequence[Path]) -> dict[str, Path]:
    """The packages in `out`, none where these folders or the packages have changed since."""
    packages = {path.stem: path for path in sorted(out.glob("*.zip"))}
    try:
        noted = (out / NOTE).read_text()
    except OSError:
        return {}
    return packages if noted == _digest(sources, packages) else {}


def remember(out: Path, sources: Sequence[Path], packages: Mapping[str, Path]) -> None:
    """Note that the packages in `out` were built from these folders as they are."""
    (out / NOTE).write_text(_digest(sources, packages))


def _digest(sources: Sequence[Path], packages: Mapping[str, Path]) -> str:
    whole = hashlib.sha256()
    for folder in sources:
        for file in _files(folder):
            whole.update(_looks(file.path, file.stat()))
    for _, path in sorted(packages.items()):
        whole.update(_looks(str(path), path.stat()))
    return whole.hexdigest()


def _files(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if not entry.is_dir():
            yield entry
        elif entry.name != MADE_BY_USE:
            yield from _files(entry.path)


def _looks(name: str, seen: os.stat_result) -> bytes:
    return f"{name}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode()
