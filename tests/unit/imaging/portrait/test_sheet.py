from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from shared.imaging.options.id_photo import SHEETS
from shared.imaging.portrait.sheet import lay_out, print_sheet

RED = (200, 10, 10)


@pytest.mark.parametrize(
    ("paper", "size"),
    [("5-inch", {1500, 1051}), ("6-inch", {1795, 1205}), ("a4", {3508, 2480})],
)
def test_a_sheet_has_its_papers_size_at_300_dpi(paper: str, size: set[int]) -> None:
    assert set(lay_out((295, 413), SHEETS[paper], 300).size) == size


@pytest.mark.parametrize(
    ("picture", "paper", "copies"),
    [
        ((295, 413), "5-inch", 9),
        ((295, 413), "6-inch", 12),
        ((413, 579), "6-inch", 4),
        ((295, 413), "a4", 50),
        ((600, 600), "a4", 15),
        ((2000, 2000), "5-inch", 0),
    ],
)
def test_as_many_copies_as_fit(picture: tuple[int, int], paper: str, copies: int) -> None:
    assert lay_out(picture, SHEETS[paper], 300).copies == copies


def test_copies_are_whole_apart_and_within_the_printable_paper() -> None:
    picture = Image.new("RGB", (295, 413), RED)
    sheet = lay_out(picture.size, SHEETS["6-inch"], 300)

    pixels = np.asarray(print_sheet(picture, sheet))

    assert (pixels == RED).all(axis=2).sum() == sheet.copies * 295 * 413
    assert (pixels[:35] == RED).all(axis=2).sum() == 0
    assert (pixels[:, -35:] == RED).all(axis=2).sum() == 0


def test_lines_to_cut_along_touch_the_copies_edges_from_outside() -> None:
    picture = Image.new("RGB", (295, 413), RED)
    sheet = lay_out(picture.size, SHEETS["5-inch"], 300)

    pixels = np.asarray(print_sheet(picture, sheet)).astype(int)

    left, top = sheet.lefts[0], sheet.tops[0]
    assert pixels[0, left - 1].tolist() == pixels[top - 1, 0].tolist() == [168, 168, 168]
    assert pixels[top, left].tolist() == list(RED)
    assert pixels[0, left].tolist() == [255, 255, 255]
