"""What the input rules prescribe, carried out by the local cloud's image processing."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from scripts.localcloud.services.oss.pictures.parameters import parse_process
from scripts.localcloud.services.oss.pictures.processing import run_process
from shared.domain.input_rules import DASHSCOPE_LIMITS, Accepted, Repair, judge
from shared.imaging.convert import heic_to_jpeg
from shared.imaging.errors import PictureError
from shared.imaging.facts import PictureFacts
from shared.imaging.photo import read_photo
from shared.imaging.probe import probe
from tests import pictures


def repair_of(data: bytes) -> Repair | None:
    try:
        verdict = judge(probe(data), len(data))
    except PictureError:
        return None
    return verdict.repair if isinstance(verdict, Accepted) else None


def sent(data: bytes, repair: Repair) -> bytes:
    """What the provider would download."""
    if repair.convert:
        data = heic_to_jpeg(data)
    if not repair.process:
        return data
    return run_process(io.BytesIO(data), len(data), parse_process(repair.process)).body


def assert_fits(facts: PictureFacts, size: int, repair: Repair) -> None:
    assert facts.format in {"jpeg", "png", "webp"}
    assert (facts.width, facts.height) == (repair.sent_width, repair.sent_height)
    assert facts.orientation == 1
    assert (facts.bits, facts.frames, facts.complete) == (8, 1, True) or facts.colour == "palette"
    assert size <= DASHSCOPE_LIMITS.max_bytes
    assert all(512 <= side <= 4096 for side in (facts.width, facts.height))


MENDABLE = [
    "turned", "mirrored", "png-turned", "webp-turned", "cmyk", "grey", "progressive",
    "transparent", "palette", "sixteen-bit", "bmp", "gif", "tiff", "tiff-lzw", "webp", "heic",
    "small", "large", "webp-lossless",
]  # fmt: skip


def test_every_awkward_picture_is_either_mendable_or_refused() -> None:
    accepted = {name for name, make in pictures.AWKWARD.items() if repair_of(make())}

    assert accepted == set(MENDABLE)


@pytest.mark.parametrize("name", MENDABLE)
def test_the_provider_gets_what_it_takes(name: str) -> None:
    data = pictures.AWKWARD[name]()
    repair = repair_of(data)
    assert repair is not None

    result = sent(data, repair)

    assert_fits(probe(result), len(result), repair)


@pytest.mark.parametrize("name", ["turned", "mirrored", "png-turned", "webp-turned", "small"])
def test_the_provider_sees_the_picture_as_we_place_its_mask(name: str) -> None:
    """Turned on the way and turned at home, the two must show the same."""
    data = pictures.AWKWARD[name]()
    repair = repair_of(data)
    assert repair is not None

    seen = Image.fromarray(read_photo(sent(data, repair)).rgb).resize((64, 64))
    ours = Image.fromarray(read_photo(data).rgb).resize((64, 64))

    assert np.abs(np.asarray(seen).astype(int) - np.asarray(ours)).mean() < 8


def test_the_heaviest_noise_is_brought_below_the_limit() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (3000, 3900, 3), dtype=np.uint8)
    data = pictures.encode(Image.fromarray(noise), "JPEG", quality=95)
    repair = repair_of(data)
    assert repair is not None

    assert len(data) > DASHSCOPE_LIMITS.max_bytes
    result = sent(data, repair)
    assert_fits(probe(result), len(result), repair)
