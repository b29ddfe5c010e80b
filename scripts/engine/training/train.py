"""Makes `fusion.onnx`; `crossvalidate.py` tells how good the recipe is.

    python -m scripts.engine.training.train --coco FOLDER --out scripts/engine/fusion.onnx

Besides the product's environment it needs `torch` (2.13 was used) and `onnx`. On two cores the
samples of a hundred pictures take a quarter of an hour, and training on them about as long.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.engine.catalogue import readers
from scripts.engine.evaluation.coco import Truth, truths
from scripts.engine.pictures import decode
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
    scenes: Sequence[Scene], reader: SampleReader, folds: int = 1, variants: int = VARIANTS
) -> list[tuple[int, Sample]]:
    """Each picture's samples with the picture's place, first as it is, then varied.

    People are pasted between pictures of one fold only, so that none is seen by its own judge.
    """
    samples: list[tuple[int, Sample]] = []
    for variant in range(variants):
        for place, scene in enumerate(scenes):
            if not scene.people and variant >= EMPTY_VARIANTS:
                continue
            draw = np.random.default_rng([variant, place])
            mates = [s for k, s in enumerate(scenes) if k % folds == place % folds and k != place]
            peopled = [mate for mate in mates if mate.people]
            shown = varied(scene, peopled, draw) if variant else scene
            samples += [(place, sample) for sample in reader(shown, draw)]
        print(f"variant {variant + 1}/{variants}: {len(samples)} samples", flush=True)
    return samples


def packed(samples: Sequence[Sample]) -> Samples:
    """The samples as arrays."""
    return Samples(
        planes=np.stack([sample.planes for sample in samples]),
        context=np.stack([sample.context for sample in samples]),
        truths=np.stack([sample.truth for sample in samples]),
        areas=np.array([sample.area for sample in samples], np.float64),
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--variants", type=int, default=VARIANTS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    chosen = parser.parse_args()
    _, scenes = scenes_of(chosen.coco)
    samples = samples_of(scenes, SampleReader(*readers()), variants=chosen.variants)
    network = learn(packed([sample for _, sample in samples]), chosen.epochs)
    export(network, str(chosen.out))


if __name__ == "__main__":
    main()
