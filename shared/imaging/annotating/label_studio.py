"""Label Studio brush labels: a task with one RLE per person, exact.

The run-length code is the one of `label_studio_sdk.converter.brush`: of the RGBA bytes of the whole
picture, a header of 53 bits, then for each run 1, the index of a length's width, the length less
one, and the byte. Only the widest width is used here: runs of masks are long.
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.annotating.subject import Subject
from shared.imaging.scene import Person

_CHANNELS: Final = 4
_LONGEST: Final = 1 << 16
_OPAQUE: Final = 255
_HEADER: Final = f"{8 - 1:05b}" + "".join(f"{width - 1:04b}" for width in (3, 4, 8, 16))
_RUN: Final = (1 << 26) | (3 << 24)
"""A one for "repeated", the index 3 of 16 bits; then 16 bits of length, 8 of the byte."""
_RUN_BITS: Final = 27


def tasks(subject: Subject) -> bytes:
    """The list of one task, to be imported; `from_name` and `to_name` fit the brush template."""
    results = [_result(subject, person) for person in subject.scene.people]
    task = {"data": {"image": subject.scene.name}, "annotations": [{"result": results}]}
    return json.dumps([task], ensure_ascii=False, separators=(",", ":")).encode()


def _result(subject: Subject, person: Person) -> dict[str, Any]:
    return {
        "id": f"person-{person.id}",
        "type": "brushlabels",
        "from_name": "tag",
        "to_name": "image",
        "original_width": subject.scene.width,
        "original_height": subject.scene.height,
        "image_rotation": 0,
        "value": {
            "format": "rle",
            "rle": brush(subject, person),
            "brushlabels": [subject.label],
        },
    }


def brush(subject: Subject, person: Person) -> list[int]:
    """The person's mask in Label Studio's code, byte by byte."""
    total = subject.scene.width * subject.scene.height * _CHANNELS
    bounds = _row_bounds(subject, person) * _CHANNELS
    lengths = np.diff(np.concatenate([[0], bounds, [total]]))
    inside = np.arange(lengths.size) % 2
    pieces = -(-lengths // _LONGEST)
    value = np.repeat(inside * _OPAQUE, pieces)
    length = np.full(value.size, _LONGEST)
    last = np.cumsum(pieces) - 1
    length[last[pieces > 0]] = ((lengths - 1) % _LONGEST + 1)[pieces > 0]
    words = (_RUN | ((length - 1) << 8) | value).astype(">u4")
    bits = np.unpackbits(words.view(np.uint8)).reshape(-1, 32)[:, -_RUN_BITS:].ravel()
    head = np.array([int(bit) for bit in f"{total:032b}{_HEADER}"], np.uint8)
    code: list[int] = np.packbits(np.concatenate([head, bits])).tolist()
    return code


def _row_bounds(subject: Subject, person: Person) -> NDArray[np.int64]:
    """Where the mask begins and ends, in turns, reading the whole picture row by row."""
    x, y, width, height = person.box
    framed = np.pad(subject.crop(person), ((0, 0), (1, 1))).view(np.uint8)
    rows, columns = np.nonzero(framed[:, 1:] != framed[:, :-1])
    bounds = (rows + y) * subject.scene.width + columns + x
    kept = np.ones(bounds.size, bool)
    if width == subject.scene.width and height > 1:  # a row's end may be the next one's beginning
        same = np.flatnonzero(bounds[1:] == bounds[:-1])
        kept[same] = kept[same + 1] = False
    return bounds[kept]
