"""Small pictures for the page, so that it stays light however large the results are."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scripts.viewer.model import Shown
from shared.imaging.errors import PictureError
from shared.imaging.palette import colour_of
from shared.imaging.photo import read_photo

LARGE: Final = 1400
"""The longest side of pictures that are compared, pixels."""
SMALL: Final = 420
"""The longest side of a file's own picture."""
_QUALITY: Final = 84
_OPAQUE: Final = 255


def address_of(path: str) -> str:
    """A relative path as it stands in a URL."""
    return quote(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """Writes pictures into *folder*, whose address on the page is *address*."""

    folder: Path
    address: str

    def photo(self, data: bytes) -> Shown | None:
        """The upright photograph; None where it cannot be read."""
        try:
            picture = Image.fromarray(read_photo(data).rgb)
        except PictureError:
            return None
        return self._written(_within(picture, LARGE), "photo")

    def large(self, picture: Image.Image, stem: str) -> Shown:
        """One that is laid over the photograph."""
        return self._written(_within(picture, LARGE), stem)

    def small(self, picture: Image.Image, stem: str) -> Shown:
        """One that stands for a file."""
        return self._written(_within(picture, SMALL), stem)

    def _written(self, picture: Image.Image, stem: str) -> Shown:
        """As JPEG, or as WebP where something is transparent."""
        seen_through = picture.mode == "RGBA"
        name = f"{stem}.{'webp' if seen_through else 'jpg'}"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if seen_through:
            picture.save(path, "WEBP", quality=_QUALITY, method=2)
        else:
            picture.save(path, "JPEG", quality=_QUALITY)
        address = address_of(f"{self.address}/{name}")
        return Shown(
            address=address,
            width=picture.width,
            height=picture.height,
            seen_through=seen_through,
        )


def opened(data: bytes) -> Image.Image:
    """A result's picture as RGB, or RGBA where something shows through."""
    picture = Image.open(io.BytesIO(data))
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    shown = picture.convert("RGBA")
    least = int(np.asarray(shown.getchannel("A")).min())
    return shown if least < _OPAQUE else shown.convert("RGB")


def tinted(label_map: NDArray[np.uint8]) -> Image.Image:
    """A label map with each person's colour, on black."""
    picture = Image.fromarray(label_map).convert("P")
    colours = [(0, 0, 0), *(colour_of(number) for number in range(1, 256))]
    picture.putpalette([value for colour in colours for value in colour])
    return picture.convert("RGB")


def _within(picture: Image.Image, longest: int) -> Image.Image:
    """At most so large; BOX first is what makes it fast."""
    if max(picture.size) <= longest:
        return picture
    scale = longest / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
