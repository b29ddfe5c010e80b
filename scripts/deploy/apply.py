"""`deploy apply`: one step after another, each of which looks before it acts.

Killed anywhere and repeated, it comes to the same end: packages lie under the hash of their
contents, the stack is found by its name, code is known by its description, a version by what is
frozen in it, and alias, retries and triggers are simply set. Until the alias is switched, which is
one call (in FC 3.0: one for each function), the former version serves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from scripts.deploy.errors import DeployError
from scripts.deploy.stack import bring_about
from scripts.deploy.tidy import tidy
from scripts.deploy.versions import former, made_live, version_of_latest
from scripts.deploy.wanted import LIVE, Code, Wanted
from shared.bootstrap.administration import Administration
from shared.ports.errors import ConflictError

LATEST: Final = "LATEST"


class Progress(Protocol):
    """Is told of every step; what it raises ends the deployment there."""

    def begins(self, step: str) -> None:
        """A step begins."""

    def ended(self, step: str, what: str) -> None:
        """It has ended; `what` it did, "" for nothing."""


def apply(cloud: Administration, wanted: Wanted, progress: Progress) -> dict[str, str]:
    """Bring the account to what is wanted; what each step did, "" for nothing.

    Raises:
        DeployError, PortError: a step failed; repeating the command goes on from there.
    """
    done: dict[str, str] = {}
    for name, step in STEPS.items():
        progress.begins(name)
        done[name] = step(cloud, wanted)
        progress.ended(name, done[name])
    return done


def _packages(cloud: Administration, wanted: Wanted) -> str:
    cloud.buckets.make(wanted.code_bucket)
    missing = [c for c in wanted.codes if not cloud.buckets.has(wanted.code_bucket, wanted.key(c))]
    for code in missing:
        cloud.buckets.put(wanted.code_bucket, wanted.key(code), code.path.read_bytes())
    return ", ".join(f"uploaded {code.function}" for code in missing)


def _code(cloud: Administration, wanted: Wanted) -> str:
    changed = [code for code in wanted.codes if not has_code(cloud, code)]
    gone = [c.function for c in changed if cloud.functions.function(c.function) is None]
    if gone:
        raise DeployError(
            f"{', '.join(gone)} of {wanted.service} is not there, and the stack {wanted.stack} has"
            " it: somebody has deleted it. `maskline deploy destroy` takes the rest down"
            " (photographs, results and rows stay), then `maskline deploy apply`"
        )
    for code in changed:
        key = wanted.key(code)
        cloud.functions.set_code(code.function, wanted.code_bucket, key, code.description)
    return ", ".join(f"{code.function} {code.sha256[:12]}" for code in changed)


def has_code(cloud: Administration, code: Code) -> bool:
    """Whether the function's latest code is this package, by its description and its size.

    (The checksum that the service tells is of the zip, in a way that no page specifies.)
    """
    found = cloud.functions.function(code.function) or {}
    return found.get("description") == code.description and found.get("codeSize") == code.size


def _version(cloud: Administration, wanted: Wanted) -> str:
    if version_of_latest(cloud.functions) is not None:
        return ""
    try:
        return f"published {cloud.functions.publish(f'Maskline {wanted.deployment}')}"
    except ConflictError:  # nothing has changed since the last one, says the service
        return ""


def _alias(cloud: Administration, wanted: Wanted) -> str:
    newest = cloud.functions.newest()
    if newest is None:
        raise DeployError("the version is gone again; somebody else deletes versions: repeat")
    now = cloud.functions.alias(LIVE)
    if now is not None and now.whole and now.version == newest:
        return ""
    made_live(cloud.functions, newest, [now.version, *former(now)] if now else [])
    return f"{LIVE} of {wanted.service} is {newest}" + (f", was {now.version}" if now else "")


def _retries(cloud: Administration, wanted: Wanted) -> str:
    """What the template says of the latest code holds for the alias, too."""
    changed = []
    for name in wanted.functions:
        config = cloud.functions.async_config(name, LATEST)
        if config is not None and cloud.functions.async_config(name, LIVE) != config:
            cloud.functions.set_async_config(name, LIVE, config)
            changed.append(name)
    return ", ".join(changed)


def _triggers(cloud: Administration, wanted: Wanted) -> str:
    changed = []
    for name in wanted.functions:
        for trigger, qualifier in cloud.functions.triggers(name).items():
            if qualifier != LIVE:
                cloud.functions.point_trigger(name, trigger, LIVE)
                changed.append(trigger)
    return ", ".join(f"{trigger} starts {LIVE}" for trigger in changed)


STEPS: Final[dict[str, Callable[[Administration, Wanted], str]]] = {
    "packages": _packages,
    "stack": bring_about,
    "code": _code,
    "version": _version,
    "alias": _alias,
    "retries": _retries,
    "triggers": _triggers,
    "tidy": tidy,
}
