from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from shared.imaging.errors import MaskError, PictureError
from shared.imaging.options.people import PeopleOptions
from shared.imaging.palette import colour_of
from shared.imaging.rendering import Rendering, render
from tests import pictures

WIDTH, HEIGHT = 640, 512
PEOPLE = pictures.two_people(WIDTH, HEIGHT)


def decoded(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def files_of(rendering: Rendering) -> dict[str, NDArray[np.uint8]]:
    return {file.name: decoded(file.data) for file in rendering.files()}


@pytest.fixture(scope="module")
def rendering() -> Rendering:
    return render(pictures.picture("PNG"), pictures.label_png(PEOPLE))


@pytest.fixture(scope="module")
def files(rendering: Rendering) -> dict[str, NDArray[np.uint8]]:
    return files_of(rendering)


def test_people_are_described_in_pixels_of_the_picture(rendering: Rendering) -> None:
    left, right = rendering.people

    assert (left.id, left.provider_id) == (1, 2)
    assert left.box == (80, 128, 160, 384)
    assert left.area == 160 * 384
    assert left.share == pytest.approx(160 * 384 / (WIDTH * HEIGHT))
    assert left.centroid == (159.5, 319.5)
    assert left.touches_edge
    assert (right.id, right.provider_id, right.touches_edge) == (2, 1, False)


def test_the_set_holds_these_files(files: dict[str, NDArray[np.uint8]]) -> None:
    assert list(files) == [
        "mask.png",
        "vis.png",
        "people/1/mask.png",
        "people/1/cutout.png",
        "people/2/mask.png",
        "people/2/cutout.png",
    ]


def test_the_mask_holds_our_own_numbers(files: dict[str, NDArray[np.uint8]]) -> None:
    mask = files["mask.png"]

    assert mask.shape == (HEIGHT, WIDTH)
    assert np.array_equal(mask == 1, PEOPLE == 2)
    assert np.array_equal(mask == 2, PEOPLE == 1)


def test_a_persons_mask_is_black_and_white(files: dict[str, NDArray[np.uint8]]) -> None:
    assert np.array_equal(files["people/1/mask.png"], (PEOPLE == 2) * 255)


def test_a_cutout_is_the_box_with_the_pictures_own_colours(
    files: dict[str, NDArray[np.uint8]],
) -> None:
    cut = files["people/2/cutout.png"]

    assert cut.shape == (192, 160, 4)
    assert (cut[10:-10, 10:-10, 3] == 255).all()
    assert np.array_equal(cut[10:-10, 10:-10, :3], pictures.scene(WIDTH, HEIGHT)[74:246, 410:550])


def test_the_drawing_tints_people_and_leaves_the_background(
    files: dict[str, NDArray[np.uint8]],
) -> None:
    vis = files["vis.png"].astype(int)
    scene = pictures.scene(WIDTH, HEIGHT).astype(int)

    assert vis.shape == scene.shape
    assert np.array_equal(vis[:, :70], scene[:, :70])
    assert np.abs(vis[150, 120] - (scene[150, 120] + np.array(colour_of(1))) / 2).max() <= 1
    assert vis[200, 80].tolist() == list(colour_of(1))
    assert vis[200, 79].tolist() == [255, 255, 255]
    assert vis[100, 400].tolist() == list(colour_of(2))


def test_colours_differ_between_any_of_the_first_dozen() -> None:
    colours = [np.array(colour_of(number)) for number in range(1, 13)]
    distances = [
        np.abs(one - other).sum() for i, one in enumerate(colours) for other in colours[:i]
    ]

    assert min(distances) > 60


def test_nobody_is_a_valid_answer() -> None:
    empty = render(pictures.picture(), pictures.label_png(np.zeros((HEIGHT, WIDTH), np.uint8)))

    assert empty.people == ()
    assert list(files_of(empty)) == ["mask.png", "vis.png"]


def test_a_turned_photo_and_an_upright_mask_meet() -> None:
    upright = pictures.two_people(512, 640)

    result = render(pictures.turned(6), pictures.label_png(upright))

    assert (result.scene.width, result.scene.height) == (512, 640)
    assert files_of(result)["vis.png"].shape == (640, 512, 3)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_of_the_unturned_photo_is_turned_with_it(orientation: int) -> None:
    scene = pictures.scene(WIDTH, HEIGHT)
    masked = np.where(PEOPLE[..., np.newaxis] > 0, 255, scene // 2).astype(np.uint8)
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    photo = pictures.encode(Image.fromarray(masked), "PNG", exif=exif.tobytes())

    result = render(photo, pictures.label_png(PEOPLE))

    assert (result.scene.width, result.scene.height) == (512, 640)
    assert np.array_equal(result.scene.photo.rgb.min(axis=2) == 255, result.scene.label_map > 0)


def test_a_mask_of_the_size_that_was_sent_is_brought_to_the_originals_size() -> None:
    result = render(pictures.picture(size=(300, 240)), pictures.label_png(PEOPLE[:, :]))

    assert files_of(result)["mask.png"].shape == (240, 300)
    assert [person.id for person in result.people] == [1, 2]


def test_a_person_that_vanishes_when_the_mask_is_reduced_is_not_counted() -> None:
    speck = np.zeros((2000, 2000), np.uint8)
    speck[0, 0] = 1
    speck[500:1500, 500:1500] = 2

    result = render(pictures.picture(size=(200, 200)), pictures.label_png(speck))

    assert [(person.id, person.provider_id) for person in result.people] == [(1, 2)]


def test_a_person_in_two_parts_is_one_person() -> None:
    parts = np.zeros((HEIGHT, WIDTH), np.uint8)
    parts[100:200, 100:200] = 4
    parts[300:400, 300:400] = 4

    (person,) = render(pictures.picture(), pictures.label_png(parts)).people

    assert person.box == (100, 100, 300, 300)
    assert person.area == 20_000


def test_255_people_are_told_apart() -> None:
    crowd = np.zeros((HEIGHT, WIDTH), np.uint8)
    for number in range(255):
        crowd[10 + 20 * (number // 25) :][:12, 10 + 24 * (number % 25) :][:, :12] = 255 - number

    people = render(pictures.picture(), pictures.label_png(crowd)).people

    assert [person.id for person in people] == list(range(1, 256))


def test_the_photos_profile_is_kept_where_that_is_asked_for_and_its_colours_are() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo, mask = pictures.picture(icc_profile=profile), pictures.label_png(PEOPLE)
    result = render(photo, mask, (PeopleOptions(profile="keep"),))

    kept = set()
    for file in result.files():
        with Image.open(io.BytesIO(file.data)) as image:
            if image.info.get("icc_profile") == profile:
                kept.add(file.name)

    assert kept == {"people/1/cutout.png", "people/2/cutout.png"}


def test_a_bad_mask_and_a_bad_photo_are_told_apart() -> None:
    with pytest.raises(MaskError):
        render(pictures.picture(), pictures.picture())
    with pytest.raises(PictureError) as caught:
        render(b"", pictures.label_png(PEOPLE))

    assert not isinstance(caught.value, MaskError)


def test_the_files_are_made_one_at_a_time() -> None:
    size = 1500
    result = render(
        pictures.picture(size=(size, size)), pictures.label_png(pictures.two_people(size, size))
    )

    tracemalloc.start()
    for file in result.files():
        assert file.data
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8 * 3 * size * size
