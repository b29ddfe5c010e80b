from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.input_rules import Accepted, Refused, judge
from shared.imaging.errors import PictureError
from shared.imaging.photo import read_photo
from shared.imaging.probe import probe

SAMPLES = Path(__file__).parents[3] / "scripts" / "samples"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text())
PICTURES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix not in {".md", ".json"})


def reason_of(data: bytes) -> str | None:
    """Why the sample would be refused before anything is spent; None where it would not."""
    try:
        verdict = judge(probe(data), len(data))
    except PictureError as error:
        return error.code
    return verdict.reason.code if isinstance(verdict, Refused) else None


def test_every_sample_has_an_expectation_and_a_source() -> None:
    sources = (SAMPLES / "SOURCES.md").read_text()

    assert sorted(EXPECTED) == PICTURES
    assert all(f"`{name}`" in sources for name in PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_sample_is_accepted_or_refused_as_expected(name: str) -> None:
    assert reason_of((SAMPLES / name).read_bytes()) == EXPECTED[name]["reason"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_sample_is_small(name: str) -> None:
    assert (SAMPLES / name).stat().st_size < 250_000


@pytest.mark.parametrize("name", [name for name in PICTURES if EXPECTED[name]["state"] == "DONE"])
def test_a_sample_decodes_to_the_size_that_was_judged(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    verdict = judge(probe(data), len(data))
    photo = read_photo(data)

    assert isinstance(verdict, Accepted)
    assert (photo.width, photo.height) == (verdict.repair.width, verdict.repair.height)


def test_the_awkward_ones_are_mended_in_the_way_they_are_meant_to_show() -> None:
    def process(name: str) -> str:
        data = (SAMPLES / name).read_bytes()
        verdict = judge(probe(data), len(data))
        assert isinstance(verdict, Accepted)
        return verdict.repair.process

    assert process("collins.jpg") == ""
    assert process("turned-by-exif.jpg") == "image/auto-orient,1"
    assert process("small-400px.jpg") == "image/resize,m_fixed,w_512,h_512,limit_0"
    assert "format,jpg" in process("photographer.bmp")
