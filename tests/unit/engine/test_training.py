from __future__ import annotations

import numpy as np
import pytest

from scripts.engine.training.samples import box_of, shaken
from scripts.engine.training.variation import Scene, pasted, varied


def scene(shade: int) -> Scene:
    picture = np.full((120, 160, 3), shade, np.uint8)
    person = np.zeros((120, 160), np.bool_)
    person[20:100, 40:80] = True
    return Scene(picture=picture, people=(person,), crowds=())


@pytest.mark.parametrize("seed", range(6))
def test_varied_masks_fit_their_picture_and_do_not_overlap(seed: int) -> None:
    shown = varied(scene(90), [scene(200)], np.random.default_rng(seed))

    owners = np.sum(np.stack(shown.people), axis=0)
    assert owners.shape == shown.picture.shape[:2]
    assert owners.max() == 1


def test_the_same_chance_gives_the_same_picture() -> None:
    one, other = (varied(scene(90), [scene(200)], np.random.default_rng(7)) for _ in range(2))

    assert np.array_equal(one.picture, other.picture)


def test_a_pasted_person_hides_who_stood_there() -> None:
    shown = pasted(scene(90), scene(200), np.random.default_rng(1))

    assert len(shown.people) == 2
    assert shown.people[1].any()
    inner = shown.people[1] & np.roll(shown.people[1], 4, 0) & np.roll(shown.people[1], -4, 0)
    assert shown.picture[inner].mean() > 150


def test_a_shaken_box_stays_within_the_picture() -> None:
    box = box_of(scene(0).people[0])

    moved = [shaken(box, (120, 160), np.random.default_rng(seed)) for seed in range(50)]

    assert box.tolist() == [40, 20, 80, 100]
    assert all((one[:2] >= 0).all() and one[2] <= 168 and one[3] <= 128 for one in moved)
    assert all((one[2:] - one[:2] >= 8).all() for one in moved)
