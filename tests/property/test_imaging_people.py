"""What the recipes make of anybody's label map: nobody is lost, nothing counted twice."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.options.annotations import AnnotationsOptions
from shared.imaging.options.erase_mask import EraseMaskOptions
from shared.imaging.options.people import PeopleOptions
from shared.imaging.rendering import Rendering, render
from tests import pictures

Labels = NDArray[np.uint8]


def scattered(seed: int, people: int, width: int, height: int) -> Labels:
    """*people* of any shape: discs, rings, bars, single pixels, at the borders, over each other."""
    chance = np.random.default_rng(seed)
    labels = np.zeros((height, width), np.uint8)
    down, across = np.ogrid[:height, :width]
    for number in chance.permutation(255)[:people] + 1:
        y, x = int(chance.integers(height)), int(chance.integers(width))
        size = int(chance.integers(1, max(2, min(width, height) // 3)))
        kind = chance.integers(4)
        if kind == 0:
            labels[y, x] = number
        elif kind == 1:
            labels[y : y + size, max(0, x - 2) : x + 2] = number
        else:
            window = (slice(max(0, y - size), y + size), slice(max(0, x - size), x + size))
            distance = (down[window[0]] - y) ** 2 + (across[:, window[1]] - x) ** 2
            ring = (distance < size * size) & (distance >= (kind == 2) * size * size / 4)
            labels[window][ring] = number
    return labels


def decoded(rendering: Rendering) -> dict[str, NDArray[np.uint8]]:
    found = {}
    for file in rendering.files():
        if file.name.endswith(".png"):
            with Image.open(io.BytesIO(file.data)) as image:
                found[file.name] = np.asarray(image)
    return found


def check(labels: Labels) -> None:
    size = (labels.shape[1], labels.shape[0])
    recipes = (PeopleOptions(margin=0.1), EraseMaskOptions(), AnnotationsOptions(formats=("coco",)))
    rendering = render(pictures.picture(size=size), pictures.label_png(labels), recipes)
    files = decoded(rendering)

    people = rendering.people
    assert {person.provider_id for person in people} == set(np.unique(labels).tolist()) - {0}
    assert [person.id for person in people] == list(range(1, len(people) + 1))
    assert sum(person.area for person in people) == np.count_nonzero(labels)
    assert sum(person.dominant for person in people) == min(1, len(people))
    union = np.zeros(labels.shape, np.int64)
    for person in people:
        mask = files[f"people/{person.id}/mask.png"] > 0
        assert np.array_equal(mask, labels == person.provider_id)
        union += mask
        cut = files[f"people/{person.id}/cutout.png"]
        assert not cut[cut[..., 3] == 0].any()
        for neighbour in person.neighbours:
            assert person.id in people[neighbour - 1].neighbours
    assert union.max(initial=0) <= 1
    assert np.array_equal(union > 0, labels > 0)
    erase, keep = files["erase-mask/mask.png"] > 0, files["erase-mask/keep.png"] > 0
    assert not (erase & keep).any()
    assert (erase | keep)[labels > 0].all()


@given(
    seed=st.integers(0, 2**32 - 1),
    people=st.integers(0, 12),
    width=st.integers(1, 160),
    height=st.integers(1, 160),
)
@settings(max_examples=60, deadline=None)
def test_of_small_pictures_of_any_shape(seed: int, people: int, width: int, height: int) -> None:
    check(scattered(seed, people, width, height))


@pytest.mark.parametrize("people", [1, 30, 255])
def test_of_a_picture_of_the_smallest_size_that_is_segmented(people: int) -> None:
    check(scattered(people, people, 512, 512))


@pytest.mark.slow
@pytest.mark.parametrize("people", [5, 40])
def test_of_a_picture_of_the_largest_size_that_is_segmented(people: int) -> None:
    check(scattered(people, people, 4096, 4096))
