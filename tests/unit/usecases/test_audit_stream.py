"""The audit holds no more of two hundred thousand objects than of two thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from typing_extensions import Self

from shared.adapters.memory.clock import ManualClock
from shared.adapters.memory.stores import MemoryArchiveStore, MemoryGateStore
from shared.domain.claim import Claim
from shared.domain.job import Job, RawResult, Source, job_id_of
from shared.domain.manifest import Manifest, ManifestFile, ManifestRepair, ManifestSource
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import NotFoundError
from shared.ports.objects import ObjectInfo
from shared.usecases.audit import Audit
from shared.usecases.known_jobs import KnownJobs
from tests.simulation.world import BUCKET, PREFIXES

UPLOADS: Final = 50_000
MISSING: Final = 31_415
"""The one upload whose job is gone."""
OBJECTS: Final = 4 * UPLOADS
"""Upload, manifest, mask and raw mask of each."""
MOST_ALIVE: Final = 4000
"""Two pages of a thousand, and what is being judged; a list of all would be fifty times that."""

ETAG = "A" * 32
alive: Counter[type] = Counter()
most: Counter[type] = Counter()


class Counted:
    """Something whose living instances are counted."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        alive[cls] += 1
        most[cls] = max(most[cls], alive[cls])
        return super().__new__(cls)

    def __del__(self) -> None:
        alive[type(self)] -= 1


class CountedInfo(Counted, ObjectInfo):
    pass


class CountedJob(Counted, Job):
    pass


def key_of(number: int) -> str:
    return f"uploads/{number:06}.jpg"


def id_of(number: int) -> str:
    return job_id_of(BUCKET, key_of(number), ETAG)


def job(number: int, job_id: str) -> Job:
    key = key_of(number)
    source = Source(bucket=BUCKET, key=key, etag=ETAG, size=9, request_id="r", uploaded_at=0.0)
    return CountedJob(
        id=job_id,
        source=source,
        state=JobState.DONE,
        version=9,
        nonce="n",
        created_at=0.0,
        changed_at=0.0,
        due_at=None,
        announcements=1,
        raw=RawResult(mask_key="raw/m", vis_key=None, mask_sha256="0" * 64),
        manifest_key=f"results/{key}/{ETAG}/manifest.json",
    )


class Jobs:
    """Made when asked for, forgotten at once. Ids tell no number, so what they name does not
    matter; the one that is missing does.
    """

    def get(self, job_id: str) -> Job | None:
        return next(iter(self.get_many([job_id])), None)

    def get_many(self, job_ids: Sequence[str]) -> Sequence[Job]:
        return [job(0, job_id) for job_id in job_ids if job_id != id_of(MISSING)]

    def page(
        self, _state: JobState | None, *, after: str | None, limit: int
    ) -> tuple[Sequence[Job], str | None]:
        start = int(after or 0)
        end = min(UPLOADS, start + limit)
        found = [job(number, id_of(number)) for number in range(start, end) if number != MISSING]
        return found, str(end) if end < UPLOADS else None


class Claims:
    def get_many(self, claim_ids: Sequence[str]) -> Sequence[Claim]:
        return [
            Claim(id=name, job_id=id_of(0), attempt=1, claimed_at=0.0, version=1, nonce="n")
            for name in claim_ids
        ]


@dataclass
class Objects:
    """A bucket in which every object follows from its number."""

    heads: int = 0

    def page(
        self, prefix: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[ObjectInfo], str | None]:
        found = list(islice(self._keys(prefix, after), limit + 1))
        infos = [CountedInfo(key=key, etag=ETAG, size=9, modified_at=0.0) for key in found[:limit]]
        return infos, found[limit - 1] if len(found) > limit else None

    def _keys(self, prefix: str, after: str | None) -> Iterator[str]:
        names = LISTINGS.get(prefix.partition("/")[0])
        if names is None:
            return
        digits = "".join(c for c in (after or prefix).partition(ETAG)[0] if c.isdigit())
        for number in range(int(digits or 0), UPLOADS):
            for key in names(number):
                if not key.startswith(prefix):
                    return
                if after is None or key > after:
                    yield key

    def head(self, key: str) -> ObjectInfo:
        self.heads += 1
        if key.startswith(("uploads/", "results/")):
            return CountedInfo(key=key, etag=ETAG, size=9, modified_at=0.0)
        raise NotFoundError(key)

    def read(self, key: str, *, limit: int) -> bytes:
        return key.encode()


def results_of(number: int) -> Sequence[str]:
    folder = f"results/{key_of(number)}/{ETAG}/"
    return [f"{folder}manifest.json", f"{folder}mask.png"]


LISTINGS: Final[dict[str, Callable[[int], Sequence[str]]]] = {
    "uploads": lambda number: [key_of(number)],
    "results": results_of,
    "raw": lambda number: [f"raw/{number:06}/t/mask"],
}


def parse(data: bytes) -> Manifest:
    key = data.decode()
    source_key = key.removeprefix("results/").partition(f"/{ETAG}/")[0]
    mask = key.replace("manifest.json", "mask.png")
    file = ManifestFile(name="mask.png", key=mask, size=9, sha256="0" * 64, media_type="image/png")
    return Manifest(
        job_id=job_id_of(BUCKET, source_key, ETAG),
        attempt=1,
        version=1,
        created_at=0.0,
        source=ManifestSource(
            bucket=BUCKET,
            key=source_key,
            etag=ETAG,
            size=9,
            sha256="",
            format="jpeg",
            width=1,
            height=1,
        ),
        repair=ManifestRepair(process="", converted=False, sent_width=1, sent_height=1),
        model="m",
        task_id=None,
        content_id="c",
        reused_from=None,
        recipes=(),
        people=(),
        files=(file,),
    )


def test_two_hundred_thousand_objects_pass_by_and_the_one_fault_is_found() -> None:
    objects = Objects()
    audit = Audit(
        known=KnownJobs(
            jobs=Jobs(),  # type: ignore[arg-type]  # what the audit calls of it
            archive=MemoryArchiveStore(),
        ),
        gates=MemoryGateStore(),
        claims=Claims(),  # type: ignore[arg-type]  # the same
        objects=objects,  # type: ignore[arg-type]  # the same
        clock=ManualClock(),
        gate_ids={Stage.SEGMENT: "gate"},
        bucket=BUCKET,
        prefixes=PREFIXES,
        parse=parse,
    )

    report = audit()

    assert report.counts["uploads"] == report.counts["results"] == UPLOADS
    assert report.counts["files"] == UPLOADS - 1
    assert [(f.kind, f.subject) for f in report.wrong] == [
        ("upload_without_job", key_of(MISSING)),
        ("result_without_job", f"results/{key_of(MISSING)}/{ETAG}/manifest.json"),
    ]
    assert most[CountedInfo] <= MOST_ALIVE
    assert most[CountedJob] <= MOST_ALIVE
    assert objects.heads < 10, "an object was asked for by itself"
    assert report.counts["uploads"] + report.counts["results"] * 2 + UPLOADS == OBJECTS
