"""Two ways of asking for the same erasing are one."""

from __future__ import annotations

import pytest

from shared.domain.recipes import RecipeTextError
from shared.imaging.options.erase import EraseOptions
from shared.usecases.plan_erasures import in_full
from shared.wire.recipes import read_recipes


def full(line: str) -> str:
    (options,) = read_recipes(line)
    assert isinstance(options, EraseOptions)
    return in_full(options)


def test_defaults_and_order_make_no_difference() -> None:
    assert full("erase") == full("erase:dilation=0.02:people=not-largest")
    assert full("erase:people=3+1") == full("erase:people=1+3+3")
    assert full("erase:people=1") != full("erase:people=3")


def test_what_is_told_in_full_reads_back_as_the_same() -> None:
    line = full("erase:people=3+1:fast-mode=true:add-watermark=yes")

    assert full(line) == line


def test_no_watermark_unless_it_is_asked_for() -> None:
    assert "add_watermark=false" in full("erase")


@pytest.mark.parametrize("line", ["erase:dilation=2", "erase:people=nobody", "erase:glow=1"])
def test_what_makes_no_sense_is_refused_before_anything_is_paid(line: str) -> None:
    with pytest.raises(RecipeTextError, match="erase"):
        read_recipes(line)
