"""Why somebody gives no ID photo, and what would help, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Texts = tuple[str, str, str, str]
"""What is wrong in English and in Chinese, what to do in both; `{name}` stands for a detail."""

REFUSALS: Final[Mapping[str, Texts]] = {
    "head_not_found": (
        "the outline shows no head upon shoulders",
        "轮廓中看不出头与肩",
        "Take a photograph from the front, with the head free in front of the background.",
        "请正面拍摄，让头部完整地露在背景之前。",
    ),
    "head_cut_off": (
        "the head reaches the border of the photograph",
        "头部碰到照片边缘",
        "Use a photograph with some space around the head.",
        "请使用头部四周留有空间的照片。",
    ),
    "head_too_small": (
        "the person would have to be enlarged {enlarged} times",
        "人物需要放大 {enlarged} 倍",
        "Use a photograph of more pixels, a smaller size, or allow more by enlarge.",
        "请使用像素更多的照片或更小的尺寸，或用 enlarge 允许放大更多。",
    ),
    "body_cut_off": (
        "the photograph ends before the shoulders do",
        "照片在肩部之前就结束了",
        "Use a photograph that shows more of the body, or a size with a larger head.",
        "请使用露出更多身体的照片，或选头部占比更大的尺寸。",
    ),
    "body_hidden": (
        "something or somebody hides the shoulders",
        "肩部被人或物挡住",
        "Use a photograph in which nobody stands in front of this person.",
        "请使用无人挡在此人前面的照片。",
    ),
    "too_heavy": (
        "no quality that is any use gives {most} KB",
        "任何可用的画质都无法压到 {most} KB",
        "Ask for more KB, a lower dpi or a smaller size.",
        "请放宽 KB 限制，或选更低的 dpi、更小的尺寸。",
    ),
}


class NoPortraitError(Exception):
    """This person gives no ID photo; `reason` is a key of REFUSALS, the rest is for people."""

    def __init__(self, reason: str, **details: str) -> None:
        what, what_zh, remedy, remedy_zh = (part.format_map(details) for part in REFUSALS[reason])
        super().__init__(what)
        self.reason = reason
        self.what_zh = what_zh
        self.remedy = remedy
        self.remedy_zh = remedy_zh
