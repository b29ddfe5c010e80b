"""People, cut out: a mask of their own, and an RGBA picture with edges as the lens drew them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from shared.imaging.band import NEEDED, Band, find_band, in_blocks, no_band, reach_of
from shared.imaging.matte import solve
from shared.imaging.photo import Photo
from shared.imaging.scene import Box

Pixels = NDArray[np.uint8]

_OPAQUE: Final = 255
_PIXELS_AT_A_TIME: Final = 400_000
"""Put together at once: they stay in the processor's cache."""
_ROWS_AT_A_TIME: Final = 64
"""Handed out at once: few enough that they are still there when they are compressed."""
_WORD: Final = np.dtype("<u4")
_ALPHA: Final = np.uint32(0xFF000000)


def person_mask(label_map: Pixels, number: int) -> Pixels:
    """255 where the person is, 0 elsewhere; the size of the label map."""
    mask: Pixels = (label_map == number).view(np.uint8) * np.uint8(_OPAQUE)
    return mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """Somebody cut out, but not put together yet: whole, large people would fill the memory.

    `rgb` is a window of the picture, `band` what is doubtful in it and what is not shown; of the
    window the part of *size* (width, height) that begins at `left` and `upper` is.
    """

    rgb: Pixels
    band: Band
    left: int
    upper: int
    size: tuple[int, int]

    def rows(self) -> Iterator[Pixels]:
        """A few rows of RGBA at a time, from the top: uint8 of shape (rows, 4 x width).

        Rows once handed out are overwritten when the next are asked for.
        """
        reach, (width, height) = self.band.reach, self.size
        step = max(1, _PIXELS_AT_A_TIME // self.rgb.shape[1] // reach) * reach
        space = np.zeros((step, -(-self.rgb.shape[1] // reach) * reach), _WORD)
        end = self.upper + height
        for first in range(self.upper // reach * reach, end, step):
            words = self._assembled(first, space)
            shown = words.view(np.uint8)[:, 4 * self.left : 4 * (self.left + width)]
            begin, count = max(0, self.upper - first), min(step, end - first)
            for row in range(begin, count, _ROWS_AT_A_TIME):
                yield shown[row : min(row + _ROWS_AT_A_TIME, count)]

    def pixels(self) -> Pixels:
        """All of it: uint8 of shape (height, width, 4)."""
        width, height = self.size
        whole = np.empty((height, 4 * width), np.uint8)
        first = 0
        for rows in self.rows():
            whole[first : first + len(rows)] = rows
            first += len(rows)
        return whole.reshape(height, width, 4)

    def _assembled(self, first: int, space: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """*space*, filled with the window's rows from *first*, a border of blocks."""
        band, last = self.band, first + len(space)
        outside = band.outside[first // band.reach : last // band.reach]
        self._fill(space, first, outside)
        blocks = in_blocks(space, band.reach)
        part = band.within(first, last)
        row, column = band.row[part] - first // band.reach, band.column[part]
        doubtful = blocks[row, :, column].view(_WORD)
        nothing = np.zeros((), blocks.dtype)
        np.copyto(blocks[: len(outside)], nothing, where=outside[:, np.newaxis])
        blocks[row, :, column] = solve(band, part, doubtful).view(blocks.dtype)
        return space

    def _fill(self, space: NDArray[np.uint32], first: int, outside: NDArray[np.bool_]) -> None:
        """Fill *space* with the pixels, opaque, in the columns where not all is *outside*."""
        columns = np.flatnonzero(~outside.all(axis=0)) * self.band.reach
        rgb = self.rgb[first : first + len(space)]
        begin, end = (columns[0], columns[-1] + self.band.reach) if len(columns) else (0, 0)
        rgb = rgb[:, begin:end]
        _fill_opaque(space[: len(rgb), begin : begin + rgb.shape[1]], rgb)


def grown(box: Box, margin: float, width: int, height: int) -> Box:
    """*box* with *margin* (a part of its longer side) around it, as far as the picture reaches."""
    x, y, box_width, box_height = box
    more = round(margin * max(box_width, box_height))
    left, upper = max(0, x - more), max(0, y - more)
    right, lower = min(width, x + box_width + more), min(height, y + box_height + more)
    return left, upper, right - left, lower - upper


def cut_hard(photo: Photo, label_map: Pixels, number: int, box: Box) -> Cut:
    """The person with the mask's own edge: alpha is 0 or 255, colours are untouched."""
    x, y, width, height = box
    window = (slice(y, y + height), slice(x, x + width))
    return Cut(
        rgb=photo.rgb[window],
        band=no_band(label_map[window], (number,)),
        left=0,
        upper=0,
        size=box[2:],
    )


def cut_soft(photo: Photo, label_map: Pixels, numbers: Sequence[int], box: Box) -> Cut:
    """The people of *numbers* together, cropped to *box*.

    Along the outline alpha and colour are those of `matte.solve`, so that no trace of the old
    background comes along. Under alpha 0 the colour is 0: nobody removed can be brought back.
    """
    x, y, width, height = box
    reach = reach_of(photo.width, photo.height)
    margin = NEEDED * reach
    left, upper = max(0, x - margin), max(0, y - margin)
    window = (slice(upper, y + height + margin), slice(left, x + width + margin))
    rgb = photo.rgb[window]
    return Cut(
        rgb=rgb,
        band=find_band(rgb, label_map[window], numbers, reach),
        left=x - left,
        upper=y - upper,
        size=box[2:],
    )


def cut_out(photo: Photo, label_map: Pixels, number: int, box: Box) -> Pixels:
    """The person as RGBA, cropped to *box*: uint8 of shape (height, width, 4). See `cut_soft`."""
    return cut_soft(photo, label_map, (number,), box).pixels()


def cut_out_all(photo: Photo, label_map: Pixels, numbers: Sequence[int], box: Box) -> Pixels:
    """The people of *numbers* together, as `cut_out` one alone."""
    return cut_soft(photo, label_map, numbers, box).pixels()


def _fill_opaque(words: NDArray[np.uint32], rgb: Pixels) -> None:
    """Write the pixels with alpha 255, each as one number, of which red is the lowest byte.

    Four bytes are read at once for every three, three times as fast as by channel: from a copy of
    some rows, which comes faster from memory so, and in which the last pixel has a fourth, too.
    """
    height, width = rgb.shape[:2]
    space = np.empty((_ROWS_AT_A_TIME + 1, width, 3), np.uint8)
    four = as_strided(space, (_ROWS_AT_A_TIME, width, 4), space.strides).view(_WORD)[..., 0]
    for first in range(0, height, _ROWS_AT_A_TIME):
        count = min(_ROWS_AT_A_TIME, height - first)
        space[:count] = rgb[first : first + count]
        words[first : first + count] = four[:count]
    words |= _ALPHA
