"""Versions and the alias: what is frozen, which one is live, which were before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scripts.deploy.wanted import LIVE
from shared.ports.administration import Alias, FunctionService

REMEMBERED: Final = 5
_FORMER: Final = "formerly"
_OF_VERSION: Final = ("description", "versionId")
"""What the service's document at a version says of the version and not of the service."""


def frozen(
    functions: FunctionService, names: Sequence[str], qualifier: str = ""
) -> Mapping[str, object]:
    """What a version is made of, or would be; equal where publishing would change nothing."""
    service = functions.service(qualifier) or {}
    return {
        "service": {k: v for k, v in service.items() if k not in _OF_VERSION},
        **{name: functions.function(name, qualifier) for name in names},
    }


def version_of_latest(functions: FunctionService, names: Sequence[str]) -> str | None:
    """The newest version, where it is what the latest code and settings are."""
    newest = next(iter(functions.versions()), None)
    if newest is None or frozen(functions, names, newest) != frozen(functions, names):
        return None
    return newest


def former(alias: Alias | None) -> list[str]:
    """The versions that were live before, the latest first."""
    words = alias.description.split() if alias else []
    return words[1:] if words[:1] == [_FORMER] else []


def made_live(functions: FunctionService, version: str, before: Sequence[str]) -> None:
    """Point the alias to a version; it remembers those before.

    Its description is never empty, which the SDK would not send.
    """
    kept = [each for each in before if each != version][:REMEMBERED]
    functions.set_alias(LIVE, Alias(version=version, description=" ".join([_FORMER, *kept])))
