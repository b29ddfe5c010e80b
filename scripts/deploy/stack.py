"""The stack brought to what is wanted, from whatever state it is found in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from scripts.deploy.errors import DeployError
from scripts.deploy.wanted import Wanted
from shared.bootstrap.administration import Administration
from shared.ports.administration import StackState
from shared.ports.errors import ConflictError, RejectedError

BROKEN: Final = frozenset(
    {"CREATE_FAILED", "CREATE_ROLLBACK_COMPLETE", "CREATE_ROLLBACK_FAILED", "DELETE_FAILED"}
)
"""States in which a stack can only be deleted: its creation never came to an end."""
AT_ONCE, LONGEST_PAUSE = 0.2, 5.0
PATIENCE: Final = 2400.0
"""Seconds; ROS itself gives up sooner."""
MAKE_BUCKET, MAKE_INSTANCE, MAKE_TABLES = "MakeBucket", "MakeTablestore", "MakeTables"
MAKE_ARCHIVE, ARCHIVE = "MakeArchive", "archive"
"""The one table that deployments of earlier versions have not."""


def settled(cloud: Administration, name: str) -> StackState | None:
    """The stack once nothing is being done to it.

    Raises:
        DeployError: it stays busy.
    """
    begun, pause = cloud.clock.monotonic(), AT_ONCE
    while (state := cloud.stacks.find(name)) is not None and state.busy:
        if cloud.clock.monotonic() - begun > PATIENCE:
            raise DeployError(
                f"the stack {name} is still {state.status}; look at it in the console of ROS,"
                " and repeat the command"
            )
        cloud.clock.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return state


def parameters_for(
    cloud: Administration, wanted: Wanted, state: StackState | None
) -> dict[str, str]:
    """All parameters: what is there already is not made, and what a stack made stays its own."""
    found = {**_ownership(cloud, wanted, state), **wanted.parameters}
    return {name: value for name, value in found.items() if name in wanted.template.names}


def bring_about(cloud: Administration, wanted: Wanted) -> str:
    """Create, update or mend; what was done, "" for nothing.

    Raises:
        DeployError: ROS could not; its own words are in the text.
    """
    state = settled(cloud, wanted.stack)
    mended = ""
    if state is not None and state.status in BROKEN:
        mended = f"removed a stack that was {state.status}, "
        remove(cloud, wanted.stack)
        state = None
    parameters = parameters_for(cloud, wanted, state)
    if state is None:
        _create(cloud, wanted, parameters)
        _completed(cloud, wanted.stack, "CREATE_COMPLETE")
        return mended + "created"
    if not _updated(cloud, wanted, state, parameters):
        return ""
    _completed(cloud, wanted.stack, "UPDATE_COMPLETE")
    return "updated"


def remove(cloud: Administration, name: str) -> bool:
    """Delete the stack and wait for it; False where there was none.

    Raises:
        DeployError: something of it cannot be deleted.
    """
    state = settled(cloud, name)
    if state is None:
        return False
    cloud.stacks.delete(state.id)
    left = settled(cloud, name)
    if left is not None:
        raise DeployError(_why(cloud, name, left))
    return True


def _updated(
    cloud: Administration, wanted: Wanted, state: StackState, parameters: Mapping[str, str]
) -> bool:
    """Begin the change; False where there is nothing to change."""
    try:
        return cloud.stacks.update(state.id, wanted.template.text, parameters)
    except (ConflictError, RejectedError) as error:
        if not state.status.endswith("_FAILED"):
            raise
        told = cloud.stacks.complaint(state.id) or state.reason
        raise DeployError(
            f"the stack {wanted.stack} is {state.status} ({told}), and takes no change: {error};"
            " have ROS go on with it in its console, or `maskline deploy destroy`"
            " (photographs, results and rows stay), then `maskline deploy apply`"
        ) from error


def _create(cloud: Administration, wanted: Wanted, parameters: Mapping[str, str]) -> None:
    try:
        cloud.stacks.create(wanted.stack, wanted.template.text, parameters)
    except ConflictError:  # a try whose answer was lost has begun it
        if cloud.stacks.find(wanted.stack) is None:
            raise


def _completed(cloud: Administration, name: str, expected: str) -> None:
    state = settled(cloud, name)
    if state is None or state.status != expected:
        raise DeployError(_why(cloud, name, state))


def _why(cloud: Administration, name: str, state: StackState | None) -> str:
    if state is None:
        return f"the stack {name} is gone; somebody else has deleted it"
    told = cloud.stacks.complaint(state.id) or state.reason
    return f"the stack {name} is {state.status}: {told}; mend that, and repeat the command"


def _ownership(cloud: Administration, wanted: Wanted, state: StackState | None) -> dict[str, str]:
    """Whether the stack makes bucket, instance and tables, or finds them."""
    if state is not None:
        names = (MAKE_BUCKET, MAKE_INSTANCE, MAKE_TABLES, MAKE_ARCHIVE)
        chosen = {n: state.parameters[n] for n in names if n in state.parameters}
        return chosen if MAKE_ARCHIVE in chosen else {**chosen, **_archive(cloud.tables.names())}
    tables = cloud.tables.names()
    first = set(wanted.template.tables) - {ARCHIVE}
    there = set(tables or ()) & first
    if there and there != first:
        missing = ", ".join(sorted(first - there))
        raise DeployError(
            f"the Tablestore instance has {', '.join(sorted(there))} and lacks {missing}: choose"
            " another TABLESTORE_INSTANCE, or `maskline deploy destroy --with-data` first"
        )
    return {
        MAKE_BUCKET: _word(not cloud.buckets.exists(wanted.bucket)),
        MAKE_INSTANCE: _word(tables is None),
        MAKE_TABLES: _word(not there),
        **_archive(tables),
    }


def _archive(tables: Sequence[str] | None) -> dict[str, str]:
    return {MAKE_ARCHIVE: _word(ARCHIVE not in (tables or ()))}


def _word(value: bool) -> str:
    return "true" if value else "false"
