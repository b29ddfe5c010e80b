"""The variables that exist, as the settings themselves ask for them, and how each may be shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlsplit

from shared.domain.sinks import KINDS, is_of_a_sink
from shared.environment import EnvironmentReader
from shared.settings import Settings

CREDENTIALS: Final = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)
_OF_TOOLS: Final = frozenset(
    {
        "MASKLINE_CACHE",
        "MASKLINE_CLOCK_OFFSET_FILE",
        "MASKLINE_DATA",
        "MASKLINE_ENGINE_API_KEY",
        "MASKLINE_PROFILES",
        "ROS_ENDPOINT",
    }
)
"""Of the command line and the engine; they configure no deployment."""

_OURS: Final = ("MASKLINE_", "DASHSCOPE_", "TABLESTORE_", "MNS_", "OSS_")
_SECRET: Final = re.compile(r"SECRET|KEY|TOKEN|PASSWORD")
_TOLD_URLS: Final = frozenset({"DASHSCOPE_BASE_URL"})
"""Addresses whose path is no secret; that of a webhook may be one."""


class Asked(dict[str, str]):
    """An environment that remembers which variables were asked for; it names every sink, as some
    settings belong to one of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]  # remembers only
        """Nothing, but that it was asked for."""
        self.names.add(key)
        return ",".join(KINDS) if key == "MASKLINE_SINKS" else default


class DefaultsReader(EnvironmentReader):
    """Reads of an environment with nothing in it, and remembers what held instead."""

    def __init__(self) -> None:
        self.asked = Asked()
        super().__init__(self.asked)
        self.defaults: dict[str, str] = {}

    def value(self, name: str, default: str = "") -> str:
        """What the environment says, which is nothing but for the sinks."""
        self.defaults[name] = default
        return super().value(name, default)


def settings_and_defaults() -> dict[str, str | None]:
    """The variables that `Settings` reads, each with what holds where nothing is said: "" for
    nothing at all, and None where something must be said.
    """
    reader = DefaultsReader()
    Settings.read_by(reader)
    missing = {problem.partition(" ")[0] for problem in reader.problems} & reader.defaults.keys()
    told = {name: reader.defaults.get(name, "") for name in sorted(reader.asked.names)}
    return {name: None if name in missing else default for name, default in told.items()}


def settings_asked() -> set[str]:
    """The variables that `Settings` reads."""
    return set(settings_and_defaults())


def known_names() -> set[str]:
    """Every variable that anything reads."""
    return settings_asked() | set(CREDENTIALS) | _OF_TOOLS


def unknown_names(variables: Collection[str], *, all_are_ours: bool) -> list[tuple[str, str]]:
    """Names that nothing reads, each with the nearest one that is read ("" where none is near).

    A sink's label can be anything, so that names with one in them are read by some sink.
    Of an environment (*all_are_ours* False) only names count that look like one of ours.
    """
    known = known_names() | set(filter(is_of_a_sink, variables))
    found = list[tuple[str, str]]()
    for name in sorted(set(variables) - known):
        near = next(iter(get_close_matches(name, known, n=1, cutoff=0.8)), "")
        if all_are_ours or (near and name.startswith(_OURS)):
            found.append((name, near))
    return found


def problems_of_names(variables: Collection[str], *, all_are_ours: bool) -> list[str]:
    """The same as sentences with a remedy."""
    return [
        f"{name} is no setting: " + (f"did you mean {near}?" if near else "take it out")
        for name, near in unknown_names(variables, all_are_ours=all_are_ours)
    ]


def masked(name: str, value: str) -> str:
    """The value as it may be shown: of a secret only that it is set, of a webhook its host."""
    if _SECRET.search(name):
        return "(set, not shown)" if value else ""
    if "URL" in name and name not in _TOLD_URLS:
        return ",".join(map(_host_only, value.split(",")))
    return value


def _host_only(address: str) -> str:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return f"https://{host}/…" if host else "(set, not shown)"


def shown(variables: Mapping[str, str]) -> dict[str, str]:
    """Every setting that is set, as it may be shown, by name."""
    names = sorted(settings_asked() | set(CREDENTIALS) | set(filter(is_of_a_sink, variables)))
    return {name: masked(name, variables[name]) for name in names if variables.get(name)}
