"""`vis`: the picture with its people tinted, outlined and numbered."""

from __future__ import annotations

from collections.abc import Iterator

from shared.imaging.badges import draw_legend, draw_numbers
from shared.imaging.files import PNG, RenderedFile
from shared.imaging.options.vis import VisOptions
from shared.imaging.overlay import draw_people
from shared.imaging.png import encode_png
from shared.imaging.scene import Scene


def render(scene: Scene, options: VisOptions) -> Iterator[RenderedFile]:
    """`vis.png`, of the picture's own size."""
    pixels = draw_people(scene.photo.rgb, scene.label_map, scene.shapes)
    if options.numbers:
        draw_numbers(pixels, scene.label_map, scene.people)
    if options.legend:
        draw_legend(pixels, scene.label_map, scene.people)
    data = encode_png(pixels, icc_profile=scene.photo.icc_profile)
    yield RenderedFile(name="vis.png", media_type=PNG, data=data)
