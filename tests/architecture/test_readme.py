"""What the READMEs say exists, and what exists they say; the two of them agree."""

from __future__ import annotations

import re

import pytest
from typer.main import get_command

from scripts.cli.app import app
from scripts.cli.readme import MEANINGS, states_table
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
def test_every_setting_is_told_with_its_default(name: str) -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in column(name, "`")}
    told = {key: value for key, value in rows.items() if re.fullmatch(r"[A-Z][A-Z_]+", key)}
    states = {str(state) for state in JobState}

    assert set(told) - states == settings_asked()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_defaults_told_are_those_that_apply(name: str) -> None:
    required = {row[0].strip("`") for row in column(name, "`") if row[1] == "–"}
    env = dict.fromkeys(required, "https://example.com")

    settings = Settings.from_env(env)

    told = {row[0].strip("`"): row[1].strip("`") for row in column(name, "`")}
    assert settings.prefixes.uploads == told["MASKLINE_UPLOAD_PREFIX"]
    assert settings.prefixes.results == told["MASKLINE_RESULTS_PREFIX"]
    assert settings.prefixes.pins == told["MASKLINE_PINS_PREFIX"]
    assert settings.prefixes.raw == told["MASKLINE_RAW_PREFIX"]
    assert settings.prefixes.backdrops == told["MASKLINE_BACKDROPS_PREFIX"]
    assert settings.recipes.otherwise == told["MASKLINE_RECIPES"]
    assert str(settings.poller_seconds) == told["MASKLINE_POLLER_SECONDS"]
    assert str(settings.absence_seconds) == told["MASKLINE_ABSENCE_SECONDS"]
    assert settings.deployment == told["MASKLINE_DEPLOYMENT"]
    assert ",".join(sink.name for sink in settings.sinks) == told["MASKLINE_SINKS"]
    assert str(settings.reuse).lower() == told["MASKLINE_REUSE"]
    assert str(settings.oss_is_cname).lower() == told["OSS_IS_CNAME"]
    assert settings.dashscope_model == told["DASHSCOPE_MODEL"]
    assert settings.dashscope_erase_model == told["DASHSCOPE_ERASE_MODEL"]
    assert ",".join(settings.dashscope_result_hosts) == told["DASHSCOPE_RESULT_HOSTS"]
    assert settings.quota is None
    assert settings.erase_quota is None
    assert told["MASKLINE_QUOTA"] == told["MASKLINE_ERASE_QUOTA"] == "unlimited"


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
