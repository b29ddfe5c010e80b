"""Photos on disk, segmented into files beside each other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.engine.drawing import draw
from scripts.engine.errors import EngineError
from scripts.engine.pictures import decode, encode_png
from scripts.engine.segmenter import Segmenter


def results_of(engine: Segmenter, photos: Iterable[Path], out: Path) -> Iterator[dict[str, Any]]:
    """Segment photo after photo into `out`.

    Yields:
        `{photo, mask, vis, seconds, people: [{id, score, box, area, landmarks}]}`, or
        `{photo, error}` for a photo that cannot be read.
    """
    names = _FreeNames()
    for photo in photos:
        yield _result_or_error(engine, photo, out, names.for_photo(photo))


def _result_or_error(engine: Segmenter, photo: Path, out: Path, name: str) -> dict[str, Any]:
    try:
        return _result(engine, photo, out, name)
    except OSError as error:
        return {"photo": str(photo), "error": error.strerror or str(error)}
    except EngineError as error:
        return {"photo": str(photo), "error": str(error)}


class _FreeNames:
    """One stem per photo, so that `a/me.jpg` and `b/me.jpg` do not overwrite each other."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def for_photo(self, photo: Path) -> str:
        count, name = 1, photo.stem
        while name in self._taken:
            count += 1
            name = f"{photo.stem}-{count}"
        self._taken.add(name)
        return name


def _result(engine: Segmenter, photo: Path, out: Path, name: str) -> dict[str, Any]:
    picture = decode(photo.read_bytes())
    began = time.perf_counter()
    segmentation = engine.segment(picture)
    seconds = time.perf_counter() - began
    out.mkdir(parents=True, exist_ok=True)
    mask, vis = (out.resolve() / f"{name}.{kind}.png" for kind in ("mask", "vis"))
    mask.write_bytes(encode_png(segmentation.label_map))
    vis.write_bytes(encode_png(draw(picture, segmentation.label_map)))
    people = [{**asdict(person), "box": list(person.box)} for person in segmentation.people]
    return {
        "photo": str(photo),
        "mask": str(mask),
        "vis": str(vis),
        "seconds": round(seconds, 3),
        "people": people,
    }
