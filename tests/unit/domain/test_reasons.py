from __future__ import annotations

import re
import string

import pytest

from shared.domain.reasons import REASONS, reason

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_says_what_is_wrong_and_what_to_do_in_both_languages(code: str) -> None:
    found = reason(code)

    assert found.code == code
    assert found.text_en.endswith(".") or "{message}" in REASONS[code][0]
    assert found.remedy_en.endswith(".")
    assert not CHINESE.search(found.text_en + found.remedy_en)
    assert CHINESE.search(found.text_zh)
    assert CHINESE.search(found.remedy_zh)


@pytest.mark.parametrize("code", sorted(REASONS))
def test_both_languages_name_the_same_details(code: str) -> None:
    text_en, text_zh, remedy_en, remedy_zh = REASONS[code]

    assert placeholders(text_en) == placeholders(text_zh)
    assert placeholders(remedy_en) == placeholders(remedy_zh)


def test_details_are_filled_in() -> None:
    found = reason("too_large", size=22_334_669, limit=20 * 1024 * 1024)

    assert "21.3 MB" in found.text_en
    assert "20 MB" in found.text_zh


def test_a_missing_detail_is_an_ellipsis_not_a_crash() -> None:
    assert "…" in reason("too_large").text_en


def test_a_detail_with_braces_is_shown_as_it_is() -> None:
    found = reason("provider_failed", message="bad {thing}")

    assert found.text_en == "The segmentation service failed: bad {thing}"


def test_an_unknown_code_is_kept_and_shown() -> None:
    found = reason("Arrearage", message="overdue")

    assert found.code == "Arrearage"
    assert "Arrearage: overdue" in found.text_en
    assert "Arrearage" in found.text_zh
