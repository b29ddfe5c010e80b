"""Outlines of people for tests: a head upon shoulders, drawn from a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw


@dataclass(frozen=True)
class Bust:
    """A head of *height* pixels, crown to chin, on shoulders that go down to the *floor*."""

    crown: int
    centre: int
    height: int
    floor: int
    shoulders: bool = True

    @property
    def chin(self) -> int:
        return self.crown + self.height

    @property
    def width(self) -> float:
        return self.height / 1.32

    def draw(self, draw: ImageDraw.ImageDraw, number: int) -> None:
        half = self.width / 2
        draw.ellipse((self.centre - half, self.crown, self.centre + half, self.chin), number)
        if self.shoulders:
            neck = self.chin - self.height * 0.15
            draw.rectangle(
                (self.centre - half / 2, neck, self.centre + half / 2, self.floor), number
            )
            upper = self.chin + self.height * 0.12
            box = (self.centre - 2.4 * half, upper, self.centre + 2.4 * half, self.floor)
            draw.rounded_rectangle(
                box, self.height * 0.35, number, corners=(True, True, False, False)
            )


def outlines(size: tuple[int, int], *people: Bust) -> NDArray[np.uint8]:
    """A label map of *size* (width, height): person 1, 2, … in the order given."""
    image = Image.new("L", size)
    for number, person in enumerate(people, start=1):
        person.draw(ImageDraw.Draw(image), number)
    drawn: NDArray[np.uint8] = np.array(image)
    return drawn
