"""As many copies of a small picture as a sheet of paper holds, with lines to cut along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw

_MM_PER_INCH: Final = 25.4
_GAP: Final = 2.0
_BORDER: Final = 3.0
"""Between the copies, and what printers leave white, mm."""
_PAPER: Final = (255, 255, 255)
_LINE: Final = (168, 168, 168)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where the copies lie: pixels of the sheet, and the copies' left and upper edges."""

    size: tuple[int, int]
    lefts: tuple[int, ...]
    tops: tuple[int, ...]

    @property
    def copies(self) -> int:
        """How many fit."""
        return len(self.lefts) * len(self.tops)


def lay_out(picture: tuple[int, int], paper: tuple[float, float], dpi: int) -> Sheet:
    """The better of the paper (mm) lying and standing, for a *picture* of so many pixels."""
    lying = _pixels(paper[0], dpi), _pixels(paper[1], dpi)
    layouts = (_grid(picture, size, dpi) for size in (lying, lying[::-1]))
    return max(layouts, key=lambda sheet: sheet.copies)


def print_sheet(picture: Image.Image, sheet: Sheet) -> Image.Image:
    """The sheet; its cutting lines run along the copies' edges, outside of their pixels."""
    page = Image.new("RGB", sheet.size, _PAPER)
    draw = ImageDraw.Draw(page)
    for left in sheet.lefts:
        for x in (left - 1, left + picture.width):
            draw.line([(x, 0), (x, page.height)], fill=_LINE)
    for top in sheet.tops:
        for y in (top - 1, top + picture.height):
            draw.line([(0, y), (page.width, y)], fill=_LINE)
    for top in sheet.tops:
        for left in sheet.lefts:
            page.paste(picture, (left, top))
    return page


def _pixels(mm: float, dpi: int) -> int:
    return round(mm / _MM_PER_INCH * dpi)


def _grid(picture: tuple[int, int], size: tuple[int, int], dpi: int) -> Sheet:
    lefts, tops = (
        _places(one, whole, _pixels(_GAP, dpi), _pixels(_BORDER, dpi))
        for one, whole in zip(picture, size, strict=True)
    )
    return Sheet(size=size, lefts=lefts, tops=tops)


def _places(one: int, whole: int, gap: int, border: int) -> tuple[int, ...]:
    """The first pixels of as many pieces of *one* as *whole* holds, in its middle."""
    count = max(0, (whole - 2 * border + gap) // (one + gap))
    used = count * (one + gap) - gap
    first = (whole - used) // 2
    return tuple(first + place * (one + gap) for place in range(count))
