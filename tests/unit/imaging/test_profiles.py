from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from shared.imaging.options.people import PeopleOptions
from shared.imaging.photo import Photo, read_photo
from shared.imaging.profiles import in_srgb
from shared.imaging.rendering import render
from tests import pictures

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped() -> bytes:
    """A profile of which red is sRGB's blue, and blue its red."""
    return (
        SRGB.replace(b"rXYZ", b"temp", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"temp", b"bXYZ", 1)
    )


def test_colours_become_srgb_and_say_so_by_having_no_profile() -> None:
    rgb = pictures.scene(300, 600)

    photo = in_srgb(Photo(rgb=rgb, icc_profile=swapped()))

    assert photo.icc_profile is None
    assert np.abs(photo.rgb.astype(int) - rgb[..., ::-1]).max() <= 3


@pytest.mark.parametrize("profile", [None, SRGB, b"no profile at all", SRGB[:200]])
def test_srgb_by_any_name_and_what_cannot_be_read_changes_no_number(profile: bytes | None) -> None:
    rgb = pictures.scene(30, 20)

    photo = in_srgb(Photo(rgb=rgb, icc_profile=profile))

    assert photo.icc_profile is None
    assert photo.rgb is rgb


def test_cut_outs_are_srgb_unless_the_profile_is_to_be_kept() -> None:
    data = pictures.picture("PNG", icc_profile=swapped())
    mask = pictures.label_png(pictures.two_people())

    def colour(recipe: PeopleOptions) -> tuple[list[int], bytes | None]:
        files = {file.name: file.data for file in render(data, mask, (recipe,)).files()}
        with Image.open(io.BytesIO(files["people/1/cutout.png"])) as image:
            return np.asarray(image)[200, 80].tolist(), image.info.get("icc_profile")

    kept, profile = colour(PeopleOptions(profile="keep"))
    converted, none = colour(PeopleOptions())

    assert (profile, none) == (swapped(), None)
    assert kept[:3] == pictures.scene(640, 512)[328, 160].tolist()
    assert np.abs(np.array(converted[:3]) - kept[2::-1]).max() <= 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_no_file_carries_what_the_camera_wrote(kind: str) -> None:
    """GPS and all: places are taken out of every picture, since none of it is copied."""
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    data = pictures.picture(kind, exif=exif.tobytes(), icc_profile=SRGB)
    assert b"secret" in data

    for file in render(data, pictures.label_png(pictures.two_people())).files():
        assert b"secret" not in file.data
        with Image.open(io.BytesIO(file.data)) as image:
            assert not image.getexif()


def test_the_turn_is_applied_once() -> None:
    photo = pictures.turned(6, "PNG", (640, 512))
    mask = pictures.label_png(pictures.two_people(512, 640))

    result = render(photo, mask)

    for file in result.files():
        with Image.open(io.BytesIO(file.data)) as image:
            assert 0x0112 not in image.getexif()
            if file.name == "vis.png":
                assert image.size == (512, 640)
    assert np.array_equal(result.scene.photo.rgb, read_photo(photo).rgb)
