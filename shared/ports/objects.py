"""The object store: one bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """An object without its bytes. `etag` carries no quotes; `kind` is OSS's object type."""

    key: str
    etag: str
    size: int
    modified_at: float
    kind: str = "Normal"
    metadata: Mapping[str, str] = field(default_factory=dict)


class ObjectStore(Protocol):
    """Seven verbs: reading, writing and naming objects, and one signature for the provider.

    Every method raises UnavailableError, ThrottledError or ForbiddenError as the world has it.
    """

    def head(self, key: str) -> ObjectInfo:
        """Raises NotFoundError."""

    def read(self, key: str, *, limit: int) -> bytes:
        """All bytes. Raises NotFoundError, RejectedError (more than *limit* bytes)."""

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        """Write, replacing; all or nothing. *metadata* is ASCII, names in lower case."""

    def copy(self, source: str, target: str, *, if_match: str) -> ObjectInfo:
        """Server-side copy of *source*, metadata included, if its eTag is *if_match*.

        Raises NotFoundError (no source), ConflictError (another eTag).
        """

    def delete(self, key: str) -> None:
        """Delete; a missing object is no error."""

    def sign(self, key: str, *, seconds: int, process: str = "") -> str:
        """A GET-only URL on the public endpoint that lives *seconds*; a bearer secret."""

    def page(
        self, prefix: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[ObjectInfo], str | None]:
        """Objects under a prefix in key order, and the cursor of the next page (None: the last)."""
