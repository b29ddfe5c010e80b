"""The form of a finding's words; `{name}` stands for a detail."""

from __future__ import annotations

from typing import NamedTuple


class Texts(NamedTuple):
    """How bad it is, what is wrong and what to do, in English and Chinese."""

    severity: str
    problem: str
    remedy: str
    problem_zh: str
    remedy_zh: str
