"""Where a page lies, and where its small pictures go."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from scripts.viewer.document import document
from scripts.viewer.model import Page
from scripts.viewer.previews import Previews
from scripts.viewer.results import ResultReader

MARK: Final = ".maskline-results"
"""The file that tells folders of results from folders of photographs, and ours from others'."""


class NotOursError(Exception):
    """The folder for the page's pictures exists, and no page made it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The page's file; its pictures lie beside it, in a folder named after it."""

    page: Path

    @property
    def pictures(self) -> Path:
        """The folder of the small pictures."""
        return self.page.with_name(f"{self.page.stem}-pictures")

    def cleared(self) -> None:
        """Make the folder, without what an older page left. Raises NotOursError, OSError."""
        if self.pictures.exists() and not (self.pictures / MARK).exists():
            raise NotOursError(f"{self.pictures} is in the way")
        shutil.rmtree(self.pictures, ignore_errors=True)
        self.pictures.mkdir(parents=True)
        (self.pictures / MARK).touch()

    def previews(self, number: int) -> Previews:
        """Those of the photograph *number*."""
        return Previews(
            folder=self.pictures / str(number), address=f"{self.pictures.name}/{number}"
        )

    def reader(self, folder: Path, number: int) -> ResultReader:
        """Reads the results in *folder*, which stay where they are."""
        way = PurePath(os.path.relpath(folder.resolve(), self.page.parent.resolve()))
        return ResultReader(folder=folder, address=way.as_posix(), previews=self.previews(number))

    def write(self, page: Page) -> Path:
        """Write the page; its absolute path. Raises OSError."""
        self.page.write_text(document(page), encoding="utf-8")
        return self.page.resolve()
