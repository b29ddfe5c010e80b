"""`python -m tests.e2e.chaos --images N --kills N --seed N`: the worst night, then the accounts.

A local cloud is fed photographs while everything goes wrong: functions and the whole process group
are killed, every service's calls fail before or after they were performed, events come twice and in
another order, the clock jumps. Nobody helps. What must be true in the morning is in
`chaos_verdict`. The seed fixes which accidents are ordered; when they meet whom is the machine's.
"""

from __future__ import annotations

import argparse
import http.client
import math
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from oss2.exceptions import OssError

from tests.e2e.chaos_verdict import Morning, judge
from tests.e2e.cloud_process import CloudProcess, started
from tests.e2e.photographs import portrait

FUNCTIONS: Final = ("submit", "poller", "finalizer")
ERRORS: Final = {
    "oss": "error:503:ServiceUnavailable",
    "fc": "error:503:ServiceUnavailable",
    "tablestore": "error:503:OTSServerUnavailable",
    "mns": "error:500:InternalError",
    "dashscope": "error:500:InternalError",
}
"""How each service fails in its own words."""
EVENT_FAULTS: Final = ("duplicate-event", "reorder-events", "drop-after")
HOUR, DAY = 3600.0, 24 * 3600.0
STALL: Final = 4.0
"""Real seconds without an end after which the clock jumps by HOP: what waits need not be waited
for, and a jump is one more accident."""
HOP: Final = 20.0
PUT_TRIES: Final = 50
SAID: Final = 20
"""The time line tells of each so many ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What is ordered. `faults` is the share of calls that fail, in any of three ways."""

    seed: int
    images: int
    kills: int
    faults: float = 0.05
    service_time: float = 0.1
    limit: float = 3600.0


@dataclass
class Chaos:
    """One night on one data folder."""

    night: Night
    data: Path
    dice: random.Random = field(init=False)
    cloud: CloudProcess = field(init=False)
    puts: Counter[str] = field(default_factory=Counter)
    killed: Counter[str] = field(default_factory=Counter)
    jumps: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.night.seed)

    def __call__(self) -> Morning:
        """Run it to its end. Raises AssertionError where something never ends."""
        self.cloud = started(self.data)
        try:
            self.cloud.control(
                "/_control/dashscope", {"service_time": self.night.service_time, "quota": None}
            )
            self._order_faults()
            self._live_through()
            self.cloud.control("/_control/faults", method="DELETE")
            return Morning.of(self.cloud, self.puts)
        finally:
            self.cloud.stop()

    def _live_through(self) -> None:
        """Two waves: between them nothing is at the provider, and a day passes at once."""
        late = max(1, self.night.images // 10)
        few = self.night.kills // 10
        self._wave(self.night.images - late, self.night.kills - few)
        self._jump(DAY)
        self._wave(late, few)

    def _wave(self, images: int, kills: int) -> None:
        """Upload while killing: each kill has its moment, told by how many have come to an end."""
        before = len(self.puts)
        whole = before + images
        moments = sorted(self.dice.uniform(before, whole - 1) for _ in range(kills))
        hop = self.dice.uniform(before, whole - 1)
        ended, moved = before, time.monotonic()
        while ended < whole:
            if len(self.puts) < whole:
                self._put(len(self.puts))
            now_ended = self._ended(ended)
            if now_ended > ended:
                if now_ended // SAID > ended // SAID:
                    self.say(f"{now_ended} of {self.night.images} have an end")
                ended, moved = now_ended, time.monotonic()
            if moments and ended >= moments[0]:
                time.sleep(self.dice.uniform(0, 1.5))
                self._kill()
                moments.pop(0)
            if hop <= ended:
                self._jump(HOUR)
                hop = math.inf
            if time.monotonic() - moved > STALL:
                self._jump(HOP)
                moved = time.monotonic()
            self._in_time(ended, whole)

    def _put(self, number: int) -> None:
        """Upload one, as often as it takes; each try that may have arrived is an upload."""
        name = f"{number:04}.jpg"
        data = portrait(number)
        for _ in range(PUT_TRIES):
            self.puts[self.cloud.description["upload_prefix"] + name] += 1
            with suppress(OssError):
                self.cloud.put(name, data)
                return
        raise AssertionError(f"{name} was not taken in {PUT_TRIES} tries")

    def _ended(self, known: int) -> int:
        """How many uploads have an event about their end."""
        time.sleep(0.2)
        with suppress(OSError, http.client.HTTPException):
            return len(self.cloud.ended())
        return known

    def _kill(self) -> None:
        """SIGKILL to the instances of a function, or to everything."""
        if self.dice.random() < 1 / 6 or not any(map(self._kill_function, self._some_order())):
            self.say("kill everything")
            self.killed["up"] += 1
            self.cloud.kill()
            self.cloud = started(self.data)
            self._order_faults()

    def _some_order(self) -> list[str]:
        return self.dice.sample(FUNCTIONS, len(FUNCTIONS))

    def _kill_function(self, function: str) -> bool:
        hit = int(self.cloud.control("/_control/kill", {"function": function})["killed"])
        if hit:
            self.say(f"kill {function} ({hit})")
            self.killed[function] += 1
        return hit > 0

    def _jump(self, seconds: float) -> None:
        self.say(f"the clock jumps by {seconds:.0f} s")
        self.jumps.append(seconds)
        self.cloud.control("/_control/clock", {"advance": seconds})

    def _order_faults(self) -> None:
        """Every call of every service may fail before it is performed, or after."""
        share = self.night.faults / 3
        for service, error in ERRORS.items():
            for fault in (error, "drop-before", "drop-after"):
                self._fault(service, "*", fault, share)
        for fault in EVENT_FAULTS:
            self._fault("oss", "event", fault, 0.1)

    def _fault(self, service: str, operation: str, fault: str, probability: float) -> None:
        self.cloud.control(
            "/_control/faults",
            {
                "service": service,
                "operation": operation,
                "fault": fault,
                "probability": probability,
                "seed": self.dice.randrange(2**31),
            },
        )

    def _in_time(self, ended: int, whole: int) -> None:
        if time.monotonic() - self.began > self.night.limit:
            left = sorted(set(self.puts) - set(self.cloud.ended()))
            raise AssertionError(f"{ended} of {whole} have an end; without one: {left[:10]}")

    def say(self, what: str) -> None:
        """One line of the night's time line."""
        print(f"{time.monotonic() - self.began:8.1f} s  {what}", file=sys.stderr, flush=True)


def live_through(night: Night, data: Path) -> list[str]:
    """The night and its morning: what is wrong, nothing if the laws hold."""
    chaos = Chaos(night=night, data=data)
    morning = chaos()
    killed = ", ".join(f"{count} × {what}" for what, count in sorted(chaos.killed.items()))
    chaos.say(f"killed: {killed}; jumps: {len(chaos.jumps)}; {morning.summary()}")
    return judge(morning)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where a law was broken; the data folder is kept then."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.chaos", description=__doc__)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--data", type=Path, help="a folder to keep [default: a new one]")
    given = parser.parse_args(arguments)
    folder = given.data or Path(tempfile.mkdtemp(prefix="maskline-chaos-")) / "cloud"
    folder.parent.mkdir(parents=True, exist_ok=True)
    night = Night(seed=given.seed, images=given.images, kills=given.kills, faults=given.faults)
    problems = live_through(night, folder)
    for problem in problems:
        print(f"BROKEN: {problem}")
    print(f"seed {night.seed}: {'the laws held' if not problems else f'see {folder}'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
