"""Engines by name."""

from __future__ import annotations

from pathlib import Path

from scripts.engine import weights
from scripts.engine.errors import EngineNameError, WeightsError
from scripts.engine.segmenter import PersonSegmenter, Segmenter

DEFAULT = "composite"
NAMES = {
    "composite": "the frozen networks, joined by the project's own fusion network",
    "average": "the frozen networks, averaged",
    "opencv": "as composite, on OpenCV's own importer and without DeepLab: slower, fewer packages",
}


def build(name: str = DEFAULT, folder: Path | None = None) -> Segmenter:
    """The engine of that name, its weights loaded and checked.

    Args:
        name: one of NAMES.
        folder: where the weights are; the user's cache unless given.

    Raises:
        EngineNameError: there is no such engine.
        WeightsError: a file of weights is missing or altered.
    """
    if name == "opencv":
        return _opencv(folder)
    if name in ("composite", "average"):
        return _litert(folder, learned=name == "composite")
    raise EngineNameError(f"there is no engine '{name}'; there are {', '.join(NAMES)}")


def _litert(folder: Path | None, *, learned: bool) -> PersonSegmenter:
    from scripts.engine.cues import CueReader
    from scripts.engine.detection import PersonDetector
    from scripts.engine.fusion import AverageFusion, LearnedFusion
    from scripts.engine.networks import LiteRtNetwork

    return PersonSegmenter(
        detector=PersonDetector(LiteRtNetwork(weights.load(weights.DETECTOR, folder))),
        reader=CueReader(
            pose=LiteRtNetwork(weights.load_pose(folder)),
            selfie=LiteRtNetwork(weights.load(weights.SELFIE, folder)),
            semantic=LiteRtNetwork(weights.load(weights.SEMANTIC, folder)),
        ),
        fusion=LearnedFusion(shipped_fusion()) if learned else AverageFusion(),
    )


def _opencv(folder: Path | None) -> PersonSegmenter:
    from scripts.engine import cues, detection, pose
    from scripts.engine.fusion import LearnedFusion
    from scripts.engine.networks import OpenCvNetwork

    detector = OpenCvNetwork(weights.load(weights.DETECTOR, folder), detection.OUTPUT_SHAPES)
    return PersonSegmenter(
        detector=detection.PersonDetector(detector),
        reader=cues.CueReader(
            pose=OpenCvNetwork(weights.load_pose(folder), pose.OUTPUT_SHAPES),
            selfie=OpenCvNetwork(weights.load(weights.SELFIE, folder), cues.SELFIE_SHAPES),
            semantic=None,
        ),
        fusion=LearnedFusion(shipped_fusion()),
    )


def shipped_fusion() -> bytes:
    """The project's own network; raises WeightsError where the installation lost it."""
    try:
        return weights.SHIPPED_FUSION.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{weights.SHIPPED_FUSION} is missing: install maskline again (make setup)"
        ) from error
