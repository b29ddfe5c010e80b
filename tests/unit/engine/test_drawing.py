from __future__ import annotations

import numpy as np

from scripts.engine.drawing import color_of, draw


def test_the_background_stays_as_it_was() -> None:
    picture = np.full((60, 60, 3), 90, np.uint8)
    labels = np.zeros((60, 60), np.uint8)
    labels[20:40, 20:40] = 1

    drawn = draw(picture, labels)

    assert drawn[5, 5].tolist() == [90, 90, 90]
    assert drawn[30, 30].tolist() != [90, 90, 90]
    assert picture[30, 30].tolist() == [90, 90, 90]


def test_every_person_has_another_colour() -> None:
    colors = {color_of(person) for person in range(1, 41)}

    assert len(colors) == 40


def test_outlines_show_on_white_and_on_black() -> None:
    labels = np.zeros((60, 60), np.uint8)
    labels[20:40, 20:40] = 1
    for shade in (0, 255):
        drawn = draw(np.full((60, 60, 3), shade, np.uint8), labels)
        edge = drawn[16:24, 30].reshape(-1, 3)
        assert edge.max() > 200
        assert edge.min() < 60


def test_an_empty_map_draws_nothing() -> None:
    picture = np.full((60, 60, 3), 90, np.uint8)

    assert np.array_equal(draw(picture, np.zeros((60, 60), np.uint8)), picture)
