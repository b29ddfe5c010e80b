"""`deploy rollback`: the alias goes back; nothing else is touched."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.deploy.errors import DeployError
from scripts.deploy.versions import former, made_live
from scripts.deploy.wanted import LIVE
from shared.ports.administration import FunctionService


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
    there = functions.versions()
    target = to or next((version for version in before if version in there), None)
    if target is None:
        raise DeployError(f"no version was live before {alias.version}: there is nothing to go to")
    if target not in there:
        raise DeployError(f"there is no version {target} (there: {', '.join(there)})")
    if target != alias.version:
        rest = before[before.index(target) + 1 :] if target in before else before
        made_live(functions, target, rest)
    return Switched(before=alias.version, now=target)
