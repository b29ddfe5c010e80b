"""What a picture's header says, before a single pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFacts:
    """A header's statements.

    `width` and `height` are as stored, in pixels; `orientation` is the EXIF one (1..8), which a
    reader must still apply. `format` is "jpeg", "png", "webp", "bmp", "gif", "tiff" or "heic";
    `colour` is "grey", "rgb", "palette" or "cmyk"; `bits` are per channel (of the palette's
    index where there is one); `frames` counts animation frames or pages; `complete` says that the
    bytes reach to the end that the format prescribes.
    """

    format: str
    width: int
    height: int
    orientation: int = 1
    bits: int = 8
    colour: str = "rgb"
    has_alpha: bool = False
    frames: int = 1
    complete: bool = True

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) once the orientation has been applied."""
        if self.orientation >= FIRST_TURNED:
            return self.height, self.width
        return self.width, self.height


FIRST_TURNED = 5
"""EXIF orientations 5 to 8 turn the picture by a quarter: width and height change places."""
