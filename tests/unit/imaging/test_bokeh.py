from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from shared.imaging.options.bokeh import BokehOptions
from shared.imaging.options.recipe_options import OptionError
from shared.imaging.recipes.bokeh import render
from shared.imaging.scene import Scene, read_scene
from tests import pictures

WIDTH, HEIGHT = 640, 512
PEOPLE = pictures.two_people(WIDTH, HEIGHT)
CHECKS = np.indices((HEIGHT, WIDTH)).sum(axis=0) // 4 % 2 * np.uint8(160) + np.uint8(40)


def scene_of(rgb: NDArray[np.uint8], label_map: NDArray[np.uint8], **options: Any) -> Scene:
    photo = pictures.encode(Image.fromarray(rgb), "PNG", **options)
    return read_scene(photo, pictures.label_png(label_map), keep_profile=True)


def made(scene: Scene, **options: Any) -> NDArray[np.int64]:
    (file,) = render(scene, BokehOptions(quality=98, **options))
    assert (file.name, file.media_type) == ("bokeh.jpg", "image/jpeg")
    with Image.open(io.BytesIO(file.data)) as image:
        return np.asarray(image).astype(np.int64)


@pytest.fixture(scope="module")
def checks() -> Scene:
    return scene_of(np.repeat(CHECKS[..., np.newaxis].astype(np.uint8), 3, axis=2), PEOPLE)


def detail(pixels: NDArray[np.int64], rows: slice, columns: slice) -> float:
    return float(pixels[rows, columns, 0].std())


LEFT = (slice(200, 440), slice(110, 210))
RIGHT = (slice(90, 230), slice(425, 535))
BEHIND = (slice(330, 480), slice(320, 600))


def test_people_are_sharp_and_what_is_behind_them_is_not(checks: Scene) -> None:
    pixels = made(checks)

    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert detail(pixels, *LEFT) > 70
    assert detail(pixels, *RIGHT) > 70
    assert detail(pixels, *BEHIND) < 8


@pytest.mark.parametrize(("sharp", "left"), [("largest", True), ((2,), False), ((1,), True)])
def test_only_the_chosen_are_sharp(checks: Scene, sharp: Any, left: bool) -> None:
    pixels = made(checks, sharp=sharp)

    assert (detail(pixels, *LEFT) > 70) is left
    assert (detail(pixels, *RIGHT) > 70) is not left


def test_more_strength_is_more_blur(checks: Scene) -> None:
    weak, strong = (made(checks, strength=much) for much in (1.5, 20))

    assert detail(weak, *BEHIND) > 2 * detail(strong, *BEHIND)


def test_there_is_no_rim_around_a_person() -> None:
    rgb = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    rgb[PEOPLE > 0] = (250, 240, 30)

    pixels = made(scene_of(rgb, PEOPLE))

    away = Image.fromarray((PEOPLE > 0).astype(np.uint8) * 255)
    near = np.asarray(away.resize((WIDTH // 4, HEIGHT // 4), Image.Resampling.BOX)) > 0
    outside = ~np.kron(
        np.pad(near, 1)[2:, 1:-1] | near | np.pad(near, 1)[:-2, 1:-1], np.ones((4, 4), bool)
    )
    outside &= ~np.roll(~outside, 8, axis=1)
    outside &= ~np.roll(~outside, -8, axis=1)
    assert np.abs(pixels[outside] - 60).max() <= 4


def test_without_anybody_all_of_it_is_blurred() -> None:
    nobody = np.zeros((HEIGHT, WIDTH), np.uint8)
    rgb = np.repeat(CHECKS[..., np.newaxis].astype(np.uint8), 3, axis=2)

    assert made(scene_of(rgb, nobody))[..., 0].std() < 8


def test_a_person_who_fills_the_picture_stays_as_photographed() -> None:
    rgb = np.repeat(CHECKS[..., np.newaxis].astype(np.uint8), 3, axis=2)

    pixels = made(scene_of(rgb, np.ones((HEIGHT, WIDTH), np.uint8)))

    assert np.abs(pixels - rgb).max() <= 12


def test_the_floor_at_a_standing_persons_feet_is_sharper_than_what_lies_behind() -> None:
    stands = np.zeros((HEIGHT, WIDTH), np.uint8)
    stands[100:420, 280:380] = 1
    wide = np.indices((HEIGHT, WIDTH)).sum(axis=0) // 12 % 2 * np.uint8(160)
    rgb = np.repeat(wide[..., np.newaxis].astype(np.uint8), 3, axis=2)
    feet, behind = (slice(405, 435), slice(20, 200)), (slice(120, 200), slice(20, 200))

    with_floor, without = (made(scene_of(rgb, stands), ground=ground) for ground in (True, False))

    assert detail(with_floor, *feet) > 2 * detail(without, *feet)
    assert detail(with_floor, *behind) == pytest.approx(detail(without, *behind), abs=1)


def test_the_photos_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rgb = pictures.scene(WIDTH, HEIGHT)

    (file,) = render(scene_of(rgb, PEOPLE, icc_profile=profile), BokehOptions())

    with Image.open(io.BytesIO(file.data)) as image:
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("size", [(512, 513), (515, 700), (1031, 517), (2049, 1025)])
def test_any_size_comes_out_as_it_went_in(size: tuple[int, int]) -> None:
    label_map = pictures.two_people(*size)

    pixels = made(scene_of(pictures.scene(*size), label_map), strength=40)

    assert pixels.shape == (size[1], size[0], 3)
    smooth = np.abs(pixels - pictures.scene(*size))
    assert np.median(smooth) <= 2


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"strength": 0}, "strength"),
        ({"strength": 500}, "strength"),
        ({"highlights": -1}, "highlights"),
        ({"sharp": "nobody"}, "sharp"),
        ({"quality": 101}, "quality"),
        ({"ground": "yes"}, "ground"),
    ],
)
def test_absurd_options_are_refused_with_a_remedy(options: Any, option: str) -> None:
    with pytest.raises(OptionError) as caught:
        BokehOptions(**options)

    assert caught.value.option == option
    assert caught.value.remedy
