"""GIF blocks (GIF89a): size, transparency, and whether there is more than one frame."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from shared.imaging.errors import TruncatedPictureError
from shared.imaging.facts import PictureFacts

_EXTENSION: Final = 0x21
_IMAGE: Final = 0x2C
_TRAILER: Final = 0x3B
_GRAPHIC_CONTROL: Final = 0xF9
_HEADER_SIZE: Final = 13
_DESCRIPTOR_SIZE: Final = 9


@dataclass(slots=True)
class _Walk:
    """What was met so far on the way through the blocks."""

    position: int
    frames: int = 0
    has_alpha: bool = False
    ended: bool = False


def parse(data: bytes) -> PictureFacts:
    """The facts of a GIF file.

    Raises:
        TruncatedPictureError: it ends inside its header.
    """
    try:
        width, height, flags = struct.unpack_from("<HHB", data, 6)
    except struct.error as error:
        raise TruncatedPictureError("the GIF ends inside its header") from error
    walk = _Walk(position=_HEADER_SIZE + _colour_table_size(flags))
    while walk.position < len(data) and not walk.ended:
        _step(data, walk)
    return PictureFacts(
        format="gif",
        width=width,
        height=height,
        colour="palette",
        has_alpha=walk.has_alpha,
        frames=max(1, walk.frames),
        complete=walk.ended and walk.frames > 0,
    )


def _step(data: bytes, walk: _Walk) -> None:
    """Pass over one block; an unknown one ends the walk without the trailer's blessing."""
    kind = data[walk.position]
    if kind == _IMAGE:
        walk.frames += 1
        flags = data[walk.position + _DESCRIPTOR_SIZE : walk.position + _DESCRIPTOR_SIZE + 1]
        table = _colour_table_size(flags[0]) if flags else 0
        walk.position = _after_blocks(data, walk.position + _DESCRIPTOR_SIZE + 2 + table)
    elif kind == _EXTENSION:
        head = data[walk.position + 1 : walk.position + 4]
        walk.has_alpha |= len(head) == 3 and head[0] == _GRAPHIC_CONTROL and bool(head[2] & 1)  # noqa: PLR2004 -- label, length, flags
        walk.position = _after_blocks(data, walk.position + 2)
    else:
        walk.ended = kind == _TRAILER
        walk.position = len(data)


def _colour_table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, position: int) -> int:
    """Where the chain of sub-blocks that starts at *position* ends."""
    while position < len(data) and data[position]:
        position += 1 + data[position]
    return position + 1
