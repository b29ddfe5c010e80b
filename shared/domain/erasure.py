"""What an erasing is about: the second paid call for an upload whose people are known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MANIFEST: Final = "erase.json"
"""Written last in the erasing's folder, as `manifest.json` is in its parent's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Who is erased from the photograph of job `parent_id`, and how. `parent_attempt` is the one
    that its parent became DONE with: a parent that was forgotten and came again asks anew.

    `line` is the recipe in full, defaults included; `people` are the parent's ids of those erased.
    `mask_key` (what is not 0 is erased) and `keep_key` (what is not 0 is kept) lie beside the
    parent's raw result, of the size that the provider sees; their names hold their hashes, so they
    never change under a POST. `folder` is where the result goes, with a slash at its end.
    """

    parent_id: str
    parent_attempt: int = 1
    line: str
    people: tuple[int, ...]
    mask_key: str
    mask_sha256: str
    keep_key: str
    keep_sha256: str
    folder: str
    dilate_flag: bool = True
    fast_mode: bool = False
    add_watermark: bool = False

    @property
    def parameters(self) -> Mapping[str, bool]:
        """What the provider is told beside the pictures; its own default would add a watermark."""
        return {
            "dilate_flag": self.dilate_flag,
            "fast_mode": self.fast_mode,
            "add_watermark": self.add_watermark,
        }


def erasure_job_id(erasure: Erasure) -> str:
    """The erasing's job: the same recipe for the same parent is the same job, whoever asks."""
    return erasing_job_id(erasure.parent_id, erasure.parent_attempt, erasure.line)


def erasing_job_id(parent_id: str, parent_attempt: int, line: str) -> str:
    """The same, of what alone tells it."""
    text = f"{parent_id}\0{parent_attempt}\0{line}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def erasure_content_id(photo_id: str, erasure: Erasure) -> str:
    """What makes two erasings the same work: *photo_id* (bytes, repair, model), both masks, and
    the parameters (protocol 8).
    """
    parameters = ",".join(f"{name}={value}" for name, value in erasure.parameters.items())
    text = f"{photo_id}\0{erasure.mask_sha256}\0{erasure.keep_sha256}\0{parameters}"
    return hashlib.sha256(text.encode()).hexdigest()[:40]
