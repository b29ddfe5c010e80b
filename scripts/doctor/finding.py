"""What an examination finds, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scripts.doctor.words import WORDS


class Severity(str, Enum):
    """How bad it is. `UNKNOWN`: it could not be looked at, which proves nothing."""

    WRONG = "wrong"
    WARNING = "warning"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing, and its remedy. Never holds a secret or a signed URL."""

    code: str
    severity: Severity
    problem: str
    remedy: str
    problem_zh: str
    remedy_zh: str


def found(code: str, *, severity: Severity | None = None, **details: object) -> Finding:
    """The finding *code* of the table, with its *details* filled in."""
    words = WORDS[code]
    return Finding(
        code=code,
        severity=severity or Severity(words.severity),
        problem=words.problem.format_map(details),
        remedy=words.remedy.format_map(details),
        problem_zh=words.problem_zh.format_map(details),
        remedy_zh=words.remedy_zh.format_map(details),
    )
