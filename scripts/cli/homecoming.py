"""Results come home: each file checked by its SHA-256 and written whole, the manifest last."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.photos import MARK
from shared.domain.manifest import Manifest, ManifestFile
from shared.ports.errors import NotFoundError, RejectedError
from shared.ports.objects import ObjectStore
from shared.wire.manifest import ManifestError, parse_manifest

MANIFEST: Final = "manifest.json"
ERASE: Final = "erase"
"""The folder of what a second stage made."""
MANIFEST_LIMIT: Final = 16 * 1024 * 1024
FILE_LIMIT: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Homecoming:
    """Writes result sets to folders under *out*."""

    objects: ObjectStore
    out: Path

    def manifest(self, manifest_key: str) -> Manifest:
        """What the set consists of. Raises CommandError where it cannot be read."""
        try:
            return parse_manifest(self.objects.read(manifest_key, limit=MANIFEST_LIMIT))
        except (NotFoundError, RejectedError, ManifestError) as error:
            raise _not_whole(manifest_key, error) from error

    def __call__(self, manifest_key: str, name: str) -> Path:
        """The folder with the whole set; what is there already and intact is left alone.

        Raises:
            CommandError: the set is not whole, or cannot be written.
        """
        return self._whole(manifest_key, self.out / name)

    def erasing(self, manifest_key: str, name: str) -> Path:
        """What the second stage made, in a folder of its own beside the rest; else as above."""
        return self._whole(manifest_key, self.out / name / ERASE)

    def _whole(self, manifest_key: str, folder: Path) -> Path:
        try:
            self._bring(manifest_key, folder)
        except (NotFoundError, RejectedError, ManifestError) as error:
            raise _not_whole(manifest_key, error) from error
        except OSError as error:
            raise CommandError(
                f"{error.filename or folder} cannot be written",
                f"{error.strerror}; choose another place with --out",
            ) from error
        return folder

    def _bring(self, manifest_key: str, folder: Path) -> None:
        data = self.objects.read(manifest_key, limit=MANIFEST_LIMIT)
        manifest = parse_manifest(data)
        self._write_set(folder / PurePosixPath(manifest_key).name, data, manifest)

    def _write_set(self, target: Path, data: bytes, manifest: Manifest) -> None:
        folder = target.parent
        folder.mkdir(parents=True, exist_ok=True)
        (self.out / MARK).touch()
        if target.exists() and target.read_bytes() != data:
            target.unlink()  # a reader must not take old words for the new files
        for file in manifest.files:
            path = folder / _inside(file.name)
            if not _is_intact(path, file):
                _write(path, self._checked(file))
        _write(target, data)

    def _checked(self, file: ManifestFile) -> bytes:
        data = self.objects.read(file.key, limit=FILE_LIMIT)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise RejectedError(f"{file.key} is not as the manifest says")
        return data


def _not_whole(manifest_key: str, error: Exception) -> CommandError:
    problem = f"the result {manifest_key} is not whole ({error})"
    return CommandError(problem, "run `maskline audit`", ExitCode.WRONG)


def _inside(name: str) -> PurePosixPath:
    """The name as a path that stays within its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ManifestError(f"the file name {name!r} leads out of the folder")
    return path


def _is_intact(path: Path, file: ManifestFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
