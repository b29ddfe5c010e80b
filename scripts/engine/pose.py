"""One person's landmarks and mask: BlazePose on a square region, which may be rotated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.engine.arrays import Affine, Plane, logistic, unit
from scripts.engine.geometry import crop, inverse, rotated_square
from scripts.engine.networks import Network
from scripts.engine.pyramid import Pyramid

SIDE = 256
POINTS = 39
HIPS, UPRIGHT = 33, 34
OUTPUT_SHAPES = ((195,), (1,), (256, 256, 1), (64, 64, 39), (117,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """A region of the picture: center and side in picture pixels, angle in radians."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def scaled(self, factor: float) -> Square:
        """The same place, larger or smaller."""
        return Square(x=self.x, y=self.y, side=self.side * factor, angle=self.angle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """What BlazePose saw in one region.

    Attributes:
        presence: 0..1, how sure it is that a person is there.
        points: [39, 2] landmarks in picture pixels; 33 is the hips' centre, 34 gives size and up.
        visible: [39] 0..1 per landmark.
        mask: [256, 256] probability of the person, in the region's own pixels.
        region: the map from the picture to the region's pixels.
    """

    presence: float
    points: NDArray[np.float64]
    visible: Plane
    mask: Plane
    region: Affine

    def own_square(self) -> Square:
        """The upright square around the person that the landmarks describe."""
        hips, top = self.points[HIPS], self.points[UPRIGHT]
        away = top - hips
        return Square(
            x=float(hips[0]),
            y=float(hips[1]),
            side=2.5 * math.hypot(away[0], away[1]),
            angle=math.atan2(away[0], -away[1]),
        )


class PoseEstimator:
    """Runs BlazePose."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(self, picture: Pyramid, square: Square) -> Pose:
        """Look at one square of the picture."""
        region = rotated_square((square.x, square.y), square.side, square.angle, SIDE)
        patch = unit(crop(picture, region, SIDE))
        points, presence, mask, _, _ = self._network(patch)
        points = points.reshape(POINTS, 5)
        back = inverse(region)
        return Pose(
            presence=float(presence[0]),
            points=points[:, :2] @ back[:, :2].T + back[:, 2],
            visible=logistic(points[:, 3]),
            mask=logistic(mask[..., 0]),
            region=region,
        )
