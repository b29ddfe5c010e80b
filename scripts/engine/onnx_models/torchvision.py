"""torchvision's Mask R-CNN: `boxes` [n, 4], `labels` [n], `scores` [n], `masks` [n, 1, h, w] in
0..1, pasted at the input's size; the graph itself normalises and resizes."""  # noqa: D209  # the shapes need both lines

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scripts.engine.arrays import Rgb
from scripts.engine.onnx_models.instances import Fit, Instance, Outputs, planar, stretched

LARGEST = 1333
EVEN = 0.5


class TorchvisionLayout:
    """See the module."""

    def __init__(self, person: int = 1, *, batched: bool = False) -> None:
        self._person = person
        self._batched = batched

    def fit(self, picture: Rgb, size: tuple[int, int] | None) -> Fit:
        """See Layout; a graph that takes any size gets the picture at its own, within reason."""
        height, width = picture.shape[:2]
        scale = min(1.0, LARGEST / max(height, width))
        fit = stretched(picture, size or (round(height * scale), round(width * scale)))
        tensor = planar(fit.tensor)
        return replace(fit, tensor=tensor if self._batched else tensor[0])

    def read(self, outputs: Outputs, fit: Fit, threshold: float) -> list[Instance]:
        """See Layout."""
        wanted = (outputs["scores"] >= threshold) & (outputs["labels"] == self._person)
        boxes = fit.boxes(outputs["boxes"])
        return [
            Instance(
                score=float(outputs["scores"][index]),
                box=boxes[index],
                mask=fit.plane(outputs["masks"][index, 0].astype(np.float32)) > EVEN,
            )
            for index in np.flatnonzero(wanted)
        ]
