"""What a cold start costs: each built package's import and first invocation, against bare imports.

The contenders are fresh processes, taken in turns; time is CPU time without the interpreter's own
start, so that a busy machine hardly matters. A package is laid out as Function Compute does, and
the project's working copy cannot be seen from it.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from packaging.requirements import Requirement

from scripts.bench.cloud import BenchError, RunningCloud, cloud_up
from scripts.bench.figures import Spread, spread
from scripts.bench.peer import FOLDER, is_installed
from scripts.bench.pictures import photo
from scripts.bench.report import Line, Section
from scripts.package.build import build

AIM: Final = 1.25
FUNCTIONS: Final = ("submit", "poller", "finalizer")
BARE: Final = "the same SDKs, bare"
SCRIPT: Final = "import dashscope, oss2"
IMPORTS: Final = {
    BARE: "import oss2, fc2, tablestore, httpx, mns.account; from pydantic import TypeAdapter",
    SCRIPT: "import dashscope, oss2",
}
EVENTS: Final[Mapping[str, Any]] = {
    "poller": {"triggerName": "tick", "triggerTime": "2026-11-26T00:00:00Z", "payload": ""},
    "finalizer": {"job_id": "none", "attempt": 1, "finalize_attempt": 1},
}
"""What each is invoked with first: something that it has to look up; `submit` gets an upload."""
MEASURED: Final = """
import io, json, os, sys, time
from types import SimpleNamespace
given = json.loads(os.environ.pop("BENCH"))
sys.path[:0] = given["path"]
said, sys.stdout = sys.stdout, io.StringIO()
began = time.process_time()
if given["function"]:
    from importlib import import_module
    handler = import_module(f"functions.{given['function']}.handler")
    context = SimpleNamespace(request_id="bench", credentials=None)
    handler.initialize(context)
    imported = time.process_time()
    handler.handler(json.dumps(given["event"]).encode(), context)
else:
    exec(given["line"])
    imported = time.process_time()
print(json.dumps([imported - began, time.process_time() - began]), file=said)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """CPU seconds until a contender is ready, and until it has answered its first event."""

    ready: Spread
    answered: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Bytes: our own code as packaged, and what it needs, installed."""

    own: int
    needs: int


def measure(rounds: int) -> tuple[dict[str, Started], dict[str, Package]]:
    """Every contender so often, in turns, after one that fills the caches. Raises BenchError."""
    with TemporaryDirectory(prefix="maskline-bench-") as folder, cloud_up() as cloud:
        zips = build(Path(folder) / "zips")
        contenders = _contenders(Path(folder), zips, cloud)
        samples: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for number in range(rounds + 1):
            for name, run in contenders.items():
                took = run()
                if number:
                    samples[name].append(took)
        sizes = {name: _package(path) for name, path in zips.items()}
    return {name: _started(taken) for name, taken in samples.items()}, sizes


def _contenders(
    folder: Path, zips: Mapping[str, Path], cloud: RunningCloud
) -> dict[str, Callable[[], tuple[float, float]]]:
    found: dict[str, Callable[[], tuple[float, float]]] = {}
    events = {**EVENTS, "submit": {"events": [_record(cloud)]}}
    for name in FUNCTIONS:
        code = folder / name
        with zipfile.ZipFile(zips[name]) as archive:
            archive.extractall(code)
        given = {"path": [str(code)], "function": name, "event": events[name]}
        found[name] = _runner(given, _environment(cloud))
    for name, line in IMPORTS.items():
        if name == SCRIPT and not is_installed():
            continue
        path = [str(FOLDER)] if name == SCRIPT else []
        found[name] = _runner({"path": path, "function": "", "line": line}, {})
    return found


def _record(cloud: RunningCloud) -> dict[str, Any]:
    """The record of a photo that is done by now, uploaded once more."""
    data = photo(0)
    key = cloud.upload("first.jpg", data)
    cloud.wait_for([key], 120.0)
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    account = cloud.description["account_id"]
    return {
        "eventName": "ObjectCreated:PutObject",
        "eventSource": "acs:oss",
        "eventTime": "2026-11-26T00:00:00.000Z",
        "eventVersion": "1.0",
        "oss": {
            "bucket": {"name": cloud.description["bucket"], "ownerIdentity": account},
            "object": {"deltaSize": 0, "eTag": etag, "key": key, "size": len(data)},
            "ossSchemaVersion": "1.0",
        },
        "region": cloud.description["region"],
        "responseElements": {"requestId": "bench"},
        "userIdentity": {"principalId": account},
    }


def _environment(cloud: RunningCloud) -> dict[str, str]:
    told = cloud.description
    return {
        **{name: str(value) for name, value in told["environment"].items()},
        "ALIBABA_CLOUD_ACCESS_KEY_ID": told["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": told["access_key_secret"],
    }


def _runner(
    given: Mapping[str, Any], variables: Mapping[str, str]
) -> Callable[[], tuple[float, float]]:
    """Runs one contender once; its times."""

    def run() -> tuple[float, float]:
        env = {"PATH": os.defpath, **variables, "BENCH": json.dumps(given)}
        command = [sys.executable, "-I", "-c", MEASURED]
        answer = subprocess.run(  # noqa: S603 - the program above
            command, env=env, cwd="/", capture_output=True, text=True, check=False
        )
        if answer.returncode:
            name = given["function"] or given["line"]
            raise BenchError(f"{name} did not start: {answer.stderr[-500:]}")
        ready, answered = json.loads(answer.stdout.splitlines()[-1])
        return float(ready), float(answered)

    return run


def _started(taken: Sequence[tuple[float, float]]) -> Started:
    return Started(
        ready=spread([ready for ready, _ in taken]),
        answered=spread([answered for _, answered in taken]),
    )


def _package(path: Path) -> Package:
    with zipfile.ZipFile(path) as archive:
        wanted = archive.read("requirements.txt").decode().split()
    return Package(own=path.stat().st_size, needs=_installed_bytes(wanted))


def _installed_bytes(wanted: Sequence[str]) -> int:
    """What packages and everything that they need take, as installed here."""
    seen: dict[str, int] = {}
    todo = [Requirement(line) for line in wanted]
    while todo:
        requirement = todo.pop()
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not applies or requirement.name.lower() in seen:
            continue
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:
            continue
        paths = [Path(str(file.locate())) for file in found.files or ()]
        seen[requirement.name.lower()] = sum(p.stat().st_size for p in paths if p.is_file())
        todo += [Requirement(line) for line in found.requires or ()]
    return sum(seen.values())


def section(started: Mapping[str, Started], sizes: Mapping[str, Package]) -> Section:
    """Each function against the bare imports; `submit` against its aim."""
    lines = []
    for name in FUNCTIONS:
        bare = [each for each in IMPORTS if each in started]
        lines += [_line(name, started[name], each, started[each]) for each in bare]
        lines.append(_first(name, started[name], sizes[name]))
    rows = {
        name: {"ready": each.ready.as_dict(), "answered": each.answered.as_dict()}
        for name, each in started.items()
    }
    bytes_of = {name: {"own": each.own, "needs": each.needs} for name, each in sizes.items()}
    return Section(name="cold-start", lines=lines, rows={"started": rows, "bytes": bytes_of})


def _line(name: str, ours: Started, against: str, theirs: Started) -> Line:
    ratio = ours.ready.over(theirs.ready)
    aimed = name == "submit" and against == BARE
    return Line(
        section="cold-start",
        what=f"{name}: import and clients",
        ours=_told(ours.ready),
        against=f"{against}: {_told(theirs.ready)}",
        ratio=ratio,
        aim=f"<= {AIM}" if aimed else "",
        met=ratio <= AIM if aimed else None,
    )


def _first(name: str, ours: Started, size: Package) -> Line:
    return Line(
        section="cold-start",
        what=f"{name}: until the first answer; size",
        ours=_told(ours.answered),
        against=f"own code {size.own / 1e3:.0f} kB, needs {size.needs / 1e6:.0f} MB installed",
    )


def _told(times: Spread) -> str:
    return f"{times.median:.2f} s ({times.least:.2f} to {times.most:.2f})"
