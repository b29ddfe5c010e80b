"""`backdrop`: people on another background, or the background without them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.choosing import chosen
from shared.imaging.composing import cuts, enlarged, place_of, rows_of, set_upon
from shared.imaging.files import JPEG, PNG, RenderedFile
from shared.imaging.hole import cut_away, without_people
from shared.imaging.membership import membership
from shared.imaging.options.backdrop import BACKGROUND, COVER, BackdropOptions
from shared.imaging.options.colour import Colour, colour_named
from shared.imaging.png import encode_png
from shared.imaging.scene import Scene
from shared.imaging.scenery import fitted, gradient, shadow

_BLACK: Final = (0, 0, 0)

Bytes = NDArray[np.uint8]


def render(scene: Scene, options: BackdropOptions) -> Iterator[RenderedFile]:
    """`backdrop.png` where something is transparent, else `backdrop.jpg`; of the picture's size.

    Raises:
        OptionError: the image behind the people is not among the scene's materials.
        PictureError: it is no picture.
    """
    ids = chosen(scene.people, options.people)
    own_colours = options.show == BACKGROUND or options.see_through
    profile = scene.photo.icc_profile if own_colours else None
    exif = scene.exif.get(options.metadata, b"")
    if options.see_through:
        cut = cut_away(scene, ids) if options.show == BACKGROUND else _alone(scene, ids, options)
        data = encode_png(cut, icc_profile=profile, exif=exif)
        yield RenderedFile(name="backdrop.png", media_type=PNG, data=data)
        return
    if options.show == BACKGROUND:
        canvas = without_people(scene, ids)
    else:
        canvas = _scenery(scene, options)
        for place, dark in _shadow(scene, ids, options.shadow):
            lit = Image.fromarray(canvas[place])
            lit.paste(_BLACK, mask=dark)
            canvas[place] = np.asarray(lit)
        set_upon(canvas, scene, ids, screen=True)
    target = io.BytesIO()
    Image.fromarray(canvas).save(
        target, "JPEG", quality=options.quality, icc_profile=profile, exif=exif
    )
    yield RenderedFile(name="backdrop.jpg", media_type=JPEG, data=target.getvalue())


def _alone(scene: Scene, ids: Sequence[int], options: BackdropOptions) -> Bytes:
    """The people as RGBA, at their places in the picture, upon nothing but their shadow."""
    canvas = np.zeros((scene.height, scene.width, 4), np.uint8)
    for place, dark in _shadow(scene, ids, options.shadow):
        canvas[..., 3][place] = np.asarray(dark)
    for place, cut in cuts(scene, ids):
        under = Image.fromarray(np.ascontiguousarray(canvas[place]))
        canvas[place] = np.asarray(Image.alpha_composite(under, Image.fromarray(cut)))
    return canvas


def _scenery(scene: Scene, options: BackdropOptions) -> Bytes:
    size = (scene.width, scene.height)
    begin = _colour(options.colour)
    end = _colour(options.colour_to) if options.colour_to else begin
    canvas = gradient(size, begin, end, options.angle)
    if options.image:
        picture, (x, y) = fitted(_material(scene, options), size, cover=options.fit == COVER)
        canvas[y : y + picture.height, x : x + picture.width] = np.asarray(picture)
    return canvas


def _colour(name: str) -> Colour:
    return colour_named(name) or (255, 255, 255)


def _material(scene: Scene, options: BackdropOptions) -> bytes:
    data = scene.materials.get(options.image)
    if data is None:
        what = f"there is no object {options.image!r}"
        remedy = "Put it into the bucket, or name another."
        what_zh, remedy_zh = f"没有对象 {options.image!r}", "请将其放入存储桶，或改用其他图片。"
        raise options.refuse("image", what, remedy, what_zh, remedy_zh)
    return data


def _shadow(
    scene: Scene, ids: Sequence[int], opacity: float
) -> Iterator[tuple[tuple[slice, slice], Image.Image]]:
    """The shadow at the picture's size, a few rows at a time, each with its place."""
    if not opacity or not ids:
        return
    small, step = shadow(membership(scene.label_map, ids), opacity)
    for box in rows_of(scene):
        yield place_of(box), enlarged(small, box, step)
