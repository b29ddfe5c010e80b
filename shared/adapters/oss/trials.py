"""Whether objects may be written, tried without writing any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from shared.adapters.oss.errors import translated
from shared.ports.permissions import NOTHING, Trial

NO_UPLOAD: Final = "0" * 32
"""The id of no upload in parts: whoever may put objects is told so, and others are refused."""


def object_trials(bucket: Any, prefixes: Sequence[str]) -> Iterator[tuple[str, Trial]]:
    """For places where nothing may be deleted again. *bucket* is one of `store.bucket_of`."""
    for prefix in prefixes:
        yield f"oss:PutObject {prefix}", partial(_put_part, bucket, prefix + NOTHING)


def _put_part(bucket: Any, key: str) -> None:
    with translated(f"UploadPart {key}"):
        bucket.upload_part(key, NO_UPLOAD, 1, b"probe\n")
