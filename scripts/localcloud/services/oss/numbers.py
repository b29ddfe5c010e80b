"""Whole numbers as requests write them: ASCII digits, and no more than anybody means.

Python would take digits of any script, and refuses to read thousands of them.
"""

from __future__ import annotations

from typing import Final

MOST_DIGITS: Final = 18
BEYOND: Final = 10**MOST_DIGITS


def whole_number(written: str) -> int | None:
    """The number; None where it is none, or larger than any that OSS knows."""
    fits = written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS
    return int(written) if fits else None


def position(digits: str) -> int:
    """A place in an object that ASCII digits name; one that is beyond any is `BEYOND`."""
    return int(digits) if len(digits) <= MOST_DIGITS else BEYOND
