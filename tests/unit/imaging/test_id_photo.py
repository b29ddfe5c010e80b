from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.options.id_photo import IdPhotoOptions
from shared.imaging.options.id_sizes import COMMON_KNOWLEDGE, LOOKED_UP, SIZES, size_named
from shared.imaging.options.recipe_options import OptionError
from shared.imaging.recipes.id_photo import render
from shared.imaging.scene import Scene, read_scene
from tests import pictures
from tests.portraits import Bust, outlines

SIZE = (1200, 1000)
LEFT = Bust(crown=200, centre=300, height=260, floor=999)
RIGHT = Bust(crown=240, centre=900, height=240, floor=999)


def scene_of(*people: Bust, size: tuple[int, int] = SIZE, **options: Any) -> Scene:
    photo = pictures.picture("PNG", size, **options)
    return read_scene(photo, pictures.label_png(outlines(size, *people)))


def made(scene: Scene, options: IdPhotoOptions) -> tuple[dict[str, bytes], dict[str, Any]]:
    files = {file.name: file.data for file in render(scene, options)}
    return files, json.loads(files["id-photo/report.json"])


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(opened(data))


def refused(scene: Scene, options: IdPhotoOptions) -> Any:
    files, report = made(scene, options)
    assert list(files) == ["id-photo/report.json"]
    (person,) = report["people"]
    assert person["made"] is False
    assert person["what"]
    assert person["remedy"]
    return person["reason"]


@pytest.fixture(scope="module")
def group() -> Scene:
    return scene_of(LEFT, RIGHT)


def test_everyone_of_a_group_gets_a_picture_and_a_sheet(group: Scene) -> None:
    files, report = made(group, IdPhotoOptions())

    assert list(files) == [
        "id-photo/1.jpg",
        "id-photo/1-sheet.jpg",
        "id-photo/2.jpg",
        "id-photo/2-sheet.jpg",
        "id-photo/report.json",
    ]
    assert [person["made"] for person in report["people"]] == [True, True]
    assert report["people"][0]["bytes"] == len(files["id-photo/1.jpg"])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_every_size_is_met_to_the_pixel_at_its_dpi_within_its_rule(group: Scene, size: Any) -> None:
    options = IdPhotoOptions(size=size.name, people=(1,), sheet="none", enlarge=4)
    files, report = made(group, options)

    picture = opened(files["id-photo/1.jpg"])
    (person,) = report["people"]
    assert picture.size == size.in_pixels(size.dpi)
    assert picture.info["dpi"] == (size.dpi, size.dpi)
    low, high = (side / size.height for side in size.head)
    assert low - 0.001 <= person["head_share"] <= high + 0.001
    least, most = (space / size.height for space in size.top)
    assert least - 0.001 <= person["top_share"] <= most + 0.001
    if size.kilobytes[1]:
        assert person["bytes"] <= size.kilobytes[1] * 1000


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("一寸", (295, 413)),
        ("二寸", (413, 579)),
        ("小一寸", (260, 378)),
        ("大一寸", (390, 567)),
        ("小二寸", (413, 531)),
        ("大二寸", (413, 626)),
        ("身份证", (358, 441)),
        ("us-visa", (600, 600)),
        ("schengen-visa", (413, 531)),
    ],
)
def test_the_usual_sizes_have_the_usual_pixels(name: str, size: tuple[int, int]) -> None:
    assert IdPhotoOptions(size=name).pixels == size


def test_every_name_means_one_size_and_every_size_says_who_says_so() -> None:
    names = [word for size in SIZES for word in (size.name, *size.also)]

    assert len(names) == len(set(names))
    assert all(size.source.startswith((LOOKED_UP, COMMON_KNOWLEDGE)) for size in SIZES)
    assert all(size_named(word) is not None for word in names)


def test_any_millimetres_at_any_dpi(group: Scene) -> None:
    options = IdPhotoOptions(width_mm=40, height_mm=50, dpi=254, people=(1,), sheet="none")

    files, _ = made(group, options)

    assert opened(files["id-photo/1.jpg"]).size == (400, 500)
    assert opened(files["id-photo/1.jpg"]).info["dpi"] == (254, 254)


def test_the_head_stands_in_the_middle_where_it_was_asked_for(group: Scene) -> None:
    options = IdPhotoOptions(size="two-inch", head=0.5, top=0.2, background="green", people=(1,))

    picture = pixels(made(group, options)[0]["id-photo/1.jpg"]).astype(int)

    person = np.abs(picture - (0, 177, 64)).sum(axis=2) > 60
    rows = np.flatnonzero(person.any(axis=1))
    head = np.flatnonzero(person[round(0.45 * 579)])
    assert rows[0] == pytest.approx(0.2 * 579, abs=6)
    assert (head[0] + head[-1]) / 2 == pytest.approx(413 / 2, abs=6)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [("white", (255, 255, 255)), ("blue", (0x43, 0x8E, 0xDB)), ("#102030", (16, 32, 48))],
)
def test_the_background_is_of_one_colour(group: Scene, colour: str, expected: Any) -> None:
    picture = pixels(made(group, IdPhotoOptions(background=colour))[0]["id-photo/2.jpg"])

    assert np.abs(picture[:20].astype(int) - expected).max() <= 3


def test_the_background_may_run_from_one_colour_to_another(group: Scene) -> None:
    options = IdPhotoOptions(background="blue", background_below="white")

    picture = pixels(made(group, options)[0]["id-photo/2.jpg"]).astype(int)

    assert np.abs(picture[1, 3] - (0x43, 0x8E, 0xDB)).max() <= 4
    assert picture[250, 3, 0] > picture[100, 3, 0] > picture[1, 3, 0]


def test_of_the_neighbour_nothing_is_seen() -> None:
    near = Bust(crown=260, centre=620, height=240, floor=999)
    label_map = outlines(SIZE, LEFT, near)
    photo = np.full((*SIZE[::-1], 3), 90, np.uint8)
    photo[label_map == 2] = (255, 0, 0)
    scene = read_scene(
        pictures.encode(Image.fromarray(photo), "PNG"), pictures.label_png(label_map)
    )

    picture = pixels(made(scene, IdPhotoOptions(people=(1,)))[0]["id-photo/1.jpg"]).astype(int)

    assert (picture[..., 0] - picture[..., 1]).max() < 60


def test_a_photo_of_another_profile_is_converted_for_screens() -> None:
    red = Image.new("RGB", SIZE, (200, 40, 40))
    photo = pictures.encode(red, "PNG", icc_profile=pictures.swapped_profile())
    mask = pictures.label_png(outlines(SIZE, LEFT))
    scene = read_scene(photo, mask, keep_profile=True)

    data = made(scene, IdPhotoOptions())[0]["id-photo/1.jpg"]

    assert "icc_profile" not in opened(data).info
    face = pixels(data)[200, 147]
    assert face[1] > 150 > face[0]


def test_the_file_weighs_what_is_asked_for(group: Scene) -> None:
    files, report = made(group, IdPhotoOptions(least_kb=30, most_kb=40, people=(1,)))

    assert 30 * 1024 <= len(files["id-photo/1.jpg"]) <= 40_000
    assert report["people"][0]["bytes"] == len(files["id-photo/1.jpg"])


def test_a_head_cut_off_by_the_picture_is_said() -> None:
    assert refused(scene_of(Bust(-60, 600, 300, 999)), IdPhotoOptions()) == "head_cut_off"


def test_a_head_too_small_is_said() -> None:
    far = scene_of(Bust(crown=300, centre=600, height=50, floor=600))

    assert refused(far, IdPhotoOptions(size="us-visa")) == "head_too_small"


def test_a_body_that_the_picture_cuts_off_is_said() -> None:
    low = scene_of(Bust(crown=600, centre=600, height=330, floor=999))

    assert refused(low, IdPhotoOptions()) == "body_cut_off"


def test_a_body_cut_off_at_the_side_is_said() -> None:
    aside = scene_of(Bust(crown=200, centre=150, height=280, floor=999))

    assert refused(aside, IdPhotoOptions(size="us-visa")) == "body_cut_off"


def test_hidden_shoulders_are_said() -> None:
    label_map = outlines(SIZE, LEFT)
    label_map[480:, 310:] = 0
    scene = read_scene(pictures.picture("PNG", SIZE), pictures.label_png(label_map))

    assert refused(scene, IdPhotoOptions()) == "body_hidden"


def test_a_mask_without_a_head_is_said() -> None:
    label_map = np.zeros(SIZE[::-1], np.uint8)
    label_map[200:900, 200:700] = 1
    scene = read_scene(pictures.picture("PNG", SIZE), pictures.label_png(label_map))

    assert refused(scene, IdPhotoOptions()) == "head_not_found"


def test_nobody_gives_an_empty_report() -> None:
    files, report = made(scene_of(), IdPhotoOptions())

    assert list(files) == ["id-photo/report.json"]
    assert report["people"] == []


def test_a_picture_larger_than_the_paper_has_no_sheet(group: Scene) -> None:
    options = IdPhotoOptions(width_mm=90, height_mm=120, people=(1,), sheet="5-inch", enlarge=8)
    files, report = made(group, options)

    assert list(files) == ["id-photo/1.jpg", "id-photo/report.json"]
    assert report["people"][0]["copies"] == 0


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"size": "three-inch"}, "size"),
        ({"width_mm": 30}, "height_mm"),
        ({"width_mm": 30, "height_mm": 4000}, "height_mm"),
        ({"width_mm": 300, "height_mm": 300, "dpi": 1200}, "dpi"),
        ({"dpi": 7}, "dpi"),
        ({"background": "blau"}, "background"),
        ({"background_below": "#12"}, "background_below"),
        ({"head": 0.95}, "head"),
        ({"head": 0.8, "top": 0.4}, "head"),
        ({"least_kb": 50, "most_kb": 40}, "least_kb"),
        ({"most_kb": -1}, "most_kb"),
        ({"enlarge": 0.5}, "enlarge"),
        ({"sheet": "a5"}, "sheet"),
        ({"people": ()}, "people"),
    ],
)
def test_absurd_options_are_refused_with_a_remedy(options: Any, option: str) -> None:
    with pytest.raises(OptionError) as caught:
        IdPhotoOptions(**options)

    assert caught.value.option == option
    assert caught.value.remedy
