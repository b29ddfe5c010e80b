"""The file of answers: what was seen, when and by whom. It holds no secret and may be shared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from scripts.doctor.account.points import POINTS

VERSION: Final = 1
PROBE: Final = "probe"


class RecordError(Exception):
    """The file, or an answer, cannot be used; the text says why and what can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer. `at` is ISO 8601; `by` is who looked, or `probe`."""

    answer: str
    at: str
    by: str


def judged(point: str, answer: str) -> str:
    """The answer as the point has it. Raises RecordError."""
    if point not in POINTS:
        raise RecordError(f"there is no point {point!r}: choose from {', '.join(POINTS)}")
    known = {each.lower(): each for each in POINTS[point].answers}
    if answer.strip().lower() not in known:
        raise RecordError(f"{point} cannot be {answer!r}: choose from {', '.join(known.values())}")
    return known[answer.strip().lower()]


def load(path: Path, account: str) -> dict[str, Answer]:
    """The answers so far; none where there is no file.

    Raises:
        RecordError: it cannot be read, or is another account's.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read: take it away, or name another") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise RecordError(f"{path} is no file of answers: name another")
    if document.get("account") != account:
        raise RecordError(f"{path} is about account {document.get('account')}: name another")
    return {point: _answer(path, point, told) for point, told in document["answers"].items()}


def _answer(path: Path, point: str, told: Mapping[str, Any]) -> Answer:
    try:
        return Answer(answer=judged(point, told["answer"]), at=told["at"], by=told["by"])
    except (KeyError, TypeError) as error:
        raise RecordError(f"{path}: the answer to {point} cannot be read") from error


def save(path: Path, account: str, answers: Mapping[str, Answer]) -> None:
    """Write all of them, whole or not at all. Raises RecordError."""
    told = {point: asdict(answers[point]) for point in POINTS if point in answers}
    document = {"version": VERSION, "account": account, "answers": told}
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror}") from error
