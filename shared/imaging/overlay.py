"""The picture with its people tinted, outlined and numbered: one colour, one person."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from shared.imaging.photo import Photo
from shared.imaging.runs import Shape

_GOLDEN_RATIO: Final = 0.618033988749895
"""Steps of this share of the colour circle keep neighbours in number far apart in hue."""
_FIRST_HUE: Final = 0.58
_PIXELS_PER_LINE: Final = 500
_PIXELS_PER_LETTER: Final = 28
_SMALLEST_LETTER: Final = 14
_WHITE: Final = (255, 255, 255)

Mask = NDArray[np.bool_]


def colour_of(number: int) -> tuple[int, int, int]:
    """The colour of person *number*, the same in every picture."""
    hue = (_FIRST_HUE + (number - 1) * _GOLDEN_RATIO) % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.85, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def draw_people(
    photo: Photo, label_map: NDArray[np.uint8], shapes: Sequence[Shape]
) -> NDArray[np.uint8]:
    """A copy of the photo's pixels with every person tinted, outlined and numbered.

    The outline is a line of the person's colour inside and a white one outside, so that it shows
    on any background; the number stands at the person's centroid.
    """
    canvas: NDArray[np.uint8] = photo.rgb.copy()
    line = max(1, round(min(label_map.shape) / _PIXELS_PER_LINE))
    for shape in shapes:
        _tint(canvas, label_map, shape, line)
    for shape in shapes:
        _number(canvas, shape)
    return canvas


def _tint(canvas: NDArray[np.uint8], label_map: NDArray[np.uint8], shape: Shape, line: int) -> None:
    x, y, width, height = shape.box
    margin = 2 * line
    rows = slice(max(0, y - margin), y + height + margin)
    columns = slice(max(0, x - margin), x + width + margin)
    labels, region = label_map[rows, columns], canvas[rows, columns]
    person = labels == shape.value
    colour = np.array(colour_of(shape.value), np.uint8)
    for channel in range(3):
        plane = region[..., channel]
        np.copyto(plane, (plane >> 1) + (colour[channel] >> 1), where=person)
    region[person & _grown(~person, line)] = colour
    region[_grown(person, line) & (labels == 0)] = _WHITE


def _grown(mask: Mask, steps: int) -> Mask:
    """*mask* and everything within *steps* pixels of it, across, down and diagonally."""
    wide = mask.copy()
    for step in range(1, steps + 1):
        wide[:, step:] |= mask[:, :-step]
        wide[:, :-step] |= mask[:, step:]
    grown: Mask = wide.copy()
    for step in range(1, steps + 1):
        grown[step:] |= wide[:-step]
        grown[:-step] |= wide[step:]
    return grown


def _number(canvas: NDArray[np.uint8], shape: Shape) -> None:
    """Write the number, white on black, at the centroid; people too small for it go without."""
    size = max(_SMALLEST_LETTER, min(canvas.shape[:2]) // _PIXELS_PER_LETTER)
    if min(shape.box[2:]) < size:
        return
    badge = _badge(str(shape.value), size)
    height, width = badge.shape[:2]
    x = min(max(0, round(shape.centroid[0]) - width // 2), canvas.shape[1] - width)
    y = min(max(0, round(shape.centroid[1]) - height // 2), canvas.shape[0] - height)
    if x >= 0 and y >= 0:
        canvas[y : y + height, x : x + width] = badge


def _badge(text: str, size: int) -> NDArray[np.uint8]:
    font = ImageFont.load_default(size)
    left, upper, right, lower = font.getbbox(text)
    pad = size // 3
    area = (round(right - left) + 2 * pad, round(lower - upper) + 2 * pad)
    image = Image.new("RGB", area)
    ImageDraw.Draw(image).text((pad - left, pad - upper), text, fill=_WHITE, font=font)
    return np.asarray(image)
