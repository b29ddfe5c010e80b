"""What clients asked and what came of it: counts by operation, refusals by code, surprises."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

T = TypeVar("T")
Translate = Callable[[BaseException], str | None]
"""The code of a vendor's error, empty where no answer came, None for what is no such error."""
UNANSWERED: Final = ""


class RefusedError(Exception):
    """The service said no; the text is its code."""


class UnansweredError(Exception):
    """No answer came: it may have been performed or not."""


@dataclass(slots=True)
class Tally:
    """Shared by all clients. `outage` is odd while nobody can be answered."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    outage: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, operation: str, call: Callable[[], T], translate: Translate) -> T:
        """Do it and count it.

        Raises:
            RefusedError: the service said no.
            UnansweredError: no answer came; wrong, unless the cloud was killed meanwhile.
        """
        outage, began = self.outage, time.monotonic()
        try:
            answer = call()
        except Exception as error:
            code = translate(error)
            if code is None:
                raise
            self._failed(operation, code, expected=outage % 2 == 1 or self.outage != outage)
            if code == UNANSWERED:
                raise UnansweredError(operation) from error
            raise RefusedError(code) from error
        self._succeeded(operation, time.monotonic() - began)
        return answer

    def say_wrong(self, what: str) -> None:
        """Something is not as it must be."""
        with self._lock:
            self.wrong.append(what)

    def _succeeded(self, operation: str, took: float) -> None:
        with self._lock:
            self.done[operation] += 1
            self.seconds[operation] += took  # type: ignore[assignment]  # a Counter adds floats as well
            self.slowest[operation] = max(took, self.slowest.get(operation, 0.0))

    def _failed(self, operation: str, code: str, *, expected: bool) -> None:
        with self._lock:
            if code != UNANSWERED:
                self.refused[f"{operation} {code}"] += 1
            else:
                self.unanswered[operation] += 1
                if not expected:
                    self.wrong.append(f"{operation}: no answer, though nobody was killed")
