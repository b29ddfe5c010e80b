"""Pictures of a COCO-format folder with the true masks of their people.

Two layouts are read: panoptic (`panoptic*.json` with a folder of PNG files named like it) and
instances (`instances*.json` or `person*.json`, polygons or run lengths). Pictures lie in `images`
or beside the annotations; only those that are there are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from scripts.engine.arrays import Bits
from scripts.engine.errors import EngineError

PERSON = 1


class DatasetError(EngineError):
    """The folder holds no annotations that can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One picture's people: masks [h, w]; crowds are regions to be ignored when scoring."""

    picture: Path
    people: tuple[Bits, ...]
    crowds: tuple[Bits, ...]


def truths(folder: Path) -> Iterator[Truth]:
    """The folder's pictures in order of their names.

    Raises:
        DatasetError: there are no annotations, or none with a picture.
    """
    listing = _listing(folder)
    content = json.loads(listing.read_text())
    annotations = content.get("annotations", [])
    panoptic = bool(annotations) and "segments_info" in annotations[0]
    read = _panoptic(folder, listing, content) if panoptic else _instances(folder, content)
    found = False
    for truth in read:
        found = True
        yield truth
    if not found:
        raise DatasetError(f"none of the pictures that {listing} names is in {folder}")


def _listing(folder: Path) -> Path:
    for pattern in ("panoptic*.json", "instances*.json", "person*.json"):
        for place in (folder, folder / "annotations"):
            found = sorted(place.glob(pattern))
            if found:
                return found[0]
    raise DatasetError(f"{folder} holds no panoptic*.json and no instances*.json")


def _panoptic(folder: Path, listing: Path, content: Mapping[str, Any]) -> Iterator[Truth]:
    for annotation in sorted(content["annotations"], key=lambda one: str(one["file_name"])):
        name = str(annotation["file_name"])
        picture = _picture(folder, Path(name).with_suffix(".jpg").name)
        painted = cv2.imread(str(listing.with_suffix("") / name), cv2.IMREAD_COLOR)
        if picture is None or painted is None:
            continue
        blue, green, red = (painted[..., channel].astype(np.int64) for channel in range(3))
        ids = red + 256 * green + 65536 * blue
        segments = [s for s in annotation["segments_info"] if s["category_id"] == PERSON]
        yield Truth(
            picture=picture,
            people=tuple(ids == s["id"] for s in segments if not s.get("iscrowd")),
            crowds=tuple(ids == s["id"] for s in segments if s.get("iscrowd")),
        )


def _instances(folder: Path, content: Mapping[str, Any]) -> Iterator[Truth]:
    by_picture: dict[int, list[Mapping[str, Any]]] = {}
    for annotation in content["annotations"]:
        if annotation["category_id"] == PERSON:
            by_picture.setdefault(annotation["image_id"], []).append(annotation)
    for entry in sorted(content["images"], key=lambda one: str(one["file_name"])):
        picture = _picture(folder, Path(entry["file_name"]).name)
        if picture is None:
            continue
        shape = (int(entry["height"]), int(entry["width"]))
        mine = by_picture.get(entry["id"], [])
        yield Truth(
            picture=picture,
            people=tuple(drawn(m["segmentation"], shape) for m in mine if not m.get("iscrowd")),
            crowds=tuple(drawn(m["segmentation"], shape) for m in mine if m.get("iscrowd")),
        )


def _picture(folder: Path, name: str) -> Path | None:
    places = (folder / "images" / name, folder / name)
    return next((place for place in places if place.is_file()), None)


def drawn(segmentation: Any, shape: tuple[int, int]) -> Bits:
    """COCO's polygons, run lengths or compressed run lengths as a mask of `shape`."""
    if isinstance(segmentation, list):
        canvas = np.zeros(shape, np.uint8)
        rings = [np.array(ring, np.float64).reshape(-1, 2) for ring in segmentation]
        for ring in rings:
            cv2.fillPoly(canvas, [np.round(ring).astype(np.int32)], 1)
        return canvas.astype(np.bool_)
    counts = segmentation["counts"]
    runs = _uncompressed(counts) if isinstance(counts, str) else counts
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(shape, order="F")


def _uncompressed(text: str) -> Sequence[int]:
    """COCO's compressed counts: 5 bits a character, differences to the count two before."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value |= -1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))  # noqa: PLR2004  # the format's rule
        value = shift = 0
    return counts
