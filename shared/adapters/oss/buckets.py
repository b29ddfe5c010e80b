"""`BucketService` through `oss2`: buckets themselves, and packages in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import oss2

from shared.adapters.oss.checksum import check
from shared.adapters.oss.errors import translated
from shared.adapters.oss.store import bucket_of


class OssBuckets:
    """The buckets of one account in one region."""

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        self._endpoint = endpoint
        self._options: dict[str, Any] = {
            "region": region,
            "credentials": (access_key_id, access_key_secret, security_token),
            "timeout": timeout,
        }

    def exists(self, bucket: str) -> bool:
        """Whether the account has the bucket. Raises ForbiddenError where it is another's."""
        with translated(f"GetBucketInfo {bucket}"):
            try:
                self._bucket(bucket).get_bucket_info()
            except oss2.exceptions.NoSuchBucket:
                return False
        return True

    def make(self, bucket: str) -> None:
        """A private bucket; one that is there already is no error."""
        if not self.exists(bucket):
            with translated(f"PutBucket {bucket}"):
                self._bucket(bucket).create_bucket(oss2.BUCKET_ACL_PRIVATE)

    def has(self, bucket: str, key: str) -> bool:
        """Whether there is such an object."""
        with translated(f"HeadObject {key}"):
            try:
                self._bucket(bucket).get_object_meta(key)
            except (oss2.exceptions.NoSuchKey, oss2.exceptions.NotFound):
                return False
        return True

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Write an object."""
        with translated(f"PutObject {key}"):
            answer = self._bucket(bucket).put_object(key, data)
        check(f"PutObject {key}", data, answer.headers)

    def keys(self, bucket: str, prefix: str = "") -> Iterator[str]:
        """Keys with a prefix; nothing where the bucket is gone."""
        with translated(f"ListObjects {bucket}"):
            try:
                listed = oss2.ObjectIteratorV2(self._bucket(bucket), prefix=prefix)
                yield from (item.key for item in listed)
            except oss2.exceptions.NoSuchBucket:
                return

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete objects, at most 1000."""
        with translated(f"DeleteMultipleObjects {bucket}"):
            self._bucket(bucket).batch_delete_objects(list(keys))

    def remove(self, bucket: str) -> None:
        """Delete the empty bucket; a missing one is no error."""
        with translated(f"DeleteBucket {bucket}"):
            try:
                self._bucket(bucket).delete_bucket()
            except oss2.exceptions.NoSuchBucket:
                return

    def _bucket(self, name: str) -> Any:
        return bucket_of(self._endpoint, name, **self._options)
