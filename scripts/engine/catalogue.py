"""Engines by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scripts.engine import weights
from scripts.engine.errors import EngineNameError, WeightsError
from scripts.engine.threads import MOST_USEFUL
from scripts.engine.timing import Timing

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


def build(name: str = DEFAULT, folder: Path | None = None, threads: int | None = None) -> Segmenter:
    """The engine of that name, its weights loaded and checked.

    Args:
        name: one of NAMES, `onnx:PATH` or `onnx:PATH:LAYOUT`, or an engine that an installed
            package offers (see `own_engine`).
        folder: where the weights are; the user's cache unless given.
        threads: how many work on the people of a picture; as many as there are cores for the
            process, up to two, unless given. Models given as a file and users' own engines have
            threads of their own making.

    Raises:
        EngineNameError: there is no such engine.
        ModelLayoutError: the ONNX file is missing or of no known layout.
        WeightsError: a file of weights is missing or altered.
    """
    if name == "opencv":
        return _opencv(folder, threads)
    if name in ("composite", "average"):
        return _litert(folder, threads, learned=name == "composite")
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


def readers(
    folder: Path | None = None, timing: Timing | None = None
) -> tuple[PersonDetector, CueReader]:
    """The frozen networks on LiteRT: the detector, and the reader of cues."""
    timing = timing or Timing()
    from scripts.engine import cues, detection
    from scripts.engine.networks import LiteRtNetwork

    def network(
        name: str, content: bytes, inner: tuple[str, ...] = (), at_once: int = 1
    ) -> LiteRtNetwork:
        return LiteRtNetwork(content, inner, timing.network(name), at_once)

    # Looks are nothing but the detector, so that it alone is worth a second interpreter's 25 MB;
    # while one thread reads a pose, the other finds the remaining networks free often enough.
    detector = network(
        "detector", weights.load(weights.DETECTOR, folder), detection.FEATURES, MOST_USEFUL
    )
    reader = cues.CueReader(
        pose=network("pose", weights.load_pose(folder)),
        selfie=network("selfie", weights.load(weights.SELFIE, folder)),
        semantic=network(
            "semantic", weights.load(weights.SEMANTIC, folder), cues.SEMANTIC_FEATURES
        ),
    )
    return detection.PersonDetector(detector), reader


def _litert(folder: Path | None, threads: int | None, *, learned: bool) -> PersonSegmenter:
    from scripts.engine.fusion import AverageFusion, Fusion, LearnedFusion
    from scripts.engine.segmenter import PersonSegmenter

    timing = Timing()
    detector, reader = readers(folder, timing)
    fusion: Fusion = AverageFusion()
    if learned:
        fusion = LearnedFusion(shipped_fusion(), timing.network("fusion"))
    return PersonSegmenter(
        detector=detector, reader=reader, fusion=fusion, timing=timing, threads=threads
    )


def _opencv(folder: Path | None, threads: int | None) -> PersonSegmenter:
    from scripts.engine import cues, detection, pose
    from scripts.engine.fusion import LearnedFusion
    from scripts.engine.networks import OpenCvNetwork
    from scripts.engine.segmenter import PersonSegmenter

    timing = Timing()

    def network(name: str, content: bytes, shapes: tuple[tuple[int, ...], ...]) -> OpenCvNetwork:
        return OpenCvNetwork(content, shapes, timing.network(name))

    detector = network("detector", weights.load(weights.DETECTOR, folder), detection.OUTPUT_SHAPES)
    return PersonSegmenter(
        detector=detection.PersonDetector(detector),
        reader=cues.CueReader(
            pose=network("pose", weights.load_pose(folder), pose.OUTPUT_SHAPES),
            selfie=network("selfie", weights.load(weights.SELFIE, folder), cues.SELFIE_SHAPES),
            semantic=None,
        ),
        fusion=LearnedFusion(shipped_fusion(), timing.network("fusion")),
        timing=timing,
        threads=threads,
    )


def shipped_fusion() -> bytes:
    """The project's own network; raises WeightsError where the installation lost it."""
    try:
        return weights.SHIPPED_FUSION.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{weights.SHIPPED_FUSION} is missing: install maskline again (make setup)"
        ) from error
