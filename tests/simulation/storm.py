"""A storm: instances killed between any two port calls, answers lost, processes frozen, events
repeated, and other instances running in the middle of one. All from one seed.

Time is virtual. An instance that is paused at a port call may have whole other invocations run
meanwhile (nested, up to three deep), which is how races come about. The storm ends after a while;
then the pipeline must bring every upload to its fate.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from PIL import Image

from shared.domain.state import JobState
from shared.ports.errors import NotSentError, OutcomeUnknownError, UnavailableError
from shared.usecases.accept_upload import Upload
from tests.simulation.world import Functions, World

STORM_SECONDS = 900.0
CALM_SECONDS = 6 * 3600.0
DEEPEST = 3
TICK = 60.0


class KilledError(BaseException):
    """The instance is gone; nothing in it may catch this."""


def picture(seed: int, number: int) -> bytes:
    """A small JPEG unlike any other."""
    out = io.BytesIO()
    comment = f"{seed}-{number}"
    Image.new("RGB", (512, 512), (number, 9, 9)).save(out, "JPEG", comment=comment)
    return out.getvalue()


@dataclass(order=True)
class Asked:
    """An invocation that waits for an instance."""

    at: float
    number: int
    function: str = field(compare=False)
    payload: Any = field(compare=False)
    tries: int = field(compare=False, default=0)


@dataclass(frozen=True)
class Severity:
    """Chances per port call."""

    kill: float = 0.004
    lose_before: float = 0.006
    lose_after: float = 0.006
    preempt: float = 0.05
    freeze: float = 0.004


class Port:
    """A port in the storm: trouble before and after every call."""

    def __init__(self, target: Any, name: str, storm: Storm) -> None:
        self._target, self._name, self._storm = target, name, storm

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._target, verb)
        if not callable(found):
            return found
        operation = f"{self._name}.{verb}"

        def call(*args: Any, **kwargs: Any) -> Any:
            self._storm.before(operation)
            answer = found(*args, **kwargs)
            self._storm.after(operation)
            return answer

        return call


class Clock:
    """The instance's clock: sleeping lets the others work."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm

    def now(self) -> float:
        return self._storm.world.clock.now()

    def monotonic(self) -> float:
        return self._storm.world.clock.now()

    def sleep(self, seconds: float) -> None:
        self._storm.sleep(seconds)


@dataclass
class Storm:
    """One seed's world and weather."""

    seed: int
    severity: Severity = field(default_factory=Severity)
    uploads: int = 6
    over_limit: str = "queue"
    mutate: Callable[[Functions], Functions] = lambda functions: functions

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.world = World(
            service_seconds=self.random.choice([0.8, 3.0, 20.0]), over_limit=self.over_limit
        )
        self.started = self.world.clock.now()
        self.depth = 0
        self.queue: list[Asked] = []
        self.numbers = 0
        self.log: list[str] = []
        self.sent: list[Upload] = []
        self.next_tick = self.started + TICK

    @property
    def raging(self) -> bool:
        return self.world.clock.now() < self.started + STORM_SECONDS

    def before(self, operation: str) -> None:
        """What happens before a call is performed."""
        self.world.clock.advance(self.random.random() * 0.01)
        if not self.raging or self.depth == 0:
            return
        if self._chance(self.severity.preempt) and self.depth < DEEPEST:
            self.run_one()
        if self._chance(self.severity.freeze):
            self._say(f"frozen before {operation}")
            self.sleep(self.random.choice([2.0, 15.0, 40.0, 150.0]))
        self._strike(operation, "before", self.severity.lose_before)

    def after(self, operation: str) -> None:
        """What happens after it was performed."""
        if self.raging and self.depth > 0:
            self._strike(operation, "after", self.severity.lose_after)

    def _strike(self, operation: str, when: str, lose: float) -> None:
        if self._chance(self.severity.kill):
            self._say(f"killed {when} {operation}")
            raise KilledError
        if not self._chance(lose):
            return
        self._say(f"lost {when} {operation}")
        if operation != "tasks.submit":
            raise UnavailableError(f"{operation} ({when})")
        if when == "before" and self._chance(0.5):
            raise NotSentError(operation)
        raise OutcomeUnknownError(operation)

    def sleep(self, seconds: float) -> None:
        """Time passes; meanwhile others run what is due."""
        until = self.world.clock.now() + max(0.0, seconds)
        while self.depth < DEEPEST and self.run_one(until):
            pass
        self.world.clock.time = max(self.world.clock.now(), until)

    def ask(self, function: str, payload: Any, *, delay: float = 0.0, tries: int = 0) -> None:
        """Put an invocation in the queue."""
        self.numbers += 1
        at = self.world.clock.now() + delay
        self.queue.append(Asked(at, self.numbers, function, payload, tries))

    def run_one(self, until: float | None = None) -> bool:
        """Run the next invocation that is due; False where there is none before *until*."""
        self._collect()
        horizon = self.world.clock.now() if until is None else until
        due = sorted(asked for asked in self.queue if asked.at <= horizon)
        if not due:
            return False
        asked = due[0] if not self.raging else self.random.choice(due[:3])
        self.queue.remove(asked)
        self.world.clock.time = max(self.world.clock.now(), asked.at)
        self._invoke(asked)
        return True

    def _collect(self) -> None:
        while self.world.invoker.asked:
            function, payload, _ = self.world.invoker.asked.pop(0)
            self.ask(function, payload, delay=self.random.random() * 0.2)
        if self.world.clock.now() >= self.next_tick:
            self.next_tick = self.world.clock.now() + TICK
            self.ask("poller", None)

    def _invoke(self, asked: Asked) -> None:
        self.depth += 1
        try:
            self._run(asked)
        except (KilledError, Exception) as error:  # noqa: BLE001 - Function Compute's view of it
            self._say(f"{asked.function} ended: {error!r}")
            if asked.function != "poller" and asked.tries < 3:
                delay = 1.0 * 2**asked.tries
                self.ask(asked.function, asked.payload, delay=delay, tries=asked.tries + 1)
            elif asked.function == "submit":
                self.world.failures.send({"uploads": asked.payload})
        finally:
            self.depth -= 1

    def _run(self, asked: Asked) -> None:
        functions = self.functions()
        if asked.function == "submit":
            functions.pipeline.take_in(asked.payload)
        elif asked.function == "poller":
            functions.pipeline.drain(until=self.world.clock.now() + 600.0)
        else:
            functions.finalize(
                asked.payload["job_id"],
                attempt=asked.payload["attempt"],
                finalize_attempt=asked.payload["finalize_attempt"],
            )

    def functions(self) -> Functions:
        """A fresh instance in this weather."""
        names = ("jobs", "gates", "claims", "objects", "tasks", "invoker", "failures")
        ports = {name: Port(getattr(self.world, name), name, self) for name in names}
        made = self.world.functions(
            **ports, clock=Clock(self), sinks=(Port(self.world.sink, "sink", self),)
        )
        return self.mutate(made)

    def run(self) -> None:
        """The uploads come in, some events twice; then everything runs to its end."""
        for number in range(self.uploads):
            upload = self.world.upload(f"{number}.jpg", picture(self.seed, number))
            self.sent.append(upload)
            for _ in range(self.random.choice([1, 1, 2])):
                self.ask("submit", [upload], delay=self.random.random() * 20)
        end = self.started + CALM_SECONDS
        while self.world.clock.now() < end and not self.settled():
            if not self.run_one():
                later = min([a.at for a in self.queue] + [self.next_tick])
                self.world.clock.time = max(self.world.clock.now() + 0.01, later)

    def settled(self) -> bool:
        """Every upload has its fate and nothing is owed."""
        jobs = list(self.world.jobs._rows.values())
        ended = len(jobs) == self.uploads and all(
            j.state.is_final and not j.pending and not j.outbox for j in jobs
        )
        return ended and not self.queue and not self.world.invoker.asked and not self.raging

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _say(self, line: str) -> None:
        self.log.append(f"{self.world.clock.now() - self.started:9.2f} {'  ' * self.depth}{line}")


def judge(storm: Storm) -> None:
    """The laws, at the end of the day."""
    world = storm.world
    jobs = {job.source.key: job for job in world.jobs._rows.values()}
    assert len(jobs) == storm.uploads, "an upload was forgotten (law 2)"
    states = {key: str(job.state) for key, job in jobs.items()}
    assert set(states.values()) == {"DONE"}, f"not every upload is done: {states}"
    billed: dict[str, int] = {}
    for task in world.tasks.ledger.values():
        job_id = task.url.partition("pins/")[2].partition("-")[0]
        billed[job_id] = billed.get(job_id, 0) + int(task.billed)
    assert max(billed.values()) == 1, f"a picture was paid for twice (law 1): {billed}"
    for job in jobs.values():
        assert job.state is JobState.DONE
        assert job.manifest_key is not None
        assert world.objects.head(job.manifest_key).size > 0
    done = [e.id for e in world.sink.published if e.type == "maskline.job.done"]
    assert len(set(done)) == storm.uploads, "not every end was announced"
    gate = storm.functions().pipeline.gatekeeper.load()
    assert gate.slots == (), f"slots leaked: {gate.slots}"
    assert gate.intent is None, "an intent was left open"
    assert gate.quota.reserved == frozenset(), "reservations leaked"
