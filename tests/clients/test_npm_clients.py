"""npm's clients against the local cloud: each test of the suites beside is one here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import Report
from tests.clients.reports import Outcome, names_in, read_report

HERE = Path(__file__).parent
SUITES = sorted(HERE.glob("*.test.mjs"))
TESTS = [(suite.name, name) for suite in SUITES for name in names_in(suite.read_text())]


@pytest.mark.parametrize(("suite", "name"), TESTS, ids=[f"{s}: {n}" for s, n in TESTS])
def test_client(report: Report, suite: str, name: str) -> None:
    outcome = report(suite).get(name, Outcome(passed=False, told="it did not run"))

    assert outcome.passed, outcome.told


@pytest.mark.parametrize("suite", [suite.name for suite in SUITES])
def test_suite_leaves_nothing_untold(report: Report, suite: str) -> None:
    """No test of a suite is missing above, and its cleaning up goes well too."""
    named = {name for file, name in TESTS if file == suite}

    assert {name: one.told for name, one in report(suite).items() if not one.passed} == {}
    assert set(report(suite)) == named


def test_what_failed_or_was_skipped_is_read_as_such() -> None:
    text = """TAP version 13
# Subtest: one
ok 1 - one
not ok 2 - two \\# really
  ---
  error: 'no'
  ...
ok 3 - three # SKIP
1..3
"""

    found = read_report(text)

    assert [name for name, outcome in found.items() if not outcome.passed] == [
        "two # really",
        "three",
    ]
    assert "error: 'no'" in found["two # really"].told
