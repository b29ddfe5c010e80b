from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.options.vis import VisOptions
from shared.imaging.overlay import draw_people, spread
from shared.imaging.palette import colour_of, ink_on
from shared.imaging.recipes.vis import render
from shared.imaging.runs import find_runs, measure
from shared.imaging.scene import read_scene
from tests import pictures

SIDE = 600


def drawn(label_map: NDArray[np.uint8], **options: bool) -> NDArray[np.uint8]:
    size = (label_map.shape[1], label_map.shape[0])
    scene = read_scene(pictures.picture("PNG", size), pictures.label_png(label_map))
    (file,) = render(scene, VisOptions(**options))
    assert file.name == "vis.png"
    with Image.open(io.BytesIO(file.data)) as image:
        return np.asarray(image)


def ring() -> NDArray[np.uint8]:
    down, across = np.mgrid[:SIDE, :SIDE]
    distance = (down - 300) ** 2 + (across - 250) ** 2
    person: NDArray[np.bool_] = (distance < 200**2) & (distance > 100**2)
    return person.astype(np.uint8)


def test_a_persons_colour_is_the_same_in_every_picture() -> None:
    tall, wide = np.zeros((SIDE, 512), np.uint8), np.zeros((512, SIDE), np.uint8)
    tall[100:500, 100:200], wide[100:200, 50:300] = 1, 7

    plain = {"numbers": False, "legend": False}
    assert drawn(tall, **plain)[300, 100].tolist() == list(colour_of(1))
    assert drawn(wide, **plain)[150, 50].tolist() == list(colour_of(1))


def test_the_number_stands_on_the_person_even_where_the_centroid_does_not() -> None:
    person = ring()

    without = drawn(person, numbers=False, legend=False)
    changed = (drawn(person, legend=False) != without).any(axis=2)

    rows, columns = np.nonzero(changed)
    assert rows.size
    assert person[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].mean() > 0.9


def test_the_legend_takes_the_corner_that_hides_nobody() -> None:
    person = np.zeros((SIDE, SIDE), np.uint8)
    person[250:, 250:] = 1

    changed = (drawn(person) != drawn(person, legend=False)).any(axis=2)

    assert changed.any()
    assert not changed[person == 1].any()


@pytest.mark.parametrize("count", [1, 40, 255])
def test_a_legend_is_a_third_of_either_side_at_most(count: int) -> None:
    crowd = np.zeros((SIDE, SIDE), np.uint8)
    for number in range(count):
        crowd[10 + 36 * (number // 16) :][:20, 10 + 36 * (number % 16) :][:, :20] = number + 1

    rows, columns = np.nonzero((drawn(crowd) != drawn(crowd, legend=False)).any(axis=2))

    assert np.ptp(rows) < SIDE / 2.9
    assert np.ptp(columns) < SIDE / 2.9


def test_everyone_in_a_crowd_is_tinted_outlined_and_numbered() -> None:
    crowd = np.zeros((SIDE, SIDE), np.uint8)
    for number in range(100):
        crowd[10 + 58 * (number // 10) :][:50, 10 + 58 * (number % 10) :][:, :50] = number + 1

    plain = drawn(crowd, numbers=False, legend=False)
    numbered = (drawn(crowd, legend=False) != plain).any(axis=2)

    scene = pictures.scene(SIDE, SIDE)
    assert all((plain != scene).any(axis=2)[crowd == number].all() for number in range(1, 101))
    assert all(numbered[crowd == number].any() for number in range(1, 101))


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (20, 400)])
def test_tiny_pictures_are_drawn_too(size: tuple[int, int]) -> None:
    assert drawn(np.ones(size, np.uint8)).shape == (*size, 3)


def test_the_rows_at_a_time_leave_no_seams() -> None:
    labels = np.random.default_rng(3).integers(0, 3, (20, 30), dtype=np.uint8)
    large = labels.repeat(10, axis=0).repeat(10, axis=1)
    rgb = pictures.scene(300, 200)
    shapes = measure(find_runs(large))

    drawing = np.concatenate([band.copy() for band in draw_people(rgb, large, shapes)])

    change = np.zeros((200, 300), bool)
    change[1:] |= large[1:] != large[:-1]
    change[:, 1:] |= large[:, 1:] != large[:, :-1]
    near = spread(spread(np.pad(change, (0, 1)), 1, 1), 1, 0)
    assert np.array_equal(near & (large == 0), near & (drawing == 255).all(axis=2))
    for number in (1, 2):
        inner = near & (large == number)
        assert (drawing[inner] == colour_of(number)).all()
        outer = ~near & (large == number)
        half = rgb[outer] // 2 + np.array(colour_of(number)) // 2
        assert np.array_equal(drawing[outer], half)
    assert np.array_equal(drawing[~near & (large == 0)], rgb[~near & (large == 0)])


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8])
def test_both_sides_of_an_edge_get_the_same(axis: int, steps: int) -> None:
    marks = np.zeros((40, 40), bool)
    marks[20, 20] = True

    wide = spread(marks, steps, axis)

    margin = steps - 1
    assert wide.shape[axis] == 40 - 2 * steps + 1
    found = np.flatnonzero(wide.any(axis=1 - axis)) + margin
    assert found.tolist() == list(range(20 - steps, 20 + steps))


def test_any_hundred_colours_differ_and_none_reaches_black() -> None:
    colours = [np.array(colour_of(number)) for number in range(1, 101)]

    assert len({tuple(colour) for colour in colours}) == 100
    assert min(colour.min() for colour in colours) >= 2


def test_ink_is_the_one_that_is_read() -> None:
    assert ink_on((255, 255, 0)) == (0, 0, 0)
    assert ink_on((20, 40, 160)) == (255, 255, 255)
