"""What a camera wrote: carried over where it is asked for, and never more than is true."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from shared.imaging.metadata import exif_for
from shared.imaging.options.backdrop import BackdropOptions
from shared.imaging.options.bokeh import BokehOptions
from shared.imaging.options.people import PeopleOptions
from shared.imaging.options.picture import PictureOptions
from shared.imaging.options.recipe_options import OptionError
from shared.imaging.rendering import render
from tests import pictures

MAKE, MODEL, ORIENTATION, ARTIST = 0x010F, 0x0110, 0x0112, 0x013B
EXIF_IFD, GPS_IFD, NOTE, TAKEN, LENS = 0x8769, 0x8825, 0x927C, 0x9003, 0xA434
OWNER, SERIAL, WIDTH, XMP, KEYWORDS = 0xA430, 0xA431, 0xA002, 0x02BC, 0x9C9E
LATITUDE = (31.0, 13.0, 50.4)


def camera() -> Image.Exif:
    """What a telephone writes."""
    exif = Image.Exif()
    exif[MAKE], exif[MODEL], exif[ORIENTATION], exif[ARTIST] = "Hua", "P1", 1, "somebody"
    exif[XMP], exif[KEYWORDS] = b"<x:xmpmeta>31 N</x:xmpmeta>", "home".encode("utf-16le")
    exif[EXIF_IFD] = {
        TAKEN: "2026:05:01 10:00:00",
        LENS: "a lens",
        NOTE: b"Hua\0 31 N 121 E",
        OWNER: "somebody",
        SERIAL: "4711",
        WIDTH: 640,
    }
    exif[GPS_IFD] = {1: "N", 2: LATITUDE, 3: "E", 4: (121.0, 28.0, 1.0)}
    return exif


def photo(kind: str = "JPEG", orientation: int = 1) -> bytes:
    exif = camera()
    exif[ORIENTATION] = orientation
    size = (640, 512) if orientation < 5 else (512, 640)
    out = io.BytesIO()
    options: dict[str, Any] = {"exif": exif.tobytes(), "icc_profile": pictures.swapped_profile()}
    Image.fromarray(pictures.scene(*size)).save(out, kind, **options)
    return out.getvalue()


def read(data: bytes) -> tuple[dict[int, Any], dict[int, Any], dict[int, Any]]:
    """The fields of a finished file: its own, the photograph's, the place's."""
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        return dict(exif), dict(exif.get_ifd(EXIF_IFD)), dict(exif.get_ifd(GPS_IFD))


def made(options: PictureOptions, kind: str = "JPEG", orientation: int = 1) -> bytes:
    mask = pictures.label_png(pictures.two_people())
    rendering = render(photo(kind, orientation), mask, (options,))
    files = {file.name: file.data for file in rendering.files()}
    names = ("people/1/cutout.png", "people/1/cutout.webp", "bokeh.jpg", "backdrop.jpg")
    return next(files[name] for name in (*names, "backdrop.png") if name in files)


EVERY = [
    PeopleOptions,
    lambda **options: PeopleOptions(format="webp", **options),
    BokehOptions,
    BackdropOptions,
    lambda **options: BackdropOptions(colour="transparent", **options),
]


@pytest.mark.parametrize("options", EVERY)
def test_nothing_is_carried_over_unless_it_is_asked_for(options: Any) -> None:
    data = made(options())

    assert read(data) == ({}, {}, {})
    assert b"2026:05:01" not in data


@pytest.mark.parametrize("options", EVERY)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_without_place_there_is_the_camera_and_nobody(options: Any, kind: str) -> None:
    data = made(options(metadata="no-gps"), kind)
    own, inner, place = read(data)

    assert (own[MAKE], own[MODEL]) == ("Hua", "P1")
    assert (inner[TAKEN], inner[LENS]) == ("2026:05:01 10:00:00", "a lens")
    assert place == {}
    for secret in (b"31 N", b"4711", "home".encode("utf-16le")):
        assert secret not in data
    assert OWNER not in inner


@pytest.mark.parametrize("options", EVERY)
def test_all_that_stays_true_is_kept_where_it_is_asked_for(options: Any) -> None:
    own, inner, place = read(made(options(metadata="keep")))

    assert (own[MAKE], own[ARTIST]) == ("Hua", "somebody")
    assert (inner[TAKEN], inner[SERIAL]) == ("2026:05:01 10:00:00", "4711")
    assert tuple(map(float, place[2])) == LATITUDE
    assert not {XMP, NOTE, WIDTH, ORIENTATION} & {*own, *inner}


@pytest.mark.parametrize("policy", ["no-gps", "keep"])
def test_an_upright_picture_is_not_turned_a_second_time(policy: str) -> None:
    data = made(BokehOptions(metadata=policy), orientation=6)

    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (640, 512)
    assert ORIENTATION not in read(data)[0]


def test_heic_tells_its_camera_too() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    image = Image.fromarray(pictures.scene(640, 512))
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, exif=camera().tobytes())

    kept, bare = Image.Exif(), Image.Exif()
    kept.load(exif_for(out.getvalue(), "keep"))
    bare.load(exif_for(out.getvalue(), "no-gps"))

    assert (kept[MAKE], bare[MAKE]) == ("Hua", "Hua")
    assert GPS_IFD in kept
    assert GPS_IFD not in bare


@pytest.mark.parametrize("broken", [b"", b"no picture", b"\xff\xd8\xff\xe1\x00\x10Exif\0\0MM\0*\0"])
def test_what_cannot_be_read_is_left_out(broken: bytes) -> None:
    assert exif_for(broken, "keep") == b""


def test_a_damaged_block_costs_no_picture() -> None:
    whole = photo()
    place = whole.index(b"Exif\0\0")
    for at in range(place + 6, place + 160, 3):
        damaged = bytearray(whole)
        damaged[at : at + 2] = b"\xff\xff"
        exif_for(bytes(damaged), "keep")


def test_each_recipe_has_its_own_colours() -> None:
    """One that keeps the photograph's profile does not force it upon the others."""
    mask = pictures.label_png(pictures.two_people())
    recipes = (BokehOptions(profile="keep"), PeopleOptions(), BackdropOptions(show="background"))
    files = {file.name: file.data for file in render(photo(), mask, recipes).files()}

    def profile(name: str) -> object:
        with Image.open(io.BytesIO(files[name])) as image:
            return image.info.get("icc_profile")

    assert profile("bokeh.jpg") == pictures.swapped_profile()
    assert not profile("people/1/cutout.png")
    assert not profile("backdrop.jpg")
    assert not profile("vis.png")


@pytest.mark.parametrize("wrong", [{"metadata": "all"}, {"profile": "p3"}])
def test_other_words_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        BokehOptions(**wrong)
