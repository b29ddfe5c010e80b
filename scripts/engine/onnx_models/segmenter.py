"""An ONNX file as an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scripts.engine.arrays import LabelMap, Plane, Rgb
from scripts.engine.errors import ModelLayoutError
from scripts.engine.label_map import Candidate, compose
from scripts.engine.networks import OnnxNetwork
from scripts.engine.onnx_models.instances import Fit, Instance, Layout, Outputs
from scripts.engine.onnx_models.mmdeploy import MmdeployLayout
from scripts.engine.onnx_models.rfdetr import RfDetrLayout
from scripts.engine.onnx_models.torchvision import TorchvisionLayout
from scripts.engine.onnx_models.yolo import YoloLayout
from scripts.engine.refinement import Patch
from scripts.engine.segmenter import Segmentation, described

LAYOUTS = ("rfdetr", "yolo", "yolo-end2end", "mmdeploy", "torchvision")
THRESHOLD = 0.4
MOST_ROWS = 1000

Shape = Sequence[Any]


class OnnxSegmenter:
    """Runs a user's network.

    Raises:
        ModelLayoutError: the file is no ONNX model, or of no layout that is known.
    """

    def __init__(self, path: Path, layout: str | None = None) -> None:
        if not path.is_file():
            raise ModelLayoutError(f"there is no model file {path}")
        try:
            self._network = OnnxNetwork(str(path))
        except Exception as error:  # ONNX Runtime raises its own unnamed kinds
            raise ModelLayoutError(
                f"{path} is no ONNX model that can be loaded: {error}"
            ) from error
        session = self._network.session
        self._names = [output.name for output in session.get_outputs()]
        shapes = {output.name: output.shape for output in session.get_outputs()}
        shape = session.get_inputs()[0].shape
        self._size = _fixed_size(shape)
        self._layout = layout_named(layout or detected_layout(shapes), batched=len(shape) == 4)  # noqa: PLR2004  # n c h w

    def instances(self, picture: Rgb, threshold: float = THRESHOLD) -> list[Instance]:
        """Everyone whom the network sees, overlaps and all."""
        fit = self._layout.fit(picture, self._size)
        return self._layout.read(self._run(fit), fit, threshold)

    def outputs(self, picture: Rgb) -> Outputs:
        """What the network itself answers, by name."""
        return self._run(self._layout.fit(picture, self._size))

    def _run(self, fit: Fit) -> Outputs:
        return dict(zip(self._names, self._network(fit.tensor), strict=True))

    def segment(self, picture: Rgb) -> Segmentation:
        """See Segmenter."""
        candidates = [
            Candidate(patch=Patch(x=0, y=0, plane=_certain(one)), score=one.score)
            for one in self.instances(picture)
        ]
        labels: LabelMap
        labels, regions = compose(candidates, (picture.shape[0], picture.shape[1]), 0.0)
        return described(labels, regions)


def _certain(instance: Instance) -> Plane:
    """The mask as a plane in which a better score wins a contested pixel."""
    weight = np.float32(0.75 + instance.score / 4)
    return np.asarray(instance.mask * weight, dtype=np.float32)


def _fixed_size(shape: Shape) -> tuple[int, int] | None:
    height, width = shape[-2:]
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def detected_layout(shapes: Mapping[str, Shape]) -> str:
    """The layout that the outputs' names and shapes [dimensions, or names of free ones] speak of.

    Raises:
        ModelLayoutError: none that is known.
    """
    if {"boxes", "labels", "scores", "masks"} <= shapes.keys():
        return "torchvision"
    if {"dets", "labels", "masks"} <= shapes.keys():
        return "rfdetr" if len(shapes["labels"]) == 3 else "mmdeploy"  # noqa: PLR2004  # logits per class
    rows = [shape for shape in shapes.values() if len(shape) == 3]  # noqa: PLR2004  # rows of boxes
    if len(shapes) == 2 and len(rows) == 1:  # noqa: PLR2004  # rows and prototypes
        return "yolo-end2end" if _ends(rows[0]) else "yolo"
    told = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    raise ModelLayoutError(
        f"the outputs ({told}) are of no layout that is known; "
        f"name it: onnx:PATH:LAYOUT with one of {', '.join(LAYOUTS)}"
    )


def _ends(rows: Shape) -> bool:
    """Whether the rows are people (few rows), not columns of anchors (thousands)."""
    count, width = rows[-2], rows[-1]
    return (
        isinstance(width, int)
        and width < MOST_ROWS
        and (not isinstance(count, int) or count > width)
    )


def layout_named(name: str, *, batched: bool) -> Layout:
    """The layout of that name; raises ModelLayoutError where there is none."""
    layouts: dict[str, Layout] = {
        "rfdetr": RfDetrLayout(),
        "yolo": YoloLayout(),
        "yolo-end2end": YoloLayout(end_to_end=True),
        "mmdeploy": MmdeployLayout(),
        "torchvision": TorchvisionLayout(batched=batched),
    }
    if name not in layouts:
        raise ModelLayoutError(f"there is no layout '{name}'; there are {', '.join(LAYOUTS)}")
    return layouts[name]
