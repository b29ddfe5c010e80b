"""The program itself: help comes at once, and nothing ends in a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


def maskline(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=PROJECT,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [("status",), ("list",), ("show", "x"), ("audit",), ("run", "README.md"), ("status", "--json")],
)
def test_without_a_cloud_every_command_names_the_remedy(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ended = maskline(*arguments, home=tmp_path)

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "maskline up" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("fly",), ("run",), ("audit", "--wait", "soon")])
def test_wrong_usage_is_two(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = maskline(*arguments, home=tmp_path)

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_the_engines_own_help_is_reached(tmp_path: Path) -> None:
    ended = maskline("engine", "--help", home=tmp_path)

    assert ended.returncode == 0
    assert "maskline engine" in ended.stdout
    assert "segment" in ended.stdout


def test_help_imports_nothing_heavy() -> None:
    """Judged by what is loaded, not by a stopwatch."""
    script = (
        "import sys; sys.argv = ['maskline', '--help']\n"
        "from scripts.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'PIL', 'oss2', 'tablestore', 'httpx', 'aiohttp', 'cv2', 'pydantic'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stderr) == (0, "")
