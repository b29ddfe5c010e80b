"""What the READMEs say exists, and what exists they say; the two of them agree."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

from scripts.cli.app import app
from scripts.cli.readme import MEANINGS, states_table
from scripts.cli.setting_words import MEANINGS as MEANINGS_OF_SETTINGS
from scripts.cli.variables import settings_asked
from shared.domain.state import JobState
from shared.settings import Settings
from tests.architecture.documents import BOTH, PROJECT, SETTINGS, blocks, column, read

ENGLISH = BOTH[0]
ARCHITECTURE = ("docs/architecture.md", "docs/architecture.zh-CN.md")


def test_a_transition_that_leaves_a_state_stands_in_the_table() -> None:
    row = next(
        line for line in states_table(ENGLISH).splitlines() if line.startswith("| `RUNNING`")
    )

    assert "TaskSucceeded → `FINALIZING`" in row
    assert "PutOff" not in row


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_told_and_the_defaults_told_are_those_that_apply(name: str) -> None:
    rows = {row[0].strip("`"): row[1] for row in column(name, "`")}
    required = {key: f"https://{key.lower()}" for key, told in rows.items() if told == "–"}
    defaults = {key: told.strip("`") for key, told in rows.items() if told.startswith("`")}
    defaults["OSS_PUBLIC_ENDPOINT"] = required[defaults["OSS_PUBLIC_ENDPOINT"]]

    assert set(rows) == settings_asked()
    assert Settings.from_env(required | defaults) == Settings.from_env(required)
    assert len(defaults) > len(required)


def test_every_setting_has_its_meaning_in_both_languages() -> None:
    assert set(MEANINGS_OF_SETTINGS) == settings_asked()
    for name, said in MEANINGS_OF_SETTINGS.items():
        assert "" not in said
        codes = [re.findall("`[^`]+`", words) for words in said]
        assert sorted(codes[0]) == sorted(codes[1]), name


@pytest.mark.parametrize("name", BOTH)
def test_every_command_is_told_and_every_told_command_exists(name: str) -> None:
    told = {row[0].strip("`").split()[1] for row in column(name, "`maskline ")}

    assert told == set(getattr(get_command(app), "commands"))  # noqa: B009 - a click group behind typer's types


@pytest.mark.parametrize("name", ARCHITECTURE)
def test_what_is_named_in_the_layout_exists(name: str) -> None:
    layout = next(block for block in blocks(name) if block.startswith("functions/"))

    assert [
        line.split()[0] for line in layout.splitlines() if not (PROJECT / line.split()[0]).exists()
    ] == []


@pytest.mark.parametrize("name", BOTH)
def test_it_stays_short(name: str) -> None:
    assert len(read(name).splitlines()) < 200


def test_every_state_has_its_meaning_in_both_languages() -> None:
    assert all(set(MEANINGS[name]) == set(JobState) for name in BOTH)
