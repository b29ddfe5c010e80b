"""One photograph DONE and one file REJECTED, and the audit over their world."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.domain.outbox import Outgoing
from shared.domain.stage import Stage
from shared.usecases.audit import Audit, AuditReport
from shared.wire.manifest import parse_manifest
from tests.simulation.world import BUCKET, PREFIXES, World

GATE = "dashscope:1234567890123456:image-instance-segmentation"
ERASE_GATE = "dashscope:1234567890123456:image-erase-completion"


def jpeg(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 512), (shade, 90, 80)).save(out, "JPEG")
    return out.getvalue()


class Scene:
    """One photograph DONE and one file REJECTED, and the audit over their world."""

    def __init__(self) -> None:
        self.world = World()
        self.functions = self.world.functions()
        photo = self.world.upload("家/a.jpg", jpeg(1))
        text = self.world.upload("note.jpg", b"no picture at all")
        self.functions.pipeline.take_in([photo, text])
        self.world.run(self.functions)
        self.world.clock.advance(300)
        self.done, self.rejected = self.world.job(photo), self.world.job(text)
        self.audit = Audit(
            known=self.functions.pipeline.known,
            gates=self.world.gates,
            claims=self.world.claims,
            objects=self.world.objects,
            clock=self.world.clock,
            gate_ids={Stage.SEGMENT: GATE, Stage.ERASE: ERASE_GATE},
            bucket=BUCKET,
            prefixes=PREFIXES,
            parse=parse_manifest,
        )

    def look(self, *, deep: bool = False) -> AuditReport:
        return self.audit(deep=deep)

    def write(self, job: Job, **changes: object) -> None:
        changed = replace(job, version=job.version + 1, **changes)  # type: ignore[arg-type]  # fields by name
        self.world.jobs.replace(changed, expected_version=job.version)

    def gate(self, **changes: object) -> None:
        gate = self.world.gates.get(GATE)
        assert gate is not None
        changed: Gate = replace(gate, version=gate.version + 1, **changes)  # type: ignore[arg-type]  # fields by name
        self.world.gates.replace(changed, expected_version=gate.version)

    def forget_row(self, job: Job) -> None:
        del self.world.jobs._rows[job.id]

    def result(self, name: str) -> str:
        return f"results/{self.done.source.key}/{self.done.source.etag}/{name}"

    def put(self, key: str) -> None:
        self.world.objects.put(key, b"{}", media_type="")

    def break_file(self) -> None:
        """One bit of the mask, and not its size."""
        key = self.result("mask.png")
        data = bytearray(self.world.objects.read(key, limit=10**9))
        data[-1] ^= 1
        self.world.objects.put(key, bytes(data), media_type="image/png")

    def late(self, job: Job) -> Outgoing:
        return Outgoing(
            event_id="e", type="maskline.job.done", sequence=9, occurred_at=job.changed_at
        )
