"""Engines by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scripts.engine import weights
from scripts.engine.errors import EngineNameError, WeightsError

if TYPE_CHECKING:
    from scripts.engine.cues import CueReader
    from scripts.engine.detection import PersonDetector
    from scripts.engine.segmenter import PersonSegmenter, Segmenter

DEFAULT = "composite"
ONNX = "onnx:"
NAMES = {
    "composite": "the frozen networks, joined by the project's own fusion network",
    "average": "the frozen networks, averaged",
    "opencv": "as composite, on OpenCV 4's own importer, without DeepLab: slower, fewer packages",
}


def build(name: str = DEFAULT, folder: Path | None = None) -> Segmenter:
    """The engine of that name, its weights loaded and checked.

    Args:
        name: one of NAMES, `onnx:PATH` or `onnx:PATH:LAYOUT`, or an engine that an installed
            package offers (see `own_engine`).
        folder: where the weights are; the user's cache unless given.

    Raises:
        EngineNameError: there is no such engine.
        ModelLayoutError: the ONNX file is missing or of no known layout.
        WeightsError: a file of weights is missing or altered.
    """
    if name == "opencv":
        return _opencv(folder)
    if name in ("composite", "average"):
        return _litert(folder, learned=name == "composite")
    if name.startswith(ONNX):
        return _onnx(name.removeprefix(ONNX))
    return _own(name)


def _onnx(place: str) -> Segmenter:
    """`PATH` or `PATH:LAYOUT`; a path may hold colons of its own."""
    from scripts.engine.onnx_models.segmenter import LAYOUTS, OnnxSegmenter

    path, _, last = place.rpartition(":")
    if path and last in LAYOUTS:
        return OnnxSegmenter(Path(path), last)
    return OnnxSegmenter(Path(place))


def _own(name: str) -> Segmenter:
    from scripts.engine.own_engine import OwnSegmenter, own_engines

    engines = own_engines()
    if name in engines:
        return OwnSegmenter(engines[name].load())
    known = ", ".join([*NAMES, "onnx:PATH", *engines])
    raise EngineNameError(f"there is no engine '{name}'; there are {known}")


def readers(folder: Path | None = None) -> tuple[PersonDetector, CueReader]:
    """The frozen networks on LiteRT: the detector, and the reader of cues."""
    from scripts.engine import cues, detection
    from scripts.engine.networks import LiteRtNetwork

    detector = LiteRtNetwork(weights.load(weights.DETECTOR, folder), detection.FEATURES)
    semantic = LiteRtNetwork(weights.load(weights.SEMANTIC, folder), cues.SEMANTIC_FEATURES)
    reader = cues.CueReader(
        pose=LiteRtNetwork(weights.load_pose(folder)),
        selfie=LiteRtNetwork(weights.load(weights.SELFIE, folder)),
        semantic=semantic,
    )
    return detection.PersonDetector(detector), reader


def _litert(folder: Path | None, *, learned: bool) -> PersonSegmenter:
    from scripts.engine.fusion import AverageFusion, LearnedFusion
    from scripts.engine.segmenter import PersonSegmenter

    detector, reader = readers(folder)
    fusion = LearnedFusion(shipped_fusion()) if learned else AverageFusion()
    return PersonSegmenter(detector=detector, reader=reader, fusion=fusion)


def _opencv(folder: Path | None) -> PersonSegmenter:
    from scripts.engine import cues, detection, pose
    from scripts.engine.fusion import LearnedFusion
    from scripts.engine.networks import OpenCvNetwork
    from scripts.engine.segmenter import PersonSegmenter

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
