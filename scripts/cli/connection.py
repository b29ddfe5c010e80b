"""Which cloud a command speaks to: a running local one, or the real one of a profile."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from scripts.cli.errors import CommandError
from scripts.cli.folder import data_folder
from scripts.cli.profiles import Given, given_by
from scripts.cli.variables import problems_of_names
from shared.bootstrap.operator import Operator, build
from shared.settings import Credentials, Settings, SettingsError, credentials_from

OFFSET_FILE: Final = "MASKLINE_CLOCK_OFFSET_FILE"
NOTICE: Final = "endpoints.json"

T = TypeVar("T")


def connect(data: Path | None, profile: str | None) -> Operator:
    """The services of the local cloud on *data*, or those of *profile*.

    Raises:
        CommandError: no local cloud runs there, or the profile cannot be used.
    """
    found = variables_of(data, profile)
    try:
        settings, credentials = checked(found)
        return build(settings, credentials, offset_file=found.variables.get(OFFSET_FILE))
    except SettingsError as error:
        raise unusable(error.problems) from error


def variables_of(data: Path | None, profile: str | None) -> Given:
    """What settings are read from: a profile's variables, or those of the local cloud on *data*.

    Raises:
        CommandError: no local cloud runs there, or there is no such profile.
    """
    if profile is not None:
        return given_by(profile, os.environ, Path.cwd(), Path.home())
    found = notice(data_folder(data, os.environ))
    variables = {name: str(value) for name, value in found["environment"].items()}
    variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = found["access_key_id"]
    variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = found["access_key_secret"]
    if "clock_offset_file" in found:
        variables[OFFSET_FILE] = found["clock_offset_file"]
    return Given(variables=variables)


def checked(found: Given) -> tuple[Settings, Credentials]:
    """Settings and credentials of the variables. Raises SettingsError with all that is wrong.

    A misspelt name in a profile is refused: what it was to limit, such as a budget, is not.
    """
    problems = problems_of_names(found.in_file, all_are_ours=True)
    settings = _collected(lambda: Settings.from_env(found.variables), problems)
    credentials = _collected(lambda: credentials_from(None, found.variables), problems)
    if settings is None or credentials is None or problems:
        raise SettingsError(tuple(problems))
    return settings, credentials


def _collected(read: Callable[[], T], problems: list[str]) -> T | None:
    try:
        return read()
    except SettingsError as error:
        problems += error.problems
        return None


def unusable(problems: Sequence[str]) -> CommandError:
    """What a command ends with where the settings cannot be worked with."""
    lines = "\n  ".join(problems)
    return CommandError(f"the settings cannot be used:\n  {lines}", "")


def notice(folder: Path) -> dict[str, Any]:
    """What the local cloud that runs on *folder* says of itself. Raises CommandError."""
    try:
        found: dict[str, Any] = json.loads((folder / NOTICE).read_text())
    except (OSError, ValueError):
        found = {}
    if not found or not _is_alive(int(found.get("pid", 0))):
        raise CommandError(
            f"no local cloud runs on {folder}",
            "start one with `maskline up` in another terminal (same --data), or name the real "
            "cloud with --profile",
        )
    return found


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
