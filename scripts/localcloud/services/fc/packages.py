"""The code of functions: zip files by content, each unpacked once into a folder of its own."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from scripts.localcloud.services.fc.exceptions import invalid_argument


class PackageStore:
    """Keeps packages under their SHA-256, so that equal code shares a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, package: bytes) -> tuple[str, int]:
        """Keep a package and unpack it; answers its checksum and its size.

        Raises:
            FcError: it is no zip, or a name in it leads outside.
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
        try:
            archive = zipfile.ZipFile(io.BytesIO(package))
        except zipfile.BadZipFile as error:
            raise invalid_argument(f"the code is not a zip file: {error}") from error
        for name in archive.namelist():
            if name.startswith("/") or ".." in PurePosixPath(name).parts:
                raise invalid_argument(f"the zip file holds a name that leads outside: {name!r}")
        temporary = Path(tempfile.mkdtemp(dir=self._folder, prefix=".unpacking-"))
        archive.extractall(temporary / "code")
        (temporary / "code").mkdir(exist_ok=True)
        (temporary / "package.zip").write_bytes(package)
        try:
            temporary.rename(target)
        except OSError:  # another request has unpacked the same bytes meanwhile
            shutil.rmtree(temporary)
