"""`deploy plan`: what `apply` would change, without changing anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scripts.deploy.apply import LATEST, has_code
from scripts.deploy.stack import BROKEN, parameters_for
from scripts.deploy.versions import version_of_latest
from scripts.deploy.wanted import LIVE, Wanted
from shared.bootstrap.administration import Administration
from shared.ports.administration import StackState
from shared.ports.errors import RejectedError

SECRET: Final = "(secret)"  # noqa: S105 - a word shown in place of one
UNCHANGED: Final = frozenset({"", "None", "Unchanged"})
_SHA: Final = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing and what becomes of it; "" before is not there yet, "" after no longer."""

    kind: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that `apply` would change."""

    changes: tuple[Change, ...]

    def of(self, kind: str) -> list[Change]:
        """The changes of a kind: stack, resource, parameter, code, alias, trigger."""
        return [change for change in self.changes if change.kind == kind]


def plan(cloud: Administration, wanted: Wanted) -> Plan:
    """What is there against what is wanted. Raises PortError, DeployError."""
    state = cloud.stacks.find(wanted.stack)
    parameters = parameters_for(cloud, wanted, state)
    stack = _stack(cloud, wanted, state, parameters)
    changed = bool(stack) or _differs(state, wanted, parameters)
    return Plan(
        changes=(
            *stack,
            *_parameters(wanted, state, parameters),
            *_codes(cloud, wanted),
            *_alias(cloud, wanted, changed=changed),
            *_triggers(cloud, wanted),
        )
    )


def _stack(
    cloud: Administration, wanted: Wanted, state: StackState | None, parameters: Mapping[str, str]
) -> list[Change]:
    if state is None or state.status in BROKEN:
        before = "" if state is None else state.status
        return [Change(kind="stack", name=wanted.stack, before=before, after="created")]
    try:
        parts = cloud.stacks.preview(state.id, wanted.template.text, parameters)
    except RejectedError:  # the vendor refuses to preview what changes nothing
        parts = ()
    return [
        Change(
            kind="resource",
            name=part.name,
            before="" if part.action == "Add" else part.type,
            after="" if part.action == "Remove" else f"{part.type} {part.action.lower()}",
        )
        for part in parts
        if part.action not in UNCHANGED
    ]


def _parameters(
    wanted: Wanted, state: StackState | None, parameters: Mapping[str, str]
) -> list[Change]:
    there = {} if state is None else state.parameters
    return [
        Change(kind="parameter", name=name, before=there.get(name, ""), after=value)
        for name, value in sorted(parameters.items())
        if name not in wanted.template.secret and there.get(name, "") != value
    ]


def _differs(state: StackState | None, wanted: Wanted, parameters: Mapping[str, str]) -> bool:
    return (
        state is None
        or state.template != wanted.template.text
        or bool(_parameters(wanted, state, parameters))
    )


def _codes(cloud: Administration, wanted: Wanted) -> list[Change]:
    return [
        Change(
            kind="code",
            name=code.function,
            before=_sha_of(cloud, code.function),
            after=code.sha256,
        )
        for code in wanted.codes
        if not has_code(cloud, code)
    ]


def _alias(cloud: Administration, wanted: Wanted, *, changed: bool) -> list[Change]:
    alias = cloud.functions.alias(LIVE)
    before = alias.version if alias else ""
    version = version_of_latest(cloud.functions)
    fresh = changed or not all(has_code(cloud, code) for code in wanted.codes)
    after = "a new version" if fresh or version is None else version
    if alias is not None and not alias.whole:
        before = f"{before}, not of every function yet"
    if after == before:
        return []
    return [Change(kind="alias", name=LIVE, before=before, after=after)]


def _triggers(cloud: Administration, wanted: Wanted) -> list[Change]:
    there = [n for n in wanted.functions if cloud.functions.function(n) is not None]
    return [
        Change(kind="trigger", name=trigger, before=qualifier or LATEST, after=LIVE)
        for function in there
        for trigger, qualifier in cloud.functions.triggers(function).items()
        if qualifier != LIVE
    ]


def _sha_of(cloud: Administration, function: str) -> str:
    found = cloud.functions.function(function)
    if found is None:
        return ""
    match = _SHA.search(str(found.get("description") or ""))
    return match.group(1) if match else "unknown"
