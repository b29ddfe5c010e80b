"""The whole pipeline over memory adapters and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote

from shared.adapters.memory.chance import SeededChance
from shared.adapters.memory.clock import CountingIds, ManualClock
from shared.adapters.memory.messages import (
    MemoryFailureQueue,
    MemoryInvoker,
    MemorySink,
    PromptCourier,
)
from shared.adapters.memory.objects import MemoryObjectStore
from shared.adapters.memory.stores import (
    MemoryArchiveStore,
    MemoryClaimStore,
    MemoryFlowStore,
    MemoryGateStore,
    MemoryJobStore,
)
from shared.adapters.memory.tasks import MemoryTaskService
from shared.bootstrap.deployment import Deployment, Ports
from shared.bootstrap.finalizing import assemble_finalizer
from shared.bootstrap.pipeline import Pipeline, assemble
from shared.domain.job import Job, Source, job_id_of
from shared.domain.keys import Prefixes
from shared.domain.line import Standing
from shared.domain.recipes import METADATA
from shared.domain.stage import Stage
from shared.usecases.accept_upload import Upload
from shared.usecases.finalize_job import FinalizeJob
from shared.wire.manifest import encode_manifest
from shared.wire.recipes import read_recipes
from tests.simulation.pictures import one_person, picture

PREFIXES = Prefixes(uploads="uploads/", results="results/", pins="pins/", raw="raw/")
BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class Functions:
    """What the three functions run, in one instance."""

    pipeline: Pipeline
    finalize: FinalizeJob


def _uploads_of(message: Mapping[str, object]) -> Sequence[Upload]:
    """The uploads of an event that Function Compute gave up on."""
    found = message.get("uploads", ())
    assert isinstance(found, Sequence)
    return [upload for upload in found if isinstance(upload, Upload)]


@dataclass(slots=True)
class BusyClock(ManualClock):
    """While one instance sleeps, the others work."""

    meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Let time pass, and what was asked for in the meantime happen."""
        ManualClock.sleep(self, seconds)
        self.meanwhile()


@dataclass(slots=True)
class World:
    """One account, one deployment; `wrap` may put trouble around any port."""

    service_seconds: float = 1.0
    over_limit: str = "queue"
    budget: int | None = None
    erase_budget: int | None = None
    erase_model: str = "image-erase-completion"
    clock: BusyClock = field(default_factory=BusyClock)
    ids: CountingIds = field(default_factory=CountingIds)
    chance: SeededChance = field(default_factory=SeededChance)
    jobs: MemoryJobStore = field(default_factory=MemoryJobStore)
    archive: MemoryArchiveStore = field(default_factory=MemoryArchiveStore)
    gates: MemoryGateStore = field(default_factory=MemoryGateStore)
    flows: MemoryFlowStore = field(default_factory=MemoryFlowStore)
    claims: MemoryClaimStore = field(default_factory=MemoryClaimStore)
    allotments: dict[str, int] = field(default_factory=dict)
    standing: Standing = field(default_factory=partial(Standing, uploads="uploads/"))
    invoker: MemoryInvoker = field(default_factory=MemoryInvoker)
    sink: MemorySink = field(default_factory=MemorySink)
    failures: MemoryFailureQueue = field(default_factory=MemoryFailureQueue)
    objects: MemoryObjectStore = field(init=False)
    tasks: MemoryTaskService = field(init=False)
    uploads: int = 0
    trace_of: Callable[[str, Mapping[str, str]], str] | None = None

    def __post_init__(self) -> None:
        self.objects = MemoryObjectStore(self.clock)
        self.tasks = MemoryTaskService(
            clock=self.clock,
            read=self._read,
            segment=one_person,
            service_seconds=lambda _: self.service_seconds,
            over_limit=self.over_limit,
        )

    def _read(self, url: str) -> bytes | None:
        if url.startswith("others://"):
            return picture(int(url.removeprefix("others://")))
        key = unquote(url.removeprefix("memory://bucket/").partition("?")[0])
        found = self.objects._objects.get(key)
        return found[1] if found else None

    def functions(self, **overrides: Any) -> Functions:
        """One function instance's use-cases, over these ports or others that wrap them."""
        ports = Ports(
            clock=self.clock,
            ids=self.ids,
            chance=self.chance,
            jobs=self.jobs,
            archive=self.archive,
            gates=self.gates,
            flows=self.flows,
            claims=self.claims,
            objects=self.objects,
            tasks=self.tasks,
            invoker=self.invoker,
            sinks=(self.sink,),
            courier=partial(PromptCourier, self.clock),
            failures=self.failures,
        )
        named = {name: overrides.get(name, getattr(ports, name)) for name in ports.__slots__}
        chosen = Ports(**named)
        deployment = Deployment(
            bucket=BUCKET,
            prefixes=PREFIXES,
            model="image-instance-segmentation",
            erase_model=self.erase_model,
            account="1234567890123456",
            budget=self.budget,
            erase_budget=self.erase_budget,
            key_fingerprint="fingerprint",
            reuse=True,
            absence_seconds=240.0,
            standing=self.standing,
            allotments=self.allotments,
            name="deployment",
            parse_failure=_uploads_of,
            read_recipes=read_recipes,
            trace_of=self.trace_of,
        )
        pipeline = assemble(chosen, deployment)
        finalize = assemble_finalizer(
            pipeline,
            chosen,
            deployment,
            encode_manifest,
        )
        return Functions(pipeline=pipeline, finalize=finalize)

    def upload(self, key: str, data: bytes, *, recipes: str | None = None) -> Upload:
        """Put an object under the upload prefix; the event that tells of it."""
        metadata = None if recipes is None else {METADATA: recipes}
        key = f"uploads/{key}"
        info = self.objects.put(key, data, media_type="image/jpeg", metadata=metadata)
        self.uploads += 1
        source = Source(
            bucket=BUCKET,
            key=info.key,
            etag=info.etag,
            size=info.size,
            request_id=f"put-{self.uploads}",
            uploaded_at=self.clock.now(),
        )
        return Upload(source=source, event_name="ObjectCreated:PutObject")

    def job(self, upload: Upload) -> Job:
        """The job of an upload."""
        source = upload.source
        found = self.row(job_id_of(source.bucket, source.key, source.etag))
        assert found is not None
        return found

    def row(self, job_id: str) -> Job | None:
        """The job, among those that are worked on or in the archive."""
        return self.jobs.get(job_id) or self.archive.get(job_id)

    def rows(self) -> list[Job]:
        """Every job."""
        return list({**self.archive._rows, **self.jobs._rows}.values())

    def job_row(self, job_id: str) -> Job:
        """The job with this id."""
        return self.jobs._rows[job_id]

    def run(self, functions: Functions, *, seconds: float = 600.0) -> None:
        """Run what was asked for until nothing is left; finalizers work while a poller naps."""
        self.clock.meanwhile = lambda: self._finalize(functions)
        while self.invoker.asked:
            self._finalize(functions)
            asked = self._taken("poller")
            if asked is not None:
                stage = Stage(asked.get("stage", Stage.SEGMENT))
                functions.pipeline.poll(stage, until=self.clock.monotonic() + seconds)

    def _finalize(self, functions: Functions) -> None:
        while (payload := self._taken("finalizer")) is not None:
            functions.finalize(
                str(payload["job_id"]),
                attempt=payload["attempt"],
                finalize_attempt=payload["finalize_attempt"],
            )

    def _taken(self, function: str) -> Mapping[str, Any] | None:
        for request in self.invoker.asked:
            if request[0] == function:
                self.invoker.asked.remove(request)
                return request[1]
        return None
