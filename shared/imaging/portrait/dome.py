"""Looking for a head in an outline.

A head is a dome: full inside of an ellipse, free around its upper half, and shoulders below it.
One kernel says so; it is correlated with the outline at every size that a head may have. All
outlines are laid on a square of the same side, so the kernels are made once per process.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEIGHT_PER_WIDTH: Final = 1.32
"""Crown to chin, hair included, by the width of the head."""
WORKING_SIDE: Final = 96
"""Outlines are at most so large: the head of someone who stands is a dozen pixels then."""
_SQUARE: Final = 192
"""Outline and the largest kernel's half, so that the correlation does not run into itself."""
_FINEST_STEP: Final = 1.04
_SMALLEST_WIDTH: Final = 4.0
_JAW: Final = 0.3
_SHOULDERS: Final = 0.4
_BEST: Final = 1 + _SHOULDERS
_LOW: Final = 0.35
"""What lying at the other end of the outline takes from a dome's score."""

Plane = NDArray[np.float32]
Spectrum = NDArray[np.complex64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dome:
    """A head in an outline's own pixels: its middle (x, y), its width, and 0..1 how sure."""

    x: float
    y: float
    width: float
    certainty: float

    @property
    def height(self) -> float:
        """Crown to chin."""
        return self.width * HEIGHT_PER_WIDTH


def sizes(smallest: float, largest: float, *, every: int = 1) -> tuple[float, ...]:
    """Widths from *smallest* to *largest*, each *every* steps of 4 % wider than the one before."""
    first = max(0, round(math.log(smallest / _SMALLEST_WIDTH, _FINEST_STEP)))
    last = max(first, round(math.log(largest / _SMALLEST_WIDTH, _FINEST_STEP)))
    return tuple(_SMALLEST_WIDTH * _FINEST_STEP**step for step in range(first, last + 1, every))


def best_dome(outline: Plane, widths: Iterable[float]) -> Dome:
    """The most head-like place of *outline*: 0..1, at most WORKING_SIDE pixels a side.

    Below its last row a person goes on, as pictures cut people off at the waist.
    """
    height, width = outline.shape
    laid = np.zeros((_SQUARE, _SQUARE), np.float32)
    laid[:height, :width] = outline
    laid[height : height + (_SQUARE - height) // 2, :width] = outline[-1]
    spectrum: Spectrum = np.fft.rfft2(laid).astype(np.complex64)  # single already, in NumPy 2
    found = (_best_of_width(outline, spectrum, one) for one in widths)
    return max(found, key=lambda dome: dome.certainty)


def _best_of_width(outline: Plane, spectrum: Spectrum, head: float) -> Dome:
    height, width = outline.shape
    score = np.fft.irfft2(spectrum * _kernel(head), (_SQUARE, _SQUARE))[:height, :width]
    crown = np.arange(height, dtype=np.float32) - head * HEIGHT_PER_WIDTH / 2
    score = score - _LOW * np.maximum(0, crown / height)[:, np.newaxis]
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    certainty = float(score[row, column]) / _BEST
    return Dome(
        x=float(column) + 0.5,
        y=float(row) + 0.5,
        width=head,
        certainty=min(1.0, max(0.0, certainty)),
    )


@lru_cache(maxsize=128)
def _kernel(head: float) -> Spectrum:
    """The conjugate spectrum of: the inside, less what surrounds it, and the shoulders."""
    tall = head * HEIGHT_PER_WIDTH
    place = np.fft.fftfreq(_SQUARE, 1 / _SQUARE)
    across, down = np.abs(place)[np.newaxis], place[:, np.newaxis]
    radius = np.hypot(across / (head / 2), down / (tall / 2))
    ring = _upto(1.55 - radius, head) * _upto(radius - 1.12, head)
    above = ring * (down < 0.12 * tall)
    jaw = ring * ((down >= 0.12 * tall) & (down < 0.45 * tall))
    shoulders = (down > 0.75 * tall) & (down < 1.1 * tall) & (across < 0.85 * head)
    kernel = _mean(_upto(0.92 - radius, head)) - _mean(above) - _JAW * _mean(jaw)
    kernel += _SHOULDERS * _mean(shoulders)
    spectrum: Spectrum = np.conj(np.fft.rfft2(kernel.astype(np.float32)))
    return spectrum


def _upto(distance: NDArray[np.float64], head: float) -> NDArray[np.float64]:
    """1 where *distance* (in half widths of the head) is positive, with an edge of one pixel."""
    edge: NDArray[np.float64] = np.clip(distance * head / 2 + 0.5, 0, 1)
    return edge


def _mean(region: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
    """*region* as the weights of a mean; a region of nothing weighs nothing."""
    weights: NDArray[np.float64] = region / max(float(region.sum()), 1.0)
    return weights
