"""Sizes and boxes: resize, crop and rotate, as OSS computes them."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageColor

from scripts.localcloud.services.oss.exceptions import OssError, invalid_argument
from scripts.localcloud.services.oss.pictures.parameters import Step
from scripts.localcloud.services.oss.pictures.source import too_large

LARGEST_PARAMETER = 16_384
LONGEST_RESULT = 16_384
MOST_RESULT_PIXELS = 16_777_216
MODES = ("lfit", "mfit", "fill", "pad", "fixed")
Size = tuple[int, int]
GRAVITY = {
    "nw": (0, 0), "north": (1, 0), "ne": (2, 0),
    "west": (0, 1), "center": (1, 1), "east": (2, 1),
    "sw": (0, 2), "south": (1, 2), "se": (2, 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A resize: scale to `scaled`, then cut or pad in the middle to `canvas`."""

    scaled: Size
    canvas: Size


def plan_resize(step: Step, size: Size) -> Plan | None:
    """What a resize step means for a picture of this size; None where it changes nothing.

    Raises:
        OssError: InvalidArgument, ImageTooLarge.
    """
    mode = step.values.get("m", "lfit")
    if mode not in MODES:
        raise step.wrong("m", mode)
    enlarge = step.number("limit", 0, 1, 1) == 0
    percent = step.number("p", 1, 1000)
    plan = _percent(percent, size) if percent else _boxed(mode, _box(step, size), size)
    larger = plan.scaled[0] > size[0] or plan.scaled[1] > size[1]
    if larger and not enlarge:
        return None
    _check_result(plan.scaled if mode != "fill" else plan.canvas)
    _check_result(plan.canvas)
    return plan


def _check_result(size: Size) -> None:
    if max(size) > LONGEST_RESULT or size[0] * size[1] > MOST_RESULT_PIXELS:
        raise too_large(f"The result of {size[0]} x {size[1]} pixels would be too large.")


def _percent(percent: int, size: Size) -> Plan:
    scaled = (max(1, round(size[0] * percent / 100)), max(1, round(size[1] * percent / 100)))
    return Plan(scaled=scaled, canvas=scaled)


def _box(step: Step, size: Size) -> tuple[int | None, int | None]:
    """Wanted width and height; `l` and `s` (longest and shortest side) count without `w` and `h`.

    Raises:
        OssError: InvalidArgument.
    """
    names = ("w", "h", "l", "s")
    width, height, longest, shortest = (step.number(n, 1, LARGEST_PARAMETER) for n in names)
    if width is None and height is None:
        width, height = (longest, shortest) if size[0] >= size[1] else (shortest, longest)
    if width is None and height is None:
        raise invalid_argument("resize needs w, h, l, s or p.", "resize", "")
    return width, height


def _boxed(mode: str, box: tuple[int | None, int | None], size: Size) -> Plan:
    ratios = [wanted / had for wanted, had in zip(box, size, strict=True) if wanted is not None]
    if len(ratios) == 1 or mode in {"lfit", "mfit"}:
        scaled = _scaled(size, max(ratios) if mode == "mfit" else min(ratios), box)
        return Plan(scaled=scaled, canvas=scaled)
    canvas = (box[0] or size[0], box[1] or size[1])
    if mode == "fixed":
        return Plan(scaled=canvas, canvas=canvas)
    scaled = _scaled(size, max(ratios) if mode == "fill" else min(ratios), box)
    return Plan(scaled=scaled, canvas=canvas)


def _scaled(size: Size, ratio: float, box: tuple[int | None, int | None]) -> Size:
    """The size times `ratio`; the side that decides becomes exactly what was asked."""
    sides = []
    for had, wanted in zip(size, box, strict=True):
        exact = wanted is not None and wanted / had == ratio
        sides.append(wanted if exact and wanted else max(1, round(had * ratio)))
    return sides[0], sides[1]


def resize(image: Image.Image, step: Step) -> Image.Image:
    """Carry out a resize step.

    Raises:
        OssError: InvalidArgument, ImageTooLarge.
    """
    plan = plan_resize(step, image.size)
    if plan is None:
        return image
    scaled = image.resize(plan.scaled, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if plan.canvas == plan.scaled:
        return scaled
    left = (plan.canvas[0] - plan.scaled[0]) // 2
    top = (plan.canvas[1] - plan.scaled[1]) // 2
    colour = step.values.get("color", "FFFFFF")
    try:
        ground = ImageColor.getcolor("#" + colour, image.mode)
    except ValueError:
        raise step.wrong("color", colour) from None
    canvas = Image.new(image.mode, plan.canvas, ground)
    canvas.paste(scaled, (left, top))
    return canvas


def crop(image: Image.Image, step: Step) -> Image.Image:
    """Carry out a crop step; what reaches beyond the picture is left out.

    `x` and `y` go right and down from where `g` puts the piece; 0 of `w` and `h` is all there is.
    Source: the vendor's page on custom crops.

    Raises:
        OssError: InvalidArgument; BadRequest, when the piece begins beyond the picture.
    """
    gravity = step.values.get("g", "nw")
    if gravity not in GRAVITY:
        raise step.wrong("g", gravity)
    most = 2**30
    width = min(step.number("w", 0, most) or image.width, image.width)
    height = min(step.number("h", 0, most) or image.height, image.height)
    across, down = GRAVITY[gravity]
    left = (image.width - width) * across // 2 if across else 0
    top = (image.height - height) * down // 2 if down else 0
    left += step.number("x", 0, most) or 0
    top += step.number("y", 0, most) or 0
    if left >= image.width or top >= image.height:
        raise OssError(400, "BadRequest", "Advance cut's position is out of image.")
    right, bottom = min(image.width, left + width), min(image.height, top + height)
    return image.crop((left, top, right, bottom))


def rotate(image: Image.Image, step: Step) -> Image.Image:
    """Turn clockwise; the corners of another angle than a right one are white.

    Raises:
        OssError: InvalidArgument.
    """
    angle = step.checked("rotate", step.plain[0] if step.plain else "", 0, 360)
    turns = {
        90: Image.Transpose.ROTATE_270,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_90,
    }
    if angle % 360 == 0:
        return image
    if angle in turns:
        return image.transpose(turns[angle])
    ground = ImageColor.getcolor("#FFFFFF", image.mode)
    turned = image.rotate(-angle, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    _check_result(turned.size)
    return turned
