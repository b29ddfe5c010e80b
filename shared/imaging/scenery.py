"""What stands behind people: a colour, a gradient, another picture; and their shadow on it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from shared.imaging.decoding import open_upright
from shared.imaging.lens import step_of
from shared.imaging.options.colour import Colour
from shared.imaging.profiles import to_srgb

_REDUCING_GAP: Final = 3.0
_ROWS: Final = 256
_SHADOW_SIDE: Final = 512
"""Shadows are soft, so they are drawn small."""
_SOFTNESS: Final = 0.016
_DOWN: Final = 0.014
_RIGHT: Final = 0.008
"""Of the shorter side: how soft a shadow is, and how far from its person it falls."""

Bytes = NDArray[np.uint8]
Size = tuple[int, int]


def gradient(size: Size, begin: Colour, end: Colour, angle: float) -> Bytes:
    """A picture of *size* that runs from one colour to the other; 0 degrees is to the right."""
    width, height = size
    if begin == end:
        canvas = np.empty((height, width, 3), np.uint8)
        canvas[:] = np.full((width, 3), begin, np.uint8)
        return canvas
    turn = math.radians(angle)
    across = np.cos(turn) * np.arange(width, dtype=np.float32)
    down = np.sin(turn) * np.arange(height, dtype=np.float32)
    low, high = float(across.min() + down.min()), float(across.max() + down.max())
    across, down = (across - low) / max(high - low, 1), down / max(high - low, 1)
    canvas = np.empty((height, width, 3), np.uint8)
    for first in range(0, height, _ROWS):
        share = down[first : first + _ROWS, np.newaxis] + across
        for channel in range(3):
            mixed = begin[channel] + share * np.float32(end[channel] - begin[channel])
            canvas[first : first + _ROWS, :, channel] = np.rint(mixed)
    return canvas


def fitted(data: bytes, size: Size, *, cover: bool) -> tuple[Image.Image, tuple[int, int]]:
    """The picture in *data* in sRGB, as large as *size* allows, and where its corner belongs.

    Where it shall *cover*, its middle fills all of *size*; else the whole of it lies inside.

    Raises:
        PictureError: no picture, too many pixels, cut off, or unreadable.
    """
    image = open_upright(data)
    image = to_srgb(image, image.info.get("icc_profile"))
    scales = size[0] / image.width, size[1] / image.height
    scale = max(scales) if cover else min(scales)
    inner = tuple(
        min(whole, max(1, round(side * scale)))
        for whole, side in zip(size, image.size, strict=True)
    )
    cut = tuple(min(side, one / scale) for side, one in zip(image.size, inner, strict=True))
    left, upper = (image.width - cut[0]) / 2, (image.height - cut[1]) / 2
    box = (left, upper, left + cut[0], upper + cut[1])
    target = (inner[0], inner[1])
    resized = image.resize(target, Image.Resampling.LANCZOS, box=box, reducing_gap=_REDUCING_GAP)
    return resized, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)


def shadow(people: Bytes, opacity: float) -> tuple[Bytes, int]:
    """How dark the people's shadow is, 0..255; *people* is 1 where they are.

    It is reduced: the second answer is how many pixels a side one of its own stands for.
    """
    step = step_of(min(people.shape), _SHADOW_SIDE)
    small = Image.fromarray(people * np.uint8(round(255 * opacity))).reduce(step)
    side = min(people.shape) / step
    moved = Image.new("L", small.size)
    moved.paste(small, (round(_RIGHT * side), round(_DOWN * side)))
    return np.asarray(moved.filter(ImageFilter.GaussianBlur(_SOFTNESS * side))), step
