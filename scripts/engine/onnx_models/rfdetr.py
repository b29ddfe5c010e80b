"""RF-DETR-Seg: `dets` [1, q, 4] (cx cy w h, 0..1), `labels` [1, q, classes] logits,
`masks` [1, q, s/4, s/4] logits; the picture is stretched and ImageNet-normalised."""  # noqa: D209  # the shapes need both lines

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scripts.engine.arrays import Rgb, logistic
from scripts.engine.onnx_models.instances import Fit, Instance, Outputs, planar, stretched

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
USUAL = (432, 432)


class RfDetrLayout:
    """See the module."""

    def __init__(self, person: int = 1) -> None:
        self._person = person

    def fit(self, picture: Rgb, size: tuple[int, int] | None) -> Fit:
        """See Layout."""
        fit = stretched(picture, size or USUAL)
        return replace(fit, tensor=planar((fit.tensor - MEAN) / DEVIATION))

    def read(self, outputs: Outputs, fit: Fit, threshold: float) -> list[Instance]:
        """See Layout; a query counts for each class on its own, as its authors do it."""
        scores = logistic(outputs["labels"][0][:, self._person])
        sides = np.array([fit.input_width, fit.input_height] * 2)
        found = []
        for query in np.flatnonzero(scores >= threshold):
            x, y, wide, high = outputs["dets"][0][query]
            edges = np.array([[x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]]) * sides
            mask = fit.plane(outputs["masks"][0][query].astype(np.float32))
            found.append(
                Instance(score=float(scores[query]), box=fit.boxes(edges)[0], mask=mask > 0)
            )
        return found
