"""Pictures from masks: a large photo, everything that is made of it by default, and its floors.

The floor is what nobody can save: the JPEG decoded once by the same decoder, and the same outputs
encoded by the same encoder, one after the other. A finalizer of 1 GB has less than one core, so the
processor's time counts beside the clock's. The plain way is the usual one: a comparison of the
whole frame per person, Pillow's PNG.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scripts.bench.report import Line, Section
from shared.imaging.options.people import PeopleOptions
from shared.imaging.photo import read_photo
from shared.imaging.png import encode_png
from shared.imaging.recipes.catalogue import render_recipe
from shared.imaging.rendering import render
from shared.imaging.rle import coco_counts, coco_string
from shared.imaging.runs import find_runs
from shared.imaging.scene import Scene, read_scene

SIDE: Final = 4096
_ROUNDS: Final = 5
_MOST_OF_FLOOR, _LEAST_OF_PLAIN, _LEAST_OF_PYCOCOTOOLS = 1.5, 5.0, 20.0
_MOST_OF_FEWER, _MOST_OF_LARGER = 2.0, 0.33
"""Of 20 people against 5 that cover as much (work on whole pictures for each: 4); and of people
with a sixteenth of the area (such work: 1).
"""
_MOST_MEMORY: Final = 450
"""Megabytes."""
_MOST_IMPORT: Final = 0.25
"""Seconds."""

Pixels = NDArray[np.uint8]


def people(count: int, side: int = SIDE, scale: float = 1.0) -> Pixels:
    """A label map of *count* wavy ellipses, ten to a row, which they fill at a *scale* of 1."""
    down, across = np.mgrid[:side, :side].astype(np.float32)
    columns, rows = min(count, 10), -(-count // 10)
    labels = np.zeros((side, side), np.uint8)
    waves = 0.08 * np.sin(across / 60) + 0.08 * np.sin(down / 45)
    for number in range(count):
        x = (number % columns + 0.5) * side / columns
        y = (number // columns + 0.5) * side / rows
        wide, high = scale * 0.46 * side / columns, scale * 0.42 * side / rows
        inside = ((across - x) / wide) ** 2 + ((down - y) / high) ** 2 + waves < 1
        labels[inside] = number + 1
    return labels


@lru_cache(maxsize=1)
def photo(side: int = SIDE) -> bytes:
    """A JPEG of about 4 MB at 4096 pixels: soft colours, and a camera's noise."""
    noise = np.random.default_rng(1).normal(0, 12, (side // 2, side // 2))
    soft = np.linspace(40, 200, side // 2)
    planes = [soft[:, None] + noise, soft[None, :] + noise, 220 - soft[:, None] / 2 + noise]
    half = np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8)
    target = io.BytesIO()
    Image.fromarray(half).resize((side, side), Image.Resampling.BICUBIC).save(
        target, "JPEG", quality=88
    )
    return target.getvalue()


def section(*, quick: bool) -> Section:
    """All figures of the part; *quick* takes a quarter of the picture's sides."""
    side = SIDE // 4 if quick else SIDE
    lines = [*_default_outputs(side), *_growth(side), _import()]
    skipped: list[str] = []
    try:
        lines.append(_run_lengths(side))
    except ImportError:
        skipped.append("COCO run lengths: pycocotools is not installed (the group interop)")
    if not quick:
        lines.append(_memory())
    return Section(name="imaging", lines=lines, skipped=skipped)


def _default_outputs(side: int) -> list[Line]:
    jpeg, labels = photo(side), people(5, side)
    mask = encode_png(labels)
    outputs = [_pixels(file.data) for file in render(jpeg, mask).files()]
    floor: list[Callable[[], Any]] = [
        lambda: read_photo(jpeg),
        lambda: [encode_png(one) for one in outputs],
    ]
    ours, *least = _in_turns([lambda: [file.data for file in render(jpeg, mask).files()], *floor])
    plain = _least(lambda: _plain_way(jpeg, mask), 1)
    what = "all default outputs, 5 people; the floor: decode the JPEG once, encode the same"
    return [
        _line(what, ours.clock, sum(one.clock for one in least), _MOST_OF_FLOOR),
        _line(
            "the same, in the processor's time",
            ours.processor,
            sum(one.processor for one in least),
            _MOST_OF_FLOOR,
        ),
        _gain("the same against whole frames and Pillow", ours.clock, plain, _LEAST_OF_PLAIN),
    ]


def _growth(side: int) -> list[Line]:
    """How the processor's time for people's own files follows their number and their area."""
    jpeg = photo(side)
    crowds = [(5, 1.0), (20, 1.0), (5, 0.25)]
    scenes = [read_scene(jpeg, encode_png(people(count, side, scale))) for count, scale in crowds]
    few, many, small = _in_turns([partial(_own_files, scene) for scene in scenes])
    what = "people's own files: 20 people against 5 that cover as much"
    less = "people's own files: 5 people with a sixteenth of the area"
    return [
        _line(what, many.processor, few.processor, _MOST_OF_FEWER),
        _line(less, small.processor, few.processor, _MOST_OF_LARGER),
    ]


def _own_files(scene: Scene) -> list[bytes]:
    return [file.data for file in render_recipe(scene, PeopleOptions())]


def _run_lengths(side: int) -> Line:
    from pycocotools import mask as coding  # type: ignore[import-not-found,import-untyped,unused-ignore]

    labels = people(20, side)

    def own() -> dict[int, str]:
        return {one: coco_string(c) for one, c in coco_counts(find_runs(labels)).items()}

    def theirs() -> dict[int, str]:
        return {
            one: coding.encode(np.asfortranarray(labels == one, np.uint8))["counts"].decode()
            for one in range(1, 21)
        }

    if own() != theirs():
        raise AssertionError("the run lengths differ from those of pycocotools")
    what = "COCO run lengths of 20 people, byte-identical to pycocotools"
    return _gain(what, _least(own), _least(theirs, 1), _LEAST_OF_PYCOCOTOOLS)


def _plain_way(jpeg: bytes, mask: bytes) -> list[bytes]:
    rgb, labels = _decoded(jpeg), _pixels(mask)
    tinted = rgb.copy()
    made = []
    for number in range(1, int(labels.max()) + 1):
        person = labels == number
        tinted[person] = tinted[person] // 2 + np.array([0, 90, 30], np.uint8)
        rows, columns = np.nonzero(person)
        box = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
        alpha = person[..., np.newaxis] * np.uint8(255)
        made.append(_pillow(np.concatenate([rgb, alpha], axis=2)[box]))
        made.append(_pillow(alpha[..., 0]))
    return [*made, _pillow(tinted), _pillow(labels)]


def _memory() -> Line:
    program = "from scripts.bench.imaging import peak; print(peak())"
    megabytes = float(_answer(program))
    return Line(
        section="imaging",
        what="peak memory of the default outputs, 20 people",
        ours=f"{megabytes:.0f} MB",
        aim=f"< {_MOST_MEMORY} MB",
        met=megabytes < _MOST_MEMORY,
    )


def peak() -> float:
    """Megabytes that a process of its own takes at most for the default outputs, 20 people."""
    prepared = subprocess.run(
        [sys.executable, "-c", "from scripts.bench.imaging import prepare; prepare()"],
        check=True,
        capture_output=True,
    ).stdout
    length = int.from_bytes(prepared[:8], "big")
    jpeg, mask = prepared[8 : 8 + length], prepared[8 + length :]
    for file in render(jpeg, mask).files():
        del file
    # getrusage would tell the parent's peak, if that was higher: a child begins with it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def prepare() -> None:
    """Write the photo and the mask to stdout: making them must not count."""
    jpeg = photo()
    sys.stdout.buffer.write(len(jpeg).to_bytes(8, "big") + jpeg + encode_png(people(20)))


def _import() -> Line:
    program = (
        "import time; start = time.perf_counter(); import shared.imaging.rendering, "
        "shared.imaging.recipes.people, shared.imaging.recipes.vis; "
        "print(time.perf_counter() - start)"
    )
    seconds = min(float(_answer(program)) for _ in range(_ROUNDS))
    return Line(
        section="imaging",
        what="import of the finalizer's picture code",
        ours=f"{seconds * 1000:.0f} ms",
        aim=f"< {_MOST_IMPORT * 1000:.0f} ms",
        met=seconds < _MOST_IMPORT,
    )


def _answer(program: str) -> str:
    command = [sys.executable, "-c", program]
    found = subprocess.run(  # noqa: S603 -- our own interpreter and words
        command, check=True, capture_output=True, text=True
    )
    return found.stdout


def _line(what: str, ours: float, against: float, most: float) -> Line:
    ratio = ours / against
    return Line(
        section="imaging",
        what=what,
        ours=f"{ours * 1000:.0f} ms",
        against=f"{against * 1000:.0f} ms",
        ratio=ratio,
        aim=f"<= {most:g}",
        met=ratio <= most,
    )


def _gain(what: str, ours: float, against: float, least: float) -> Line:
    ratio = against / ours
    return Line(
        section="imaging",
        what=what,
        ours=f"{ours * 1000:.0f} ms",
        against=f"{against * 1000:.0f} ms",
        ratio=ratio,
        aim=f">= {least:g} x faster",
        met=ratio >= least,
    )


@dataclass(frozen=True, slots=True)
class _Time:
    """Seconds of the wall's clock, and of the processor in all threads."""

    clock: float
    processor: float


def _in_turns(works: Sequence[Callable[[], Any]]) -> list[_Time]:
    """The least of each, by turns: a disturbance that lasts meets all of them."""
    rounds = [[_timed(work) for work in works] for _ in range(_ROUNDS)]
    return [
        _Time(min(one.clock for one in taken), min(one.processor for one in taken))
        for taken in zip(*rounds, strict=True)
    ]


def _timed(work: Callable[[], Any]) -> _Time:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return _Time(time.perf_counter() - clock, time.process_time() - processor)


def _least(work: Callable[[], Any], rounds: int = _ROUNDS) -> float:
    """Seconds of the fastest of some rounds: what disturbs only ever adds."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def _decoded(jpeg: bytes) -> Pixels:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image)


_pixels = _decoded


def _pillow(pixels: Pixels) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()
