"""Where faces are, for `maskline derive`: as the engine said it, or as a pipeline has kept it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.cli.errors import CommandError
from shared.imaging.errors import PictureError
from shared.imaging.landmarks import LandmarksError, LandmarkSheet, read_landmarks
from shared.imaging.probe import probe

REMEDY = "give what `maskline engine segment PHOTO --json` printed when it made the mask"


def landmarks_in(path: Path, data: bytes, mask: Path) -> LandmarkSheet:
    """The faces that *data*, the contents of *path*, tells of the people in *mask*.

    Two documents are understood: the one of `engine segment --json`, in which the photograph is
    found by its mask (one that is alone is taken as it is), and `output_landmarks` itself.

    Raises CommandError.
    """
    try:
        document = json.loads(data)
        if isinstance(document, dict) and isinstance(document.get("results"), list):
            data = _as_kept(_of_mask(document["results"], mask), mask)
        return read_landmarks(data)
    except (ValueError, RecursionError, PictureError) as error:
        what = error if isinstance(error, (LandmarksError, PictureError)) else "it is no JSON"
        raise CommandError(f"{path} has no landmarks to go by ({what})", REMEDY) from error


def _of_mask(results: list[Any], mask: Path) -> dict[str, Any]:
    found = [each for each in results if isinstance(each, dict) and "people" in each]
    own = [each for each in found if _is_same(each.get("mask"), mask)]
    if own or len(found) == 1:
        return (own or found)[0]
    raise LandmarksError(f"it tells of {len(found)} photographs, and of none with this mask")


def _is_same(told: Any, mask: Path) -> bool:
    return isinstance(told, str) and Path(told).resolve() == mask.resolve()


def _as_kept(result: dict[str, Any], mask: Path) -> bytes:
    facts = probe(mask.read_bytes())
    people = result["people"]
    return json.dumps({"width": facts.width, "height": facts.height, "people": people}).encode()
