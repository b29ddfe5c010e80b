"""What the READMEs say exists, and what exists they say; the two of them agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from scripts.cli import recipe_book
from scripts.cli.app import app
from scripts.cli.readme import MEANINGS, in_step, states_table
from scripts.cli.recipe_book import DOCUMENT
from shared.domain.state import JobState
from shared.settings import KNOWN_SINKS, Settings, SettingsError

PROJECT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
BOTH = (ENGLISH, CHINESE)
SETTINGS = ("docs/configuration.md", "docs/configuration.zh-CN.md")
CODE = re.compile(r"`[^`]+`")


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def tables(name: str) -> list[list[list[str]]]:
    """The tables of a README: rows of cells, without the heads."""
    found: list[list[list[str]]] = []
    previous = ""
    for line in read(name).splitlines():
        if line.startswith("|"):
            if not previous.startswith("|"):
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        previous = line
    return [table[2:] for table in found]


def blocks(name: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```$", read(name), re.MULTILINE | re.DOTALL)


class _Asked(dict[str, str]):
    """An environment that remembers which variables were asked for; it names every sink, as some
    settings belong to one of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]  # remembers only
        self.names.add(key)
        return ",".join(KNOWN_SINKS) if key == "MASKLINE_SINKS" else default


def settings_asked() -> set[str]:
    env = _Asked()
    with pytest.raises(SettingsError):
        Settings.from_env(env)
    return env.names


def column(name: str, beginning: str) -> Iterator[list[str]]:
    """Rows of all tables whose first cell begins so."""
    return (row for table in tables(name) for row in table if row[0].startswith(beginning))


@pytest.mark.parametrize("name", BOTH)
def test_the_state_table_is_the_codes(name: str) -> None:
    assert in_step(read(name), name) == read(name), "run python -m scripts.cli.readme"
    assert set(MEANINGS[name]) == set(JobState)


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
    assert ",".join(settings.sinks) == told["MASKLINE_SINKS"]
    assert str(settings.reuse).lower() == told["MASKLINE_REUSE"]
    assert str(settings.oss_is_cname).lower() == told["OSS_IS_CNAME"]
    assert settings.dashscope_model == told["DASHSCOPE_MODEL"]
    assert ",".join(settings.dashscope_result_hosts) == told["DASHSCOPE_RESULT_HOSTS"]
    assert settings.quota is None
    assert settings.erase_quota is None
    assert told["MASKLINE_QUOTA"] == told["MASKLINE_ERASE_QUOTA"] == "unlimited"


@pytest.mark.parametrize("name", BOTH)
def test_every_command_is_told_and_every_told_command_exists(name: str) -> None:
    told = {row[0].strip("`").split()[1] for row in column(name, "`maskline ")}

    assert told == set(getattr(get_command(app), "commands"))  # noqa: B009 - a click group behind typer's types


@pytest.mark.parametrize("name", BOTH)
def test_what_is_named_in_the_layout_and_as_a_file_exists(name: str) -> None:
    layout = next(block for block in blocks(name) if block.startswith("functions/"))
    named = [line.split()[0] for line in layout.splitlines()]
    named += re.findall(r"`([\w./]+\.(?:yml|md|py|json))`", read(name))

    missing = [path for path in named if not (PROJECT / path).exists()]
    assert missing == ["manifest.json"] * missing.count("manifest.json")


@pytest.mark.parametrize("name", BOTH)
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"make ([a-z]+)", "\n".join(blocks(name)))) <= targets


@pytest.mark.parametrize(("english", "chinese"), [BOTH, SETTINGS])
def test_the_two_languages_have_the_same_sections_blocks_and_rows(
    english: str, chinese: str
) -> None:
    headings = [re.findall(r"^(#+) ", read(name), re.MULTILINE) for name in (english, chinese)]
    assert headings[0] == headings[1]
    assert blocks(english) == blocks(chinese)
    for ours, theirs in zip(tables(english), tables(chinese), strict=True):
        assert len(ours) == len(theirs)
        coded = [[row[0] for row in table if CODE.fullmatch(row[0])] for table in (ours, theirs)]
        assert coded[0] == coded[1]


def test_the_recipes_are_told_as_they_are() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert recipe_book.in_step(text) == text, "run python -m scripts.cli.readme"


@pytest.mark.parametrize("name", BOTH)
def test_it_stays_short(name: str) -> None:
    assert len(read(name).splitlines()) < 200
