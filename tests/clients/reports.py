"""What Node's test runner prints: the Test Anything Protocol, as far as it goes here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

RESULT = re.compile(r"(?P<not>not )?ok \d+ - (?P<name>.*?)(?P<skipped> # (SKIP|TODO).*)?")
TEST = re.compile(r'^test\("(.+?)", ', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one test ended, and what was told with it."""

    passed: bool
    told: str


def read_report(text: str) -> dict[str, Outcome]:
    """The outcomes by the tests' names; what was skipped has not passed."""
    return dict(_outcomes(text))


def _outcomes(text: str) -> Iterator[tuple[str, Outcome]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if found := RESULT.fullmatch(line):
            following = lines[number + 1 : number + 30]
            told = [one for one in following if one.startswith("  ")]
            passed = not (found["not"] or found["skipped"])
            yield found["name"].replace("\\#", "#"), Outcome(passed=passed, told="\n".join(told))


def names_in(source: str) -> list[str]:
    """The names of the tests that a suite's source declares."""
    return TEST.findall(source)
