"""`erase-mask`: whom to erase and whom to keep, as `image-erase-completion` reads it.

The API takes PNG masks of exactly the picture's size: what is not 0 in `mask_url` is erased, what
is not 0 in `foreground_url` is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from shared.imaging.choosing import chosen
from shared.imaging.dilating import dilate
from shared.imaging.files import PNG, RenderedFile
from shared.imaging.options.erase_mask import EraseMaskOptions
from shared.imaging.placing import fit_to_picture
from shared.imaging.png import encode_png
from shared.imaging.scene import Person, Scene

_SET = 255


def render(scene: Scene, options: EraseMaskOptions) -> Iterator[RenderedFile]:
    """`erase-mask/mask.png` (white is erased) and `erase-mask/keep.png` (white is kept).

    Nobody who is kept is hit by the widened outline of somebody who is erased.
    """
    ids = chosen(scene.people, options.people)
    kept = np.ones(256, np.uint8)
    kept[[0, *ids]] = 0
    keep = kept[scene.label_map]
    erase = np.zeros_like(keep)
    for person in scene.people:
        if person.id in ids:
            _mark(erase, scene.label_map, person, options.dilation)
    erase &= 1 - keep
    for name, mask in (("mask", erase), ("keep", keep)):
        data = encode_png(_sized(mask, options) * np.uint8(_SET))
        yield RenderedFile(name=f"erase-mask/{name}.png", media_type=PNG, data=data)


def _mark(
    erase: NDArray[np.uint8], label_map: NDArray[np.uint8], person: Person, dilation: float
) -> None:
    x, y, width, height = person.box
    reach = round(dilation * sqrt(person.area))
    left, upper = max(0, x - reach), max(0, y - reach)
    window = (slice(upper, y + height + reach), slice(left, x + width + reach))
    erase[window] |= dilate(label_map[window] == person.id, reach)


def _sized(mask: NDArray[np.uint8], options: EraseMaskOptions) -> NDArray[np.uint8]:
    if not options.width:
        return mask
    return fit_to_picture(mask, options.width, options.height)
