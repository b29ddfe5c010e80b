"""The bytes of objects and parts: one file each, never changed once it has a name.

A body is written into `incoming/`, its digests counted on the way; `adopt` renames it to its
place. Rows in SQLite say which files count; the rest is swept away at start.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from scripts.localcloud.services.oss.checksums import crc64

COPY_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What was counted over a body: bytes, MD5 (lower-case hexadecimal), CRC-64."""

    size: int
    md5: str
    crc64: int

    @property
    def etag(self) -> str:
        """The ETag of an object put in one piece, without quotes."""
        return self.md5.upper()

    @property
    def content_md5(self) -> str:
        """The MD5 as the header Content-MD5 writes it."""
        return base64.b64encode(bytes.fromhex(self.md5)).decode()


class ContentWriter:
    """A body on its way in. `finish` or `abandon` ends it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("xb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc64 = 0
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, chunk: bytes) -> None:
        """Append `chunk`."""
        self._file.write(chunk)
        self._md5.update(chunk)
        self._crc64 = crc64(chunk, self._crc64)
        self._size += len(chunk)

    def finish(self) -> Digest:
        """Close the file and say what was counted.

        Raises:
            OSError: the disk cannot take it; the file is gone.
        """
        try:
            self._file.close()
        except OSError:
            self.abandon()
            raise
        return Digest(size=self._size, md5=self._md5.hexdigest(), crc64=self._crc64)

    def abandon(self) -> None:
        """Close and remove the file."""
        with contextlib.suppress(OSError):  # a full disk does not take what is still in memory
            self._file.close()
        self.path.unlink(missing_ok=True)


class Contents:
    """A folder of content files, named by random identifiers."""

    def __init__(self, folder: Path) -> None:
        self._incoming = folder / "incoming"
        self._kept = folder / "contents"
        for path in (self._incoming, self._kept):
            path.mkdir(parents=True, exist_ok=True)

    def writer(self) -> ContentWriter:
        """Begin a new body."""
        return ContentWriter(self._incoming / secrets.token_hex(16))

    def path(self, name: str) -> Path:
        """Where the content called `name` lies."""
        return self._kept / name[:2] / name

    def adopt(self, writer: ContentWriter) -> str:
        """Give a finished body its place; answers its name."""
        name = writer.path.name
        place = self._place(name)
        writer.path.replace(place)
        return name

    def link(self, name: str) -> str:
        """The same content under a new name of its own, without copying where links exist."""
        copy = secrets.token_hex(16)
        place = self._place(copy)
        try:
            os.link(self.path(name), place)
        except OSError:  # a file system without hard links
            shutil.copyfile(self.path(name), place)
        return copy

    def concatenate(self, names: Iterable[str]) -> str:
        """A new content of these contents one after the other.

        Raises:
            FileNotFoundError: one of them is gone.
        """
        name = secrets.token_hex(16)
        whole = self._incoming / name
        try:
            with whole.open("xb") as file:
                for piece in names:
                    with self.path(piece).open("rb") as more:
                        shutil.copyfileobj(more, file, COPY_CHUNK)
        except BaseException:
            whole.unlink(missing_ok=True)
            raise
        whole.replace(self._place(name))
        return name

    def append(self, name: str, keep: int, addition: ContentWriter) -> None:
        """Put a finished body behind the first `keep` bytes of a content."""
        with self.path(name).open("r+b") as file, addition.path.open("rb") as more:
            file.truncate(keep)  # what a killed append left behind
            file.seek(keep)
            shutil.copyfileobj(more, file)
        addition.path.unlink()

    def remove(self, names: Iterable[str]) -> None:
        """Remove contents that no row speaks of any more; open readers keep theirs."""
        for name in filter(None, names):  # a symlink has none
            self.path(name).unlink(missing_ok=True)

    def sweep(self, known: set[str]) -> int:
        """Remove what a killed process left behind; answers how many files."""
        strays = [path for path in self._kept.glob("*/*") if path.name not in known]
        strays += self._incoming.iterdir()
        for path in strays:
            path.unlink()
        return len(strays)

    def _place(self, name: str) -> Path:
        place = self.path(name)
        place.parent.mkdir(exist_ok=True)
        return place
