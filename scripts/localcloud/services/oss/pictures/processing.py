"""Carrying out a process: open, turn upright, the steps in their order, encode."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from typing import IO

from PIL import ExifTags, Image

from scripts.localcloud.services.oss.exceptions import invalid_argument, not_implemented
from scripts.localcloud.services.oss.pictures.geometry import crop, resize, rotate
from scripts.localcloud.services.oss.pictures.information import information, readable_exif
from scripts.localcloud.services.oss.pictures.parameters import Process, Step
from scripts.localcloud.services.oss.pictures.quality import jpeg_quality
from scripts.localcloud.services.oss.pictures.source import Source, decoded, open_picture

GEOMETRY = {"resize": resize, "crop": crop, "rotate": rotate}
ENCODING = frozenset({"format", "quality", "interlace", "auto-orient"})
OFFERED_ELSEWHERE = frozenset(
    {
        *("average-hue", "blur", "bright", "circle", "contrast", "indexcrop", "rounded-corners"),
        *("sharpen", "watermark"),
    }
)
"""Actions of the real service."""
FORMATS_ELSEWHERE = frozenset({"avif", "heic"})
CODECS = {
    "jpg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
    "webp": ("WEBP", "image/webp"),
    "bmp": ("BMP", "image/bmp"),
    "gif": ("GIF", "image/gif"),
    "tiff": ("TIFF", "image/tiff"),
}
ORIENTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by its EXIF orientation."""
DEFAULT_QUALITY = 90
OPAQUE = frozenset({"jpg", "bmp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The result of a process."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How the result is written. `quality` is None for what the source had."""

    kind: str
    quality: int | None = None
    relative: bool = False
    progressive: bool = False


def run_process(file: IO[bytes], size: int, process: Process) -> Rendered:
    """Process the picture in a file of `size` bytes.

    Raises:
        OssError: what is wrong with the picture or the parameters.
    """
    names = [step.action for step in process.steps]
    for name in names:
        if name in OFFERED_ELSEWHERE:
            raise not_implemented(f"x-oss-process=image/{name}")
        if name not in {*GEOMETRY, *ENCODING, "info"}:
            raise invalid_argument("There is no such action.", "x-oss-process", name)
    source = open_picture(file, size)
    if "info" in names:
        return Rendered(body=information(source), content_type="application/json")
    encoding = _encoding(process.steps, source)
    return _encode(_worked(source, process.steps), source, encoding)


def _worked(source: Source, steps: tuple[Step, ...]) -> Image.Image:
    image = decoded(source)
    exif = readable_exif(source.image)
    profile = image.info.get("icc_profile")
    if _upright(steps):
        turn = ORIENTATIONS.get(exif.pop(ExifTags.Base.Orientation, 1))
        image = image if turn is None else image.transpose(turn)
    for step in steps:
        if work := GEOMETRY.get(step.action):
            image = work(image, step)
    result = image.copy() if image is source.image else image
    result.info = {"exif": _written_exif(source, exif), "icc_profile": profile}
    return result


def _written_exif(source: Source, exif: Image.Exif) -> bytes:
    """The EXIF to carry over; a TIFF's describes its own file, so it is not."""
    if not len(exif) or "exif" not in source.image.info:
        return b""
    try:
        return exif.tobytes()
    except (OSError, ValueError, TypeError, KeyError, struct.error):  # values nobody can write
        return b""


def _upright(steps: tuple[Step, ...]) -> bool:
    """Whether to turn the picture as its EXIF says; OSS does it first, wherever it is asked."""
    wanted = [step for step in steps if step.action == "auto-orient"]
    return any(s.checked("value", s.plain[0] if s.plain else "", 0, 1) == 1 for s in wanted)


def _encoding(steps: tuple[Step, ...], source: Source) -> Encoding:
    encoding = Encoding(kind=source.kind)
    for step in steps:
        if step.action == "format":
            encoding = replace(encoding, kind=_kind(step))
        elif step.action == "quality":
            encoding = _with_quality(encoding, step)
        elif step.action == "interlace":
            encoding = replace(encoding, progressive=step.plain == ("1",))
    return encoding


def _kind(step: Step) -> str:
    written = step.plain[0].lower() if step.plain else ""
    kind = "jpg" if written == "jpeg" else written
    if kind in FORMATS_ELSEWHERE:
        raise not_implemented(f"x-oss-process=image/format,{kind}")
    if kind not in CODECS:
        raise step.wrong("format", written)
    return kind


def _with_quality(encoding: Encoding, step: Step) -> Encoding:
    absolute = step.number("Q", 1, 100)
    relative = step.number("q", 1, 100)
    if absolute is None and relative is None:
        raise invalid_argument("quality needs q or Q.", "quality", "")
    chosen = relative if absolute is None else absolute
    return replace(encoding, quality=chosen, relative=absolute is None)


def _encode(image: Image.Image, source: Source, encoding: Encoding) -> Rendered:
    codec, content_type = CODECS[encoding.kind]
    exif, profile = image.info["exif"], image.info["icc_profile"]
    if encoding.kind in OPAQUE and image.mode == "RGBA":
        ground = Image.new("RGB", image.size, (255, 255, 255))
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    options: dict[str, object] = {"icc_profile": profile} if profile else {}
    if exif and encoding.kind in {"jpg", "png", "webp"}:
        options["exif"] = exif
    if encoding.kind in {"jpg", "webp"}:
        options["quality"] = _quality(source, encoding)
    if encoding.kind == "jpg":
        options["progressive"] = encoding.progressive
    buffer = io.BytesIO()
    image.info = {}
    image.save(buffer, codec, **options)
    return Rendered(body=buffer.getvalue(), content_type=content_type)


def _quality(source: Source, encoding: Encoding) -> int:
    """An absolute quality never exceeds the source's; a relative one is a share of it."""
    had = jpeg_quality(source.image) or (100 if encoding.quality else DEFAULT_QUALITY)
    if encoding.quality is None:
        return had
    if encoding.relative:
        return max(1, round(had * encoding.quality / 100))
    return min(had, encoding.quality)
