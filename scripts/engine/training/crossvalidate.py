"""Scores the recipe on pictures that its networks have not seen, beside the prototype if asked to.

    python -m scripts.engine.training.crossvalidate --coco FOLDER [--prototype FOLDER]

Each fold's pictures are segmented by a fusion network trained on the other folds; all of them
together are scored as `maskline engine eval` scores, and one JSON document is printed. Needs
`torch` and `onnx` besides the product's environment. One core works for about an hour.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.engine.catalogue import readers
from scripts.engine.evaluation.coco import Truth
from scripts.engine.evaluation.matching import Match, match
from scripts.engine.evaluation.run import rounded
from scripts.engine.evaluation.scores import figures
from scripts.engine.fusion import LearnedFusion
from scripts.engine.segmenter import PersonSegmenter, Segmenter
from scripts.engine.training.learning import export, learn
from scripts.engine.training.prototype import Prototype
from scripts.engine.training.samples import Sample, SampleReader
from scripts.engine.training.train import EPOCHS, VARIANTS, packed, samples_of, scenes_of
from scripts.engine.training.variation import Scene

FOLDS = 5


def ours(scenes: Sequence[Scene], folds: int, variants: int, epochs: int) -> Iterator[Segmenter]:
    """One engine per fold, trained on the other folds."""
    detector, reader = readers()
    samples = samples_of(scenes, SampleReader(detector, reader), folds, variants)
    for fold in range(folds):
        others: list[Sample] = [one for place, one in samples if place % folds != fold]
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/fusion.onnx"
            export(learn(packed(others), epochs), path)
            fusion = LearnedFusion(path)
        yield PersonSegmenter(detector=detector, reader=reader, fusion=fusion)


def theirs(scenes: Sequence[Scene], folds: int, prototype: Prototype) -> Iterator[Segmenter]:
    """The prototype per fold, trained on the other folds as it trains itself."""
    samples = [list(prototype.samples(scene, seed)) for seed, scene in enumerate(scenes)]
    for fold in range(folds):
        others = [
            one for place, found in enumerate(samples) if place % folds != fold for one in found
        ]
        yield prototype.learn(others)


def scored(
    engines: Iterator[Segmenter], read: Sequence[Truth], scenes: Sequence[Scene], folds: int
) -> dict[str, float | None]:
    """The figures over all pictures, each judged by the engine of its own fold."""
    matches: list[Match] = []
    for fold, engine in enumerate(engines):
        for truth, scene in list(zip(read, scenes, strict=True))[fold::folds]:
            matches.append(match(truth, engine.segment(scene.picture)))
    return rounded(figures(matches))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coco", type=Path, required=True)
    parser.add_argument("--prototype", type=Path, help="the prototype's folder of modules")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--variants", type=int, default=VARIANTS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    chosen = parser.parse_args()
    read, scenes = scenes_of(chosen.coco)
    engines = ours(scenes, chosen.folds, chosen.variants, chosen.epochs)
    told = {"engine": scored(engines, read, scenes, chosen.folds)}
    if chosen.prototype:
        with tempfile.TemporaryDirectory() as workplace:
            prototype = Prototype(chosen.prototype, Path(workplace))
            engines = theirs(scenes, chosen.folds, prototype)
            told["prototype"] = scored(engines, read, scenes, chosen.folds)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
