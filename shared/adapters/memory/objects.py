"""A bucket in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from shared.ports.clock import Clock
from shared.ports.errors import ConflictError, NotFoundError, RejectedError
from shared.ports.objects import ObjectInfo


@dataclass(slots=True)
class MemoryObjectStore:
    """Objects by key. A signed URL names key, process and end of life in the clear."""

    clock: Clock
    _objects: dict[str, tuple[ObjectInfo, bytes]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def head(self, key: str) -> ObjectInfo:
        """Raises NotFoundError."""
        return self._get(key)[0]

    def read(self, key: str, *, limit: int) -> bytes:
        """Raises NotFoundError, RejectedError."""
        data = self._get(key)[1]
        if len(data) > limit:
            raise RejectedError(f"{key} has {len(data)} bytes, more than {limit}")
        return data

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,  # noqa: ARG002 - not kept
        metadata: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        """Write, replacing."""
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
        info = ObjectInfo(
            key=key,
            etag=etag,
            size=len(data),
            modified_at=self.clock.now(),
            metadata=dict(metadata or {}),
        )
        with self._lock:
            self._objects[key] = (info, data)
        return info

    def copy(self, source: str, target: str, *, if_match: str) -> ObjectInfo:
        """Raises NotFoundError, ConflictError."""
        info, data = self._get(source)
        if info.etag != if_match.strip('"').upper():
            raise ConflictError(f"{source} has another eTag")
        return self.put(target, data, media_type="", metadata=info.metadata)

    def delete(self, key: str) -> None:
        """Delete; a missing object is no error."""
        with self._lock:
            self._objects.pop(key, None)

    def sign(self, key: str, *, seconds: int, process: str = "") -> str:
        """A URL that `MemoryTaskService` understands."""
        until = self.clock.now() + seconds
        return f"memory://bucket/{quote(key)}?process={quote(process)}&until={until}"

    def page(
        self, prefix: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[ObjectInfo], str | None]:
        """Objects under a prefix in key order."""
        keys = sorted(k for k in self._objects if k.startswith(prefix) and k > (after or ""))
        chosen = [self._objects[key][0] for key in keys[:limit]]
        return chosen, keys[limit - 1] if len(keys) > limit else None

    def _get(self, key: str) -> tuple[ObjectInfo, bytes]:
        found = self._objects.get(key)
        if found is None:
            raise NotFoundError(f"no object {key}")
        return found
