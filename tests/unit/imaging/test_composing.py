from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from shared.imaging.composing import cuts, enlarged, place_of, rows_of, set_upon, windows
from shared.imaging.cutout import cut_out_all
from shared.imaging.scene import Scene, read_scene
from tests import pictures

SIZE = (700, 1300)


@pytest.fixture(scope="module")
def scene() -> Scene:
    label_map = np.zeros(SIZE[::-1], np.uint8)
    label_map[520:900, 100:300] = 1
    label_map[1030:1300, 350:600] = 2
    return read_scene(pictures.picture("PNG", SIZE), pictures.label_png(label_map))


@pytest.mark.parametrize("ids", [(1,), (2,), (1, 2)])
def test_windows_hold_every_chosen_person_and_some_space_around_once(
    scene: Scene, ids: tuple[int, ...]
) -> None:
    covered = np.zeros(SIZE[::-1], np.uint8)
    for box in windows(scene, ids):
        covered[place_of(box)] += 1

    assert covered.max() == 1
    for person in scene.people:
        x, y, width, height = person.box
        if person.id in ids:
            assert covered[y - 20 : y + height + 20, x - 20 : x + width + 20].min() == 1


def test_nobody_needs_no_window(scene: Scene) -> None:
    assert list(windows(scene, ())) == []


def test_windows_meet_without_a_seam_to_be_seen(scene: Scene) -> None:
    whole = cut_out_all(scene.photo, scene.label_map, (1, 2), (0, 0, *SIZE))
    parts = np.zeros(whole.shape, np.int64)
    for place, cut in cuts(scene, (1, 2)):
        parts[place] = cut

    assert np.abs(parts - whole).max() <= 6


def test_people_are_laid_on_a_canvas(scene: Scene) -> None:
    canvas = np.zeros((*SIZE[::-1], 3), np.uint8)
    set_upon(canvas, scene, (1,))

    assert np.array_equal(canvas[540:880, 120:280], scene.photo.rgb[540:880, 120:280])
    assert not canvas[950:].any()


def test_a_picture_is_enlarged_in_parts_as_it_is_in_one(scene: Scene) -> None:
    small = np.asarray(Image.fromarray(pictures.scene(*SIZE)).reduce(8))
    whole = np.asarray(enlarged(small, (0, 0, *SIZE), 8)).astype(int)
    for box in rows_of(scene):
        part = np.asarray(enlarged(small, box, 8)).astype(int)
        assert np.abs(part - whole[place_of(box)]).max() <= 1
