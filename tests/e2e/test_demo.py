"""`maskline demo`: every sample as expected, a page, and nothing left behind on any way out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.cloud_process import ROOT, until


def start(out: Path, temporary: Path, *options: str) -> subprocess.Popen[str]:
    temporary.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "scripts", "demo", "--out", str(out), *options],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_of(folder: Path) -> list[str]:
    """Command lines and working folders of running processes that name the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            told += f" in {(process / 'cwd').readlink()}"
        except OSError:
            continue
        if str(folder) in told:
            found.append(told)
    return found


def test_every_sample_comes_out_as_expected_and_nothing_is_left(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    demo = start(tmp_path / "out", temporary, "--json")

    stdout, stderr = demo.communicate(timeout=280)

    told = json.loads(stdout)
    assert demo.returncode == 0, (told["differences"], stderr)
    assert told["ok"]
    assert len(told["photos"]) == 13
    assert told["paid_calls"] == 11  # nine photos, and two of them with somebody to erase
    assert told["events"] == {"maskline.job.done": 12, "maskline.job.rejected": 3}
    page = Path(told["page"])
    text = page.read_text(encoding="utf-8")
    named = re.findall(r'src="([^"]+)"', text)
    assert len(named) > 30
    assert all((page.parent / name).is_file() for name in named)
    assert not re.search(r'(?:src|href)="(?:https?:|/)', text)
    assert "合影 照片.jpg" in text
    assert list(temporary.iterdir()) == []
    assert processes_of(temporary) == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, ending: signal.Signals) -> None:
    temporary = tmp_path / "tmp"
    demo = start(tmp_path / "out", temporary)

    def is_up() -> bool:
        assert demo.poll() is None
        return bool(list(temporary.glob("*/cloud/endpoints.json")))

    until(is_up, 120, lambda: "the local cloud did not come up")

    demo.send_signal(ending)
    demo.communicate(timeout=60)

    assert demo.returncode != 0
    until(lambda: not processes_of(temporary), 15, lambda: str(processes_of(temporary)))
    assert list(temporary.iterdir()) == []


def test_ones_own_photographs_and_what_is_not_found(tmp_path: Path) -> None:
    demo = start(tmp_path / "out", tmp_path / "tmp", "--photos", str(tmp_path / "nowhere"))

    _, stderr = demo.communicate(timeout=120)

    assert demo.returncode == 2
    assert "does not exist" in stderr
    assert "Traceback" not in stderr
    assert processes_of(tmp_path) == []
