"""Sets of results as they come home, made on the spot: a photograph, its masks and the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.domain.manifest import (
    Manifest,
    ManifestFile,
    ManifestPerson,
    ManifestProblem,
    ManifestRepair,
    ManifestSource,
)
from shared.imaging.files import RenderedFile
from shared.imaging.png import encode_png
from shared.imaging.rendering import Rendering, render
from shared.imaging.scene import Person
from shared.wire.manifest import encode_manifest
from shared.wire.recipes import read_recipes
from tests.pictures import picture
from tests.portraits import Bust, outlines

SIZE = (640, 512)
EVERYTHING = "people,bokeh,backdrop,id-photo:size=one-inch:sheet=none,erase-mask,annotations"


def crowd() -> NDArray[np.uint8]:
    """Three people: one whole, one with a hole, one in two parts."""
    one = Bust(crown=60, centre=130, height=150, floor=512)
    label_map = outlines(SIZE, one)
    label_map[200:460, 300:430] = 2
    label_map[280:360, 340:390] = 0
    label_map[40:120, 500:600] = 3
    label_map[300:420, 520:620] = 3
    return label_map


@dataclass(frozen=True, kw_only=True)
class ResultSet:
    """One photograph with a name, and what it was asked for."""

    name: str = "group.jpg"
    label_map: NDArray[np.uint8] = field(default_factory=crowd)
    recipes: str = EVERYTHING
    problems: tuple[ManifestProblem, ...] = ()

    @property
    def photo(self) -> bytes:
        height, width = self.label_map.shape
        return picture("JPEG", (width, height))

    def write(self, results: Path) -> Path:
        """The set in a folder of its own under *results*."""
        folder = results / self.name
        rendering = render(self.photo, encode_png(self.label_map), read_recipes(self.recipes))
        files = tuple(_written(rendering, folder))
        manifest = self._manifest(rendering, files)
        (folder / "manifest.json").write_bytes(encode_manifest(manifest))
        return folder

    def _manifest(self, rendering: Rendering, files: tuple[ManifestFile, ...]) -> Manifest:
        height, width = self.label_map.shape
        return Manifest(
            job_id="0123456789abcdef",
            attempt=1,
            version=1,
            created_at=0.0,
            source=ManifestSource(
                bucket="bucket",
                key=f"uploads/trip/{self.name}",
                etag=hashlib.md5(self.photo, usedforsecurity=False).hexdigest().upper(),
                size=len(self.photo),
                sha256=hashlib.sha256(self.photo).hexdigest(),
                format="jpeg",
                width=width,
                height=height,
            ),
            repair=ManifestRepair(
                process="", converted=False, sent_width=width, sent_height=height
            ),
            model="image-instance-segmentation",
            task_id="task",
            content_id="content",
            reused_from=None,
            recipes=(self.recipes,),
            people=tuple(_person(person) for person in rendering.people),
            files=files,
            problems=self.problems,
        )


def _written(rendering: Rendering, folder: Path) -> Iterator[ManifestFile]:
    for file in rendering.files():
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
        yield _told(file)


def _told(file: RenderedFile) -> ManifestFile:
    return ManifestFile(
        name=file.name,
        key=f"results/{file.name}",
        size=len(file.data),
        sha256=hashlib.sha256(file.data).hexdigest(),
        media_type=file.media_type,
    )


def _person(person: Person) -> ManifestPerson:
    return ManifestPerson(
        id=person.id,
        provider_id=person.provider_id,
        box=person.box,
        area=person.area,
        share=person.share,
        centroid=person.centroid,
        touches_edge=person.touches_edge,
        dominant=person.dominant,
    )
