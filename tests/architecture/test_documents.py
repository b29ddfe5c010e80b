"""Every command, setting, file and link that a document names exists; the twins are in step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.import_graph import imports
from scripts.cli.readme import documents
from scripts.cli.recipe_book import pages
from scripts.cli.recipe_words import CHINESE
from scripts.cli.recipes import options_of
from scripts.cli.variables import known_names
from scripts.doctor.account.points import POINTS
from scripts.doctor.words import WORDS
from shared.domain import events
from shared.domain.recipes import parse_plan
from shared.imaging.options.catalogue import NAMES
from tests.architecture.command_lines import command_lines, unknown_words
from tests.architecture.documents import (
    DOCUMENTS,
    PAIRS,
    PROJECT,
    blocks,
    column,
    files,
    links,
    read,
    spans,
    tables,
)

VARIABLE = re.compile(r"(?:MASKLINE|OSS|TABLESTORE|FC|MNS|DASHSCOPE|ALIBABA_CLOUD)_[A-Z_]+")
RUNBOOK = ("docs/runbook.md", "docs/runbook.zh-CN.md")
CODE = re.compile(r"`[^`]+`")
RECIPES = re.compile(rf"(?:{'|'.join(NAMES)})(?:[:;,].*=.*)")
"""A line of recipes with options, as somebody would copy it."""

NOT_FILES = {"manifest.json", "erase/erase.json", "id-photo/report.json", "profiles.ini"}
"""Of a result set, or of somebody's home folder."""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_and_option_exists(name: str) -> None:
    told = command_lines(name)

    assert {line: bad for line in told if (bad := unknown_words(line.split()))} == {}


def test_a_command_that_does_not_exist_is_seen() -> None:
    assert unknown_words(["fly", "--high"]) == ["fly"]
    assert unknown_words(["retry", "JOB", "--pay-agian"]) == ["--pay-agian"]
    assert unknown_words(["config", "chekc"]) == ["chekc"]
    assert unknown_words(["retry", "JOB...", "--pay-again"]) == []
    assert unknown_words(["engine", "swerve"]) == ["swerve"]
    assert unknown_words(["engine", "segment", "--engien", "onnx:PATH"]) == ["--engien"]


def test_a_command_is_seen_in_a_block_in_a_sentence_and_in_a_row() -> None:
    told = command_lines("README.md")

    assert {"deploy rollback --profile production", "retry --pay-again", "audit --deep"} <= told
    assert {"config show", "events enable SINK", "run PHOTO_OR_FOLDER... --dry-run"} <= told


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_the_two_languages_name_the_same_commands(english: str, chinese: str) -> None:
    assert command_lines(english) == command_lines(chinese)


@pytest.mark.parametrize("said", [*WORDS.values(), *POINTS.values()], ids=str)
def test_every_command_that_a_remedy_names_exists(said: Any) -> None:
    lines = re.findall(r"`maskline ([^`]+)`", str(said))

    assert {line: bad for line in lines if (bad := unknown_words(line.split()))} == {}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_setting_exists(name: str) -> None:
    named = {word for span in [*spans(name), *blocks(name)] for word in VARIABLE.findall(span)}

    assert named - known_names() == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_and_link_exists(name: str) -> None:
    missing = [path for path in files(name) if not (PROJECT / path).exists()]
    broken = [link for link in links(name) if not ((PROJECT / name).parent / link).exists()]

    assert set(missing) - NOT_FILES == set()
    assert broken == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    told = "\n".join([*blocks(name), *spans(name)])

    assert set(re.findall(r"^make ([a-z-]+)", told, re.MULTILINE)) <= targets


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
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


def test_every_document_is_looked_at() -> None:
    there = {f"docs/{path.name}" for path in (PROJECT / "docs").glob("*.md")}

    assert there <= set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_line_of_recipes_can_be_followed(name: str) -> None:
    told = [text.strip() for text in [*spans(name), *blocks(name)]]
    lines = [text for text in told if RECIPES.fullmatch(text)]

    for text in lines:
        for line in parse_plan(text).lines():
            assert options_of(line)
    assert lines or "docs/recipes" not in name


def test_recipes_have_the_same_names_and_values_in_both_languages() -> None:
    for page in pages():
        codes = [set(CODE.findall(text)) for text in (page.text, CHINESE[page.name])]
        assert codes[0] == codes[1], page.name


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_what_is_written_from_the_code_is_in_step(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert documents()[path](text) == text, "run python -m scripts.cli.readme"


def test_the_graph_is_that_of_the_code() -> None:
    edges = imports()

    assert "shared.ports" in edges["shared.usecases"]
    assert "shared.adapters.oss" in edges["shared.bootstrap"]
    assert "shared.domain" not in edges


@pytest.mark.parametrize("name", RUNBOOK)
def test_every_alarm_has_its_section(name: str) -> None:
    template = (PROJECT / "template.yml").read_text(encoding="utf-8")
    alarms = set(re.findall(r"runbook\.md#([a-z-]+)", template))

    sections = set(re.findall(r"^### ([a-z-]+)$", read(name), re.MULTILINE))
    assert sections == alarms != set()
    assert set(re.findall(r"\]\(#([a-z-]+)\)", read(name))) <= sections


@pytest.mark.parametrize("name", RUNBOOK)
def test_every_event_is_told(name: str) -> None:
    told = {row[0].strip("`") for row in column(name, "`maskline.")}

    assert told == {value for key, value in vars(events).items() if key.isupper()}
