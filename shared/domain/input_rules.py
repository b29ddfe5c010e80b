"""Which pictures the provider takes, and what can be mended before a call is paid for.

The rules are the provider's (JPEG, PNG or WebP to be safe; sides of 512 to 4096 px; 10 MB) and
those of OSS image processing, which does the mending inside the signed URL (source of at most
20 MB and 30 000 px a side). HEIC is converted by the caller first, as OSS is not known to read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from shared.domain.reasons import Reason, reason


class PictureFacts(Protocol):
    """What a picture's header says (`shared.imaging.facts.PictureFacts` fits).

    `width` and `height` as stored, `orientation` the EXIF one (1..8) that is still to be applied.
    """

    @property
    def format(self) -> str:
        """One of "jpeg", "png", "webp", "bmp", "gif", "tiff", "heic"."""

    @property
    def width(self) -> int:
        """Pixels of a stored row."""

    @property
    def height(self) -> int:
        """Stored rows."""

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1..8."""

    @property
    def bits(self) -> int:
        """Bits per channel."""

    @property
    def colour(self) -> str:
        """One of "grey", "rgb", "palette", "cmyk"."""

    @property
    def has_alpha(self) -> bool:
        """Whether some pixels may be transparent."""

    @property
    def frames(self) -> int:
        """Animation frames or pages."""

    @property
    def complete(self) -> bool:
        """Whether the bytes reach the end of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLimits:
    """A provider's rules and those of the processing in front of it; sides and areas in pixels.

    The `max_bytes` of the provider are read as decimal megabytes, the stricter meaning.
    `max_source_pixels` is what the pipeline itself is ready to decode.
    `min_source_side`: below it nobody could be made out, and a call would be wasted.
    """

    formats: frozenset[str] = field(default=frozenset({"jpeg", "png", "webp"}))
    min_side: int = 512
    max_side: int = 4096
    max_bytes: int = 10_000_000
    max_source_bytes: int = 20 * 1024 * 1024
    max_source_side: int = 30_000
    max_source_pixels: int = 8192 * 8192
    min_source_side: int = 16


DASHSCOPE_LIMITS: Final = InputLimits()
"""image-instance-segmentation (contracts: input limits; JPEG, PNG and WebP are safe in all
versions of its documentation)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What makes the picture fit, and the sizes before and after.

    `process` is the OSS image processing for the signed URL, "" where nothing is to be done.
    `convert` asks the caller to turn HEIC into JPEG first (upright, so that no turn is left to
    do); what comes out should be judged again, as its size in bytes is known only then.
    `width` and `height` are the upright picture's; masks are brought back to them.
    `sent_width` and `sent_height` are what the provider will see.
    """

    process: str
    width: int
    height: int
    sent_width: int
    sent_height: int
    convert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The picture can be sent, mended where `repair.process` or `repair.convert` says so."""

    repair: Repair


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The picture cannot be sent, whatever is done; nothing was spent."""

    reason: Reason


Verdict = Accepted | Refused

_FIRST_TURNED: Final = 5
_EIGHT_BITS: Final = 8
_FINE_QUALITY: Final = 90
_PLAIN_QUALITY: Final = 85
_WORST_BYTES_PER_PIXEL: Final = {_FINE_QUALITY: 0.9, _PLAIN_QUALITY: 0.76}
"""What pure noise weighs as a JPEG of that quality (4:2:0), measured: no photograph weighs more."""
_WORST_LOSSLESS_BYTES_PER_PIXEL: Final = 2.0
"""What a detailed photograph weighs as PNG."""
_MARGIN: Final = 0.8
"""Re-encoding keeps a file below its limit only if it was well below it before."""
_TIGHT: Final = 0.95


def judge(facts: PictureFacts, size: int, limits: InputLimits = DASHSCOPE_LIMITS) -> Verdict:
    """Accept, mend or refuse a picture of *size* bytes."""
    refusal = _refusal(facts, size, limits)
    if refusal is not None:
        return Refused(reason=refusal)
    width, height = _upright(facts)
    target = fit_sides(width, height, limits)
    if target is None:
        return Refused(reason=_shape_refusal(width, height, limits))
    return Accepted(repair=_mend(facts, size, target, limits))


def fit_sides(width: int, height: int, limits: InputLimits) -> tuple[int, int] | None:
    """The nearest size of the same shape whose sides the provider takes; None where none is."""
    short, long = sorted((width, height))
    if long * limits.min_side > short * limits.max_side:
        return None
    scale = 1.0
    if long > limits.max_side:
        scale = limits.max_side / long
    elif short < limits.min_side:
        scale = limits.min_side / short
    return _scaled(width, scale, limits), _scaled(height, scale, limits)


def _scaled(side: int, scale: float, limits: InputLimits) -> int:
    return min(limits.max_side, max(limits.min_side, round(side * scale)))


def _upright(facts: PictureFacts) -> tuple[int, int]:
    turned = facts.orientation >= _FIRST_TURNED
    return (facts.height, facts.width) if turned else (facts.width, facts.height)


def _refusal(facts: PictureFacts, size: int, limits: InputLimits) -> Reason | None:
    """The first rule that no mending can satisfy, cheapest first."""
    if size == 0:
        return reason("empty")
    if not facts.complete:
        return reason("truncated")
    if facts.frames > 1:
        return reason("animated", frames=facts.frames)
    if size > limits.max_source_bytes:
        return reason("too_large", size=size, limit=limits.max_source_bytes)
    return _pixel_refusal(*_upright(facts), limits)


def _pixel_refusal(width: int, height: int, limits: InputLimits) -> Reason | None:
    if width * height > limits.max_source_pixels or max(width, height) > limits.max_source_side:
        limit = limits.max_source_pixels // 10**6
        return reason("too_many_pixels", width=width, height=height, limit=limit)
    if min(width, height) < limits.min_source_side:
        return reason("too_small", width=width, height=height, limit=limits.min_source_side)
    return None


def _shape_refusal(width: int, height: int, limits: InputLimits) -> Reason:
    limit = limits.max_side // limits.min_side
    return reason("aspect_ratio", width=width, height=height, limit=limit)


def _mend(facts: PictureFacts, size: int, target: tuple[int, int], limits: InputLimits) -> Repair:
    width, height = _upright(facts)
    convert = facts.format == "heic"
    resized = target != (width, height)
    processed = resized or facts.orientation != 1
    quality = _quality(facts, size, target, processed, limits)
    if quality is not None:
        target = _lighten(target, quality, limits)
    steps = _steps(facts, target, quality)
    return Repair(
        process="/".join(("image", *steps)) if steps else "",
        width=width,
        height=height,
        sent_width=target[0],
        sent_height=target[1],
        convert=convert,
    )


def _steps(facts: PictureFacts, target: tuple[int, int], quality: int | None) -> list[str]:
    """OSS processing operations in the order they are carried out."""
    steps = []
    if facts.orientation != 1:
        steps.append("auto-orient,1")
    if target != _upright(facts):
        steps.append(f"resize,m_fixed,w_{target[0]},h_{target[1]},limit_0")
    if quality is not None:
        steps += ["format,jpg", f"quality,Q_{quality}"]
    return steps


def _quality(
    facts: PictureFacts,
    size: int,
    target: tuple[int, int],
    processed: bool,
    limits: InputLimits,
) -> int | None:
    """The JPEG quality to encode with; None where the format may stay as it is.

    A HEIC file is a JPEG by the time OSS sees it, so its format is no reason.
    """
    pixels = target[0] * target[1]
    if not (_wrong_format(facts, limits) or _overweight(facts, size, pixels, processed, limits)):
        return None
    fine = pixels * _WORST_BYTES_PER_PIXEL[_FINE_QUALITY] <= limits.max_bytes * _TIGHT
    return _FINE_QUALITY if fine else _PLAIN_QUALITY


def _wrong_format(facts: PictureFacts, limits: InputLimits) -> bool:
    format_refused = facts.format not in limits.formats | {"heic"}
    return format_refused or facts.colour == "cmyk" or facts.bits > _EIGHT_BITS


def _overweight(
    facts: PictureFacts, size: int, pixels: int, processed: bool, limits: InputLimits
) -> bool:
    """Whether the picture is too heavy, or may become so when it is processed."""
    if facts.format == "heic":
        return False
    if not processed:
        return size > limits.max_bytes
    after = size * min(1.0, pixels / (facts.width * facts.height))
    if facts.format == "png":
        after = max(after, _WORST_LOSSLESS_BYTES_PER_PIXEL * pixels)
    return after > limits.max_bytes * _MARGIN


def _lighten(target: tuple[int, int], quality: int, limits: InputLimits) -> tuple[int, int]:
    """Shrink so far that even noise stays below the provider's limit at this quality."""
    pixels = target[0] * target[1]
    allowed = limits.max_bytes * _TIGHT / _WORST_BYTES_PER_PIXEL[quality]
    if pixels <= allowed:
        return target
    scale = (allowed / pixels) ** 0.5
    return _scaled(target[0], scale, limits), _scaled(target[1], scale, limits)
