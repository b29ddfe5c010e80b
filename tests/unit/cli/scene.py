"""The operator over the simulated world: uploads raise events, and waiting makes work happen."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from shared.adapters.memory.objects import MemoryObjectStore
from shared.bootstrap.operator import Operator
from shared.domain.job import Source
from shared.domain.recipes import RecipePlan
from shared.domain.stage import Stage
from shared.ports.objects import ObjectInfo
from shared.usecases.accept_upload import Upload
from shared.usecases.archive_jobs import ArchiveJobs
from shared.usecases.audit import Audit
from shared.usecases.backfill import Backfill
from shared.usecases.event_log import EventLog
from shared.usecases.forget import Forget
from shared.usecases.operate import Operate
from shared.usecases.overview import Overview
from shared.usecases.rederive import Rederive
from shared.wire.manifest import parse_manifest
from tests.simulation.world import BUCKET, PREFIXES, Functions, World

GATE = "dashscope:1234567890123456:image-instance-segmentation"
ERASE_GATE = "dashscope:1234567890123456:image-erase-completion"


def jpeg(shade: int, size: tuple[int, int] = (640, 512)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 90, 80)).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Shop:
    """The bucket as the command line sees it: a put is followed by its event."""

    objects: MemoryObjectStore
    told: Callable[[ObjectInfo], None]
    puts: list[str] = field(default_factory=list)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        info = self.objects.put(key, data, media_type=media_type, metadata=metadata)
        self.puts.append(key)
        self.told(info)
        return info

    def head(self, key: str) -> ObjectInfo:
        return self.objects.head(key)

    def read(self, key: str, *, limit: int) -> bytes:
        return self.objects.read(key, limit=limit)

    def copy(self, source: str, target: str, *, if_match: str) -> ObjectInfo:
        return self.objects.copy(source, target, if_match=if_match)

    def delete(self, key: str) -> None:
        self.objects.delete(key)

    def sign(self, key: str, *, seconds: int, process: str = "") -> str:
        return self.objects.sign(key, seconds=seconds, process=process)

    def page(
        self, prefix: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[ObjectInfo], str | None]:
        return self.objects.page(prefix, after=after, limit=limit)


@dataclass
class WaitingClock:
    """While the command line waits, the functions work; `asleep` may hold them back."""

    world: World
    functions: Functions
    asleep: bool = False
    on_sleep: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.world.clock.now()

    def monotonic(self) -> float:
        return self.world.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self.on_sleep()
        if not self.asleep:
            self.world.run(self.functions)
        self.world.clock.advance(seconds)


class Scene:
    """A world, its functions, and the operator over them."""

    def __init__(self) -> None:
        self.world = World()
        self.functions = self.world.functions()
        self.clock = WaitingClock(self.world, self.functions)
        self.shop = Shop(self.world.objects, self._told)
        self.events = True
        world = self.world
        known = self.functions.pipeline.known
        audit = Audit(
            known=known,
            gates=world.gates,
            claims=world.claims,
            objects=self.shop,
            clock=self.clock,
            gate_ids={Stage.SEGMENT: GATE, Stage.ERASE: ERASE_GATE},
            bucket=BUCKET,
            prefixes=PREFIXES,
            parse=parse_manifest,
        )
        overview = Overview(
            jobs=known,
            gates=world.gates,
            objects=self.shop,
            gate_ids={Stage.SEGMENT: GATE, Stage.ERASE: ERASE_GATE},
            bucket=BUCKET,
            prefixes=PREFIXES,
        )
        self.operator = Operator(
            bucket=BUCKET,
            prefixes=PREFIXES,
            model="image-instance-segmentation",
            erase_model="image-erase-completion",
            budget=None,
            erase_budget=None,
            recipes=RecipePlan(),
            clock=self.clock,
            objects=self.shop,
            jobs=known,
            claims=world.claims,
            audit=audit,
            overview=overview,
            forget=Forget(
                journal=self.functions.pipeline.journal,
                known=self.functions.pipeline.known,
                recall=self.functions.pipeline.recall,
                objects=self.shop,
                claims=world.claims,
                prefixes=PREFIXES,
            ),
            archive=ArchiveJobs(
                journal=self.functions.pipeline.journal,
                archive=world.archive,
                recall=self.functions.pipeline.recall,
            ),
            backfill=Backfill(
                objects=self.shop,
                jobs=known,
                accept=self.functions.pipeline.take_in.accept,
                wake=self.functions.pipeline.wake,
                bucket=BUCKET,
                prefixes=PREFIXES,
            ),
            operate=Operate(
                journal=self.functions.pipeline.journal,
                recall=self.functions.pipeline.recall,
                gatekeeper=self.functions.pipeline.gatekeeper,
                perform=self.functions.pipeline.perform,
                wake=self.functions.pipeline.wake,
                objects=self.shop,
            ),
            erasing=Operate(
                journal=self.functions.pipeline.journal,
                recall=self.functions.pipeline.recall,
                gatekeeper=self.functions.pipeline.erasing.gatekeeper,
                perform=self.functions.pipeline.erasing.perform,
                wake=self.functions.pipeline.erasing.wake,
                objects=self.shop,
            ),
            events=EventLog(
                known=known,
                journal=self.functions.pipeline.journal,
                recall=self.functions.pipeline.recall,
                gatekeepers={
                    Stage.SEGMENT: self.functions.pipeline.gatekeeper,
                    Stage.ERASE: self.functions.pipeline.erasing.gatekeeper,
                },
                wakes={
                    Stage.SEGMENT: self.functions.pipeline.wake,
                    Stage.ERASE: self.functions.pipeline.erasing.wake,
                },
                subscriptions=self.functions.pipeline.deliver.subscriptions,
            ),
            deriver=lambda: Rederive(
                journal=self.functions.pipeline.journal,
                recall=self.functions.pipeline.recall,
                draw=self.functions.finalize.draw,
                plan=self.functions.finalize.plan,
                perform=self.functions.finalize.perform,
                wake=self.functions.pipeline.wake,
                write=self.functions.finalize.write,
                parse=parse_manifest,
            ),
        )

    def announce(self, key: str) -> None:
        """The event of an object that is there already."""
        self._told(self.world.objects.head(key))

    def _told(self, info: ObjectInfo) -> None:
        if not self.events:
            return
        self.world.uploads += 1
        source = Source(
            bucket=BUCKET,
            key=info.key,
            etag=info.etag,
            size=info.size,
            request_id=f"put-{self.world.uploads}",
            uploaded_at=self.world.clock.now(),
        )
        upload = Upload(source=source, event_name="ObjectCreated:PutObject")
        self.functions.pipeline.take_in([upload])


def folder_of_photos(folder: Path, **files: bytes) -> Path:
    """A folder with these files; `a_jpg` becomes `a.jpg`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder
