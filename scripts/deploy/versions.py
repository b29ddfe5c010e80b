"""Versions and the alias: which one is what is wanted, which one is live, which were before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scripts.deploy.wanted import LIVE
from shared.ports.administration import Alias, FunctionService

REMEMBERED: Final = 5
_FORMER, _BACK = "formerly", "back,"


def version_of_latest(functions: FunctionService) -> str | None:
    """The newest version, where it is what the latest code and settings are."""
    newest = functions.newest()
    if newest is None or functions.state(newest) != functions.state():
        return None
    return newest


def former(alias: Alias | None) -> list[str]:
    """The versions that were live before, the latest first."""
    words = alias.description.removeprefix(_BACK).split() if alias else []
    return words[1:] if words[:1] == [_FORMER] else []


def goes_back(alias: Alias) -> bool:
    """Whether it was a rollback that pointed the alias to where it is."""
    return alias.description.startswith(_BACK)


def made_live(
    functions: FunctionService, version: str, before: Sequence[str], *, back: bool = False
) -> None:
    """Point the alias to a version; it remembers those before.

    Its description is never empty, which the SDK would not send.
    """
    kept = [each for each in before if each != version][:REMEMBERED]
    words = [*([_BACK] if back else []), _FORMER, *kept]
    functions.set_alias(LIVE, Alias(version=version, description=" ".join(words)))
