"""The code of functions: zip files by content, each unpacked once into a folder of its own."""

from __future__ import annotations

import errno
import hashlib
import io
import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from scripts.localcloud.services.fc.exceptions import invalid_argument

MOST_BYTES: Final = 2 * 1024**3
MOST_FILES: Final = 100_000
"""What a package may become when it is unpacked: bounds of this machine, not the vendor's."""
DAMAGE: Final = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OSError, IndexError),
)
"""How the unpacker takes packages that are damaged, encrypted, impossible or have nameless files,
besides its own error."""


class PackageStore:
    """Keeps packages under their SHA-256, so that equal code shares a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, package: bytes) -> tuple[str, int]:
        """Keep a package and unpack it; answers its checksum and its size.

        Raises:
            FcError: it is no zip, a name in it leads outside, or it cannot be unpacked here.
        """
        checksum = hashlib.sha256(package).hexdigest()
        target = self._folder / checksum
        if not target.exists():
            self._unpack(package, target)
        return checksum, len(package)

    def directory(self, checksum: str) -> Path:
        """Where a package is unpacked."""
        return self._folder / checksum / "code"

    def archive(self, checksum: str) -> Path:
        """The package as it came."""
        return self._folder / checksum / "package.zip"

    def keep_only(self, checksums: set[str]) -> None:
        """Remove packages that nothing refers to any more, and what a kill left half unpacked."""
        for entry in self._folder.iterdir():
            if entry.name not in checksums:
                shutil.rmtree(entry)

    def _unpack(self, package: bytes, target: Path) -> None:
        temporary = Path(tempfile.mkdtemp(dir=self._folder, prefix=".unpacking-"))
        try:
            _unpack(package, temporary / "code")
            (temporary / "package.zip").write_bytes(package)
            temporary.rename(target)
        except BaseException as error:
            shutil.rmtree(temporary)
            # Another request may have unpacked the same bytes meanwhile.
            if not (isinstance(error, OSError) and target.exists()):
                raise


def _unpack(package: bytes, folder: Path) -> None:
    """Unpack what was looked at before. Raises FcError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(package))
        _check(archive)
        folder.mkdir()
        archive.extractall(folder)
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise  # it is not the package that is wrong
        raise invalid_argument(f"the code is not a zip file that can be read: {error}") from error


def _check(archive: zipfile.ZipFile) -> None:
    """Look at what the package says of itself, to which the unpacker keeps. Raises FcError."""
    entries = archive.infolist()
    for entry in entries:
        if entry.filename.startswith("/") or ".." in PurePosixPath(entry.filename).parts:
            text = f"the zip file holds a name that leads outside: {entry.filename!r}"
            raise invalid_argument(text)
    if len(entries) > MOST_FILES:
        raise invalid_argument(f"the zip file holds more than {MOST_FILES} files")
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise invalid_argument(f"the zip file would take more than {MOST_BYTES} bytes")
