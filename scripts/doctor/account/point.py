"""A question that no document answers, and what follows from each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from scripts.said import Said

NOTHING_TO_SET: Final = Said("Nothing to set.", "无需设置。")


class Point(NamedTuple):
    """How it is seen, what is assumed until then, and by answer what is to be set."""

    id: str
    question: Said
    how: Said
    until_then: Said
    answers: Mapping[str, Said]
