"""The manifest: what a result set consists of. It is written last; readers look for it first.

All sizes are pixels of the upright original unless said otherwise, all times epoch seconds, UTC.
`extra` holds fields that a newer version of the code wrote; they travel along untouched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SCHEMA_VERSION: Final = 1
"""Raised when a reader of the old form would be misled; new fields alone do not raise it."""

Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSource:
    """The upload: where it lay, its bytes (`size`), and the upright picture's sides."""

    bucket: str
    key: str
    etag: str
    size: int
    sha256: str
    format: str
    width: int
    height: int
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRepair:
    """What was done before the provider saw the picture, and the size that it saw.

    `process` is the OSS image processing, "" for none; `converted` says HEIC became JPEG first.
    """

    process: str
    converted: bool
    sent_width: int
    sent_height: int
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestPerson:
    """One person: `id` is the grey value in `mask.png`, `provider_id` that of the raw mask.

    `box` is (x, y, width, height), `share` the covered part of the picture (0..1). `neighbours`
    are the ids of those whose masks touch, `dominant` marks whoever covers most of the picture;
    sets of older code tell neither.
    """

    id: int
    provider_id: int
    box: tuple[int, int, int, int]
    area: int
    share: float
    centroid: tuple[float, float]
    touches_edge: bool
    neighbours: tuple[int, ...] = ()
    dominant: bool = False
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFile:
    """One file: `name` says what it is (`people/1/cutout.png`), `key` where it lies."""

    name: str
    key: str
    size: int
    sha256: str
    media_type: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestProblem:
    """A recipe that could not be followed; the rest of the set is whole all the same.

    `message` says why and `remedy` what to do; older sets have neither Chinese nor remedies.
    """

    recipe: str
    code: str
    message: str
    message_zh: str = ""
    remedy: str = ""
    remedy_zh: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A whole result set.

    `version` counts the derivations from one mask: 1, then one more for each re-derivation.
    `task_id` and `model` name the paid call whose mask this is; `reused_from` is the job that
    paid for it where it was another. `recipes` are those that the files come from, as they were
    asked for; `problems` are those of them that gave nothing.
    """

    job_id: str
    attempt: int
    version: int
    created_at: float
    source: ManifestSource
    repair: ManifestRepair
    model: str
    task_id: str | None
    content_id: str
    reused_from: str | None
    recipes: tuple[str, ...]
    people: tuple[ManifestPerson, ...]
    files: tuple[ManifestFile, ...]
    problems: tuple[ManifestProblem, ...] = ()
    schema_version: int = SCHEMA_VERSION
    extra: Extra = field(default_factory=dict)
