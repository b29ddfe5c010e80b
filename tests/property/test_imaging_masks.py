from __future__ import annotations

import io

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from shared.domain.input_rules import DASHSCOPE_LIMITS, fit_sides
from shared.imaging.label_map import read_label_map
from shared.imaging.placing import fit_to_picture, number_people
from shared.imaging.png import encode_png
from shared.imaging.runs import find_runs, measure

shapes = array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24)
label_maps = arrays(np.uint8, shapes, elements=st.integers(0, 5))
sides = st.integers(1, 30_000)


@given(label_maps)
def test_runs_tell_what_counting_every_pixel_tells(label_map: NDArray[np.uint8]) -> None:
    found = {shape.value: shape for shape in measure(find_runs(label_map))}

    assert set(found) == set(np.unique(label_map).tolist()) - {0}
    for value, shape in found.items():
        rows, columns = np.nonzero(label_map == value)
        x, y, width, height = shape.box
        assert (x, y) == (columns.min(), rows.min())
        assert (x + width - 1, y + height - 1) == (columns.max(), rows.max())
        assert shape.area == rows.size
        assert np.allclose(shape.centroid, (columns.mean(), rows.mean()))


@given(label_maps)
def test_runs_rebuild_the_label_map(label_map: NDArray[np.uint8]) -> None:
    runs = find_runs(label_map)
    rebuilt = np.zeros_like(label_map)
    for value, column, top, length in zip(
        runs.value, runs.column, runs.top, runs.length, strict=True
    ):
        rebuilt[top : top + length, column] = value

    assert np.array_equal(rebuilt, label_map)


@given(label_maps)
def test_numbering_keeps_everyone_apart_and_is_stable(label_map: NDArray[np.uint8]) -> None:
    ours, mapping = number_people(label_map)

    assert sorted(mapping.values()) == list(range(1, len(mapping) + 1))
    for old, new in mapping.items():
        assert np.array_equal(label_map == old, ours == new)
    again, identity = number_people(ours)
    assert np.array_equal(again, ours)
    assert all(old == new for old, new in identity.items())


@given(label_maps)
def test_a_label_map_survives_png(label_map: NDArray[np.uint8]) -> None:
    data = encode_png(label_map)

    assert np.array_equal(read_label_map(data), label_map)
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image), label_map)


@given(label_maps, st.integers(1, 5))
def test_enlarging_never_invents_a_number(label_map: NDArray[np.uint8], factor: int) -> None:
    height, width = label_map.shape
    placed = fit_to_picture(label_map, width * factor, height * factor)

    assert np.array_equal(placed, label_map.repeat(factor, axis=0).repeat(factor, axis=1))


@given(sides, sides)
@settings(max_examples=500)
def test_a_mended_size_is_within_the_rules_and_of_the_same_shape(width: int, height: int) -> None:
    fitted = fit_sides(width, height, DASHSCOPE_LIMITS)

    if fitted is None:
        assert max(width, height) > 8 * min(width, height)
        return
    assert all(512 <= side <= 4096 for side in fitted)
    assert abs(fitted[0] / fitted[1] - width / height) <= 0.002 * width / height
    if min(width, height) >= 512 and max(width, height) <= 4096:
        assert fitted == (width, height)
