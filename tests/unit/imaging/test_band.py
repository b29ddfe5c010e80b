"""The doubtful blocks along an outline, and what is told of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.imaging.band import Band, find_band, in_blocks, no_band
from shared.imaging.blurring import triangle

RANDOM = np.random.default_rng(5)
REACHES = [2, 4, 8]
Labels = NDArray[np.uint8]


def crowd(width: int, height: int) -> Labels:
    """A disc, a ring and a bar that lies over both, some at the borders."""
    down, across = np.mgrid[:height, :width]
    distance = np.hypot(down - height * 0.4, across - width * 0.3)
    labels: Labels = (distance < width * 0.2).astype(np.uint8)
    labels[(distance > width * 0.25) & (distance < width * 0.33)] = 2
    labels[height // 2 :, width // 2 : width // 2 + 9] = 3
    return labels


def band_of(labels: Labels, numbers: tuple[int, ...], reach: int) -> Band:
    rgb = RANDOM.integers(0, 256, (*labels.shape, 3), dtype=np.uint8)
    return find_band(rgb, labels, numbers, reach)


def spread_out(
    band: Band, blocks: NDArray[np.float32], size: tuple[int, ...]
) -> NDArray[np.float32]:
    """What is told of blocks, (reach, reach, blocks), where they stand; elsewhere NaN."""
    reach = band.reach
    whole = np.full(
        (-(-size[0] // reach) * reach, -(-size[1] // reach) * reach), np.nan, np.float32
    )
    view = whole.reshape(whole.shape[0] // reach, reach, -1, reach)
    view[band.row, :, band.column] = blocks.transpose(2, 0, 1)
    return whole[: size[0], : size[1]]


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("size", [(200, 160), (163, 149), (1, 7), (9, 1)])
def test_every_pixel_is_shown_outside_or_in_doubt(size: tuple[int, int], reach: int) -> None:
    labels = crowd(*size)
    band = band_of(labels, (1, 2), reach)

    member = (labels == 1) | (labels == 2)
    doubtful = np.zeros(band.outside.shape, bool)
    doubtful[band.row, band.column] = True
    assert not (doubtful & band.outside).any()
    grown = [
        np.repeat(np.repeat(blocks, reach, axis=0), reach, axis=1)[: size[1], : size[0]]
        for blocks in (doubtful, band.outside)
    ]
    assert not member[grown[1]].any()
    assert member[~grown[0] & ~grown[1]].all()


@pytest.mark.parametrize("reach", REACHES)
def test_nearness_is_that_of_looking_around_every_pixel(reach: int) -> None:
    labels = crowd(203, 167)
    band = band_of(labels, (2,), reach)

    share = spread_out(band, band.share_at(slice(0, len(band.row))), labels.shape)

    member = np.pad((labels == 2).astype(np.uint8), reach - 1, mode="edge")
    exact = triangle(member, reach) / reach**4
    told = ~np.isnan(share)
    # A square's pixels are told of by interpolation, where a corner is rounded a little.
    assert np.abs(share - exact)[told].max() < (0.06 if reach == 8 else 1e-6)
    assert np.abs(share - exact)[told].mean() < 0.01
    assert np.abs(exact - np.rint(exact))[~told].max() < 0.02


def test_where_others_stand_nothing_is_free() -> None:
    labels = crowd(200, 160)
    band = band_of(labels, (2,), 8)

    size = (len(band.row), 8, 8)
    free = spread_out(band, band.free.reshape(size).transpose(1, 2, 0), labels.shape)

    told = ~np.isnan(free)
    assert np.array_equal(free[told] == 0, (labels[told] != 0) & (labels[told] != 2))


@pytest.mark.parametrize("reach", REACHES)
def test_the_colours_of_either_side_are_told_without_steps(reach: int) -> None:
    """Of a person and a background that change evenly, each pixel's colours are its own."""
    across = np.arange(256, dtype=np.uint8)
    labels = np.zeros((96, 256), np.uint8)
    labels[48:] = 1
    rgb = np.repeat(np.where(labels, across, 255 - across)[..., np.newaxis], 3, axis=2)
    band = find_band(rgb.astype(np.uint8), labels, (1,), reach)

    sides = band.sides_at(slice(0, len(band.row)))

    middle = slice(64, 192)
    for side, expected in ((0, across), (3, 255 - across)):
        told = spread_out(band, sides[side], labels.shape)[47:49, middle]
        assert np.abs(told - expected[middle]).max() < 1


def test_a_band_of_nothing_shows_people_to_the_pixel() -> None:
    labels = crowd(50, 40)

    band = no_band(labels, (1, 3))

    assert np.array_equal(band.outside, (labels != 1) & (labels != 3))
    assert band.within(0, 40) == slice(0, 0)


def test_blocks_are_a_view() -> None:
    words = np.arange(16 * 24, dtype=np.uint32).reshape(16, 24)

    blocks = in_blocks(words, 8)

    assert blocks.shape == (2, 8, 3)
    assert blocks[1, :, 2].tobytes() == words[8:, 16:].tobytes()
    assert np.shares_memory(blocks, words)
