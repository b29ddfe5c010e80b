"""What the frozen networks say about one person's box, brought into one frame.

The frame is the box widened by a fifth on each side, stretched to SIDE x SIDE pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from scripts.engine.anchors import SIDE as LOOK_SIDE
from scripts.engine.arrays import Affine, Boxes, Features, Plane, unit
from scripts.engine.detection import Detection
from scripts.engine.geometry import crop, gather, inside, rotated_square, stretched_box, transfer
from scripts.engine.landmarks import Landmarks, landmarks_of
from scripts.engine.networks import Network
from scripts.engine.pose import Pose, PoseEstimator, Square
from scripts.engine.pyramid import Pyramid

SIDE = 128
CELLS = 32
MARGIN = 0.2
SELFIE_SIDE = 256
SELFIE_SHAPES = ((256, 256, 1),)
SEMANTIC_SIDE = 257
SEMANTIC_FEATURES = ("concat_projection/Relu",)
SEMANTIC_CHANNELS = 256
LOOK_CHANNELS = 128
BACKGROUND, PERSON = 0, 15
VISIBLE = 0.5
SURE, SURE_IN_CROWD = 0.9, 0.5
SURE_OF_BUST = 0.8
BUST_SHAPE = 1.7
"""Height by width of a box, up to which it is taken to end at somebody's chest or waist."""
SMALLEST_BUST = 160
"""Pixels of such a box's height; of smaller ones nobody makes a portrait."""
BUST_SQUARE = 2.6
"""Side of the square that BlazePose knows a bust in, by the box's height: hips in its middle."""
BONES = (
    *((11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (23, 25)),
    *((25, 27), (24, 26), (26, 28), (27, 31), (28, 32), (0, 11), (0, 12), (7, 8)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Semantics:
    """DeepLab's answer: person and background planes [SIDE, SIDE], and what it computed inside.

    `features` are [CELLS, CELLS, SEMANTIC_CHANNELS]. Without DeepLab everything is zero.
    """

    person: Plane
    background: Plane
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Cues:
    """Everything known about one person; planes are [SIDE, SIDE] in the box's frame.

    Attributes:
        box: [4] the person's box in the picture.
        score: the detector's.
        frame: the map from the picture to the frame.
        colors: [SIDE, SIDE, 3], 0..1.
        inside: 1 within the picture, 0 beyond its edges.
        near: BlazePose's mask from the closer square around the box.
        far: the same from the wider square, or `near` again where that was sure enough.
        upright: the same from the square that the landmarks describe.
        selfie: the selfie network's mask.
        semantics: DeepLab's answer.
        looks: [CELLS, CELLS, LOOK_CHANNELS] what the detector computed in its close look.
        skeleton: the landmarks drawn as soft bones.
        presence: BlazePose's best confidence.
        landmarks: where face and shoulders are, in the picture.
    """

    box: Boxes
    score: float
    frame: Affine
    colors: Plane
    inside: Plane
    near: Plane
    far: Plane
    upright: Plane
    selfie: Plane
    semantics: Semantics
    looks: Features
    skeleton: Plane
    presence: float
    landmarks: Landmarks = field(default_factory=dict)

    def pose_mask(self) -> Plane:
        """The mean of BlazePose's three masks."""
        return ((self.near + self.far + self.upright) / 3).astype(np.float32)


class CueReader:
    """Runs the frozen networks on a box."""

    def __init__(self, *, pose: Network, selfie: Network, semantic: Network | None) -> None:
        self._pose = PoseEstimator(pose)
        self._selfie = selfie
        self._semantic = semantic

    def __call__(self, picture: Pyramid, detection: Detection, sure: float = SURE) -> Cues:
        """Read the cues of one detection.

        Args:
            picture: where it was detected.
            detection: of one person.
            sure: where the closer look is at least so sure of a person, the wider one is saved,
                and its mask is the closer one's.
        """
        box = detection.box
        square = Square(
            x=float(box[0] + box[2]) / 2,
            y=float(box[1] + box[3]) / 2,
            side=float(max(box[2] - box[0], box[3] - box[1], 4.0)),
        )
        frame = stretched_box(box, MARGIN, SIDE)
        near = self._pose(picture, square.scaled(1.25))
        far = near if near.presence >= sure else self._pose(picture, square.scaled(1.55))
        upright, trusted = self._follow(picture, near, far, square.side)
        return Cues(
            box=box,
            score=detection.score,
            frame=frame,
            colors=unit(crop(picture, frame, SIDE)),
            inside=inside(picture.shape, frame, SIDE),
            near=transfer(near.mask, near.region, frame, SIDE),
            far=transfer(far.mask, far.region, frame, SIDE),
            upright=transfer(upright.mask, upright.region, frame, SIDE),
            selfie=self._read_selfie(picture, square.scaled(1.3), frame),
            semantics=self._read_semantics(picture, square.scaled(1.4), frame),
            looks=_look_features(detection, frame),
            skeleton=draw_skeleton(trusted, frame),
            presence=max(near.presence, far.presence, upright.presence),
            landmarks=landmarks_of(self._seen_as_bust(picture, box, near) or trusted),
        )

    def _follow(self, picture: Pyramid, near: Pose, far: Pose, side: float) -> tuple[Pose, Pose]:
        """A third look where the landmarks say the person is: that look, and whom to trust."""
        better = near if near.presence >= far.presence else far
        square = better.own_square()
        if better.presence <= 0.3 or not 0.4 * side < square.side < 4 * side:  # noqa: PLR2004  # beyond these the landmarks are lost
            return far, better
        upright = self._pose(picture, square)
        return upright, upright if upright.presence > VISIBLE else better

    def _seen_as_bust(self, picture: Pyramid, box: Boxes, near: Pose) -> Pose | None:
        """A look for the landmarks of someone of whom only the upper part is there, or None.

        BlazePose wants the hips in the middle; where it is unsure of a bust looked at by its box,
        it misplaces eyes by half a face, which a mask forgives and a portrait does not.
        """
        width, height = float(box[2] - box[0]), float(box[3] - box[1])
        if near.presence >= SURE_OF_BUST or not SMALLEST_BUST <= height <= BUST_SHAPE * width:
            return None
        middle = float(box[0] + box[2]) / 2
        pose = self._pose(picture, Square(x=middle, y=float(box[3]), side=BUST_SQUARE * height))
        return pose if pose.presence > VISIBLE else None

    def _read_selfie(self, picture: Pyramid, square: Square, frame: Affine) -> Plane:
        region = rotated_square((square.x, square.y), square.side, 0.0, SELFIE_SIDE)
        answer = self._selfie(unit(crop(picture, region, SELFIE_SIDE)))[0][..., 0]
        return transfer(answer, region, frame, SIDE)

    def _read_semantics(self, picture: Pyramid, square: Square, frame: Affine) -> Semantics:
        if self._semantic is None:
            blank = np.zeros((SIDE, SIDE), np.float32)
            nothing = np.zeros((CELLS, CELLS, SEMANTIC_CHANNELS), np.float16)
            return Semantics(person=blank, background=blank, features=nothing)
        region = rotated_square((square.x, square.y), square.side, 0.0, SEMANTIC_SIDE)
        patch = crop(picture, region, SEMANTIC_SIDE).astype(np.float32) / np.float32(127.5) - 1
        classes, features = self._semantic(patch)
        grown = np.exp(classes - classes.max(axis=-1, keepdims=True))
        shares = grown[..., (BACKGROUND, PERSON)] / grown.sum(axis=-1, keepdims=True)
        background, person = (
            transfer(np.ascontiguousarray(shares[..., k]), region, frame, SIDE) for k in (0, 1)
        )
        gathered = gather(features, region / SEMANTIC_SIDE, frame / SIDE, CELLS)
        compact = gathered.astype(np.float16)
        return Semantics(person=person, background=background, features=compact)


def _look_features(detection: Detection, frame: Affine) -> Features:
    if not detection.features:
        return np.zeros((CELLS, CELLS, LOOK_CHANNELS), np.float16)
    levels = [
        gather(level, detection.region / LOOK_SIDE, frame / SIDE, CELLS)
        for level in detection.features
    ]
    return np.concatenate(levels, axis=-1, dtype=np.float16, casting="same_kind")


def draw_skeleton(pose: Pose, frame: Affine) -> Plane:
    """The bones between visible landmarks, blurred; [SIDE, SIDE], 0..1."""
    canvas = np.zeros((SIDE, SIDE), np.float32)
    places = np.clip(pose.points @ frame[:, :2].T + frame[:, 2], -2 * SIDE, 3 * SIDE)
    for start, end in BONES:
        if min(pose.visible[start], pose.visible[end]) > VISIBLE:
            ends = [(round(float(p[0])), round(float(p[1]))) for p in (places[start], places[end])]
            cv2.line(canvas, ends[0], ends[1], 1.0, 2)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 1.6), dtype=np.float32)
