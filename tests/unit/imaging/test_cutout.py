"""Cut-outs of drawn people whose true outline and colours are known."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.imaging.band import reach_of
from shared.imaging.cutout import cut_hard, cut_out, cut_out_all, grown
from shared.imaging.photo import Photo

SIDE = 640
CENTRE, RADIUS = 320, 200
BOX = (100, 100, 440, 440)
PERSON = (200, 60, 30)
Pixels = NDArray[np.uint8]


def disc(radius: float = RADIUS) -> Pixels:
    down, across = np.mgrid[:SIDE, :SIDE]
    inside: NDArray[np.bool_] = (down - CENTRE) ** 2 + (across - CENTRE) ** 2 < radius**2
    return inside.astype(np.uint8)


@lru_cache
def true_alpha() -> NDArray[np.float64]:
    """The disc as a lens draws it: a pixel's share is its covered area, at 4 x 4 points."""
    down, across = (np.mgrid[: SIDE * 4, : SIDE * 4] + 0.5) / 4 - 0.5
    inside = (down - CENTRE) ** 2 + (across - CENTRE) ** 2 < RADIUS**2
    share: NDArray[np.float64] = inside.reshape(SIDE, 4, SIDE, 4).mean(axis=(1, 3))
    return share


def photo(background: tuple[int, int, int]) -> Photo:
    alpha = true_alpha()[..., np.newaxis]
    mixed = alpha * np.array(PERSON) + (1 - alpha) * np.array(background)
    return Photo(rgb=np.rint(mixed).astype(np.uint8))


def on(cut: Pixels, colour: tuple[int, int, int]) -> NDArray[np.float64]:
    alpha = cut[..., 3:].astype(float) / 255
    return np.asarray(alpha * cut[..., :3] + (1 - alpha) * np.array(colour))


BACKGROUNDS = [(255, 255, 255), (0, 0, 0), (0, 177, 64), (128, 128, 128)]


@pytest.mark.parametrize("old", BACKGROUNDS)
@pytest.mark.parametrize("new", BACKGROUNDS)
@pytest.mark.parametrize("error", [-2, -1, 0, 1, 2])
def test_no_halo_of_the_old_background_shows_on_a_new_one(
    old: tuple[int, int, int], new: tuple[int, int, int], error: int
) -> None:
    """Even where the mask is some pixels too large or too small."""
    cut = cut_out(photo(old), disc(RADIUS + error), 1, BOX)

    x, y, width, height = BOX
    ideal = on(np.dstack([np.full((SIDE, SIDE, 3), PERSON), true_alpha() * 255]), new)
    difference = np.abs(on(cut, new) - ideal[y : y + height, x : x + width]).max(axis=2)
    assert difference.max() < 48
    assert (difference > 20).sum() < 0.2 * 2 * np.pi * RADIUS


def test_the_edge_is_graded_where_the_lens_graded_it() -> None:
    alpha = cut_out(photo((255, 255, 255)), disc(), 1, BOX)[..., 3].astype(float) / 255

    x, y, width, height = BOX
    assert np.abs(alpha - true_alpha()[y : y + height, x : x + width]).max() < 0.15


def test_colours_of_the_edge_are_the_persons_own() -> None:
    cut = cut_out(photo((255, 255, 255)), disc(), 1, BOX)

    visible = cut[cut[..., 3] > 25][:, :3].astype(int)
    assert np.abs(visible - np.array(PERSON)).max() < 30


def test_nothing_hides_under_alpha_0() -> None:
    cut = cut_out(photo((255, 255, 255)), disc(), 1, BOX)

    assert (cut[..., 3] == 0).any()
    assert not cut[cut[..., 3] == 0].any()


def test_a_neighbour_leaves_no_trace() -> None:
    labels = disc()
    labels[:, :CENTRE] *= 2
    rgb = photo((255, 255, 255)).rgb.copy()
    rgb[labels == 2] = (0, 0, 255)

    cut = cut_out(Photo(rgb=rgb), labels, 1, BOX)

    x, y, width, height = BOX
    assert not cut[labels[y : y + height, x : x + width] == 2].any()
    together = cut_out_all(Photo(rgb=rgb), labels, (1, 2), BOX)
    assert (together[CENTRE - y - 50 : CENTRE - y + 50, CENTRE - x, 3] == 255).all()


def test_the_pictures_border_is_no_edge() -> None:
    labels = np.ones((SIDE, SIDE), np.uint8)

    assert (cut_out(photo((0, 0, 0)), labels, 1, (0, 0, SIDE, SIDE))[..., 3] == 255).all()


def test_where_person_and_background_look_alike_the_mask_decides() -> None:
    alpha = cut_out(photo(PERSON), disc(), 1, BOX)[..., 3].astype(float) / 255

    x, y, width, height = BOX
    assert np.abs(alpha - true_alpha()[y : y + height, x : x + width]).max() < 0.6
    assert abs(alpha.sum() / true_alpha().sum() - 1) < 0.01


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_people_of_a_few_pixels_are_cut_out_too(shape: tuple[int, int]) -> None:
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[50 : 50 + shape[0], 60 : 60 + shape[1]] = 7

    cut = cut_out(photo((9, 9, 9)), labels, 7, (60, 50, shape[1], shape[0]))

    assert cut.shape == (*shape, 4)


def test_who_is_too_thin_for_samples_is_left_to_the_mask() -> None:
    rgb = np.full((1000, 1000, 3), PERSON, np.uint8)
    labels = np.zeros((1000, 1000), np.uint8)
    labels[50:300, 61:66] = 1

    cut = cut_out(Photo(rgb=rgb), labels, 1, (50, 40, 30, 270))

    assert cut[..., 3].sum() / 255 > 250 * 5 / 2
    assert (cut[cut[..., 3] > 0][:, :3] == PERSON).all()


def test_a_large_cut_out_is_that_of_its_parts() -> None:
    """However many rows are put together at once, and whatever stood in the rows before."""
    size, rows = 1008, 336
    random = np.random.default_rng(6)
    rgb = random.integers(0, 256, (size, size, 3), dtype=np.uint8)
    down, across = np.mgrid[:size, :size]
    labels = (np.abs(across - size / 2) < 20 + down % 672 / 2).astype(np.uint8)

    whole = cut_out(Photo(rgb=rgb), labels, 1, (0, 0, size, size))

    for first in range(0, size, rows):
        part = cut_out(Photo(rgb=rgb), labels, 1, (0, first, size, rows))
        assert np.array_equal(part, whole[first : first + rows])


def test_a_picture_of_one_pixel_is_possible() -> None:
    tiny = Photo(rgb=np.full((1, 1, 3), 77, np.uint8))

    cut = cut_out(tiny, np.ones((1, 1), np.uint8), 1, (0, 0, 1, 1))

    assert cut.tolist() == [[[77, 77, 77, 255]]]


def test_a_hard_cut_keeps_the_masks_edge_and_the_photos_colours() -> None:
    cut = cut_hard(photo((255, 255, 255)), disc(), 1, BOX).pixels()

    x, y, width, height = BOX
    mask = disc()[y : y + height, x : x + width]
    assert np.array_equal(cut[..., 3], mask * 255)
    assert np.array_equal(
        cut[..., :3], photo((255, 255, 255)).rgb[y : y + height, x : x + width] * mask[..., None]
    )


@pytest.mark.parametrize(
    ("box", "margin", "expected"),
    [
        ((10, 20, 40, 30), 0.0, (10, 20, 40, 30)),
        ((10, 20, 40, 30), 0.25, (0, 10, 60, 50)),
        ((10, 20, 40, 30), 1.0, (0, 0, 90, 60)),
        ((0, 0, 100, 60), 0.5, (0, 0, 100, 60)),
    ],
)
def test_a_margin_goes_as_far_as_the_picture(
    box: tuple[int, int, int, int], margin: float, expected: tuple[int, int, int, int]
) -> None:
    assert grown(box, margin, 100, 60) == expected


@pytest.mark.parametrize(("side", "reach"), [(200, 2), (640, 4), (1000, 8), (4096, 8)])
def test_larger_pictures_have_wider_bands(side: int, reach: int) -> None:
    assert reach_of(side, 2 * side) == reach


@pytest.mark.parametrize(
    "turn", [lambda rgb: rgb, lambda rgb: rgb[::-1], lambda rgb: rgb[:, ::-1], np.rot90]
)
def test_pixels_are_the_photographs_to_the_last_however_it_lies_in_memory(
    turn: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
) -> None:
    rgb = turn(np.random.default_rng(2).integers(0, 256, (90, 90, 3), dtype=np.uint8))
    labels = np.ones((90, 90), np.uint8)
    labels[:40, :30] = 0

    cut = cut_hard(Photo(rgb=rgb), labels, 1, (0, 0, 90, 90))

    person = labels[..., np.newaxis]
    expected = np.concatenate([rgb * person, person * np.uint8(255)], axis=2)
    assert np.array_equal(cut.pixels(), expected)
    assert np.array_equal(np.concatenate(list(cut.rows())).reshape(90, 90, 4), expected)
