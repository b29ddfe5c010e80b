"""The quality at which a JPEG was written, read back from its quantisation table."""

from __future__ import annotations

from PIL import Image

STANDARD_LUMINANCE_SUM = 3688
"""Sum of the example luminance table of ITU-T T.81, annex K: quality 50 of the usual scale."""
COEFFICIENTS = 64


def jpeg_quality(image: Image.Image) -> int | None:
    """The quality (1..100) on the usual scale; None for another format.

    The usual scale multiplies the example table by 50/q below 50 and by (200 - 2q)/100 above; the
    sums of both tables give the factor back, but for rounding.
    """
    tables: dict[int, list[int]] = getattr(image, "quantization", {})
    if not tables or len(tables[min(tables)]) != COEFFICIENTS:
        return None
    factor = sum(tables[min(tables)]) * 100 / STANDARD_LUMINANCE_SUM
    quality = 5000 / factor if factor > 100 else (200 - factor) / 2  # noqa: PLR2004 - percent
    return max(1, min(100, round(quality)))
