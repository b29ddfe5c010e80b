"""One run: a cloud, its clients at once, a look at its process now and then, kills, the verdict."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.e2e.cloud_process import CloudProcess, launched
from tests.load.bookkeeper import Bookkeeper
from tests.load.caller import Caller
from tests.load.cast import Client, Setting
from tests.load.customer import Customer
from tests.load.measures import MIB, Sample, growth, sample
from tests.load.postman import Postman
from tests.load.tally import RefusedError, Tally, UnansweredError
from tests.load.uploader import Uploader
from tests.load.watcher import Watcher

CAST: Final[Sequence[Callable[[Setting, int], Client]]] = (
    Uploader,
    Watcher,
    Bookkeeper,
    Caller,
    Postman,
    Customer,
)
PROVIDER: Final = {"service_time": [0.01, 0.05], "submit_qps": 20}
SAMPLES: Final = 60
SHORTEST: Final = 0.5
PATIENCE: Final = 60.0
"""Seconds for what was acknowledged to be performed, once nothing new comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is to be. `pause` is the mean of what a client waits between two calls."""

    seed: int
    seconds: float
    kills: int = 0
    pause: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run."""

    tally: Tally
    samples: Sequence[Sample]
    wrong: Sequence[str]

    def report(self) -> str:
        """For people."""
        lines = ["operation                             count   mean ms    max ms"]
        for operation, count in sorted(self.tally.done.items()):
            mean = 1000 * self.tally.seconds[operation] / count
            most = 1000 * self.tally.slowest[operation]
            lines.append(f"{operation:35} {count:7} {mean:9.1f} {most:9.1f}")
        lines += [f"refused: {what}: {count}" for what, count in sorted(self.tally.refused.items())]
        unanswered = self.tally.unanswered.total()
        lines.append(f"{self.tally.done.total()} done, {unanswered} not answered")
        lines.append(f"memory grows by {growth(self.samples) / MIB:.1f} MiB an hour")
        lines += [f"WRONG: {what}" for what in self.wrong] or ["nothing is wrong"]
        return "\n".join(lines)


@dataclass
class Load:
    """One run on one folder."""

    order: Order
    folder: Path
    say: Callable[[str], None] = lambda _: None
    tally: Tally = field(default_factory=Tally)
    samples: list[Sample] = field(default_factory=list)
    cloud: CloudProcess = field(init=False)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Outcome:
        """Start, strain, kill, verify, stop."""
        self._start()
        try:
            clients = self._clients()
            threads = [
                threading.Thread(target=self._use, args=(client, number), name=client.name)
                for number, client in enumerate(clients)
            ]
            for thread in threads:
                thread.start()
            self._watch()
            self._over.set()
            for thread in threads:
                thread.join()
            for client in clients:
                self._verify(client)
                client.close()
        finally:
            self.cloud.stop()
        expected = set().union(*(client.expected for client in clients))
        return Outcome(tally=self.tally, samples=self.samples, wrong=self._wrong(expected))

    def _start(self) -> None:
        """The cloud with an engine that takes no time: the machine is for the cloud."""
        command = [sys.executable, "-m", "scripts.bench.cloud", "--data", str(self._data)]
        self.cloud = launched(command, self.folder / "up.err")
        self.cloud.control("/_control/dashscope", PROVIDER)

    @property
    def _data(self) -> Path:
        return self.folder / "cloud"

    def _clients(self) -> Sequence[Client]:
        setting = Setting(
            description=self.cloud.description,
            control=lambda *given: self.cloud.control(*given),  # noqa: PLW0108 - a restart makes another
            folder=self.folder,
            tally=self.tally,
        )
        return [role(setting, self.order.seed * 100 + n) for n, role in enumerate(CAST)]

    def _use(self, client: Client, number: int) -> None:
        """A client's life. What it cannot cope with ends it, and is told."""
        dice = random.Random(self.order.seed * 1000 + number)
        while not self._over.wait(dice.uniform(0, 2 * self.order.pause)):
            try:
                self._step(client)
            except Exception as error:  # noqa: BLE001, PERF203 - whatever it is, it must be told
                self.tally.say_wrong(f"{client.name} gave up: {error!r}")
                return

    def _step(self, client: Client) -> None:
        try:
            client.step()
        except RefusedError:
            return  # counted already
        except UnansweredError:
            self._over.wait(SHORTEST)

    def _watch(self) -> None:
        """Sample and kill until the time is over."""
        dice = random.Random(self.order.seed)
        began = time.monotonic()
        kills = sorted(dice.uniform(0, self.order.seconds) for _ in range(self.order.kills))
        step = max(SHORTEST, self.order.seconds / SAMPLES)
        looks = [step * number for number in range(1, int(self.order.seconds / step) + 1)]
        for moment, act in sorted(
            [*((at, self._kill) for at in kills), *((at, self._look) for at in looks)],
            key=lambda item: item[0],
        ):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            act(time.monotonic() - began)

    def _look(self, at: float) -> None:
        self.samples.append(sample(self.cloud.process.pid, self._data, at))
        self.say(self.samples[-1].line())

    def _kill(self, at: float) -> None:
        self.say(f"{at:7.1f} s  kill")
        self.tally.outage += 1
        self.cloud.kill()
        self._start()
        self.tally.outage += 1

    def _verify(self, client: Client) -> None:
        """What is not there yet gets its time."""
        deadline = time.monotonic() + PATIENCE
        while (missing := _missing(client)) and time.monotonic() < deadline:
            time.sleep(0.2)
        if missing:
            self.tally.say_wrong(f"{client.name}: {missing}")

    def _wrong(self, expected: set[str]) -> list[str]:
        wrong = list(dict.fromkeys(self.tally.wrong))
        wrong += [f"unexpected: {what}" for what in self.tally.refused if what not in expected]
        logs = sorted((self._data / "logs").glob("cloud.log*"))
        wrong += [f"{log.name} holds a traceback" for log in logs if "Traceback" in log.read_text()]
        told = (self.folder / "up.err").read_text()
        return wrong + ([f"stderr: {told[-500:]}"] if told.strip() else [])


def _missing(client: Client) -> str:
    """What keeps a client from being content, for now."""
    try:
        client.verify()
    except (RefusedError, UnansweredError) as error:
        return str(error) or "no answer"
    return ""
