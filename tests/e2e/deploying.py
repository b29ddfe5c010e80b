"""Deploys into a local cloud, and is killed while it does: at a boundary of steps, or anywhere.

A program of its own, single-threaded, so that it may fork: each try is a child that is killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from scripts.cli import deploy
from scripts.cli.deploy import Target
from scripts.deploy.apply import STEPS, apply
from scripts.deploy.destroy import DATA, destroy
from scripts.deploy.destroy import STEPS as DESTROYING
from scripts.deploy.wanted import LIVE, Code, Wanted
from shared.bootstrap.administration import Administration

Deed = Callable[[Administration, Wanted, Any], object]


class KilledAt:
    """Progress that pulls its own plug at the nth call; never where n is None."""

    def __init__(self, nth: int | None) -> None:
        self._left = nth

    def begins(self, step: str) -> None:
        self._count()

    def ended(self, step: str, what: str) -> None:
        self._count()

    def _count(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Account:
    """The local cloud on a data folder; every child makes clients of its own."""

    def __init__(self, data: Path) -> None:
        self.target = Target(data=data, profile=None)

    def cloud(self) -> Administration:
        return deploy._cloud(self.target)[0]

    def wanted(self, codes: tuple[Code, ...]) -> Wanted:
        return deploy._wanted(self.target, deploy._cloud(self.target)[1], codes)

    def tried(self, deed: Deed, wanted: Wanted, nth: int | None) -> int:
        """One try in a child; the signal that ended it, 0 where it came to its end."""
        child = os.fork()
        if child == 0:
            deed(self.cloud(), wanted, KilledAt(nth))
            os._exit(0)
        return _ending(child)

    def tried_until(self, deed: Deed, wanted: Wanted, seconds: float) -> int:
        """One try that is killed after a time, wherever it is then."""
        child = os.fork()
        if child == 0:
            deed(self.cloud(), wanted, KilledAt(None))
            os._exit(0)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        os.kill(child, signal.SIGKILL)
        return _ending(child)


def _ending(child: int) -> int:
    return -os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def changed(codes: tuple[Code, ...], mark: str, folder: Path) -> tuple[Code, ...]:
    """The same packages with one more file in each."""
    made = []
    for code in codes:
        path = folder / f"{mark}-{code.function}.zip"
        path.write_bytes(code.path.read_bytes())
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("mark.txt", mark)
        made.append(replace(code, sha256=(mark * 64)[:64], path=path))
    return tuple(made)


def live_code(cloud: Administration, wanted: Wanted) -> set[str]:
    """Which code is live: one mark in the descriptions, or a mixture."""
    found = [cloud.functions.function(name, LIVE) or {} for name in wanted.functions]
    return {str(each.get("description")).rpartition(":")[2] for each in found}


def killed_everywhere(
    account: Account, deed: Deed, wanted: Wanted, boundaries: int, seed: int
) -> dict[str, Any]:
    """Kill at each boundary in turn, then anywhere, then let it come to its end."""
    ends = [account.tried(deed, wanted, nth) for nth in range(1, boundaries + 1)]
    times = random.Random(seed)
    anywhere = [account.tried_until(deed, wanted, times.uniform(0, 0.6)) for _ in range(3)]
    return {"boundaries": ends, "anywhere": anywhere, "last": account.tried(deed, wanted, None)}


def state(account: Account, wanted: Wanted) -> dict[str, Any]:
    """What the account has in the end."""
    cloud = account.cloud()
    stack = cloud.stacks.find(wanted.stack)
    there = cloud.functions.there()
    alias = cloud.functions.alias(LIVE) if there else None
    return {
        "stack": stack.status if stack else None,
        "versions": list(cloud.functions.versions()) if there else [],
        "live": alias.version if alias else None,
        "code": sorted(live_code(cloud, wanted)) if there else [],
        "triggers": sorted(
            {q for n in wanted.functions for q in cloud.functions.triggers(n).values()}
            if there
            else ()
        ),
        "packages": len(list(cloud.buckets.keys(wanted.code_bucket))),
        "objects": len(list(cloud.buckets.keys(wanted.bucket))),
        "tables": list(cloud.tables.names() or ()),
    }


def main() -> None:
    """`deploying.py DATA FOLDER`: the whole story as one JSON document."""
    account, folder = Account(Path(sys.argv[1])), Path(sys.argv[2])
    codes = deploy._built(folder, "", local=True)
    first, second = changed(codes, "a", folder), changed(codes, "b", folder)
    told: dict[str, Any] = {}

    wanted = account.wanted(first)
    told["create"] = killed_everywhere(account, apply, wanted, 2 * len(STEPS), 1)
    told["created"] = state(account, wanted)

    wanted = account.wanted(second)
    seen = []
    for nth in range(1, 2 * len(STEPS) + 1):
        account.tried(apply, wanted, nth)
        seen.append(sorted(live_code(account.cloud(), wanted)))
    told["seen"] = seen
    told["update"] = killed_everywhere(account, apply, wanted, 0, 2)
    told["updated"] = state(account, wanted)

    for mark in "cdefgh":
        wanted = account.wanted(changed(codes, mark, folder))
        account.tried(apply, wanted, None)
    told["later"] = state(account, wanted)

    account.cloud().buckets.put(wanted.bucket, f"{wanted.folders[0]}a.jpg", b"photograph")
    ending = partial(_destroyed, with_data=True)
    told["destroy"] = killed_everywhere(account, ending, wanted, 2 * len({**DESTROYING, **DATA}), 3)
    told["destroyed"] = state(account, wanted)
    print(json.dumps(told))


def _destroyed(
    cloud: Administration, wanted: Wanted, progress: KilledAt, *, with_data: bool
) -> object:
    return destroy(cloud, wanted, progress, with_data=with_data)


if __name__ == "__main__":
    main()
