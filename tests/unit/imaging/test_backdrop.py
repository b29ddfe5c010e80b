from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from shared.imaging.errors import PictureError
from shared.imaging.options.backdrop import BackdropOptions
from shared.imaging.options.recipe_options import OptionError
from shared.imaging.recipes.backdrop import render
from shared.imaging.scene import Scene, read_scene
from tests import pictures

WIDTH, HEIGHT = 640, 512
PEOPLE = pictures.two_people(WIDTH, HEIGHT)
LEFT, RIGHT = PEOPLE == 2, PEOPLE == 1
COLOURS = np.where(LEFT[..., np.newaxis], (200, 40, 40), (40, 40, 200)).astype(np.uint8)
COLOURS[PEOPLE == 0] = (90, 160, 90)


def scene_of(label_map: NDArray[np.uint8] = PEOPLE, materials: Any = None, **options: Any) -> Scene:
    photo = pictures.encode(Image.fromarray(COLOURS), "PNG", **options)
    return read_scene(photo, pictures.label_png(label_map), materials=materials, keep_profile=True)


def made(scene: Scene, **options: Any) -> NDArray[np.int64]:
    (file,) = render(scene, BackdropOptions(**options))
    with Image.open(io.BytesIO(file.data)) as image:
        assert file.name == {"JPEG": "backdrop.jpg", "PNG": "backdrop.png"}[image.format or ""]
        assert image.size == (WIDTH, HEIGHT)
        return np.asarray(image).astype(np.int64)


def inner(region: NDArray[np.bool_], by: int = 8) -> NDArray[np.bool_]:
    """*region* without what lies within *by* pixels of its outline."""
    kept = region
    for axis in (0, 1):
        kept = np.all([np.roll(kept, shift, axis) for shift in range(-by, by + 1)], axis=0)
    return kept


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scene_of()


def test_people_stand_on_a_colour(scene: Scene) -> None:
    pixels = made(scene, colour="#204060")

    assert np.abs(pixels[inner(PEOPLE == 0)] - (0x20, 0x40, 0x60)).max() <= 4
    assert np.abs(pixels[inner(LEFT)] - (200, 40, 40)).max() <= 6
    assert np.abs(pixels[inner(RIGHT)] - (40, 40, 200)).max() <= 6


def test_only_the_chosen_stand_there(scene: Scene) -> None:
    pixels = made(scene, colour="black", people=(2,))

    assert pixels[inner(LEFT)].max() <= 4
    assert np.abs(pixels[inner(RIGHT)] - (40, 40, 200)).max() <= 6


def test_no_trace_of_the_old_background_is_left(scene: Scene) -> None:
    for colour in ("white", "black"):
        pixels = made(scene, colour=colour, quality=100)
        greener = pixels[..., 1] - pixels[..., [0, 2]].max(axis=2)
        assert greener.max() <= 8


@pytest.mark.parametrize(
    ("angle", "first", "last"),
    [
        (0, (5, 0), (5, -1)),
        (90, (0, 300), (-1, 300)),
        (180, (5, -1), (5, 0)),
        (-90, (-1, 300), (0, 300)),
    ],
)
def test_a_gradient_runs_at_its_angle(angle: float, first: Any, last: Any) -> None:
    nobody = scene_of(np.zeros((HEIGHT, WIDTH), np.uint8))

    pixels = made(nobody, colour="black", colour_to="white", angle=angle)

    assert pixels[first].max() <= 3
    assert pixels[last].min() >= 252


def test_an_image_covers_all(scene: Scene) -> None:
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[:, 100:300] = (10, 200, 10)
    image = pictures.encode(Image.fromarray(wide), "PNG")

    pixels = made(scene_of(materials={"sea.png": image}), image="sea.png")

    assert np.abs(pixels[inner(PEOPLE == 0)] - (10, 200, 10)).max() <= 6


def test_a_contained_image_lies_whole_in_the_middle_on_the_colour(scene: Scene) -> None:
    image = pictures.encode(Image.new("RGB", (400, 100), (10, 200, 10)), "PNG")
    framed = scene_of(np.zeros((HEIGHT, WIDTH), np.uint8), {"sea.png": image})

    pixels = made(framed, image="sea.png", fit="contain", colour="#800000")

    assert np.abs(pixels[180:332] - (10, 200, 10)).max() <= 6
    assert np.abs(pixels[:168] - (128, 0, 0)).max() <= 6
    assert np.abs(pixels[-168:] - (128, 0, 0)).max() <= 6


def test_an_image_is_turned_upright_as_its_exif_says() -> None:
    turned = scene_of(np.zeros((HEIGHT, WIDTH), np.uint8), {"a.jpg": pictures.turned(6)})
    upright = np.rot90(pictures.scene(640, 512), -1).astype(int)

    pixels = made(turned, image="a.jpg")

    assert np.abs(pixels[256, 320] - upright[320, 256]).max() <= 6
    assert np.abs(pixels[256, 10] - upright[320, 8]).max() <= 8


def test_a_missing_image_and_a_broken_one_are_told() -> None:
    with pytest.raises(OptionError, match=r"image: there is no object 'sea\.png'"):
        made(scene_of(), image="sea.png")
    with pytest.raises(PictureError):
        made(scene_of(materials={"sea.png": b"no picture"}), image="sea.png")


def test_people_alone_are_opaque_and_all_else_is_nothing(scene: Scene) -> None:
    pixels = made(scene, colour="transparent")

    assert pixels.shape == (HEIGHT, WIDTH, 4)
    assert (pixels[inner(PEOPLE > 0), 3] == 255).all()
    assert not pixels[inner(PEOPLE == 0)].any()
    assert not pixels[pixels[..., 3] == 0].any()


def test_a_shadow_falls_right_and_down_and_fades(scene: Scene) -> None:
    for colour in ("white", "transparent"):
        dark = made(scene, colour=colour, shadow=0.8)
        plain = made(scene, colour=colour)
        how = np.abs(dark - plain)[..., -1]
        assert how[180, 562] > 40
        assert how[180, 562] > how[180, 572] > how[180, 590]
        assert how[180, 562] > how[180, 397]
        assert how[450, 500] == 0


def test_a_shadow_leaves_its_people_alone(scene: Scene) -> None:
    pixels = made(scene, colour="transparent", shadow=1)

    assert np.abs(pixels[inner(LEFT)] - (200, 40, 40, 255)).max() == 0


def test_the_background_alone_is_filled_with_the_colours_around(scene: Scene) -> None:
    pixels = made(scene, show="background")

    assert np.abs(pixels - (90, 160, 90)).max() <= 8


def test_the_background_without_one_person_keeps_the_other(scene: Scene) -> None:
    pixels = made(scene, show="background", people="largest")

    assert np.abs(pixels[inner(RIGHT)] - (40, 40, 200)).max() <= 6
    assert np.abs(pixels[inner(LEFT)] - (90, 160, 90)).max() <= 8


def test_a_transparent_hole_holds_nothing_of_the_person(scene: Scene) -> None:
    pixels = made(scene, show="background", hole="transparent")

    assert not pixels[PEOPLE > 0].any()
    assert (pixels[inner(PEOPLE == 0, 16)] == (90, 160, 90, 255)).all()


def test_a_picture_full_of_one_person_can_be_emptied() -> None:
    everyone = scene_of(np.ones((HEIGHT, WIDTH), np.uint8))

    assert made(everyone, show="background").shape == (HEIGHT, WIDTH, 3)
    assert not made(everyone, show="background", hole="transparent").any()


def test_profiles_go_only_where_the_photos_own_colours_are() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for options, kept in [
        ({}, False),
        ({"colour": "transparent"}, True),
        ({"show": "background"}, True),
    ]:
        (file,) = render(scene_of(icc_profile=profile), BackdropOptions(**options))  # type: ignore[arg-type]  # any
        with Image.open(io.BytesIO(file.data)) as image:
            assert ("icc_profile" in image.info) is kept


def test_people_and_image_are_converted_for_screens() -> None:
    red = pictures.encode(
        Image.new("RGB", (64, 64), (200, 40, 40)), "PNG", icc_profile=pictures.swapped_profile()
    )
    swapped = scene_of(icc_profile=pictures.swapped_profile(), materials={"red.png": red})

    pixels = made(swapped, people=(1,), image="red.png")

    for region in (LEFT, PEOPLE == 0):
        assert np.abs(pixels[inner(region)] - (40, 200, 40)).max() <= 40
        assert (pixels[inner(region), 1] > 150).all()


def test_only_an_image_that_is_shown_is_needed() -> None:
    assert BackdropOptions(image="sea.png").needs == ("sea.png",)
    assert BackdropOptions(image="sea.png", show="background").needs == ()
    assert BackdropOptions().needs == ()


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"show": "all"}, "show"),
        ({"hole": "black"}, "hole"),
        ({"colour": "blau"}, "colour"),
        ({"colour_to": "#1234"}, "colour_to"),
        ({"colour": "transparent", "colour_to": "red"}, "colour"),
        ({"colour": "transparent", "image": "a.jpg", "fit": "contain"}, "colour"),
        ({"angle": 400}, "angle"),
        ({"image": "a" * 1024}, "image"),
        ({"fit": "stretch"}, "fit"),
        ({"shadow": 1.1}, "shadow"),
        ({"quality": 0}, "quality"),
        ({"people": (0,)}, "people"),
    ],
)
def test_absurd_options_are_refused_with_a_remedy(options: Any, option: str) -> None:
    with pytest.raises(OptionError) as caught:
        BackdropOptions(**options)

    assert caught.value.option == option
    assert caught.value.remedy
