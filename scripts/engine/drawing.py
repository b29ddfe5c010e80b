"""The visualisation: each person in another colour over the picture."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

from scripts.engine.arrays import LabelMap, Rgb

STRENGTH = 0.5
GOLDEN = 0.618033988749895


def color_of(person: int) -> tuple[int, int, int]:
    """The colour of a person's number; neighbours in number are far apart in hue."""
    hue = (0.02 + (person - 1) * GOLDEN) % 1.0
    light = (0.95, 0.8, 1.0)[person % 3]
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.78, light)
    return round(red * 255), round(green * 255), round(blue * 255)


def draw(picture: Rgb, label_map: LabelMap) -> Rgb:
    """Tint every person and outline them, white within black, to show on any background.

    Returns:
        A new picture of the same shape.
    """
    count = int(label_map.max(initial=0))
    palette = np.array([(0, 0, 0), *map(color_of, range(1, count + 1))], np.float32)
    drawn = picture.astype(np.float32)
    people = label_map > 0
    drawn[people] = drawn[people] * (1 - STRENGTH) + palette[label_map[people]] * STRENGTH
    canvas = drawn.astype(np.uint8)
    thickness = max(1, round(max(label_map.shape) / 700))
    for person in range(1, count + 1):
        _outline(canvas, label_map, person, thickness)
    return canvas


def _outline(canvas: Rgb, label_map: LabelMap, person: int, thickness: int) -> None:
    bits = (label_map == person).astype(np.uint8)
    outlines, _ = cv2.findContours(bits, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(canvas, outlines, -1, (0, 0, 0), 3 * thickness, cv2.LINE_AA)
    cv2.drawContours(canvas, outlines, -1, (255, 255, 255), thickness, cv2.LINE_AA)
