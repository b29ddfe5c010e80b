"""The provider on a bad day: refuses, stops, fails, forgets, restarts, and serves others too."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace

from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.tasks import MemoryTaskService
from shared.domain.failure import Failure, FailureKind
from shared.ports.errors import ForbiddenError, RefusedError, UnavailableError
from shared.ports.tasks import Accepted, Submission, TaskPage, TaskReport, TaskStatus
from tests.simulation.laws import Laws
from tests.simulation.pictures import one_person
from tests.simulation.weather import Weather

MODEL = "image-instance-segmentation"
OTHER_MODEL = "wanx-v1"

BAD_KEY = "InvalidApiKey"
STOPS = ("Arrearage", "AllocationQuota.FreeTierOnly", BAD_KEY)
FOR_NOW = ("InternalError.Algo", "InternalError.Timeout", "SystemError")


def failure(kind: FailureKind, code: str) -> Failure:
    return Failure(kind=kind, code=code, message=f"the provider says {code}")


@dataclass(frozen=True)
class SkewedClock:
    """A machine's clock, some seconds off."""

    clock: ManualClock
    skew: float

    def now(self) -> float:
        return self.clock.now() + self.skew

    def monotonic(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        raise AssertionError("the provider never sleeps")


@dataclass
class StormyProvider:
    """`tasks` in the weather. `codes` are the failures handed out, by content; `refused` those of
    submissions, by job; `unknown_until` the tasks that it does not know for a while.
    """

    tasks: MemoryTaskService
    weather: Weather
    laws: Laws
    codes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, str] = field(default_factory=dict)
    unknown_until: dict[str, float] = field(default_factory=dict)
    stopped_until: float = 0.0
    stop_code: str = ""

    def __post_init__(self) -> None:
        self.tasks.segment = self.segment
        self.tasks.complete = self.complete
        if self.weather.strikes("list lags"):
            self.tasks.list_lag = self.weather.between("list lags", 0.0, 110.0)

    def segment(self, data: bytes) -> bytes | Failure:
        """The mask, or why not."""
        content = hashlib.sha256(data).hexdigest()
        made: Failure | None = None
        if self.weather.strikes("task fails"):
            made = failure(FailureKind.TERMINAL, "InvalidParameter.ImageContent")
        elif self.weather.strikes("task fails for now"):
            code = self.weather.pick("task fails for now", FOR_NOW)
            made = failure(FailureKind.RETRY, code)
        if made is None:
            return one_person(data)
        self.codes[content].append(made.code)
        return made

    def complete(self, photo: bytes, mask: bytes) -> bytes | Failure:
        """An erasing's picture, which is the photograph here, or why not."""
        assert mask
        made = self.segment(photo)
        return made if isinstance(made, Failure) else photo

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        """Raises RefusedError as the account's weather has it."""
        job_id, attempt = job_of(submission.inputs["image_url"])
        self.laws.posted(job_id, attempt)
        self._others()
        self._stop_or_refuse(job_id)
        if self.weather.strikes("submit throttled"):
            code = failure(FailureKind.RETRY, "Throttling.RateQuota")
            raise RefusedError(code, throttled=True)
        if self.weather.strikes("submit put off"):
            raise RefusedError(failure(FailureKind.RETRY, "InternalError"))
        return self.tasks.submit(submission, timeout=timeout)

    def _stop_or_refuse(self, job_id: str) -> None:
        now = self.tasks.clock.now()
        if self.weather.strikes("account stopped"):
            self.stopped_until = now + self.weather.between("account stopped", 10.0, 300.0)
            self.stop_code = self.weather.pick("account stopped", STOPS)
        if now < self.stopped_until:
            self.laws.stopped(job_id)
            raise RefusedError(failure(FailureKind.STOP, self.stop_code))
        if self.weather.strikes("submit refused"):
            self.refused[job_id] = "InvalidParameter.DataInspection"
            raise RefusedError(failure(FailureKind.TERMINAL, self.refused[job_id]))

    def _others(self) -> None:
        """Somebody else's program uses the same account, the same model, or even our key."""
        if self.weather.strikes("others' tasks"):
            self._other(OTHER_MODEL, "key-2", 100)
        if self.weather.strikes("others' pictures"):
            self._other(MODEL, "key-2", 101)
        if self.weather.strikes("our key elsewhere"):
            self._other(MODEL, self.tasks.api_key_id, 102)

    def _other(self, model: str, key_id: str, number: int) -> None:
        ours, self.tasks.api_key_id = self.tasks.api_key_id, key_id
        taken = Submission(model=model, inputs={"image_url": f"others://{number}"})
        with suppress(RefusedError):
            self.tasks.submit(taken, timeout=10.0)
        self.tasks.api_key_id = ours

    def _answers(self) -> None:
        """A bad key is refused in queries as well; a query that is answered shows it mended."""
        if self.stop_code != BAD_KEY:
            return
        if self.tasks.clock.now() < self.stopped_until:
            raise ForbiddenError(BAD_KEY, failure=failure(FailureKind.STOP, BAD_KEY))
        self.stop_code = ""
        self.laws.stopped_at.clear()

    def fetch(self, task_id: str) -> TaskReport:
        """How the task stands, if the provider still knows."""
        self._answers()
        now = self.tasks.clock.now()
        if self.weather.strikes("provider restarts"):
            self.tasks.restart()
        if self.weather.strikes("task unknown"):
            self.unknown_until[task_id] = now + self.weather.between("task unknown", 5.0, 900.0)
        if self.weather.strikes("task vanishes"):
            self.tasks.gone.add(task_id)
        if now < self.unknown_until.get(task_id, 0.0):
            return TaskReport(task_id=task_id, status=TaskStatus.UNKNOWN)
        return self.tasks.fetch(task_id)

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        """A page; sometimes none, or one that does not fit the others."""
        self._answers()
        part = self.tasks.list(since=since, until=until, page=page)
        if not self.weather.strikes("list broken"):
            return part
        if self.weather.pick("list broken", (True, False)):
            raise UnavailableError("the answer had no list")
        return replace(part, pages=part.pages + 1, total=part.total + page)

    def cancel(self, task_id: str) -> bool:
        return self.tasks.cancel(task_id)

    def download(self, url: str, *, limit: int) -> bytes:
        return self.tasks.download(url, limit=limit)


def job_of(url: str) -> tuple[str, int]:
    """The job and the attempt that a signed URL of a pinned copy belongs to."""
    name = url.partition("pins/")[2].partition(".")[0]
    job_id, _, attempt = name.partition("-")
    return job_id, int(attempt or 0)
