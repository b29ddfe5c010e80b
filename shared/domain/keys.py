"""Names of objects and of invocations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

KEY_BYTES: Final = 1023
"""The longest key OSS takes, in UTF-8 bytes (contracts, 7.4)."""

EXTENSIONS: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif"}
)
"""How names of pictures end, in lower case; only walks over many files go by it."""

_LONGEST_NAME: Final = 96
"""Room kept behind the result folder for names such as `v12/people/255/cutout.png`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """Where things lie in the bucket; each ends in `/` and none contains another.

    `backdrops` holds the pictures that a recipe may put behind people: whoever may upload can name
    one, so nothing outside of that folder can be named.
    """

    uploads: str
    results: str
    pins: str
    raw: str
    backdrops: str = "backdrops/"

    def is_ours(self, key: str) -> bool:
        """Whether the key was written by the pipeline itself and must never trigger it."""
        return key.startswith((self.results, self.pins, self.raw))


def pin_key(prefix: str, job_id: str, attempt: int, extension: str = "bin") -> str:
    """The pinned copy of an attempt: short, ASCII, and different for every attempt."""
    return f"{prefix}{job_id}-{attempt}.{extension}"


_KEPT: Final = "-kept"


def kept_key(key: str) -> str:
    """Where a pinned copy goes when the URL that a late POST may hold must lead nowhere."""
    stem, dot, extension = key.rpartition(".")
    return f"{stem}{_KEPT}{dot}{extension}"


def is_kept(key: str) -> bool:
    """Whether the key is one that no POST ever named."""
    return key.rpartition(".")[0].endswith(_KEPT)


def result_folder(prefix: str, source_key: str, etag: str) -> str:
    """`{prefix}{source key}/{etag}/`; a key that would make it too long is cut and hashed."""
    tail = f"/{etag}/"
    room = KEY_BYTES - len(prefix.encode()) - len(tail.encode()) - _LONGEST_NAME
    if len(source_key.encode()) > room:
        digest = hashlib.sha256(source_key.encode()).hexdigest()[:16]
        head = source_key.encode()[: room - len(digest) - 1].decode(errors="ignore")
        source_key = f"{head}~{digest}"
    return f"{prefix}{source_key}{tail}"


def raw_key(prefix: str, content_id: str, name: str) -> str:
    """Where the provider's own file is kept, by content, for all jobs with the same bytes."""
    return f"{prefix}{content_id}/{name}"


def content_id_of(sha256: str, process: str, model: str) -> str:
    """What makes two uploads the same work: pinned bytes, repair, model (protocol 8)."""
    return hashlib.sha256(f"{sha256}\0{process}\0{model}".encode()).hexdigest()[:40]


def finalize_id(job_id: str, attempt: int, finalize_attempt: int) -> str:
    """The invocation id of one finalizing: a dead one answers "asked" for ever, so each is new."""
    return f"finalize-{job_id}-{attempt}-{finalize_attempt}"


def kick_id(gate_id: str, wake: int) -> str:
    """The invocation id of a wake-up: ten thousand uploads are not ten thousand invocations."""
    digest = hashlib.sha256(gate_id.encode()).hexdigest()[:12]
    return f"kick-{digest}-{wake}"
