"""The pictures that were named on the command line, each with the key it is uploaded under.

A key is `{folder's name}/{path inside the folder}`, wherever the command is run from, so that a
second run finds the jobs of the first, and equal names in two folders do not collide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.cli.errors import CommandError
from scripts.cli.output import say
from shared.domain.keys import EXTENSIONS, KEY_BYTES

MARK: Final = ".maskline-results"
"""A file that tells a folder of results from one of photographs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A file, and its name under the upload prefix."""

    path: Path
    name: str


def gather(given: Iterable[Path], *, out: Path, prefix: str) -> list[Photo]:
    """The photos named by files and folders, in order, each once.

    Folders are searched for pictures by their extension; hidden files, *out* and other folders of
    results are passed over.

    Raises:
        CommandError: a path does not exist, a name cannot be a key, or there is no picture at all.
    """
    photos: dict[Path, Photo] = {}
    for path in given:
        for photo in _photos_of(path, out.resolve()):
            photos.setdefault(photo.path.resolve(), photo)
    if not photos:
        known = ", ".join(sorted(extension[1:] for extension in EXTENSIONS))
        raise CommandError("no picture was found", f"name files, or folders with {known}")
    return [_checked(photo, prefix) for photo in _told_apart(photos.values())]


def _photos_of(path: Path, out: Path) -> Iterator[Photo]:
    if path.is_file():
        folder = path.absolute().parent.name
        yield Photo(path=path, name=f"{folder}/{path.name}" if folder else path.name)
        return
    if not path.is_dir():
        what = "is neither a file nor a folder" if path.exists() else "does not exist"
        raise CommandError(f"{path} {what}", "check the path")
    for found in _pictures_in(path, out):
        inside = found.relative_to(path).as_posix()
        yield Photo(path=found, name=f"{path.resolve().name}/{inside}".lstrip("/"))


def _pictures_in(folder: Path, out: Path) -> Iterator[Path]:
    if folder.resolve() == out or (folder / MARK).exists():
        return
    for found in sorted(folder.iterdir()):
        if found.name.startswith((".", "~$")):
            continue
        if found.is_dir():
            # A link may lead back to where we are; a folder of its own can be named by itself.
            if not found.is_symlink():
                yield from _pictures_in(found, out)
        elif found.suffix.lower() in EXTENSIONS and _is_usable(found):
            yield found


def _is_usable(found: Path) -> bool:
    """One bad name or dead link in a folder is told, and holds up none of the others."""
    if not found.is_file():
        say(f"passed over: {_printable(found)} is no file (a link to nowhere?)")
        return False
    try:
        found.name.encode()
    except UnicodeEncodeError:
        say(f"passed over: the name of {_printable(found)} is not UTF-8; rename the file")
        return False
    return True


def _printable(path: Path) -> str:
    return str(path).encode(errors="replace").decode()


def _told_apart(photos: Iterable[Photo]) -> Iterator[Photo]:
    """Two folders of one name would share keys: the later one's get a mark of where it lies."""
    taken: set[str] = set()
    for photo in photos:
        name = photo.name
        if name in taken:
            place = hashlib.sha256(bytes(photo.path.resolve().parent)).hexdigest()[:8]
            name = f"{place}/{name}"
        taken.add(name)
        yield Photo(path=photo.path, name=name)


def _checked(photo: Photo, prefix: str) -> Photo:
    try:
        length = len(f"{prefix}{photo.name}".encode())
    except UnicodeEncodeError as error:
        shown = _printable(photo.path)
        raise CommandError(f"the name of {shown} is not UTF-8", "rename the file") from error
    if length > KEY_BYTES:
        raise CommandError(
            f"{photo.path}: its key would have {length} bytes, more than {KEY_BYTES}",
            "move it to a folder with a shorter path",
        )
    return photo
