"""Which cloud a command speaks to: a running local one, or the real one of a profile."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from pathlib import Path
from typing import Any, Final

from scripts.cli.errors import CommandError
from shared.bootstrap.operator import Operator, build
from shared.settings import Settings, SettingsError, credentials_from

DATA: Final = "MASKLINE_DATA"
PROFILES: Final = "MASKLINE_PROFILES"
FROM_ENVIRONMENT: Final = "env"
NOTICE: Final = "endpoints.json"


def data_folder(given: Path | None, env: Mapping[str, str]) -> Path:
    """The local cloud's folder: `--data`, else MASKLINE_DATA, else `~/.maskline`."""
    return (given or Path(env.get(DATA) or Path.home() / ".maskline")).expanduser().absolute()


def connect(data: Path | None, profile: str | None) -> Operator:
    """The services of the local cloud on *data*, or those of *profile*.

    Raises:
        CommandError: no local cloud runs there, or the profile cannot be used.
    """
    if profile is not None:
        return _built(_profile(profile, os.environ))
    found = notice(data_folder(data, os.environ))
    env = {
        **{name: str(value) for name, value in found["environment"].items()},
        "ALIBABA_CLOUD_ACCESS_KEY_ID": found["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": found["access_key_secret"],
    }
    return _built(env, offset_file=found.get("clock_offset_file"))


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


def _profile(name: str, env: Mapping[str, str]) -> dict[str, str]:
    """The variables of a section of the profiles' file, over those of the environment."""
    if name == FROM_ENVIRONMENT:
        return dict(env)
    path = Path(env.get(PROFILES) or Path.home() / ".config" / "maskline" / "profiles.ini")
    parser = ConfigParser(interpolation=None)
    try:
        read = parser.read(path, encoding="utf-8")
    except (IniError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read", str(error).splitlines()[0]) from error
    if not read or name not in parser:
        known = ", ".join(parser.sections()) or "none"
        raise CommandError(
            f"there is no profile {name!r} in {path} (there: {known})",
            f"add a section [{name}] with settings (docs/configuration.md), or use --profile env",
        )
    return {**env, **{key.upper(): value for key, value in parser[name].items()}}


def _built(env: Mapping[str, str], *, offset_file: str | None = None) -> Operator:
    try:
        settings, credentials = Settings.from_env(env), credentials_from(None, env)
        return build(settings, credentials, offset_file=offset_file)
    except SettingsError as error:
        lines = "\n  ".join(error.problems)
        raise CommandError(f"the settings cannot be used:\n  {lines}", "") from error
