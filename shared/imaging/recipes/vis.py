"""`vis`: the picture with its people tinted, outlined and numbered."""

from __future__ import annotations

from collections.abc import Iterator

from shared.imaging.files import PNG, RenderedFile
from shared.imaging.options.vis import VisOptions
from shared.imaging.overlay import draw_people
from shared.imaging.png import encode_png
from shared.imaging.scene import Scene


def render(scene: Scene, options: VisOptions) -> Iterator[RenderedFile]:
    """`vis.png`, of the picture's own size."""
    del options
    pixels = draw_people(scene.photo, scene.label_map, scene.shapes)
    data = encode_png(pixels, icc_profile=scene.photo.icc_profile)
    yield RenderedFile(name="vis.png", media_type=PNG, data=data)
