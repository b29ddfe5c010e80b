"""Makes `fusion.onnx`, or cross-validates the recipe.

    python -m scripts.engine.training.train --coco FOLDER --out scripts/engine/fusion.onnx
    python -m scripts.engine.training.train --coco FOLDER --folds 5

Besides the product's environment it needs `torch` (2.13 was used) and `onnx`. On two cores the
samples of a hundred pictures take a quarter of an hour, and training on them about as long.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.engine.catalogue import readers
from scripts.engine.evaluation.coco import Truth, truths
from scripts.engine.evaluation.matching import Match, match
from scripts.engine.evaluation.scores import figures
from scripts.engine.fusion import LearnedFusion
from scripts.engine.pictures import decode
from scripts.engine.segmenter import PersonSegmenter
from scripts.engine.training.learning import Samples, export, learn
from scripts.engine.training.samples import Sample, SampleReader
from scripts.engine.training.variation import Scene, varied

VARIANTS = 8
EMPTY_VARIANTS = 4
EPOCHS = 6


def scenes_of(folder: Path) -> tuple[list[Truth], list[Scene]]:
    """The folder's pictures with their masks, in memory."""
    read = list(truths(folder))
    scenes = [
        Scene(picture=decode(one.picture.read_bytes()), people=one.people, crowds=one.crowds)
        for one in read
    ]
    return read, scenes


def samples_of(
    scenes: Sequence[Scene], reader: SampleReader, folds: int
) -> list[tuple[int, Sample]]:
    """Each picture's samples with the picture's place, first as it is, then varied.

    People are pasted between pictures of one fold only, so that none is seen by its own judge.
    """
    samples: list[tuple[int, Sample]] = []
    for variant in range(VARIANTS):
        for place, scene in enumerate(scenes):
            if not scene.people and variant >= EMPTY_VARIANTS:
                continue
            draw = np.random.default_rng([variant, place])
            mates = [s for k, s in enumerate(scenes) if k % folds == place % folds and k != place]
            peopled = [mate for mate in mates if mate.people]
            shown = varied(scene, peopled, draw) if variant else scene
            samples += [(place, sample) for sample in reader(shown, draw)]
        print(f"variant {variant + 1}/{VARIANTS}: {len(samples)} samples", flush=True)
    return samples


def packed(samples: Sequence[Sample]) -> Samples:
    """The samples as arrays."""
    return Samples(
        planes=np.stack([sample.planes for sample in samples]),
        context=np.stack([sample.context for sample in samples]),
        truths=np.stack([sample.truth for sample in samples]),
        areas=np.array([sample.area for sample in samples], np.float64),
    )


def cross_validated(
    read: Sequence[Truth], scenes: Sequence[Scene], samples: list[tuple[int, Sample]], folds: int
) -> dict[str, float]:
    """The figures over all pictures, each judged by a network that has not seen it."""
    detector, reader = readers()
    matches: list[Match] = []
    for fold in range(folds):
        others = [sample for place, sample in samples if place % folds != fold]
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/fusion.onnx"
            export(learn(packed(others), EPOCHS), path)
            fusion = LearnedFusion(path)
        engine = PersonSegmenter(detector=detector, reader=reader, fusion=fusion)
        matches += [
            match(truth, engine.segment(scene.picture))
            for truth, scene in list(zip(read, scenes, strict=True))[fold::folds]
        ]
    return figures(matches)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    chosen = parser.parse_args()
    read, scenes = scenes_of(chosen.coco)
    samples = samples_of(scenes, SampleReader(*readers()), chosen.folds or 1)
    if chosen.folds:
        print(json.dumps(cross_validated(read, scenes, samples, chosen.folds)))
    if chosen.out:
        export(learn(packed([sample for _, sample in samples]), EPOCHS), str(chosen.out))


if __name__ == "__main__":
    main()
