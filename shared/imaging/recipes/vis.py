"""`vis`: the picture with its people tinted, outlined and numbered."""

from __future__ import annotations

from collections.abc import Iterator

from shared.imaging.badges import Badge, lay, legend, numbers
from shared.imaging.files import PNG, RenderedFile
from shared.imaging.options.vis import VisOptions
from shared.imaging.overlay import draw_people
from shared.imaging.png import encode_rows
from shared.imaging.scene import Scene


def render(scene: Scene, options: VisOptions) -> Iterator[RenderedFile]:
    """`vis.png`, of the picture's own size."""
    badges: list[Badge] = []
    if options.numbers:
        badges.extend(numbers(scene.label_map, scene.people))
    if options.legend:
        badges.extend(legend(scene.label_map, scene.people))
    drawn = lay(draw_people(scene.photo.rgb, scene.label_map, scene.shapes), badges)
    rows = (band.reshape(len(band), -1) for band in drawn)
    size = (scene.width, scene.height)
    data = encode_rows(rows, size, 3, icc_profile=scene.photo.icc_profile)
    yield RenderedFile(name="vis.png", media_type=PNG, data=data)
