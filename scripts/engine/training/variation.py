"""Pictures varied before the frozen networks see them, so that every cue varies with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from scripts.engine.arrays import Bits, Rgb

LARGEST_SIDE = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture [h, w, 3] and the masks [h, w] of its people, crowds apart."""

    picture: Rgb
    people: tuple[Bits, ...]
    crowds: tuple[Bits, ...]


def varied(scene: Scene, others: Sequence[Scene], draw: Generator) -> Scene:
    """Another picture of the same people: mirrored, turned, resized, recoloured, joined by others.

    Args:
        scene: the picture.
        others: scenes whose people may be pasted in, before or behind nobody.
        draw: the source of chance.
    """
    scene = _moved(scene, draw)
    if others and draw.random() < 0.5:  # noqa: PLR2004  # every other picture
        scene = pasted(scene, others[int(draw.integers(len(others)))], draw)
    return Scene(picture=_recolored(scene.picture, draw), people=scene.people, crowds=scene.crowds)


def _moved(scene: Scene, draw: Generator) -> Scene:
    height, width = scene.picture.shape[:2]
    scale = min(float(np.exp(draw.uniform(np.log(0.6), np.log(1.5)))), LARGEST_SIDE / width)
    angle = float(draw.normal(0.0, 5.0))
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale), np.float64)
    size = (round(width * scale), round(height * scale))
    turn[:, 2] += np.array([size[0] - width, size[1] - height]) / 2
    if draw.random() < 0.5:  # noqa: PLR2004  # mirrored as often as not
        turn = np.array([[-1.0, 0.0, size[0]], [0.0, 1.0, 0.0]]) @ np.vstack([turn, [0, 0, 1]])

    def bits(mask: Bits) -> Bits:
        moved = cv2.warpAffine(mask.astype(np.uint8), turn, size, flags=cv2.INTER_NEAREST)
        return np.asarray(moved > 0, dtype=np.bool_)

    shrunk = cv2.GaussianBlur(scene.picture, (0, 0), 0.4 / scale) if scale < 1 else scene.picture
    picture = cv2.warpAffine(
        shrunk, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return Scene(
        picture=np.asarray(picture, dtype=np.uint8),
        people=tuple(bits(mask) for mask in scene.people),
        crowds=tuple(bits(mask) for mask in scene.crowds),
    )


def pasted(scene: Scene, other: Scene, draw: Generator) -> Scene:
    """Put one person of another scene in front, near someone where there is someone."""
    if not other.people:
        return scene
    mask = other.people[int(draw.integers(len(other.people)))]
    x, y, wide, high = cv2.boundingRect(mask.astype(np.uint8))
    if min(wide, high) < 24:  # noqa: PLR2004  # too small to be worth it
        return scene
    height, width = scene.picture.shape[:2]
    factor = float(draw.uniform(0.25, 0.9)) * height / high
    size = (max(8, round(wide * factor)), max(8, round(high * factor)))
    cut = cv2.resize(other.picture[y : y + high, x : x + wide], size, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(mask[y : y + high, x : x + wide].astype(np.float32), size)
    center = _place(scene, draw)
    left, top = round(center[0] - size[0] / 2), round(center[1] - size[1] / 2)
    shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
    cut, alpha = (cv2.warpAffine(plane, shift, (width, height)) for plane in (cut, alpha))
    soft = cv2.GaussianBlur(alpha, (0, 0), 0.8)[..., None]
    front = alpha > 0.5  # noqa: PLR2004  # even odds
    people = (*(np.asarray(one & ~front) for one in scene.people), np.asarray(front))
    return Scene(
        picture=(scene.picture * (1 - soft) + cut * soft).astype(np.uint8),
        people=people,
        crowds=tuple(np.asarray(one & ~front) for one in scene.crowds),
    )


def _place(scene: Scene, draw: Generator) -> tuple[float, float]:
    """Where to paste: beside somebody, or anywhere."""
    height, width = scene.picture.shape[:2]
    seen = [mask for mask in scene.people if mask.any()]
    if not seen:
        return float(draw.uniform(0.1, 0.9)) * width, float(draw.uniform(0.3, 0.9)) * height
    x, y, wide, high = cv2.boundingRect(seen[int(draw.integers(len(seen)))].astype(np.uint8))
    side = 1.0 if draw.random() < 0.5 else -1.0  # noqa: PLR2004  # left or right
    away = side * float(draw.uniform(0.35, 1.1)) * wide
    return x + wide / 2 + away, y + high / 2 + float(draw.normal(0, 0.15)) * high


def _recolored(picture: Rgb, draw: Generator) -> Rgb:
    values = picture.astype(np.float32) / 255
    values = np.clip(values, 0, 1) ** float(np.exp(draw.normal(0, 0.2)))
    grey = values.mean(axis=2, keepdims=True)
    values = grey + (values - grey) * float(draw.uniform(0.5, 1.4))
    values = (values - 0.5) * float(draw.uniform(0.8, 1.2)) + 0.5 + float(draw.normal(0, 0.04))
    values = values * np.asarray(draw.uniform(0.92, 1.08, 3), dtype=np.float32)
    return np.asarray(np.clip(values, 0, 1) * 255, dtype=np.uint8)
