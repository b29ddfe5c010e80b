"""A folder of results as `maskline run` brings it home, read for the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scripts.viewer.model import PageFile, PagePerson, ResultSet, View
from scripts.viewer.outlines import frame_of, outlines
from scripts.viewer.previews import Previews, address_of, opened, tinted
from scripts.viewer.words import Words, caption_of, recipe_problem, refusal
from shared.domain.manifest import Manifest, ManifestPerson
from shared.imaging.label_map import read_label_map
from shared.imaging.palette import colour_of
from shared.wire.manifest import ManifestError, parse_manifest

MANIFEST: Final = "manifest.json"
_MASK: Final = "mask.png"
_REPORT: Final = "id-photo/report.json"
_ERASING: Final = ("erase", "erase.json")
_SLACK: Final = 0.01
"""Pictures of other proportions than the photograph's cannot be laid over it."""
_TOP: Final = 25
"""The part of a person's height that is the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReader:
    """Reads the set in *folder*, whose address on the page is *address* (not quoted)."""

    folder: Path
    address: str
    previews: Previews

    def manifest(self) -> Manifest:
        """What the set consists of. Raises ManifestError, OSError."""
        return parse_manifest((self.folder / MANIFEST).read_bytes())

    def __call__(self, photo: bytes | None) -> ResultSet:
        """The set; *photo* is the uploaded file where it is at hand.

        Raises:
            ManifestError: the manifest cannot be read.
            MaskError: the mask cannot.
            OSError: a file is missing, or is not the picture that it should be.
        """
        manifest = self.manifest()
        label_map = read_label_map((self.folder / _MASK).read_bytes())
        files, views = self._files(manifest, label_map)
        return ResultSet(
            photo=None if photo is None else self.previews.photo(photo),
            frame=frame_of(manifest.source.width, manifest.source.height),
            people=tuple(_people(manifest, label_map)),
            views=views,
            files=files,
            problems=tuple(map(recipe_problem, manifest.problems)),
            refusals=tuple(self._refusals()),
        )

    def _files(
        self, manifest: Manifest, label_map: NDArray[np.uint8]
    ) -> tuple[tuple[PageFile, ...], tuple[View, ...]]:
        size = (manifest.source.width, manifest.source.height)
        files: list[PageFile] = []
        views: list[View] = []
        for name, media_type in self._names(manifest):
            picture = None
            if media_type.startswith("image/"):
                picture = self._picture(name, label_map)
            files.append(self._file(name, picture))
            views.extend(self._views(name, picture, size))
        return tuple(files), tuple(views)

    def _names(self, manifest: Manifest) -> Iterator[tuple[str, str]]:
        """Every file with its media type: the set's, those of an erasing beside it, manifests."""
        yield from ((file.name, file.media_type) for file in manifest.files)
        erasing = self.folder.joinpath(*_ERASING)
        if erasing.is_file():
            for file in parse_manifest(erasing.read_bytes()).files:
                yield f"{_ERASING[0]}/{file.name}", file.media_type
            yield "/".join(_ERASING), "application/json"
        yield MANIFEST, "application/json"

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts:
            raise ManifestError(f"the file name {name!r} leads out of the folder")
        return self.folder.joinpath(*parts)

    def _picture(self, name: str, label_map: NDArray[np.uint8]) -> Image.Image:
        return tinted(label_map) if name == _MASK else opened(self._path(name).read_bytes())

    def _file(self, name: str, picture: Image.Image | None) -> PageFile:
        caption = caption_of(name, is_picture=picture is not None)
        stem = PurePosixPath(name).with_suffix("").as_posix()
        return PageFile(
            name=name,
            words=caption.words,
            group=caption.group,
            address=address_of(f"{self.address}/{name}"),
            size=self._path(name).stat().st_size,
            thumbnail=None if picture is None else self.previews.small(picture, f"small/{stem}"),
        )

    def _views(
        self, name: str, picture: Image.Image | None, size: tuple[int, int]
    ) -> Iterator[View]:
        words = caption_of(name, is_picture=True).view
        if picture is None or words is None:
            return
        if abs(picture.width * size[1] / (picture.height * size[0]) - 1) < _SLACK:
            stem = PurePosixPath(name).with_suffix("").as_posix()
            yield View(words=words, shown=self.previews.large(picture, f"large/{stem}"))

    def _refusals(self) -> Iterator[Words]:
        """Of whom there is no ID photo, and why."""
        report = self.folder / _REPORT
        if not report.is_file():
            return
        told: dict[str, Any] = json.loads(report.read_bytes())
        for person in told.get("people", []):
            if not person.get("made", True):
                yield refusal(person)


def _people(manifest: Manifest, label_map: NDArray[np.uint8]) -> Iterator[PagePerson]:
    drawn = outlines(label_map, {person.id: person.box for person in manifest.people})
    for person in manifest.people:
        yield _person(person, drawn[person.id], label_map, crowded=len(manifest.people) > 1)


def _person(
    person: ManifestPerson, outline: str, label_map: NDArray[np.uint8], *, crowded: bool
) -> PagePerson:
    return PagePerson(
        id=person.id,
        colour=colour_of(person.id),
        outline=outline,
        area=person.area,
        share=person.share,
        at=_top(person, label_map),
        touches_edge=person.touches_edge,
        is_dominant=person.dominant and crowded,
    )


def _top(person: ManifestPerson, label_map: NDArray[np.uint8]) -> tuple[float, float]:
    """Where the head is, in most pictures: the middle of the person's uppermost rows."""
    x, y, width, height = person.box
    rows = label_map[y : y + max(1, height // _TOP), x : x + width] == person.id
    columns = np.flatnonzero(rows.any(axis=0))
    middle = x + (float(columns.mean()) + 0.5 if columns.size else width / 2)
    return middle / label_map.shape[1], y / label_map.shape[0]
