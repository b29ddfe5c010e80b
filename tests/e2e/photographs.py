"""Photographs of a person by the hundred, small and each unlike any other."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"
PORTRAIT = SAMPLES / "collins.jpg"


def portrait(number: int, side: int = 512) -> bytes:
    """A photograph of a person, unlike any other by its comment."""
    out = io.BytesIO()
    _sized(side).save(out, "JPEG", quality=85, comment=f"number {number}")
    return out.getvalue()


@lru_cache(maxsize=4)
def _sized(side: int) -> Image.Image:
    return Image.open(io.BytesIO(PORTRAIT.read_bytes())).convert("RGB").resize((side, side))
