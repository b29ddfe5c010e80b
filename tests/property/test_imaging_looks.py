from __future__ import annotations

import io
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.options.backdrop import BackdropOptions
from shared.imaging.options.bokeh import BokehOptions
from shared.imaging.options.id_photo import IdPhotoOptions
from shared.imaging.recipes import backdrop, bokeh, id_photo
from shared.imaging.scene import read_scene
from tests import pictures

label_maps = arrays(
    np.uint8,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40),
    elements=st.integers(0, 3),
)
backdrops = st.builds(
    BackdropOptions,
    people=st.sampled_from(["all", "largest", "not-largest", (2,)]),
    show=st.sampled_from(["people", "background"]),
    hole=st.sampled_from(["filled", "transparent"]),
    colour=st.sampled_from(["blue", "transparent"]),
    shadow=st.sampled_from([0, 0.5]),
)
strengths = st.floats(1, 60)


@given(label_maps, backdrops, strengths)
@settings(max_examples=60, deadline=None)
def test_any_crowd_on_any_picture_gives_a_picture_of_its_size(
    label_map: NDArray[np.uint8], options: BackdropOptions, strength: float
) -> None:
    height, width = label_map.shape
    scene = read_scene(pictures.picture("PNG", (width, height)), pictures.label_png(label_map))

    files = [
        *backdrop.render(scene, options),
        *bokeh.render(scene, BokehOptions(sharp=options.people, strength=strength)),
    ]

    assert len(files) == 2
    for file in files:
        with Image.open(io.BytesIO(file.data)) as image:
            assert image.size == (width, height)


@given(label_maps)
@settings(max_examples=30, deadline=None)
def test_everyone_has_an_id_photo_or_a_reason(label_map: NDArray[np.uint8]) -> None:
    height, width = label_map.shape
    scene = read_scene(pictures.picture("PNG", (width, height)), pictures.label_png(label_map))

    *made, report = id_photo.render(scene, IdPhotoOptions(sheet="none"))

    people = json.loads(report.data)["people"]
    assert [person["id"] for person in people] == [person.id for person in scene.people]
    assert sum(person["made"] for person in people) == len(made)
    assert all(person["made"] or person["reason"] for person in people)
