"""How much of each pixel along an outline is the person's, and in which colour: alpha and hue.

A mask cuts through pixels that the lens has mixed from person and background. Within a narrow band
around the outline each pixel I is read as a mixture, I = a F + (1 - a) B. F and B, the colours of
either side, are averaged nearby, where the mask leaves no doubt. The share a is the least-squares
answer, drawn towards the smoothed mask where F and B are too alike, or I fits neither, to tell:

    minimise |I - a F - (1 - a) B|^2 + doubt (a - prior)^2

The person's own colour is then F, corrected by what the mixture left unexplained (M. Forte,
"Approximate Fast Foreground Colour Estimation", ICIP 2021). Only the band is computed, so that the
cost grows with the outline, not with the picture.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.band import Band

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Words = NDArray[np.uint32]

_ONE: Final = np.float32(1)
_TWO: Final = np.float32(2)
_HALF: Final = np.float32(0.5)
_FULL: Final = np.float32(255)
_DOUBT: Final = np.float32(16.0**2)
"""Squared colour distance (of 0..255) at which the photograph and the mask count the same."""
_MISFIT: Final = np.float32(2.0)
"""How strongly a colour that lies on no mixture of F and B speaks for the mask."""
_TRUST: Final = np.float32(12.0)
"""How many times more the mask counts at the band's ends than on the outline itself."""
_FAINT: Final = np.float32(0.06)
"""Alpha below it, and above one less it, is the noise of a plain background or person."""
_ENDS: Final = np.float32(12.0)
"""At one part in so many from either end of the band the photograph may say anything."""
_BLOCKS_AT_A_TIME: Final = 512
"""Solved at once: the scratch stays in the processor's cache."""
_WORD: Final = np.dtype("<u4")
_VISIBLE: Final = np.uint32(1 << 24)
"""The least pixel whose alpha is not 0, as one number."""


def solve(band: Band, part: slice, pixels: Words) -> Words:
    """The blocks *part* of *band* as RGBA, of their *pixels*: (blocks, reach ** 2) of either.

    A pixel is one number, of which red is the lowest byte.
    """
    solved = np.empty_like(pixels)
    for first in range(0, len(pixels), _BLOCKS_AT_A_TIME):
        some = slice(first, min(first + _BLOCKS_AT_A_TIME, len(pixels)))
        here = slice(part.start + some.start, part.start + some.stop)
        own = pixels[some].view(np.uint8).reshape(*pixels[some].shape, 4)
        solved[some] = _solve(band, here, own)
    return solved


def _solve(band: Band, part: slice, own: Bytes) -> Words:
    """All arrays below end in the blocks, of which there are many: NumPy is fast along them."""
    share = band.share_at(part)
    sides = band.sides_at(part)
    front, back = sides[:3], sides[3:]
    rest = np.empty_like(front)
    rest[:] = own[..., :3].transpose(2, 1, 0).reshape(rest.shape)
    rest -= back
    across = np.subtract(front, back, out=back)
    alpha = _alpha(rest, across, share)
    rgba = np.empty((4, *share.shape), np.uint8)
    rgba[:3] = _unmixed(rest, front, across, alpha)
    np.rint(alpha * _FULL, out=rgba[3], casting="unsafe")
    words = np.ascontiguousarray(rgba.reshape(4, -1, len(own)).transpose(2, 1, 0))
    found: Words = words.view(_WORD)[..., 0]
    found *= (found >= _VISIBLE).view(np.uint8) & band.free[part]
    return found


def _unmixed(rest: Floats, front: Floats, across: Floats, alpha: Floats) -> Floats:
    """The person's own colour; *rest* is spent."""
    across *= alpha
    rest -= across
    rest *= alpha / (np.square(alpha) + np.square(_ONE - alpha))
    rest += front
    rest += _HALF
    return _kept(rest, 0, _FULL)


def _alpha(rest: Floats, across: Floats, share: Floats) -> Floats:
    """Alpha of pixels that lie *rest* from the background's colour, the person's *across*."""
    contrast = _dot(across, across)
    along = _dot(rest, across)
    free = _kept(along / np.maximum(contrast, _ONE), 0, 1)
    off = _dot(rest, rest) - free * (_TWO * along - free * contrast)
    depth = _TWO * share - _ONE
    doubt = _DOUBT * (_ONE + _TRUST * np.square(np.square(depth))) + _MISFIT * off
    alpha = free * contrast + doubt * _kept(depth + _HALF, 0, 1)
    alpha /= contrast + doubt
    alpha -= _FAINT
    alpha /= _ONE - _TWO * _FAINT
    # Close to the band's ends the photograph has no say: no step where the band stops.
    most = _ENDS * share
    return _kept(_kept(alpha, most + (_ONE - _ENDS), most), 0, 1)


def _dot(one: Floats, other: Floats) -> Floats:
    total: Floats = one[0] * other[0]
    total += one[1] * other[1]
    total += one[2] * other[2]
    return total


def _kept(values: Floats, least: Floats | int, most: Floats | int) -> Floats:
    """*values*, in place, kept between *least* and *most*: without the checks of `clip`."""
    np.maximum(values, least, out=values)
    return np.minimum(values, most, out=values)
