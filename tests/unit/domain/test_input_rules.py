from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from shared.domain.input_rules import (
    DASHSCOPE_LIMITS,
    Accepted,
    InputLimits,
    Refused,
    Repair,
    fit_sides,
    judge,
)

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Facts:
    format: str = "jpeg"
    width: int = 1000
    height: int = 800
    orientation: int = 1
    bits: int = 8
    colour: str = "rgb"
    has_alpha: bool = False
    frames: int = 1
    complete: bool = True


def repair_of(facts: Facts, size: int = MEGABYTE) -> Repair:
    verdict = judge(facts, size)
    assert isinstance(verdict, Accepted), verdict
    return verdict.repair


def code_of(facts: Facts, size: int = MEGABYTE, limits: InputLimits = DASHSCOPE_LIMITS) -> str:
    verdict = judge(facts, size, limits)
    assert isinstance(verdict, Refused), verdict
    return verdict.reason.code


@pytest.mark.parametrize(
    "facts",
    [
        Facts(),
        Facts(width=512, height=4096),
        Facts(width=4096, height=4096),
        Facts(format="png", has_alpha=True),
        Facts(format="webp"),
        Facts(format="png", colour="palette", bits=4),
        Facts(colour="grey"),
    ],
)
def test_a_picture_within_the_rules_is_sent_as_it_is(facts: Facts) -> None:
    assert repair_of(facts) == Repair(
        process="",
        width=facts.width,
        height=facts.height,
        sent_width=facts.width,
        sent_height=facts.height,
    )


def test_a_turned_picture_is_righted_and_its_sides_change_places() -> None:
    repair = repair_of(Facts(orientation=6))

    assert repair.process == "image/auto-orient,1"
    assert (repair.width, repair.height) == (800, 1000)
    assert (repair.sent_width, repair.sent_height) == (800, 1000)


def test_a_mirrored_picture_is_righted_and_keeps_its_sides() -> None:
    repair = repair_of(Facts(orientation=2))

    assert repair.process == "image/auto-orient,1"
    assert (repair.width, repair.height) == (1000, 800)


@pytest.mark.parametrize(
    ("width", "height", "sent"),
    [
        (6000, 4000, (4096, 2731)),
        (400, 300, (683, 512)),
        (300, 400, (512, 683)),
        (64, 512, (512, 4096)),
        (8192, 1024, (4096, 512)),
        (4097, 4097, (4096, 4096)),
        (511, 511, (512, 512)),
    ],
)
def test_a_side_out_of_range_is_brought_into_it_in_proportion(
    width: int, height: int, sent: tuple[int, int]
) -> None:
    repair = repair_of(Facts(width=width, height=height))

    assert repair.process == f"image/resize,m_fixed,w_{sent[0]},h_{sent[1]},limit_0"
    assert (repair.sent_width, repair.sent_height) == sent
    assert (repair.width, repair.height) == (width, height)


def test_turning_comes_before_resizing_because_the_sizes_are_the_upright_ones() -> None:
    repair = repair_of(Facts(width=6000, height=3000, orientation=8))

    assert repair.process == "image/auto-orient,1/resize,m_fixed,w_2048,h_4096,limit_0"


@pytest.mark.parametrize(("width", "height"), [(4097, 512), (511, 4096), (3000, 300), (20, 400)])
def test_a_ribbon_is_refused_where_no_scale_satisfies_both_sides(width: int, height: int) -> None:
    assert code_of(Facts(width=width, height=height)) == "aspect_ratio"
    assert fit_sides(width, height, DASHSCOPE_LIMITS) is None


@pytest.mark.parametrize(
    "facts",
    [
        Facts(format="bmp"),
        Facts(format="gif", colour="palette"),
        Facts(format="tiff"),
        Facts(colour="cmyk"),
        Facts(format="png", bits=16),
    ],
)
def test_what_the_provider_may_not_read_becomes_jpeg(facts: Facts) -> None:
    assert repair_of(facts).process == "image/format,jpg/quality,Q_90"


def test_a_heavy_jpeg_is_encoded_again_and_keeps_its_size_where_that_is_enough() -> None:
    repair = repair_of(Facts(width=4000, height=3000), 12 * MEGABYTE)

    assert repair.process == "image/format,jpg/quality,Q_85"
    assert (repair.sent_width, repair.sent_height) == (4000, 3000)


def test_the_heaviest_pictures_are_made_smaller_too() -> None:
    repair = repair_of(Facts(width=4096, height=4096), 20 * MEGABYTE)

    pixels = repair.sent_width * repair.sent_height
    assert pixels * 0.76 <= DASHSCOPE_LIMITS.max_bytes
    assert repair.sent_width == repair.sent_height > 3500


def test_a_large_png_that_must_be_resized_is_sent_as_jpeg_before_it_outgrows_the_limit() -> None:
    assert "format,jpg" in repair_of(Facts(format="png", width=6000, height=6000)).process
    assert "format,jpg" not in repair_of(Facts(format="png", width=600, height=400)).process


def test_a_nearly_too_heavy_picture_is_weighed_again_before_it_is_turned() -> None:
    turned = Facts(width=4000, height=3000, orientation=6)

    assert "quality" in repair_of(turned, 9_900_000).process
    assert "quality" not in repair_of(turned, 4_000_000).process


def test_heic_is_converted_by_the_caller_and_resized_by_oss() -> None:
    repair = repair_of(Facts(format="heic", width=5000, height=2500), 2 * MEGABYTE)

    assert repair.convert
    assert repair.process == "image/resize,m_fixed,w_4096,h_2048,limit_0"


@pytest.mark.parametrize(
    ("facts", "size", "code"),
    [
        (Facts(), 0, "empty"),
        (Facts(complete=False), MEGABYTE, "truncated"),
        (Facts(format="gif", frames=2), MEGABYTE, "animated"),
        (Facts(), 20 * 1024 * 1024 + 1, "too_large"),
        (Facts(width=8193, height=8192), MEGABYTE, "too_many_pixels"),
        (Facts(width=30_001, height=20), MEGABYTE, "too_many_pixels"),
        (Facts(width=15, height=15), MEGABYTE, "too_small"),
    ],
)
def test_what_cannot_be_mended_is_refused_with_its_own_reason(
    facts: Facts, size: int, code: str
) -> None:
    assert code_of(facts, size) == code


def test_a_refusal_names_the_numbers_in_both_languages() -> None:
    verdict = judge(Facts(width=3000, height=300), MEGABYTE)

    assert isinstance(verdict, Refused)
    assert "3000 × 300" in verdict.reason.text_en
    assert "3000 × 300" in verdict.reason.text_zh
    assert "…" not in verdict.reason.text_en + verdict.reason.text_zh


def test_other_limits_can_be_given() -> None:
    narrow = InputLimits(max_side=1000, min_side=500)

    assert code_of(Facts(width=1001, height=499), limits=narrow) == "aspect_ratio"


def test_the_processing_is_spelled_as_oss_reads_it() -> None:
    step = r"(auto-orient,1|resize,m_fixed,w_\d+,h_\d+,limit_0|format,jpg|quality,Q_\d+)"
    heavy = Facts(format="tiff", width=9000, height=7000, orientation=5)

    assert re.fullmatch(rf"image(/{step})+", repair_of(heavy).process)
