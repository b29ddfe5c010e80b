"""The file to fill in, and hashes that a person can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.cli.deploy import _short, write_example
from scripts.cli.errors import CommandError, ExitCode
from scripts.deploy.example import EXAMPLE


def test_the_file_to_fill_in_is_written_once_and_never_over_another(tmp_path: Path) -> None:
    assert write_example(tmp_path) == ExitCode.DONE
    path = tmp_path / "maskline.toml"
    assert path.read_text(encoding="utf-8") == EXAMPLE

    path.write_text("mine")
    with pytest.raises(CommandError, match="is there already: edit it"):
        write_example(tmp_path)
    assert path.read_text() == "mine"


def test_the_file_to_fill_in_has_no_place_for_keys() -> None:
    lines = [line for line in EXAMPLE.splitlines() if not line.startswith("#")]

    assert not any("secret" in line or "api_key" in line for line in lines)


def test_hashes_are_shortened_and_addresses_are_not() -> None:
    assert _short("0123456789ab" + "c" * 52) == "0123456789ab"
    assert _short("https://" + "a" * 70) == "https://" + "a" * 70
