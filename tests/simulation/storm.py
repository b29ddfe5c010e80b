"""A storm: many function instances over one world, in the weather of one seed.

Time is virtual. An instance that is paused at a port call may have whole other invocations run
meanwhile (nested, up to three deep), which is how races come about. The storm ends after a while;
then the pipeline must bring every upload to its fate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Final

from shared.adapters.memory.chance import SeededChance
from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.tasks import LedgerTask
from shared.domain.job import Job, job_id_of
from shared.domain.stage import Stage
from shared.ports.errors import PortError
from shared.usecases.accept_upload import Upload
from shared.usecases.draw_result import DrawResult
from shared.usecases.save_raw import SaveRaw
from shared.usecases.take_in_uploads import NotAcceptedError
from tests.simulation import crowd, operators
from tests.simulation.asked import Asked
from tests.simulation.grafting import grafted
from tests.simulation.instances import LIMITS, Instance, KilledError
from tests.simulation.laws import LawBrokenError, Laws
from tests.simulation.operators import OPERATOR
from tests.simulation.pictures import QuickDraw, QuickSaveRaw
from tests.simulation.provider import SkewedClock, StormyProvider, job_of
from tests.simulation.tables import (
    WatchedGates,
    WatchedInvoker,
    WatchedJobs,
    WatchedObjects,
    WatchedSink,
)
from tests.simulation.uploading import Uploading
from tests.simulation.weather import Weather
from tests.simulation.world import Functions, World

STORM_SECONDS: Final = 900.0
CALM_SECONDS: Final = 60 * 3600.0
OUTAGE_SECONDS: Final = 25 * 3600.0
CALLS: Final = 400_000
"""Port calls after which a run is taken to go round in circles; a bad day takes a thousand."""
DEEPEST: Final = 3
TICK: Final = 60.0
SKIPPED: Final = 600.0
"""How long quiet ticks are not played at most: the failure queue is read as often."""
GATE: Final = "dashscope:1234567890123456:image-instance-segmentation"
ERASE_GATE: Final = "dashscope:1234567890123456:image-erase-completion"
GATES: Final = {Stage.SEGMENT: GATE, Stage.ERASE: ERASE_GATE}
PORTS: Final = ("jobs", "archive", "gates", "flows", "claims", "objects", "invoker", "failures")


@dataclass(frozen=True)
class Setting:
    """What a run depends on, besides the code: the same setting repeats a run exactly."""

    seed: int
    uploads: int = 6
    off: frozenset[str] = frozenset()
    erases: bool = False
    crowded: bool = False


class Storm:
    """One run. `parts` and `ports` exchange use-cases and ports of every instance for others."""

    def __init__(
        self,
        setting: Setting,
        parts: Mapping[type, type] | None = None,
        ports: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.setting, self.random = setting, Random(setting.seed)
        self.parts: Mapping[type, type] = {
            DrawResult: QuickDraw,
            SaveRaw: QuickSaveRaw,
            **(parts or {}),
        }
        self.mutated = ports or {}
        self.weather = Weather(setting.seed, setting.off)
        self.world = World(
            service_seconds=self.random.choice([0.8, 3.0, 20.0]),
            over_limit=self.random.choice(["queue", "reject"]),
            chance=SeededChance(f"{setting.seed}:chance"),
            allotments={crowd.TIGHT: crowd.BUDGET} if setting.crowded else {},
        )
        self.started = self.world.clock.now()
        self.queue: list[Asked] = []
        self.lines: list[tuple[float, int, str]] = []
        self.calls = 0
        self.depth, self.numbers, self.next_tick = 0, 0, self.started + TICK
        self.calm_ends = self.started + CALM_SECONDS
        self.laws = self._laws()
        self.uploading = Uploading(self)
        self._furnish()
        self.provider = StormyProvider(self.world.tasks, self.weather, self.laws)
        self.laws.punctual_from = self.started + STORM_SECONDS + LIMITS["poller"]

    def _laws(self) -> Laws:
        world = self.world
        return Laws(
            bytes_at=lambda key: (world.objects._objects.get(key) or (None, None))[1],
            row_of=self._row,
            gate=lambda stage: world.gates.get(GATES[stage]),
            now=world.clock.now,
            say=self.say,
            one_clock="clock skew" not in self.weather.kinds,
        )

    def _row(self, job_id: str) -> Job | None:
        return self.world.row(job_id)

    def _furnish(self) -> None:
        world, laws = self.world, self.laws
        world.jobs = WatchedJobs(laws, self._hides)
        laws.archived = world.archive.get
        world.gates = WatchedGates(laws)
        world.sink, world.invoker = WatchedSink(laws=laws), WatchedInvoker(laws=laws)
        tasks = world.tasks
        world.objects = WatchedObjects(
            world.clock, laws=laws, settle=tasks.advance, gone=self.uploading.gone
        )
        tasks.ended = self._ended
        if self.weather.strikes("provider's clock"):
            skew = self.weather.between("provider's clock", -30.0, 30.0)
            tasks.clock = SkewedClock(world.clock, skew)

    def _ended(self, task: LedgerTask) -> None:
        job_id, _ = job_of(task.url)
        if job_id:
            self.laws.ended(task, job_id)

    def _hides(self) -> float:
        if not self.weather.strikes("index stale"):
            return 0.0
        return self.weather.between("index stale", 0.5, 20.0)

    def time(self) -> ManualClock:
        return self.world.clock

    def say(self, line: str) -> None:
        self.lines.append((self.world.clock.now() - self.started, self.depth, line))

    def time_line(self) -> str:
        """What happened, for people."""
        return "\n".join(f"{at:9.2f} {'  ' * depth}{line}" for at, depth, line in self.lines)

    def spend(self) -> None:
        self.calls += 1
        if self.calls > CALLS:
            raise LawBrokenError("busy without end (law 7)")

    def overtake(self) -> None:
        if self.depth < DEEPEST:
            self.run_one()

    def sleep(self, seconds: float) -> None:
        until = self.world.clock.now() + max(0.0, seconds)
        while self.run_one(until):
            pass
        self.world.clock.time = max(self.world.clock.now(), until)

    def ask(self, function: str, payload: Any, *, delay: float = 0.0, tries: int = 0) -> None:
        """Put something in the queue of what will happen."""
        self.numbers += 1
        at = self.world.clock.now() + delay
        self.queue.append(Asked(at, self.numbers, function, payload, tries))

    def run_one(self, until: float | None = None) -> bool:
        """Run the next thing that is due; False where there is none before *until*."""
        self._collect()
        horizon = self.world.clock.now() if until is None else until
        due = sorted(asked for asked in self.queue if asked.at <= horizon and self._may(asked))
        if not due:
            return False
        asked = self.random.choice(due[:3]) if self.weather.raging else due[0]
        self.queue.remove(asked)
        self.world.clock.time = max(self.world.clock.now(), asked.at)
        self._happen(asked)
        return True

    def _may(self, asked: Asked) -> bool:
        """Where many are paused inside each other, only what is short still finds its instance."""
        return self.depth < DEEPEST + 2 * (asked.function != "poller")

    def _collect(self) -> None:
        now = self.world.clock.now()
        self.weather.raging = self.weather.raging and now < self.started + STORM_SECONDS
        while self.world.invoker.asked:
            function, payload, _ = self.world.invoker.asked.pop(0)
            self.ask(function, payload, delay=self.random.random() * 0.2)
        if now >= self.next_tick:
            self.next_tick = now + TICK
            # A tick that found no instance within a minute is given up: its event age is short.
            self.queue = [a for a in self.queue if (a.function, a.payload) != ("poller", None)]
            self.ask("poller", None)

    def _happen(self, asked: Asked) -> None:
        if asked.function == "nature":
            asked.payload()
            return
        self.depth += 1
        try:
            self._run(asked)
        except (KilledError, PortError, NotAcceptedError) as error:
            self.say(f"{asked.function} ended: {error!r}")
            self._again(asked)
        finally:
            self.depth -= 1

    def _again(self, asked: Asked) -> None:
        """Function Compute's own retries, and where it puts what it gave up on."""
        if asked.function == OPERATOR or (asked.function != "poller" and asked.tries < 3):
            delay = 1.0 * 2**asked.tries
            self.ask(asked.function, asked.payload, delay=delay, tries=asked.tries + 1)
        elif asked.function == "submit":
            self.world.failures.send({"uploads": asked.payload})

    def _run(self, asked: Asked) -> None:
        functions = self.functions(asked.function)
        if asked.function == "submit":
            functions.pipeline.take_in(asked.payload)
            self._accepted(asked.payload)
        elif asked.function == "poller":
            stage = None if asked.payload is None else Stage(asked.payload["stage"])
            reports = functions.pipeline.poll(stage, until=self.world.clock.now() + 600.0)
            quiet = all(report.left_because == "quiet" for report in reports.values())
            if quiet and stage is None and not self.weather.raging and not self.queue:
                self._skip()
        elif asked.function == OPERATOR:
            operators.act(self, functions, asked.payload)
        else:
            named = dict(asked.payload)
            functions.finalize(named.pop("job_id"), **named)

    def _accepted(self, uploads: list[Upload]) -> None:
        """An acknowledged event never comes again: what it told must be written down by now."""
        for upload in uploads:
            source = upload.source
            row = self._row(job_id_of(source.bucket, source.key, source.etag))
            self.laws.holds(row is not None, "an event acknowledged unwritten (law 2)", source.key)

    def _skip(self) -> None:
        """Ticks that find the gate's row quiet change nothing: until it is due none is played."""
        now, gates = self.world.clock.now(), map(self.world.gates.get, GATES.values())
        due = [gate.next_due for gate in gates if gate and gate.next_due]
        self.next_tick = max(now + TICK, min([*due, now + SKIPPED]))

    def functions(self, function: str = "poller") -> Functions:
        """A fresh instance in this weather."""
        skew = 0.0
        if self.weather.strikes("clock skew"):
            skew = self.weather.between("clock skew", -30.0, 30.0)
        instance = Instance(function, self, self.world.clock.now(), skew)
        chosen: dict[str, Any] = {name: getattr(self.world, name) for name in PORTS}
        chosen["tasks"] = self.provider
        ports = {name: instance.wrap(port, name) for name, port in chosen.items()}
        for name, change in self.mutated.items():
            ports[name] = change(ports[name])
        sinks = (instance.wrap(self.world.sink, "sink"),)
        return grafted(self.world.functions(**ports, clock=instance, sinks=sinks), self.parts)

    def run(self) -> None:
        """The uploads come in; then everything runs to its end."""
        self.uploading.plan(self.setting.uploads)
        if self.weather.strikes("outage of a day"):
            at = self.weather.between("outage of a day", 5.0, 300.0)
            self.ask("nature", partial(self._outage), delay=at)
        while self.world.clock.now() < self.calm_ends and not self.settled():
            if not self.run_one():
                later = min([a.at for a in self.queue] + [self.next_tick])
                self.world.clock.time = max(self.world.clock.now() + 0.01, later)

    def _outage(self) -> None:
        """No function runs for more than a day; whoever was at work is dead by then."""
        self.say("outage begins")
        self.world.clock.advance(OUTAGE_SECONDS)
        self.laws.punctual_from = self.world.clock.now() + STORM_SECONDS
        self.calm_ends = self.world.clock.now() + CALM_SECONDS
        self.say("outage ends")

    def settled(self) -> bool:
        """Every upload has its fate and nothing is owed."""
        if self.weather.raging or self.queue or self.world.invoker.asked:
            return False
        if any(gate.outbox for gate in map(self.world.gates.get, GATES.values()) if gate):
            return False
        rows = self.world.rows()
        return self.uploading.all_known() and all(crowd.rests(self.world, job) for job in rows)
