"""Every command that a document names is run, as it stands there, on one local cloud: deployed into
an empty account, used, and taken down again.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.command_lines import command_lines
from tests.architecture.documents import DOCUMENTS
from tests.e2e.cloud_process import ROOT, CloudProcess, cloud_up
from tests.integration.localcloud.conftest import free_port

SAMPLES: Final = ROOT / "scripts" / "samples"
REAL: Final = " --profile production"
"""A real account; the README says that an empty local cloud does without it."""

pytestmark = pytest.mark.timeout(240)


@dataclass(frozen=True)
class Told:
    """A command as documents tell it. `rest` is what its reader adds, `instead` is what is typed
    where a row speaks of one thing or another, `codes` are the right ends, `into` is a file for the
    output.
    """

    line: str
    rest: str = ""
    instead: str = ""
    codes: tuple[int, ...] = (0,)
    into: str = ""

    @property
    def typed(self) -> str:
        """What a reader makes of it."""
        return f"{self.instead or self.line} {self.rest}".replace(REAL, "")


UNDER_WAY: Final = (0, 2)
"""What was just tried again may not be tried once more."""

HELP: Final = "--help"
DONE: Final = "uploads/trip/hopper.jpg"
FAILED: Final = "uploads/collins.jpg"
FAILURE: Final = "DataInspectionFailed"

BEGINNING: Final = (
    Told("recipes"),
    Told("engine", HELP),
    Told("engine fetch"),
    Told("engine info"),
    Told("engine segment --json", "PHOTO --out DIR/segmented", into="landmarks.json"),
    Told("engine segment", "PHOTO --out DIR/segmented"),
    Told("engine bench", HELP),  # minutes on a busy machine
    Told("engine eval", HELP),  # asks for a truth to hold it against
    Told("config", HELP),
    Told("deploy", HELP),
    Told("deploy init"),
)
SETTING_UP: Final = (
    Told("deploy plan"),
    Told("deploy plan --profile production"),
    Told("deploy policy"),
    Told("deploy policy --profile NAME"),
    Told("deploy apply --profile production"),
    Told("config check"),
    Told("config check --profile NAME"),
    Told("config show"),
    Told("doctor"),
    Told("doctor --account", codes=(3,)),  # no test can answer all of it
)
USING: Final = (
    Told("quota --set", "500"),
    Told("quota --set N"),
    Told("run PHOTO_OR_FOLDER... --dry-run"),
    Told("run ~/Pictures/trip", codes=(1,)),  # one photo is no picture
    Told("run PHOTO_OR_FOLDER...", codes=(1,)),
    Told("run", "PHOTO"),
    Told("run PHOTO_OR_FOLDER... --recipes", "people --dry-run"),
    Told("status"),
    Told("status --openmetrics"),
    Told("status --openmetrics --profile NAME"),
    Told("list"),
    Told("list --state FAILED"),
    Told("list --state FINALIZING"),
    Told("show JOB"),
    Told("audit"),
    Told("audit --wait 60"),
    Told("audit --deep"),
    Told("quota"),
    Told("quota --model erase"),
    Told("quota --model erase --set", "500"),
    Told("quota --prefix P --set N"),
    Told("quota --prefix uploads/vip/", "--set 5"),
    Told("quota --set 500"),
    Told("quota --set unlimited"),
    Told("derive PHOTO MASK", "--out DIR/plain"),
    Told("derive PHOTO MASK --recipes people,bokeh --out DIR"),
    Told("derive PHOTO MASK --landmarks FILE", "--out DIR/faces"),
    Told("rederive JOB..."),
    Told("rederive JOB --recipes people"),
    Told("rederive JOB... --recipes", "people,bokeh:sharp=largest"),
    Told("rederive JOB... --prefix P", instead="rederive --prefix P"),
    Told("page", "RESULTS_FOLDER..."),
    Told("page RESULTS_FOLDER..."),
    Told("page RESULTS_FOLDER... --photos FOLDER"),
    Told("events list"),
    Told("events replay", "--type job.done"),
    Told("events enable", "mns", codes=(0, 2)),  # it was never disabled
    Told("events enable SINK", codes=(0, 2)),
    Told("export"),
    Told("export --format csv"),
    Told("export jobs --out jobs.jsonl"),
    Told("pause"),
    Told("pause --reason TEXT"),
    Told("resume"),
    Told("sweep"),
    Told("backfill", "--prefix P --yes"),
    Told("backfill --dry-run", "--prefix P"),
    Told("backfill --prefix P"),
    Told("backfill --prefix P --dry-run"),
    Told("retry", "--dry-run --state FAILED"),
    Told("retry --code CODE --dry-run"),
    Told("retry --state FAILED --since 2d --dry-run"),
    Told("retry JOB... --dry-run"),
    Told(
        "retry JOB... --state FAILED --code C --prefix P --since 2d",
        instead="retry --state FAILED --code C --prefix P --since 2d --dry-run",
    ),
    Told("retry JOB..."),
    Told("retry JOB", codes=UNDER_WAY),
    Told("retry JOB... --pay-again", codes=UNDER_WAY),
    Told("retry JOB --pay-again", codes=UNDER_WAY),
    Told("retry --pay-again", "JOB", codes=UNDER_WAY),
    Told("archive"),
    Told("archive --dry-run"),
    Told("archive --older-than 30d"),
    Told("archive --older-than 30d --dry-run"),
    Told("archive JOB"),
)
TAKING_DOWN: Final = (
    Told("deploy apply"),
    Told("forget KEY"),
    Told("deploy rollback --profile production"),
    Told("deploy rollback", codes=(2,)),  # there is none before
    Told("deploy destroy --profile production", "--yes"),
    Told("deploy destroy", "--yes"),
)
THAT_STAY: Final = {"up", "up --empty", "up --fc-api 3.0", "up --json", "engine serve"}
"""They run until they are asked to end."""

NOT_HERE: Final = {
    "demo": "a cloud of its own: tests/e2e/test_demo.py",
    "package": "brings the cloud's wheels from an index: tests/unit/scripts/test_package.py",
    "package --runtime python3.12": "the same",
    "engine segment --engine onnx:PATH": "somebody's own model: tests/integration/engine",
}


class Reader:
    """Somebody who reads the documents and types what stands there, in a folder of their own."""

    def __init__(self, folder: Path, cloud: CloudProcess) -> None:
        self.folder = folder
        self.cloud = cloud
        trip, home = folder / "trip", folder / "maskline-results" / "trip"
        self._meant = {
            "PHOTO": str(trip / "hopper.jpg"),
            "MASK": str(home / "hopper.jpg" / "mask.png"),
            "FILE": str(folder / "landmarks.json"),
            "FOLDER": str(trip),
            "PHOTO_OR_FOLDER...": str(trip),
            "~/Pictures/trip": str(trip),
            "RESULTS_FOLDER...": str(folder / "maskline-results"),
            "KEY": DONE,
            "P": "uploads/",
            "N": "500",
            "NAME": "here",
            "SINK": "mns",
            "CODE": FAILURE,
            "C": FAILURE,
        }

    def follows(self, *told: Told) -> None:
        """Type all of it; fails with what came out otherwise than is told."""
        wrong = list[str]()
        answers = self._typed([self._meaning(one.typed) for one in told])
        for one, (code, output, remarks) in zip(told, answers, strict=True):
            if code not in one.codes:
                wrong.append(f"{one.typed}: exit code {code}\n{output}\n{remarks}")
            if one.into:
                (self.folder / one.into).write_text(output, encoding="utf-8")
        assert not wrong, "\n".join(wrong)

    def _meaning(self, line: str) -> str:
        job = FAILED if line.startswith("retry") else DONE
        meant = {**self._meant, "JOB": job, "JOB...": job}
        return " ".join(meant.get(word, word) for word in line.split())

    def _typed(self, lines: list[str]) -> list[tuple[int, str, str]]:
        variables = {"MASKLINE_DATA": self.cloud.description["data_dir"], "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.reading"],
            cwd=self.folder,
            env={**os.environ, **variables},
            input=json.dumps(lines),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return [(code, output, remarks) for code, output, remarks in json.loads(done.stdout)]

    def adds(self, text: str) -> None:
        """Write more into the file to fill in."""
        with (self.folder / "maskline.toml").open("a", encoding="utf-8") as file:
            file.write(text)


def documented() -> set[str]:
    return {line for name in DOCUMENTS for line in command_lines(name)}


def test_every_documented_command_is_run_or_has_a_reason() -> None:
    run = {told.line for told in (*BEGINNING, *SETTING_UP, *USING, *TAKING_DOWN)}

    assert documented() == run | THAT_STAY | set(NOT_HERE)


def test_what_is_documented_does_what_it_says(tmp_path: Path) -> None:
    trip = tmp_path / "trip"
    trip.mkdir()
    for name in ("hopper.jpg", "shopping-list.jpg"):
        shutil.copy(SAMPLES / name, trip)
    with cloud_up(tmp_path / "data", "--empty") as cloud:
        reader = Reader(tmp_path, cloud)
        reader.follows(*BEGINNING)
        reader.adds(profile(cloud))
        reader.follows(*SETTING_UP)
        a_failure(cloud, SAMPLES / "collins.jpg")
        reader.follows(*USING)
        reader.adds("[deploy.local]\nTrace = true\n")
        # What has ended is forgotten once no finalizer can be at it any more.
        cloud.control("/_control/clock", {"advance": 600})
        reader.follows(*TAKING_DOWN)


def profile(cloud: CloudProcess) -> str:
    """One more in the file to fill in, which leads to the local cloud."""
    told = cloud.description
    variables = {
        **told["environment"],
        "ALIBABA_CLOUD_ACCESS_KEY_ID": told["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": told["access_key_secret"],
    }
    lines = [f"{name} = {json.dumps(str(value))}" for name, value in variables.items()]
    return "\n".join(["", "[profiles.here]", *lines, ""])


def a_failure(cloud: CloudProcess, photo: Path) -> None:
    """An upload that the provider fails at."""
    failing = {"match": {"nth": 1}, "outcome": "FAILED", "code": FAILURE}
    cloud.control("/_control/dashscope", {"outcomes": [failing], "service_time": 0.1})
    key = cloud.put("collins.jpg", photo.read_bytes())
    assert cloud.wait_for([key], 60)[key]["type"] == "maskline.job.failed"


@pytest.mark.parametrize("line", sorted(THAT_STAY))
def test_what_stays_until_it_is_asked_to_end(line: str, tmp_path: Path) -> None:
    rest = ["--port", str(free_port())] if line.startswith("engine") else []
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts", *line.split(), "--data", str(tmp_path / "data"), *rest],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline()
        process.send_signal(signal.SIGINT)
        output.read()
    assert process.wait(30) == 0
