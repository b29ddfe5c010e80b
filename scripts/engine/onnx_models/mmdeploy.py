"""mmdeploy's exports (RTMDet-Ins, Mask R-CNN): `dets` [1, n, 5] (x0 y0 x1 y1 score),
`labels` [1, n], `masks` [1, n, h, w] over the input, or [1, n, 28, 28] over the box."""  # noqa: D209  # the shapes need both lines

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Bits, Boxes, Rgb, logistic
from scripts.engine.onnx_models.instances import Fit, Instance, Outputs, letterboxed, planar

USUAL = (640, 640)
MEAN = np.array([123.675, 116.28, 103.53], np.float32)
DEVIATION = np.array([58.395, 57.12, 57.375], np.float32)
EVEN = 0.5
COARSE = 64


class MmdeployLayout:
    """See the module.

    Args:
        person: the class's number.
        red_first: the order of the channels that the network was trained on; RTMDet: blue first.
    """

    def __init__(self, person: int = 0, *, red_first: bool = False) -> None:
        self._person = person
        self._red_first = red_first

    def fit(self, picture: Rgb, size: tuple[int, int] | None) -> Fit:
        """See Layout."""
        fit = letterboxed(picture, size or USUAL, centered=False)
        values = (fit.tensor * 255 - MEAN) / DEVIATION
        return replace(fit, tensor=planar(values if self._red_first else values[..., ::-1]))

    def read(self, outputs: Outputs, fit: Fit, threshold: float) -> list[Instance]:
        """See Layout; masks are probabilities, or logits where they leave 0..1."""
        rows, labels, masks = (outputs[name][0] for name in ("dets", "labels", "masks"))
        wanted = np.flatnonzero((rows[:, 4] >= threshold) & (labels == self._person))
        boxes = fit.boxes(rows[:, :4])
        return [
            Instance(
                score=float(rows[index, 4]),
                box=boxes[index],
                mask=_mask(masks[index], boxes[index], fit),
            )
            for index in wanted
        ]


def _mask(values: NDArray[Any], box: Boxes, fit: Fit) -> Bits:
    plane = values.astype(np.float32)
    if plane.min(initial=0) < 0 or plane.max(initial=0) > 1:
        plane = logistic(plane)
    if max(plane.shape) > COARSE:
        return fit.plane(plane) > EVEN
    x0, y0, x1, y1 = np.round(box).astype(int)
    mask = np.zeros((fit.height, fit.width), np.bool_)
    if x1 > x0 and y1 > y0:
        mask[y0:y1, x0:x1] = cv2.resize(plane, (x1 - x0, y1 - y0)) > EVEN
    return mask
