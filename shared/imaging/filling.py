"""The hole that people leave in a picture, filled with the colours around it.

By pull and push (Gortler et al., "The Lumigraph", 1996): halved until nothing is missing, then
enlarged again step by step, each step keeping what it knows. A smooth fill without detail: to
invent what stood behind somebody is the work of the `erase` recipe.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ENOUGH: Final = 1e-3

Plane = NDArray[np.float32]


def filled(values: Plane, known: Plane) -> Plane:
    """*values* (rows, columns, 3) with what is not *known* (0..1 per cell) taken from nearby.

    Where nothing at all is known the values stay.
    """
    if float(known.min()) >= 1 or float(known.max()) < _ENOUGH or min(known.shape) < 2:  # noqa: PLR2004 -- nothing to halve
        return values
    coarse, coarse_known = _halved(values, known)
    guess = _enlarged(filled(coarse, coarse_known), known.shape)
    result: Plane = guess + known[..., np.newaxis] * (values - guess)
    return result


def _halved(values: Plane, known: Plane) -> tuple[Plane, Plane]:
    """Means of 2 x 2 cells, weighed by what is known; one known cell makes a known mean."""
    odd = tuple((0, side % 2) for side in known.shape)
    weight = _summed(np.pad(known, odd))
    total = _summed(np.pad(values * known[..., np.newaxis], (*odd, (0, 0))))
    means: Plane = total / np.maximum(weight, np.float32(_ENOUGH))[..., np.newaxis]
    return means, np.minimum(weight, np.float32(1))


def _summed(cells: Plane) -> Plane:
    summed: Plane = cells[::2, ::2] + cells[1::2, ::2] + cells[::2, 1::2] + cells[1::2, 1::2]
    return summed


def _enlarged(values: Plane, shape: tuple[int, ...]) -> Plane:
    size = (shape[1], shape[0])
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(values[..., channel])).resize(
                size, Image.Resampling.BILINEAR, box=(0, 0, shape[1] / 2, shape[0] / 2)
            )
        )
        for channel in range(values.shape[2])
    ]
    return np.stack(planes, axis=2)
