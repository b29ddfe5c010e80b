"""A person taken out of the picture and set into a frame, on a background."""

from __future__ import annotations

import numpy as np
from PIL import Image

from shared.imaging.cutout import cut_out
from shared.imaging.options.colour import Colour
from shared.imaging.portrait.framing import Frame
from shared.imaging.profiles import to_srgb
from shared.imaging.scene import Person, Scene

_REDUCING_GAP = 3.0
"""Pillow reduces by whole numbers first, down to thrice the size wanted: no difference to see."""


def set_into(scene: Scene, person: Person, frame: Frame, size: tuple[int, int]) -> Image.Image:
    """What *frame* holds of *person* alone: RGBA of *size*, in sRGB."""
    left, upper = int(np.floor(frame.left)), int(np.floor(frame.top))
    right, lower = int(np.ceil(frame.left + frame.width)), int(np.ceil(frame.bottom))
    within = (max(0, left), max(0, upper), min(scene.width, right), min(scene.height, lower))
    x, y = within[:2]
    window = (x, y, within[2] - x, within[3] - y)
    cut = cut_out(scene.photo, scene.label_map, person.id, window)
    canvas = Image.new("RGBA", (right - left, lower - upper))
    canvas.paste(Image.fromarray(cut), (x - left, y - upper))
    box = (frame.left - left, frame.top - upper)
    edges = (
        *box,
        min(canvas.width, box[0] + frame.width),
        min(canvas.height, box[1] + frame.height),
    )
    small = canvas.resize(size, Image.Resampling.LANCZOS, box=edges, reducing_gap=_REDUCING_GAP)
    return to_srgb(small, scene.photo.icc_profile)


def on_background(cut: Image.Image, above: Colour, below: Colour) -> Image.Image:
    """*cut* on a background that runs from the colour *above* to the one *below*; RGB."""
    share = np.linspace(0, 1, cut.height, dtype=np.float32)[:, np.newaxis]
    ramp = np.asarray(above, np.float32) * (1 - share) + np.asarray(below, np.float32) * share
    rows = np.rint(ramp).astype(np.uint8)[:, np.newaxis]
    background = Image.fromarray(np.repeat(rows, cut.width, axis=1))
    background.paste(cut, mask=cut.getchannel("A"))
    return background
