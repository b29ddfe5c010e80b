"""Writes zips that are equal byte for byte where their contents are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold; every file gets it."""
UNIX: Final = 3
READABLE: Final = 0o100644 << 16


def zipped(files: Mapping[str, bytes], *, compressed: bool = False) -> bytes:
    """A zip of `files` (name to contents), sorted by name, stored as they are.

    Compression makes the bytes depend on the machine's zlib; it is for what is large anyway.
    """
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = method
            entry.create_system = UNIX
            entry.external_attr = READABLE
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def write_if_new(path: Path, contents: bytes) -> bool:
    """Write the file unless it holds these bytes already; says whether it did."""
    if path.exists() and path.read_bytes() == contents:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(contents)
    temporary.replace(path)
    return True
