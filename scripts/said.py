"""Words for people, in both languages side by side."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """The same in English and Chinese."""

    en: str
    zh: str
