"""An engine that takes no time: one block of a person in every picture.

`python -m scripts.bench.engine` speaks as the engine's worker does, so that the provider's service
time is what the bench asked for and not what the machine had left.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from scripts.engine.worker import serve


def perform(_model: str, _parameters: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Any:
    """A mask and a visualisation of the picture's size."""
    with Image.open(io.BytesIO(inputs["image"])) as picture:
        width, height = picture.size
        seen = picture.convert("RGB").resize((width, height))
    box = (width // 4, height // 8, width // 2, height - 1)
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).ellipse(box, fill=1)
    ImageDraw.Draw(seen).ellipse(box, outline=(255, 0, 0), width=8)
    return {"output_image": _png(mask), "output_vis_image": _png(seen)}


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, perform)
