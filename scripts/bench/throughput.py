"""Pictures a second and calls a picture, with no limit at the provider and no service time.

The pipeline keeps to two submissions a second whatever the provider says, since that is the real
one's limit: its pace here is that rule's. The peer is a plain script with the vendors' SDKs, once
picture after picture and once eight at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final

from scripts.bench.cloud import RunningCloud, cloud_up
from scripts.bench.figures import calls_between
from scripts.bench.peer import ABSENT, is_installed, run_peer
from scripts.bench.pictures import photo
from scripts.bench.processes import cpu_seconds
from scripts.bench.report import Line, Section

OURS: Final = "maskline"
SCRIPTED: Final = ("dashscope", "oss")
"""What a plain script calls; the rest is the pipeline's own tick on the same cloud."""
UNLIMITED: Final[dict[str, Any]] = {"service_time": 0, "concurrency": 1000, "submit_qps": 1000}
WORKERS: Final = 8
PATIENCE: Final = 900.0
FOR_SCRIPTS: Final = ("access_key_id", "access_key_secret", "oss_endpoint", "bucket", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What a contender did. `calls` are by service and operation, `units` Tablestore's capacity
    units, both for all its images; `cpu_ms` is the local cloud's and the functions', an image.
    """

    contender: str
    images: int
    seconds: float
    calls: Mapping[str, Mapping[str, int]]
    units: Mapping[str, int]
    cpu_ms: float

    @property
    def per_second(self) -> float:
        """Images."""
        return self.images / self.seconds

    def per_image(self, service: str) -> float:
        """Calls of a service."""
        return sum(self.calls.get(service, {}).values()) / self.images


def measure(images: int, say: Callable[[str], None] = lambda _: None) -> list[Throughput]:
    """Ours, and the plain script. Raises BenchError."""
    say(f"throughput: {images} pictures")
    found = [_run(OURS, images, _ours)]
    if is_installed():
        found += [_run("plain script", images // 4, _script(1))]
        found += [_run(f"plain script, {WORKERS} at a time", images, _script(WORKERS))]
    return found


Work = Callable[[RunningCloud, int], float]
"""Does so many pictures; seconds from the first upload to the last result."""


def _run(contender: str, images: int, work: Work) -> Throughput:
    with cloud_up(**UNLIMITED) as cloud:
        cloud.settle()
        before, cpu = cloud.ledger(), cpu_seconds(cloud.process.pid)
        seconds = work(cloud, images)
        after = cloud.ledger()
        made = calls_between(before["calls"], after["calls"])
        return Throughput(
            contender=contender,
            images=images,
            seconds=seconds,
            calls={name: made[name] for name in made if contender == OURS or name in SCRIPTED},
            units=calls_between(before["volumes"], after["volumes"]).get("tablestore", {}),
            cpu_ms=(cpu_seconds(cloud.process.pid) - cpu) * 1000 / images,
        )


def _ours(cloud: RunningCloud, images: int) -> float:
    photos = [photo(number) for number in range(images)]
    names = [f"{number:04}.jpg" for number in range(images)]
    began = time.time()
    with ThreadPoolExecutor(WORKERS) as pool:
        keys = list(pool.map(cloud.upload, names, photos))
    events = cloud.wait_for(keys, PATIENCE)
    published = max(float(events[key]["published"]) for key in keys)
    return published - began


def _script(workers: int) -> Work:
    def work(cloud: RunningCloud, images: int) -> float:
        keys = {name: cloud.description[name] for name in FOR_SCRIPTS}
        said = run_peer("plain_script", cloud, PATIENCE, images=images, workers=workers, **keys)
        return float(said["seconds"])

    return work


def section(found: list[Throughput]) -> Section:
    """Ours against each script: pace, and calls by service."""
    ours, scripts = found[0], found[1:]
    lines = [_pace(ours, script) for script in scripts] or [_pace(ours, None)]
    lines += [_calls(service, ours, scripts) for service in sorted(ours.calls)]
    return Section(
        name="throughput",
        lines=lines,
        rows=[asdict(each) for each in found],
        skipped=() if is_installed() else (ABSENT,),
    )


def _pace(ours: Throughput, script: Throughput | None) -> Line:
    return Line(
        section="throughput",
        what=f"{ours.images} pictures, no limits",
        ours=f"{ours.per_second:.2f} /s, {ours.cpu_ms:.0f} ms CPU each",
        against=f"{script.contender} {script.per_second:.2f} /s" if script else "",
        ratio=ours.per_second / script.per_second if script else None,
    )


def _calls(service: str, ours: Throughput, scripts: list[Throughput]) -> Line:
    theirs = scripts[0].per_image(service) if scripts else 0.0
    return Line(
        section="throughput",
        what=f"calls of {service} a picture",
        ours=f"{ours.per_image(service):.1f}",
        against=f"plain script {theirs:.1f}" if scripts else "",
        ratio=ours.per_image(service) / theirs if theirs else None,
    )
