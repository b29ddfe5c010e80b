"""Which variables a command works with, and where each was said: a profile over the environment.

A profile is a section with settings, in lower or upper case: `[profiles.NAME]` of a TOML file or
`[NAME]` of an INI file. The first of these files that has it counts: the one that MASKLINE_PROFILES
names, `maskline.toml` in the working folder, `~/.config/maskline/profiles.ini`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from scripts.cli.endpoints import with_endpoints
from scripts.cli.errors import CommandError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROFILES: Final = "MASKLINE_PROFILES"
FROM_ENVIRONMENT: Final = "env"
IN_THIS_FOLDER: Final = "maskline.toml"

_Sections = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Variables, and which of them stand in *path* (the others are the environment's)."""

    variables: Mapping[str, str] = field(repr=False)
    in_file: frozenset[str] = frozenset()
    path: Path | None = None

    def origin(self, name: str) -> str:
        """Where a variable was said; "" where it was not."""
        if name in self.in_file:
            return str(self.path)
        return "environment" if self.variables.get(name) else ""


def given_by(profile: str, env: Mapping[str, str], here: Path, home: Path) -> Given:
    """The variables of *profile* over those of the environment.

    Raises:
        CommandError: no file has the profile, or one cannot be read.
    """
    if profile == FROM_ENVIRONMENT:
        return Given(variables=with_endpoints(env))
    seen = list[str]()
    for path, sections in _files(env, here, home):
        if profile in sections:
            own = sections[profile]
            variables = with_endpoints({**env, **own})
            return Given(variables=variables, in_file=frozenset(own), path=path)
        seen += [f"{name} in {path}" for name in sections]
    raise CommandError(
        f"there is no profile {profile!r} (there: {', '.join(seen) or 'none'})",
        f"add a section [profiles.{profile}] to {IN_THIS_FOLDER} with settings "
        "(docs/configuration.md), or use --profile env",
    )


def deploy_table(profile: str, env: Mapping[str, str], here: Path) -> dict[str, str]:
    """Parameters of the template from `[deploy.NAME]` of the TOML file; empty where there is none.

    Raises:
        CommandError: the file cannot be read.
    """
    path = Path(env.get(PROFILES) or here / IN_THIS_FOLDER)
    if path.suffix != ".toml" or not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("deploy", {}).get(profile, {})
        return {name: _as_text(f"deploy.{profile}.{name}", value) for name, value in table.items()}
    except (ValueError, OSError, AttributeError) as error:
        raise CommandError(f"{path} cannot be read", str(error).splitlines()[0]) from error


def _in_home(home: Path) -> Path:
    return home / ".config" / "maskline" / "profiles.ini"


def _files(env: Mapping[str, str], here: Path, home: Path) -> Iterator[tuple[Path, _Sections]]:
    named = env.get(PROFILES)
    for path in [Path(named)] if named else [here / IN_THIS_FOLDER, _in_home(home)]:
        if path.exists():
            yield path, _sections(path)


def _sections(path: Path) -> _Sections:
    read: Callable[[str], _Sections] = _of_toml if path.suffix == ".toml" else _of_ini
    try:
        return read(path.read_text(encoding="utf-8"))
    except (IniError, ValueError, OSError) as error:
        raise CommandError(f"{path} cannot be read", str(error).splitlines()[0]) from error


def _of_ini(text: str) -> _Sections:
    parser = ConfigParser(interpolation=None)
    parser.read_string(text)
    return {
        name: {key.upper(): value for key, value in parser[name].items()}
        for name in parser.sections()
    }


def _of_toml(text: str) -> _Sections:
    profiles = tomllib.loads(text).get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(p, dict) for p in profiles.values()):
        raise ValueError("write each profile as a table [profiles.NAME]")
    return {
        name: {key.upper(): _as_text(f"{name}.{key}", value) for key, value in table.items()}
        for name, table in profiles.items()
    }


def _as_text(name: str, value: Any) -> str:
    """As it would stand in the environment; a list has commas between its items."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ",".join(map(str, value))
    raise ValueError(f"{name} must be a text, a whole number, true or false, or a list of texts")
