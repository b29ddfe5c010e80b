"""`bokeh`: the chosen people sharp, all else as an open lens would draw it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.choosing import chosen
from shared.imaging.composing import set_upon
from shared.imaging.doubling import doubled
from shared.imaging.files import JPEG, RenderedFile
from shared.imaging.lens import blur, step_of, take_backdrop
from shared.imaging.membership import membership
from shared.imaging.options.bokeh import BokehOptions
from shared.imaging.scene import Scene

_SLENDER: Final = 1.6
"""Who is so many times taller than wide stands, and is seen with their feet."""
_GROUND: Final = 0.45
"""From so many heights of a person on, the floor is as blurred as all behind it."""
_NEAR: Final = 0.3
"""The blur at a person's feet against the one behind them."""

Bytes = NDArray[np.uint8]


def render(scene: Scene, options: BokehOptions) -> Iterator[RenderedFile]:
    """`bokeh.jpg`, of the picture's size and colour profile; all of it blurred where nobody is."""
    ids = chosen(scene.people, options.sharp)
    canvas = _background(scene, ids, options)
    set_upon(canvas, scene, ids)
    target = io.BytesIO()
    Image.fromarray(canvas).save(
        target,
        "JPEG",
        quality=options.quality,
        icc_profile=scene.photo.icc_profile,
        exif=scene.exif.get(options.metadata, b""),
    )
    yield RenderedFile(name="bokeh.jpg", media_type=JPEG, data=target.getvalue())


def _background(scene: Scene, ids: Sequence[int], options: BokehOptions) -> Bytes:
    radius = max(1.0, options.strength / 1000 * min(scene.width, scene.height))
    step = step_of(radius)
    people = membership(scene.label_map, ids)
    backdrop = take_backdrop(scene.photo, people, step, options.highlights)
    far = blur(backdrop, radius / step)
    if options.ground:
        distance = _distance(scene, ids)[step // 2 :: step][: far.shape[0]]
        if distance.min() < 1:
            near = blur(backdrop, radius / step * _NEAR)
            far = _mixed(near, far, distance)
    return _full(far, scene, step)


def _full(small: Bytes, scene: Scene, step: int) -> Bytes:
    """*small* at the picture's size: smoothly to half of it, and the last doubling cheaply."""
    if step == 1:
        return small
    half = (small.shape[1] * step // 2, small.shape[0] * step // 2)
    smooth = Image.fromarray(small).resize(half, Image.Resampling.BICUBIC)
    return doubled(np.asarray(smooth), (scene.width, scene.height))


def _distance(scene: Scene, ids: Sequence[int]) -> NDArray[np.float32]:
    """For each row 0..1: how far behind or before the nearest standing person its floor lies."""
    rows = np.arange(scene.height, dtype=np.float32)
    nearest = np.ones(scene.height, np.float32)
    for person in scene.people:
        _, y, width, height = person.box
        stands = height >= _SLENDER * width and y + height < scene.height
        if person.id in ids and stands:
            np.minimum(nearest, np.abs(rows - (y + height)) / (_GROUND * height), out=nearest)
    return nearest


def _mixed(near: Bytes, far: Bytes, distance: NDArray[np.float32]) -> Bytes:
    share = np.pad(distance, (0, near.shape[0] - distance.size), mode="edge")
    mixed = near + share[:, np.newaxis, np.newaxis] * (far.astype(np.float32) - near)
    return np.rint(mixed).astype(np.uint8)
