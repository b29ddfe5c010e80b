"""The world's tables, bucket, sinks and invoker, with the laws looking on at every write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.adapters.memory.messages import MemoryInvoker, MemorySink
from shared.adapters.memory.objects import MemoryObjectStore
from shared.adapters.memory.stores import MemoryGateStore, MemoryJobStore
from shared.domain.events import CloudEvent
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.stage import Stage
from shared.ports.objects import ObjectInfo
from tests.simulation.laws import Laws


class WatchedJobs(MemoryJobStore):
    """`hides()` says for how many seconds the index will not show a row as just written."""

    def __init__(self, laws: Laws, hides: Callable[[], float]) -> None:
        super().__init__()
        self._laws, self._hides = laws, hides
        self._hidden: dict[str, float] = {}

    def add(self, row: Job) -> None:
        super().add(row)
        self._written(None, row)

    def replace(
        self, row: Job, *, expected_version: int, expected_nonce: str | None = None
    ) -> None:
        before = self.get(row.id)
        super().replace(row, expected_version=expected_version, expected_nonce=expected_nonce)
        self._written(before, row)

    def delete(self, job: Job) -> None:
        before = self.get(job.id)
        super().delete(job)
        if before is not None:
            self._laws.removed(before)

    def _written(self, before: Job | None, row: Job) -> None:
        self._laws.job(before, row)
        seconds = self._hides()
        if seconds > 0:
            self._hidden[row.id] = self._laws.now() + seconds

    def line(
        self, *, after: int, before: int, limit: int, stage: Stage = Stage.SEGMENT
    ) -> Sequence[Job]:
        """In order, without the rows that the index does not show yet."""
        hidden = self._not_shown()
        found = super().line(after=after, before=before, limit=limit + len(hidden), stage=stage)
        return [job for job in found if job.id not in hidden][:limit]

    def held(self, prefix: str, *, limit: int) -> Sequence[Job]:
        """In order, without the rows that the index does not show yet."""
        hidden = self._not_shown()
        found = super().held(prefix, limit=limit + len(hidden))
        return [job for job in found if job.id not in hidden][:limit]

    def unsaved(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """Earliest first, without the rows that the index does not show yet."""
        hidden = self._not_shown()
        found = super().unsaved(before=before, limit=limit + len(hidden), stage=stage)
        return [job for job in found if job.id not in hidden][:limit]

    def due(self, *, before: float, limit: int, stage: Stage = Stage.SEGMENT) -> Sequence[Job]:
        """Earliest first, without the rows that the index does not show yet."""
        hidden = self._not_shown()
        found = super().due(before=before, limit=limit + len(hidden), stage=stage)
        return [job for job in found if job.id not in hidden][:limit]

    def _not_shown(self) -> set[str]:
        now = self._laws.now()
        return {job_id for job_id, until in self._hidden.items() if until > now}


class WatchedGates(MemoryGateStore):
    """The gates' rows."""

    def __init__(self, laws: Laws) -> None:
        super().__init__()
        self._laws = laws

    def add(self, row: Gate) -> None:
        super().add(row)
        self._laws.gate_row(None, row)

    def replace(
        self, row: Gate, *, expected_version: int, expected_wake: int | None = None
    ) -> None:
        before = self.get(row.id)
        super().replace(row, expected_version=expected_version, expected_wake=expected_wake)
        self._laws.gate_row(before, row)


@dataclass
class WatchedObjects(MemoryObjectStore):
    """`settle()` lets the provider do what it should have done before the bucket changes; `gone` is
    told of what was deleted.
    """

    laws: Laws = field(kw_only=True)
    settle: Callable[[], None] = field(kw_only=True)
    gone: Callable[[str], None] = field(kw_only=True)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        self.settle()
        info = MemoryObjectStore.put(self, key, data, media_type=media_type, metadata=metadata)
        self.laws.stored(key, data)
        return info

    def delete(self, key: str) -> None:
        self.settle()
        MemoryObjectStore.delete(self, key)
        self.gone(key)


@dataclass
class WatchedSink(MemorySink):
    """What was said."""

    laws: Laws = field(kw_only=True)

    def publish(self, event: CloudEvent) -> str:
        said = MemorySink.publish(self, event)
        self.laws.event(event)
        return said


@dataclass
class WatchedInvoker(MemoryInvoker):
    """What was asked for."""

    laws: Laws = field(kw_only=True)

    def invoke(self, function: str, payload: Mapping[str, object], *, invocation_id: str) -> bool:
        self.laws.asked(payload)
        return MemoryInvoker.invoke(self, function, payload, invocation_id=invocation_id)
