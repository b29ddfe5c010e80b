"""`deploy destroy`: everything but the data, and the data only where it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from scripts.deploy.apply import LATEST, Progress
from scripts.deploy.errors import DeployError
from scripts.deploy.stack import remove
from scripts.deploy.wanted import LIVE, Wanted
from shared.bootstrap.administration import Administration

BATCH: Final = 1000
SHOWN: Final = 3
INSTANCE: Final = "ALIYUN::OTS::Instance"
"""Stays in any case: without tables it costs nothing, and only the console deletes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What would go and what would stay, in words, before anything is touched."""

    goes: tuple[str, ...]
    stays: tuple[str, ...]


def inventory(cloud: Administration, wanted: Wanted, *, with_data: bool) -> Inventory:
    """Everything that `destroy` would delete, and what it would leave."""
    made, retained = _of_stack(cloud, wanted)
    goes, data = made + _of_code(cloud, wanted), _of_data(cloud, wanted)
    if with_data:
        instances = [line for line in retained if line.startswith(INSTANCE)]
        return Inventory(goes=tuple(goes + data), stays=tuple(instances))
    return Inventory(goes=tuple(goes), stays=tuple(retained + data))


def destroy(
    cloud: Administration, wanted: Wanted, progress: Progress, *, with_data: bool
) -> dict[str, str]:
    """Take it down; what each step did. May be repeated after a kill.

    Raises:
        DeployError, PortError: a step failed; repeating the command goes on from there.
    """
    steps = {**STEPS, **(DATA if with_data else {})}
    done: dict[str, str] = {}
    for name, step in steps.items():
        progress.begins(name)
        done[name] = step(cloud, wanted)
        progress.ended(name, done[name])
    return done


def _of_stack(cloud: Administration, wanted: Wanted) -> tuple[list[str], list[str]]:
    state = cloud.stacks.find(wanted.stack)
    parts = cloud.stacks.parts(state.id) if state else ()
    kept = wanted.template.retained
    goes = [f"{p.type} {p.name} ({p.identifier})" for p in parts if p.name not in kept]
    stays = [f"{p.type} {p.name} ({p.identifier})" for p in parts if p.name in kept]
    return goes, stays


def _of_code(cloud: Administration, wanted: Wanted) -> list[str]:
    found = [f"version {version} of {wanted.service}" for version in cloud.functions.versions()]
    if cloud.functions.alias(LIVE) is not None:
        found.append(f"alias {LIVE} of {wanted.service}")
    keys = list(cloud.buckets.keys(wanted.code_bucket, f"{wanted.service}/"))
    return found + [f"package oss://{wanted.code_bucket}/{key}" for key in keys]


def _of_data(cloud: Administration, wanted: Wanted) -> list[str]:
    found = []
    for folder in wanted.folders:
        count = sum(1 for _ in cloud.buckets.keys(wanted.bucket, folder))
        if count:
            found.append(f"{count} objects in oss://{wanted.bucket}/{folder}")
    if cloud.buckets.exists(wanted.bucket):
        found.append(f"bucket {wanted.bucket}, if nothing else is in it")
    tables = set(cloud.tables.names() or ()) & set(wanted.template.tables)
    return found + [f"table {name} with its rows" for name in sorted(tables)]


def _triggers(cloud: Administration, wanted: Wanted) -> str:
    """An alias that triggers start might not be deletable."""
    changed = []
    for function in _functions(cloud, wanted):
        for trigger, qualifier in cloud.functions.triggers(function).items():
            if qualifier == LIVE:
                cloud.functions.point_trigger(function, trigger, LATEST)
                changed.append(trigger)
    return ", ".join(changed)


def _alias(cloud: Administration, wanted: Wanted) -> str:
    if not _functions(cloud, wanted) or cloud.functions.alias(LIVE) is None:
        return ""
    for function in wanted.functions:
        cloud.functions.forget_async_config(function, LIVE)
    cloud.functions.delete_alias(LIVE)
    return f"{LIVE} is gone"


def _versions(cloud: Administration, wanted: Wanted) -> str:
    """What has versions might not be deletable."""
    gone = cloud.functions.forget_versions(())
    if left := cloud.functions.versions():
        raise DeployError(
            f"version {', '.join(left)} of {wanted.service} has an alias that is not Maskline's;"
            " delete that alias, and repeat the command"
        )
    return f"deleted {', '.join(gone)} of {wanted.service}" if gone else ""


def _stack(cloud: Administration, wanted: Wanted) -> str:
    return "deleted" if remove(cloud, wanted.stack) else ""


def _packages(cloud: Administration, wanted: Wanted) -> str:
    count = _emptied(cloud, wanted.code_bucket, f"{wanted.service}/")
    left = _removed(cloud, wanted.code_bucket) if wanted.code_bucket != wanted.bucket else ""
    return "; ".join(filter(None, (f"deleted {count} packages" if count else "", left)))


def _objects(cloud: Administration, wanted: Wanted) -> str:
    count = sum(_emptied(cloud, wanted.bucket, folder) for folder in wanted.folders)
    left = _removed(cloud, wanted.bucket)
    return "; ".join(filter(None, (f"deleted {count} objects" if count else "", left)))


def _tables(cloud: Administration, wanted: Wanted) -> str:
    found = sorted(set(cloud.tables.names() or ()) & set(wanted.template.tables))
    for name in found:
        cloud.tables.delete(name)
    return f"deleted {', '.join(found)}" if found else ""


def _functions(cloud: Administration, wanted: Wanted) -> list[str]:
    """Those that are there."""
    return [name for name in wanted.functions if cloud.functions.function(name) is not None]


def _emptied(cloud: Administration, bucket: str, prefix: str) -> int:
    count = 0
    while batch := list(islice(cloud.buckets.keys(bucket, prefix), BATCH)):
        cloud.buckets.delete(bucket, batch)
        count += len(batch)
    return count


def _removed(cloud: Administration, bucket: str) -> str:
    """Delete the bucket if nothing is left in it; else say what is."""
    left = list(islice(cloud.buckets.keys(bucket), SHOWN))
    if left:
        return f"the bucket {bucket} stays, as it holds what is not Maskline's: {', '.join(left)}"
    if not cloud.buckets.exists(bucket):
        return ""
    cloud.buckets.remove(bucket)
    return f"deleted the bucket {bucket}"


Step = Callable[[Administration, Wanted], str]
STEPS: Final[dict[str, Step]] = {
    "triggers": _triggers,
    "alias": _alias,
    "versions": _versions,
    "stack": _stack,
    "packages": _packages,
}
DATA: Final[dict[str, Step]] = {"objects": _objects, "tables": _tables}
