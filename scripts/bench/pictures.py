"""Photographs for runs: small JPEGs, each unlike any other, so that no result is reused."""

from __future__ import annotations

import io

from PIL import Image

SIDE = 640


def photo(number: int) -> bytes:
    """A JPEG of 640 x 640 pixels with the number in it."""
    gradient = Image.linear_gradient("L").resize((SIDE, SIDE))
    colour = Image.new("L", (SIDE, SIDE), number % 256)
    out = io.BytesIO()
    picture = Image.merge("RGB", (gradient, gradient.rotate(90), colour))
    picture.save(out, "JPEG", quality=85, comment=f"photo {number}")
    return out.getvalue()
