"""The prototype that the engine grew from, run from its own folder, to be measured beside it.

The folder holds the prototype's modules (`personseg.py`, `feats.py`, `train2.py` and what they
import); they are copied beside links to the cached weights, laid out as they expect them.
"""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]  # PyTorch trains, and is no part of the product

from scripts.engine import weights
from scripts.engine.arrays import Bits, Rgb
from scripts.engine.boxes import overlap
from scripts.engine.label_map import Region, numbered
from scripts.engine.segmenter import Segmentation, described
from scripts.engine.training.samples import box_of, shaken
from scripts.engine.training.variation import Scene

EPOCHS = 30
SMALLEST = 400
SHAKEN = 3
SAME = 0.4
PROPOSING = 0.3
NETWORKS = {
    "ait/object_detector.tflite": weights.DETECTOR,
    "ait/deeplab_v3.tflite": weights.SEMANTIC,
    "selfie_segmentation.tflite": weights.SELFIE,
}


class Prototype:
    """The prototype's modules, loaded from a copy in `workplace`."""

    def __init__(self, folder: Path, workplace: Path) -> None:
        for module in folder.glob("*.py"):
            shutil.copy(module, workplace)
        (workplace / "models" / "ait").mkdir(parents=True)
        for name, file in NETWORKS.items():
            (workplace / "models" / name).write_bytes(weights.load(file))
        (workplace / "models" / "pose_landmark_full.tflite").write_bytes(weights.load_pose())
        sys.path.insert(0, str(workplace))
        self._features = importlib.import_module("feats")
        self._learning = importlib.import_module("train2")
        self._engine = importlib.import_module("personseg")
        self._reader = self._features.Feat()
        self._detector = self._features.EffDet()

    def samples(self, scene: Scene, seed: int) -> Iterator[tuple[Any, Any, float]]:
        """As the prototype's `mkcache.py`: inputs, truth and area of each box around a person."""
        draw = np.random.default_rng(seed)
        boxes = self._detector.detect(scene.picture, PROPOSING, 2)
        found = [self._reader.base(scene.picture, box) for box in boxes]
        for mask in scene.people:
            if mask.sum() < SMALLEST:
                continue
            true = box_of(mask)
            shared = overlap(true, boxes[:, :4]) if len(boxes) else np.zeros(0)
            best = int(shared.argmax()) if shared.max(initial=0.0) > SAME else -1
            read = [found[best]] if best >= 0 else []
            around = [true, *(shaken(true, mask.shape, draw) for _ in range(SHAKEN))]
            read += [self._reader.base(scene.picture, box) for box in around]
            others = [one for index, one in enumerate(found) if index != best]
            yield from (self._sample(one, others, mask) for one in read)

    def _sample(self, read: Any, others: Sequence[Any], mask: Bits) -> tuple[Any, Any, float]:
        stacked = self._features.stack(read, self._features.competitor(read, others))
        truth = self._features.aa_crop((mask * 255).astype(np.uint8), read["Ar"], self._features.S)
        return stacked.astype(np.float16), truth, float(mask.sum())

    def learn(self, samples: Sequence[tuple[Any, Any, float]]) -> PrototypeSegmenter:
        """Its own training of its own network, and the engine that runs it."""
        planes = torch.from_numpy(np.stack([one[0] for one in samples]).astype(np.float32))
        truths = torch.from_numpy(np.stack([one[1] for one in samples]).astype(np.float32) / 255)
        notes = np.array([(0, 0, area, 0, 0) for _, _, area in samples], np.float64)
        network = self._learning.train((planes, truths[:, None], notes), None, EPOCHS)
        network.eval()

        def fuse(inputs: Any) -> Any:
            with torch.no_grad():
                return network(torch.from_numpy(np.ascontiguousarray(inputs))).numpy()

        return PrototypeSegmenter(self._engine.PersonSegmenter(fusion=fuse))


class PrototypeSegmenter:
    """The prototype as a Segmenter."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def segment(self, picture: Rgb) -> Segmentation:
        """See Segmenter."""
        labels, people = self._run(picture)
        bits = [np.asarray(labels == one["id"], dtype=np.bool_) for one in people]
        regions = [
            Region(candidate=number, confidence=float(one["score"]), bits=mask)
            for number, (one, mask) in enumerate(zip(people, bits, strict=True))
        ]
        return described(*numbered(regions, (picture.shape[0], picture.shape[1])))
