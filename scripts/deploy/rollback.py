"""`deploy rollback`: the alias goes back; nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.deploy.errors import DeployError
from scripts.deploy.versions import former, goes_back, made_live
from scripts.deploy.wanted import LIVE
from shared.ports.administration import Alias, FunctionService


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """Which version was live, and which is."""

    before: str
    now: str


def rollback(functions: FunctionService, to: str | None) -> Switched:
    """Make the version live that was before, or the one named.

    Raises:
        DeployError: there is none.
    """
    alias = functions.alias(LIVE)
    if alias is None:
        raise DeployError("nothing is deployed: `maskline deploy apply` first")
    before = [version for version in former(alias) if version != alias.version]
    target = to or _target(functions, alias, before)
    if target is None:
        raise DeployError(f"no version was live before {alias.version}: there is nothing to go to")
    if not functions.has(target):
        there = ", ".join(functions.versions())
        raise DeployError(f"there is no version {target} (there: {there})")
    if target != alias.version or not alias.whole:
        rest = before[before.index(target) + 1 :] if target in before else before
        made_live(functions, target, rest, back=True)
    return Switched(before=alias.version, now=target)


def _target(functions: FunctionService, alias: Alias, before: Sequence[str]) -> str | None:
    """The version before; or the one that a rollback was on its way to when it was broken off."""
    if not alias.whole and goes_back(alias):
        return alias.version
    return next((version for version in before if functions.has(version)), None)
