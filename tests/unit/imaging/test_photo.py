from __future__ import annotations

import io
from typing import Literal

import numpy as np
import pytest
from PIL import Image, ImageCms

from shared.imaging.convert import heic_to_jpeg
from shared.imaging.decoding import open_upright
from shared.imaging.errors import PictureError
from shared.imaging.photo import read_photo
from shared.imaging.probe import probe
from tests import pictures

LOSSLESS = ["PNG", "BMP", "TIFF"]


@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_lossless_photo_comes_out_pixel_by_pixel(kind: str) -> None:
    photo = read_photo(pictures.picture(kind, (33, 21)))

    assert np.array_equal(photo.rgb, pictures.scene(33, 21))
    assert (photo.width, photo.height) == (33, 21)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "corners"),
    [
        (1, "ABCD"),
        (2, "BADC"),
        (3, "DCBA"),
        (4, "CDAB"),
        (5, "ACBD"),
        (6, "CADB"),
        (7, "DBCA"),
        (8, "BDAC"),
    ],
)
def test_every_orientation_is_made_upright(kind: str, orientation: int, corners: str) -> None:
    """A B over C D are the stored corners; EXIF 2.32 says where each belongs."""
    stored = pictures.scene(40, 30)
    letters = {"A": stored[0, 0], "B": stored[0, -1], "C": stored[-1, 0], "D": stored[-1, -1]}

    rgb = read_photo(pictures.turned(orientation, kind, (40, 30))).rgb

    found = [rgb[0, 0], rgb[0, -1], rgb[-1, 0], rgb[-1, -1]]
    assert [pixel.tolist() for pixel in found] == [letters[c].tolist() for c in corners]


def test_the_upright_size_is_the_one_that_the_probe_foretold() -> None:
    for name in ("turned", "mirrored", "png-turned", "webp-turned", "heic"):
        data = pictures.AWKWARD[name]()
        photo = read_photo(data)
        assert (photo.width, photo.height) == probe(data).upright_size, name


@pytest.mark.parametrize(
    "name", ["grey", "cmyk", "palette", "sixteen-bit", "progressive", "gif", "webp", "heic"]
)
def test_every_kind_of_picture_becomes_rgb_of_about_the_same_colours(name: str) -> None:
    rgb = read_photo(pictures.AWKWARD[name]()).rgb

    assert rgb.shape == (512, 640, 3)
    assert rgb.dtype == np.uint8
    luminance = pictures.scene(640, 512).mean(axis=2)
    assert np.abs(rgb.mean(axis=2) - luminance).mean() < 40


def test_sixteen_bits_keep_their_upper_half() -> None:
    scene = pictures.scene(20, 10)

    assert np.array_equal(read_photo(pictures.wide_png(scene.astype(np.uint16) * 257)).rgb, scene)


def test_sixteen_bit_grey_keeps_its_upper_half_too() -> None:
    grey = pictures.scene(20, 10)[..., 0]

    rgb = read_photo(pictures.wide_png(grey.astype(np.uint16) * 257)).rgb

    assert np.array_equal(rgb[..., 1], grey)


def test_transparency_is_laid_on_white() -> None:
    rgb = read_photo(pictures.transparent_png()).rgb

    assert (rgb[:, 320:] == 255).all()
    assert np.array_equal(rgb[:, :320], pictures.scene(640, 512)[:, :320])


def profile(model: Literal["LAB", "sRGB"]) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(model)).tobytes()


def test_an_rgb_profile_travels_along_and_another_models_does_not() -> None:
    srgb = profile("sRGB")

    assert read_photo(pictures.picture(icc_profile=srgb)).icc_profile == srgb
    assert read_photo(pictures.picture(icc_profile=profile("LAB"))).icc_profile is None
    assert read_photo(pictures.picture()).icc_profile is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("empty", "empty"),
        ("text", "not_a_picture"),
        ("bomb", "too_many_pixels"),
        ("jpeg-cut", "truncated"),
        ("png-damaged", "truncated"),
    ],
)
def test_what_cannot_be_a_photo_is_refused_by_its_code(name: str, code: str) -> None:
    with pytest.raises(PictureError) as caught:
        read_photo(pictures.AWKWARD[name]())

    assert caught.value.code == code


def test_pixels_that_do_not_decode_are_unreadable_not_a_crash() -> None:
    broken = pictures.SIGNATURE + pictures.chunk(b"IHDR", pictures.picture("PNG")[16:29])
    broken += pictures.chunk(b"IDAT", b"this is no zlib stream") + pictures.chunk(b"IEND")

    with pytest.raises(PictureError) as caught:
        read_photo(broken)

    assert caught.value.code == "unreadable"


def test_heic_becomes_an_upright_jpeg() -> None:
    jpeg = heic_to_jpeg(pictures.heic((600, 520)))

    facts = probe(jpeg)
    assert (facts.format, facts.width, facts.height) == ("jpeg", 600, 520)
    assert facts.orientation == 1
    with Image.open(io.BytesIO(jpeg)) as image:
        difference = np.abs(np.asarray(image).astype(int) - pictures.scene(600, 520))
    assert difference.mean() < 6


def test_a_heic_that_would_be_too_heavy_is_encoded_more_coarsely() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (3000, 3000, 3), dtype=np.uint8)

    jpeg = heic_to_jpeg(pictures.encode(Image.fromarray(noise), "TIFF"))

    assert 7_000_000 < len(jpeg) <= 9_500_000


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100}, {"quality": 20}])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
def test_a_jpeg_has_the_pixels_that_pillow_finds(subsampling: str, options: dict[str, int]) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (61, 43, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((333, 217))
    jpeg = pictures.encode(image, "JPEG", subsampling=subsampling, **options)

    assert np.array_equal(read_photo(jpeg).rgb, np.asarray(open_upright(jpeg)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_jpeg_has_the_pixels_that_pillow_finds(orientation: int) -> None:
    photo = read_photo(pictures.turned(orientation, size=(66, 34)))

    assert np.array_equal(
        photo.rgb, np.asarray(open_upright(pictures.turned(orientation, size=(66, 34))))
    )
    assert photo.rgb.flags.c_contiguous
    assert photo.orientation == orientation


def test_a_jpeg_with_damaged_pixels_is_what_pillow_makes_of_it() -> None:
    jpeg = bytearray(pictures.picture(size=(640, 512)))
    jpeg[len(jpeg) // 2 : len(jpeg) // 2 + 40] = bytes(40)

    assert np.array_equal(read_photo(bytes(jpeg)).rgb, np.asarray(open_upright(bytes(jpeg))))


def test_a_jpeg_that_stores_rgb_itself_is_read_as_such() -> None:
    jpeg = pictures.encode(Image.fromarray(pictures.scene(64, 48)), "JPEG", keep_rgb=True)

    assert np.array_equal(read_photo(jpeg).rgb, np.asarray(open_upright(jpeg)))


@pytest.mark.parametrize("mode", ["F", "LAB", "I", "I;16"])
def test_a_tiff_of_numbers_that_are_no_colours_is_refused_or_read_right(mode: str) -> None:
    grey = Image.fromarray(pictures.scene(40, 30)[..., 0])
    if mode == "I;16":
        wide = np.asarray(grey).astype(np.uint16) * 257
        photo = read_photo(pictures.encode(Image.fromarray(wide), "TIFF"))
        assert np.array_equal(photo.rgb[..., 0], np.asarray(grey))
        return
    image = Image.new("LAB", (40, 30)) if mode == "LAB" else grey.convert(mode)
    with pytest.raises(PictureError) as caught:
        read_photo(pictures.encode(image, "TIFF"))

    assert caught.value.code == "format_unsupported"
