"""The frame of an ID photo around a head, or the reason why there can be none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.imaging.portrait.head import Head
from shared.imaging.portrait.refusals import NoPortraitError
from shared.imaging.scene import Box

_AT_BORDER: Final = 0.02
"""A crown so near to the picture's border, in heights of the head, is cut off rather than there."""
_SHOULDER: Final = 0.55
"""What must be seen beside the head's middle line at the frame's end, in widths of the head."""
_FILLED: Final = 0.9

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Crown to chin and the space over the crown, as (least, most) shares of the height."""

    head: tuple[float, float]
    top: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A rectangle in pixels of the upright picture, which it may leave at the top and the sides."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """The row below the last."""
        return self.top + self.height


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sitter:
    """The person to be framed: a mask (255 the person) cropped to `box`, in a picture of `size`."""

    mask: Mask
    box: Box
    size: tuple[int, int]


def require_head(head: Head | None, sitter: Sitter) -> Head:
    """*head*, whole.

    Raises:
        NoPortraitError: there is none, or it goes on outside of the picture.
    """
    if head is None:
        raise NoPortraitError("head_not_found")
    width = sitter.size[0]
    near = _AT_BORDER * head.height
    beside = head.centre - head.width / 2 < -near or head.centre + head.width / 2 > width + near
    if head.crown <= near or beside:
        raise NoPortraitError("head_cut_off")
    return head


def frame_head(head: Head, sitter: Sitter, rule: Rule, shape: float) -> Frame:
    """The frame whose width is *shape* times its height, with the head where *rule* wants it.

    The rule's middle is taken where the picture holds enough of the body, else the tightest
    frame that the rule allows.

    Raises:
        NoPortraitError: the shoulders are not there.
    """
    frame = _tightened(head, sitter, rule, shape)
    _refuse_missing_shoulders(frame, head, sitter)
    return frame


def _framed(head: Head, height: float, top: float, shape: float) -> Frame:
    width = height * shape
    return Frame(
        left=head.centre - width / 2, top=head.crown - top * height, width=width, height=height
    )


def _tightened(head: Head, sitter: Sitter, rule: Rule, shape: float) -> Frame:
    usual = _framed(head, head.height / _middle(rule.head), _middle(rule.top), shape)
    room = _room(usual, head, sitter, _middle(rule.top))
    if usual.height <= room:
        return usual
    for top in (_middle(rule.top), rule.top[1]):
        room = _room(usual, head, sitter, top)
        if head.height / rule.head[1] <= room:
            return _framed(head, room, top, shape)
    raise NoPortraitError("body_cut_off")


def _middle(span: tuple[float, float]) -> float:
    return (span[0] + span[1]) / 2


def _room(frame: Frame, head: Head, sitter: Sitter, top: float) -> float:
    """The greatest height of a frame that shows no straight cut of the body."""
    width, height = sitter.size
    x, _, box_width, _ = sitter.box
    rooms = [(height - head.crown) / (1 - top)]
    shape = frame.width / frame.height
    if x == 0 and _reaches(sitter, frame, 0):
        rooms.append(2 * head.centre / shape)
    if x + box_width == width and _reaches(sitter, frame, -1):
        rooms.append(2 * (width - head.centre) / shape)
    return min(rooms)


def _reaches(sitter: Sitter, frame: Frame, column: int) -> bool:
    """Whether the person is in the mask's *column* in one of the frame's rows."""
    y = sitter.box[1]
    rows = slice(max(0, round(frame.top) - y), max(0, round(frame.bottom) - y))
    return bool(sitter.mask[rows, column].any())


def _refuse_missing_shoulders(frame: Frame, head: Head, sitter: Sitter) -> None:
    """At the frame's end the body must be there, on both sides of the middle line."""
    x, y, width, height = sitter.box
    row = min(height, round(frame.bottom) - y) - 1
    reach = round(_SHOULDER * head.width)
    middle = round(head.centre) - x
    ends = row >= round(frame.bottom) - y - max(2, round(0.02 * frame.height))
    seen = sitter.mask[max(0, row), max(0, middle - reach) : min(width, middle + reach)] > 0
    if not ends or seen.sum() < _FILLED * 2 * reach:
        raise NoPortraitError("body_hidden")
