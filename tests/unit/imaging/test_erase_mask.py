from __future__ import annotations

import io
from math import hypot
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.dilating import dilate
from shared.imaging.options.erase_mask import EraseMaskOptions
from shared.imaging.options.recipe_options import OptionError
from shared.imaging.recipes.erase_mask import render
from shared.imaging.scene import Scene, read_scene
from tests import pictures

WIDTH, HEIGHT = 640, 512


@pytest.fixture(scope="module")
def scene() -> Scene:
    """One large and two small people; the second small one touches the large one."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[100:500, 200:400] = 1
    labels[50:150, 50:150] = 2
    labels[300:400, 400:500] = 3
    return read_scene(pictures.picture("PNG"), pictures.label_png(labels))


def masks(scene: Scene, **options: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    decoded = []
    files = list(render(scene, EraseMaskOptions(**options)))
    assert [file.name for file in files] == ["erase-mask/mask.png", "erase-mask/keep.png"]
    for file in files:
        with Image.open(io.BytesIO(file.data)) as image:
            assert (image.format, image.mode) == ("PNG", "L")
            decoded.append(np.asarray(image))
    return decoded[0], decoded[1]


def test_all_but_the_largest_are_erased_who_is_kept_as_is(scene: Scene) -> None:
    erase, keep = masks(scene, dilation=0.0)

    assert np.array_equal(erase == 255, np.isin(scene.label_map, (1, 3)))
    assert np.array_equal(keep == 255, scene.label_map == 2)
    assert set(np.unique(erase)) == set(np.unique(keep)) == {0, 255}


def test_people_grow_by_their_own_size_but_never_over_the_kept(scene: Scene) -> None:
    erase, keep = masks(scene, dilation=0.1)

    assert erase[100, 50 - 10] == 255
    assert erase[100, 50 - 11] == 0
    assert not (erase & keep).any()
    assert erase[350, 509] == 255


@pytest.mark.parametrize(
    ("people", "ids"), [("all", (1, 2, 3)), ("largest", (2,)), ((3,), (3,)), ((9,), ())]
)
def test_the_chosen_are_erased_and_all_others_kept(
    scene: Scene, people: Any, ids: tuple[int, ...]
) -> None:
    erase, keep = masks(scene, people=people, dilation=0.0)

    assert np.array_equal(erase > 0, np.isin(scene.label_map, ids))
    assert np.array_equal(keep > 0, (scene.label_map > 0) & (erase == 0))


def test_the_masks_have_the_size_of_what_is_sent(scene: Scene) -> None:
    assert masks(scene)[0].shape == (HEIGHT, WIDTH)

    erase, keep = masks(scene, width=1280, height=1024, dilation=0.0)

    assert erase.shape == keep.shape == (1024, 1280)
    assert np.array_equal(erase[::2, ::2] > 0, np.isin(scene.label_map, (1, 3)))


@pytest.mark.parametrize("reach", [0, 1, 2, 5, 9])
def test_a_mask_grows_by_a_disc(reach: int) -> None:
    mask = np.zeros((30, 40), bool)
    points = [(3, 4), (15, 20), (29, 39)]
    for row, column in points:
        mask[row, column] = True

    grown = dilate(mask, reach)

    for row in range(30):
        for column in range(40):
            near = any(hypot(row - y, column - x) <= reach for y, x in points)
            assert grown[row, column] == near


def test_a_disc_larger_than_the_picture_fills_it() -> None:
    mask = np.zeros((3, 4), bool)
    mask[1, 1] = True

    assert dilate(mask, 50).all()
    assert not dilate(np.zeros((3, 4), bool), 50).any()


@pytest.mark.parametrize(
    "asked",
    [{"dilation": -1}, {"dilation": 0.6}, {"people": "none"}, {"width": 600}, {"height": 5000}],
)
def test_what_makes_no_sense_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        EraseMaskOptions(**asked)
