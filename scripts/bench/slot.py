"""How busy the one slot is: utilisation by the ledger, queries per task, pictures done.

Every contender has a local cloud of its own, with the same provider and the same number of
pictures; the contenders of one setting run at the same time, since all of them mostly wait. What
takes hours of wall time (500 pictures; 26 s tasks; a program that acts on the minute) runs in
virtual time, by `python -m tests.simulation.slots`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from scripts.bench.cloud import ROOT, BenchError, RunningCloud, cloud_up, until
from scripts.bench.figures import utilisation
from scripts.bench.peer import is_installed, run_peer
from scripts.bench.pictures import photo

OURS: Final = "maskline"
PEERS: Final = {"SDK, call after call": "one_by_one", "SDK, all, then wait": "all_at_once"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the provider is like: seconds a task takes (± 10 %), what it does over its limit."""

    service: float
    over_limit: str
    images: int = 20

    def provider(self) -> dict[str, Any]:
        """For `/_control/dashscope`."""
        bounds = [round(self.service * 0.9, 3), round(self.service * 1.1, 3)]
        return {"service_time": bounds, "over_limit": self.over_limit}

    @property
    def patience(self) -> float:
        """Seconds after which a run is given up: four times what the slot needs."""
        return 60.0 + 4 * self.service * self.images


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one contender did in one setting. `time` is `wall` or `virtual`."""

    contender: str
    service: float
    over_limit: str
    images: int
    time: str
    utilisation: float
    queries_per_task: float
    done: int


def settings(*, full: bool, quick: bool) -> list[Setting]:
    """The wall-time settings: a minute, six minutes, or all of them in twenty."""
    if quick:
        return [Setting(service=2.5, over_limit="queue", images=6)]
    services = (2.5, 5.0, 9.0, 12.5) if full else (2.5, 5.0)
    return [Setting(service=s, over_limit=o) for s in services for o in ("queue", "reject")]


def measure(
    chosen: Sequence[Setting], *, virtual: bool = True, say: Callable[[str], None] = lambda _: None
) -> list[Outcome]:
    """Every contender in every setting, then the long runs in virtual time. Raises BenchError."""
    found: list[Outcome] = []
    for setting in chosen:
        say(f"slot: {setting.images} pictures of {setting.service} s, {setting.over_limit}")
        found += _together(setting)
    if virtual:
        say("slot: long runs in virtual time")
        found += in_virtual_time()
    return found


def _together(setting: Setting) -> list[Outcome]:
    runs = [partial(_ours, setting)]
    if is_installed():
        runs += [partial(_peer, setting, name, module) for name, module in PEERS.items()]
    with ThreadPoolExecutor(len(runs)) as pool:
        return [future.result() for future in [pool.submit(run) for run in runs]]


def _ours(setting: Setting) -> Outcome:
    with cloud_up(**setting.provider()) as cloud:
        cloud.settle()
        photos = [photo(number) for number in range(setting.images)]
        keys = [cloud.upload(f"{n:03}.jpg", data) for n, data in enumerate(photos)]
        cloud.wait_for(keys, setting.patience)
        return _judged(OURS, setting, cloud, len(keys))


def _peer(setting: Setting, name: str, module: str) -> Outcome:
    with cloud_up(**setting.provider()) as cloud:
        urls = [cloud.signed(f"{n}.jpg", photo(n)) for n in range(setting.images)]
        cloud.settle()
        said = run_peer(module, cloud, setting.patience, urls=urls)
        _settle(cloud)
        return _judged(name, setting, cloud, said["done"])


def _settle(cloud: RunningCloud) -> None:
    """What a peer left behind at the provider comes to its end."""

    def all_ended() -> bool:
        return all(task["end_time"] for task in cloud.ledger()["tasks"])

    until(all_ended, 120.0, lambda: "a task has no end")


def _judged(name: str, setting: Setting, cloud: RunningCloud, done: int) -> Outcome:
    ledger = cloud.ledger()
    calls = ledger["calls"].get("dashscope", {})
    tasks = len(ledger["tasks"]) or 1
    return Outcome(
        contender=name,
        service=setting.service,
        over_limit=setting.over_limit,
        images=setting.images,
        time="wall",
        utilisation=utilisation(ledger["tasks"]),
        queries_per_task=(calls.get("fetch", 0) + calls.get("list", 0)) / tasks,
        done=done,
    )


def in_virtual_time() -> list[Outcome]:
    """The long runs, in a process of their own. Raises BenchError."""
    command = [sys.executable, "-m", "tests.simulation.slots", "--json"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    if answer.returncode:
        raise BenchError(f"the virtual runs failed: {answer.stderr[-500:]}")
    return [Outcome(**row) for row in json.loads(answer.stdout)]


def rows(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """For the table and for JSON: each with its distance to the best peer of its setting."""
    return [{**asdict(each), "behind_best": _behind(each, outcomes)} for each in outcomes]


def _behind(outcome: Outcome, outcomes: Sequence[Outcome]) -> float | None:
    """How far ours is behind the best peer that did every picture; negative where it is ahead."""
    rivals = [
        other.utilisation
        for other in outcomes
        if (other.service, other.over_limit, other.time)
        == (outcome.service, outcome.over_limit, outcome.time)
        and other.contender != OURS
        and other.done == other.images
    ]
    return max(rivals) - outcome.utilisation if rivals and outcome.contender == OURS else None
