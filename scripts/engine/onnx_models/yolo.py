"""YOLO-seg: `output0` [1, 4 + classes + coefficients, n] before suppression, or
[1, n, 6 + coefficients] end to end (x0 y0 x1 y1, score, class), and prototypes
[1, coefficients, h/4, w/4]; the picture lies centred on grey, in 0..1."""  # noqa: D209  # the shapes need these lines

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Boxes, Plane, Rgb
from scripts.engine.boxes import suppress
from scripts.engine.onnx_models.instances import (
    Fit,
    Instance,
    Outputs,
    letterboxed,
    planar,
    within,
)

USUAL = (640, 640)
DUPLICATE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    boxes: Boxes
    scores: NDArray[np.float64]
    coefficients: NDArray[np.float32]


class YoloLayout:
    """See the module."""

    def __init__(self, person: int = 0, *, end_to_end: bool = False) -> None:
        self._person = person
        self._end_to_end = end_to_end

    def fit(self, picture: Rgb, size: tuple[int, int] | None) -> Fit:
        """See Layout."""
        fit = letterboxed(picture, size or USUAL, centered=True)
        return replace(fit, tensor=planar(fit.tensor))

    def read(self, outputs: Outputs, fit: Fit, threshold: float) -> list[Instance]:
        """See Layout; a mask is cut at its box before it is enlarged, as its authors do it."""
        rows = next(values[0] for values in outputs.values() if values.ndim == 3)  # noqa: PLR2004  # the module's shapes
        prototypes = next(values[0] for values in outputs.values() if values.ndim == 4)  # noqa: PLR2004  # the module's shapes
        read = self._final if self._end_to_end else self._suppressed
        found = read(rows, len(prototypes), threshold)
        places = fit.boxes(found.boxes)
        return [
            Instance(
                score=float(found.scores[index]),
                box=places[index],
                mask=_mask(found.coefficients[index], prototypes, box, fit),
            )
            for index, box in enumerate(found.boxes)
        ]

    def _final(self, rows: NDArray[Any], count: int, threshold: float) -> _Found:
        wanted = (rows[:, 4] >= threshold) & (np.round(rows[:, 5]) == self._person)
        rows = rows[wanted]
        return _Found(
            boxes=rows[:, :4].astype(np.float64),
            scores=rows[:, 4].astype(np.float64),
            coefficients=rows[:, 6 : 6 + count],
        )

    def _suppressed(self, columns: NDArray[Any], count: int, threshold: float) -> _Found:
        rows = columns.T
        classes = rows[:, 4:-count]
        scores = classes[:, self._person]
        rows = rows[(scores >= threshold) & (classes.argmax(axis=1) == self._person)]
        half = rows[:, 2:4] / 2
        boxes = np.concatenate([rows[:, :2] - half, rows[:, :2] + half], axis=1).astype(np.float64)
        scores = rows[:, 4 + self._person].astype(np.float64)
        kept = suppress(boxes, scores, DUPLICATE)
        return _Found(boxes=boxes[kept], scores=scores[kept], coefficients=rows[kept, -count:])


def _mask(
    coefficients: NDArray[np.float32], prototypes: Plane, box: Boxes, fit: Fit
) -> NDArray[np.bool_]:
    coarse = np.tensordot(coefficients, prototypes, axes=1).astype(np.float32)
    high, wide = coarse.shape
    scale = np.array([wide / fit.input_width, high / fit.input_height] * 2)
    columns, rows = np.arange(wide), np.arange(high)[:, None]
    x0, y0, x1, y1 = box * scale
    inside = (columns >= x0) & (columns < x1) & (rows >= y0) & (rows < y1)
    plane = fit.plane(coarse * inside.astype(np.float32))
    return within(fit.boxes(box[None])[0], plane) > 0
