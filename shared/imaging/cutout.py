"""People, cut out: a mask of their own, and an RGBA picture with edges as the lens drew them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from shared.imaging.matte import NEEDED, Band, reach_of, solve_band
from shared.imaging.photo import Photo
from shared.imaging.scene import Box

Pixels = NDArray[np.uint8]

_OPAQUE: Final = 255
_ROWS_AT_A_TIME: Final = 32
"""Few enough that they stay in the processor's cache until they are compressed."""
_WORD: Final = np.dtype("<u4")
_ALPHA: Final = np.uint32(0xFF000000)


def person_mask(label_map: Pixels, number: int) -> Pixels:
    """255 where the person is, 0 elsewhere; the size of the label map."""
    mask: Pixels = (label_map == number).view(np.uint8) * np.uint8(_OPAQUE)
    return mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """Somebody cut out, but not put together yet: whole, large people would fill the memory.

    `rgb` and `mask` (0 or 1) are a window of the picture, `band` what is doubtful in it; of the
    window the part of *size* (width, height) that begins at `left` and `upper` is shown.
    """

    rgb: Pixels
    mask: Pixels
    band: Band
    left: int
    upper: int
    size: tuple[int, int]

    def rows(self) -> Iterator[Pixels]:
        """A few rows of RGBA at a time, from the top: uint8 of shape (rows, 4 x width)."""
        width, height = self.size
        shown = slice(4 * self.left, 4 * (self.left + width))
        for first in range(self.upper, self.upper + height, _ROWS_AT_A_TIME):
            last = min(first + _ROWS_AT_A_TIME, self.upper + height)
            yield self._assembled(first, last).view(np.uint8)[:, shown]

    def pixels(self) -> Pixels:
        """All of it: uint8 of shape (height, width, 4)."""
        width, height = self.size
        whole = np.empty((height, 4 * width), np.uint8)
        first = 0
        for rows in self.rows():
            whole[first : first + len(rows)] = rows
            first += len(rows)
        return whole.reshape(height, width, 4)

    def _assembled(self, first: int, last: int) -> NDArray[np.uint32]:
        words = _opaque(self.rgb[first:last])
        words *= self.mask[first:last]
        width = words.shape[1]
        begin, end = np.searchsorted(self.band.index, (first * width, last * width))
        place = self.band.index[begin:end] - first * width
        words.ravel()[place] = self.band.rgba[begin:end].view(_WORD)[:, 0]
        return words


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
    mask = _membership(label_map[window], (number,))
    nothing = Band(index=np.empty(0, np.int64), rgba=np.empty((0, 4), np.uint8))
    return Cut(rgb=photo.rgb[window], mask=mask, band=nothing, left=0, upper=0, size=box[2:])


def cut_soft(photo: Photo, label_map: Pixels, numbers: Sequence[int], box: Box) -> Cut:
    """The people of *numbers* together, cropped to *box*.

    Along the outline alpha and colour are those of `matte.solve_band`, so that no trace of the old
    background comes along. Under alpha 0 the colour is 0: nobody removed can be brought back.
    """
    x, y, width, height = box
    reach = reach_of(photo.width, photo.height)
    margin = NEEDED * reach
    left, upper = max(0, x - margin), max(0, y - margin)
    window = (slice(upper, y + height + margin), slice(left, x + width + margin))
    rgb, labels = photo.rgb[window], label_map[window]
    mask = _membership(labels, numbers)
    band = solve_band(rgb, mask, (labels != 0) & (mask == 0), reach)
    return Cut(rgb=rgb, mask=mask, band=band, left=x - left, upper=y - upper, size=box[2:])


def cut_out(photo: Photo, label_map: Pixels, number: int, box: Box) -> Pixels:
    """The person as RGBA, cropped to *box*: uint8 of shape (height, width, 4). See `cut_soft`."""
    return cut_soft(photo, label_map, (number,), box).pixels()


def cut_out_all(photo: Photo, label_map: Pixels, numbers: Sequence[int], box: Box) -> Pixels:
    """The people of *numbers* together, as `cut_out` one alone."""
    return cut_soft(photo, label_map, numbers, box).pixels()


def _membership(labels: Pixels, numbers: Sequence[int]) -> Pixels:
    """1 where one of *numbers* stands, else 0."""
    member: NDArray[np.bool_] = labels == numbers[0]
    for number in numbers[1:]:
        member |= labels == number
    return member.view(np.uint8)


def _opaque(rgb: Pixels) -> NDArray[np.uint32]:
    """The pixels with alpha 255, each as one number, of which red is the lowest byte.

    Four bytes are read at once for every three, three times as fast as by channel. Only the very
    last pixel may have no fourth; so the last row goes the slow way.
    """
    height, width = rgb.shape[:2]
    if rgb.strides[1:] != (3, 1) or rgb.strides[0] < 3 * width:
        rgb = np.ascontiguousarray(rgb)
    words = np.empty((height, width), _WORD)
    four = as_strided(rgb, (height - 1, width, 4), rgb.strides)
    words[:-1] = four.view(_WORD)[..., 0]
    words[-1:].view(np.uint8).reshape(width, 4)[:, :3] = rgb[-1]
    words |= _ALPHA
    return words
