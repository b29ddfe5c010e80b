"""What only a real account tells: probed, asked, written down, and what follows is said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.cli.account import Ask, guide
from scripts.cli.errors import CommandError
from scripts.doctor.account.point import Point
from scripts.doctor.account.points import POINTS
from scripts.doctor.account.probes import PROBES, probed
from scripts.doctor.patient import Patient
from shared.ports.errors import RejectedError, UnavailableError
from shared.ports.tasks import TaskReport, TaskStatus
from tests.unit.doctor.clinic import Clinic, task


class Tasks:
    """The list of the clinic, and one task that nobody knows."""

    def __init__(self, clinic: Clinic, status: TaskStatus = TaskStatus.UNKNOWN) -> None:
        self.list = clinic.list
        self._status = status

    def fetch(self, task_id: str) -> TaskReport:
        if self._status is TaskStatus.STRANGE:
            raise RejectedError("no such task")
        return TaskReport(task_id=task_id, status=self._status)


def patient(clinic: Clinic, status: TaskStatus = TaskStatus.UNKNOWN) -> Patient:
    tasks: Any = Tasks(clinic, status)
    return replace(clinic.patient(), tasks=tasks)


def guided(
    path: Path, *given: str, clinic: Clinic | None = None, ask: Ask | None = None, who: str = "me"
) -> int:
    who_looks = patient(clinic or Clinic())
    return guide(who_looks, path, given, ask=ask, who=who, as_json=True)


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    text = capsys.readouterr().out
    return json.loads(text[text.index("{") :])


def test_what_can_be_seen_from_here_is_seen() -> None:
    clinic = Clinic()
    clinic.listed = [task(clinic.clock.now() - 60)]

    assert probed(patient(clinic)) == {
        "fc2": "yes",
        "signed-url": "yes",
        "timer-key": "Enable",
        "retries": "yes",
        "list-namespace": "yes",
        "task-list": "yes",
        "unknown-task": "UNKNOWN",
    }


def test_what_is_otherwise_is_said_or_stays_open() -> None:
    clinic = Clinic(answer=(403, "Denied"))
    clinic.change("submit", runtime="python3.9")
    clinic.trigger("poller", enable=False)
    asynchronous = clinic.deployed["poller"].asynchronous
    assert asynchronous is not None
    clinic.change("poller", asynchronous=replace(asynchronous, retries=3))

    assert probed(patient(clinic, TaskStatus.STRANGE)) == {
        "signed-url": "no",
        "retries": "no",
        "list-namespace": "yes",
        "unknown-task": "error",
    }


def test_a_probe_that_fails_keeps_none_of_the_others_from_looking() -> None:
    clinic = Clinic(refuses={"fetch": UnavailableError("silence"), "function": UnavailableError()})

    assert set(probed(patient(clinic))) == {"list-namespace", "unknown-task"}


def test_answers_are_kept_and_what_is_unknown_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"

    assert guided(path, "internal-endpoint=YES") == 3
    document = told(capsys)
    assert document["answers"]["internal-endpoint"]["answer"] == "yes"
    assert "OSS_ENDPOINT" in document["answers"]["internal-endpoint"]["follows"]["en"]
    assert document["unknown"]["nobody"]["until_then"]["zh"]

    assert guided(path) == 3
    again = told(capsys)
    assert again["answers"]["internal-endpoint"]["by"] == "me"
    assert again["answers"]["signed-url"]["by"] == "probe"


def test_a_persons_word_stands_over_a_probe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"
    guided(path, "signed-url=no")
    capsys.readouterr()

    guided(path)

    answer = told(capsys)["answers"]["signed-url"]
    assert (answer["answer"], answer["by"]) == ("no", "me")
    assert "OSS_IS_CNAME=true" in answer["follows"]["en"]


def test_who_sits_there_is_asked_until_the_answer_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = list[str]()

    def ask(point: Point) -> str:
        asked.append(point.id)
        if point.id == "exif":
            return "perhaps" if asked.count("exif") == 1 else "yes"
        return ""

    guided(tmp_path / "answers.json", ask=ask)

    assert asked.count("exif") == 2
    assert asked.count("nobody") == 1
    assert "fc2" not in asked
    assert "exif cannot be 'perhaps'" in capsys.readouterr().out


def test_with_every_answer_known_it_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = [f"{point.id}={next(iter(point.answers))}" for point in POINTS.values()]

    assert guided(tmp_path / "answers.json", *every) == 0
    assert told(capsys)["unknown"] == {}


WRONG_FILES = (
    "{",
    "[]",
    '{"version": 2}',
    '{"version": 1, "account": "somebody", "answers": {}}',
    '{"version": 1, "account": "1649015465570000", "answers": {"fc2": {"answer": "yes"}}}',
    '{"version": 1, "account": "1649015465570000", "answers": {"x": {"answer": "yes"}}}',
)


@pytest.mark.parametrize("text", WRONG_FILES)
def test_a_file_that_is_not_ours_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text(text)

    with pytest.raises(CommandError):
        guided(path)

    assert path.read_text() == text


@pytest.mark.parametrize("given", ["fc2", "fc9=yes", "fc2=perhaps"])
def test_an_answer_that_is_none_changes_nothing(given: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.json"

    with pytest.raises(CommandError):
        guided(path, given)

    assert not path.exists()


def test_every_point_is_told_in_both_languages() -> None:
    assert len(POINTS) == 27
    assert set(PROBES) <= set(POINTS)
    for point in POINTS.values():
        for said in (point.question, point.how, point.until_then, *point.answers.values()):
            assert said.en
            assert re.search(r"[\u4e00-\u9fff]", said.zh)
            assert not re.search(r"[\u4e00-\u9fff]", said.en.replace("测试", ""))
