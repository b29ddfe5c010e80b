"""`maskline page`: a page over results that `maskline run` brought home."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from scripts.cli.errors import CommandError, ExitCode
from scripts.cli.output import print_json, say, shown, to_people
from scripts.cli.page import AT_ONCE
from scripts.viewer.model import Page, PagePhoto
from scripts.viewer.place import NotOursError, Place
from scripts.viewer.results import MANIFEST
from scripts.viewer.words import Words, people_found
from shared.domain.keys import EXTENSIONS
from shared.domain.manifest import Manifest
from shared.imaging.errors import MaskError
from shared.wire.manifest import ManifestError

UNREADABLE: Final = "UNREADABLE"


@dataclass(frozen=True, slots=True)
class Album:
    """The photographs that results may have come from, by their size in bytes."""

    by_size: dict[int, list[Path]]

    def photo_of(self, manifest: Manifest) -> bytes | None:
        """The very bytes that were uploaded, if they are here.

        The eTag tells them, and where it is no MD5 (an upload in parts), the SHA-256.
        """
        for path in self.by_size.get(manifest.source.size, []):
            data = path.read_bytes()
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            if md5 == manifest.source.etag.strip('"').lower() or (
                hashlib.sha256(data).hexdigest() == manifest.source.sha256
            ):
                return data
        return None


def album_of(given: Iterable[Path]) -> Album:
    """Every picture in the files and folders. Raises CommandError where one does not exist."""
    by_size: dict[int, list[Path]] = {}
    for path in given:
        if not path.exists():
            raise CommandError(f"{path} does not exist", "name a photograph or a folder of them")
        inside = [path] if path.is_file() else sorted(path.rglob("*"))
        for photo in inside:
            if photo.suffix.lower() in EXTENSIONS and photo.is_file():
                by_size.setdefault(photo.stat().st_size, []).append(photo)
    return Album(by_size)


def show_results(
    folders: Sequence[Path], photos: Sequence[Path], *, out: Path | None, as_json: bool
) -> int:
    """The whole command; 1 where a result set could not be read. Raises CommandError."""
    found = _sets(folders)
    place = _place(out or folders[0] / "index.html")
    album = album_of(photos)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        shown_sets = list(pool.map(partial(_photo, place, album), found, range(1, len(found) + 1)))
    path = _written(place, tuple(shown_sets))
    bad = [photo for photo in shown_sets if photo.state == UNREADABLE]
    bare = sum(photo.result is not None and photo.result.photo is None for photo in shown_sets)
    if as_json:
        print_json(
            {
                "page": str(path),
                "sets": len(found),
                "without_photo": bare,
                "unreadable": [photo.name for photo in bad],
            }
        )
    else:
        to_people().print("Look at it:", f"file://{path}", soft_wrap=True)
    if bare:
        say(f"maskline: {bare} without the photograph; say where they are: --photos FOLDER")
    for photo in bad:
        say(f"maskline: {photo.name}: {photo.why.english if photo.why else ''}")
    return ExitCode.WRONG if bad else ExitCode.DONE


def _sets(folders: Sequence[Path]) -> list[Path]:
    """The folders that have a manifest, each once."""
    found: dict[Path, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder", "name what `maskline run --out` wrote to")
        for manifest in sorted(folder.rglob(MANIFEST)):
            found.setdefault(manifest.parent.resolve(), manifest.parent)
    if not found:
        raise CommandError("no result was found", "name what `maskline run --out` wrote to")
    return list(found.values())


def _place(page: Path) -> Place:
    place = Place(page)
    try:
        place.cleared()
    except NotOursError as error:
        raise CommandError(str(error), "choose another place with --out") from error
    except OSError as error:
        raise _unwritable(page, error) from error
    return place


def _written(place: Place, photos: tuple[PagePhoto, ...]) -> Path:
    people = sum(len(photo.result.people) for photo in photos if photo.result)
    page = Page(
        title=Words("Maskline: results", "Maskline：结果"),
        summary=Words(
            f"Photographs: {len(photos)}. People found: {people}.",
            f"照片 {len(photos)} 张，共找到 {people} 人。",
        ),
        photos=photos,
    )
    try:
        return place.write(page)
    except OSError as error:
        raise _unwritable(place.page, error) from error


def _unwritable(page: Path, error: OSError) -> CommandError:
    remedy = f"{error.strerror}; choose another place with --out"
    return CommandError(f"{shown(page)} cannot be written", remedy)


def _photo(place: Place, album: Album, folder: Path, number: int) -> PagePhoto:
    reader = place.reader(folder, number)
    try:
        manifest = reader.manifest()
        result = reader(album.photo_of(manifest))
    except (ManifestError, MaskError, OSError, ValueError) as error:
        why = Words(f"This set cannot be read: {error}", f"无法读取这组结果：{error}")
        return PagePhoto(name=os.path.relpath(folder), state=UNREADABLE, why=why)
    source = manifest.source
    size = f"{source.width} × {source.height} {source.format.upper()}"
    return PagePhoto(
        name=source.key.rpartition("/")[2],
        state="DONE",
        facts=(people_found(len(manifest.people)), Words(size, size)),
        result=result,
    )
