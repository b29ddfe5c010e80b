from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import shared.imaging
from shared.imaging.portrait.refusals import REFUSALS, NoPortraitError

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_every_refusal_says_why_and_what_to_do_in_both_languages(reason: str) -> None:
    what, what_zh, remedy, remedy_zh = REFUSALS[reason]

    assert placeholders(what) == placeholders(what_zh)
    assert placeholders(remedy) == placeholders(remedy_zh) == set()
    assert remedy.endswith(".")
    assert remedy_zh.endswith("。")
    assert not CHINESE.search(what + remedy)
    assert CHINESE.search(what_zh)
    assert CHINESE.search(remedy_zh)


def test_every_refusal_is_raised_somewhere_and_none_but_these() -> None:
    folder = Path(next(iter(shared.imaging.__path__)))
    code = "".join(path.read_text() for path in folder.rglob("*.py"))

    assert set(re.findall(r'NoPortraitError\("(\w+)"', code)) == set(REFUSALS)


def test_details_are_told_in_both() -> None:
    error = NoPortraitError("too_heavy", most="30")

    assert "30 KB" in str(error)
    assert "30 KB" in error.what_zh
