"""`ObjectStore` on one bucket through `oss2`: V4 signatures, time limits, no retries of writes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

import oss2

from shared.adapters.oss.checksum import check
from shared.adapters.oss.errors import SilenceError, translated
from shared.ports.errors import RejectedError, UnavailableError
from shared.ports.objects import ObjectInfo

LONGEST_URL_LIFE: Final = 604_800
"""Seconds that a V4 URL may live; oss2 would sign a longer one, which is useless."""

_READ_TRIES: Final = 3
_META: Final = "x-oss-meta-"

T = TypeVar("T")

for _name in ("oss2", "urllib3"):  # they would log headers and signed URLs
    logging.getLogger(_name).setLevel(logging.WARNING)


class OssObjectStore:
    """One bucket. *public_endpoint* is where the provider can reach it; only URLs use it."""

    def __init__(
        self,
        *,
        endpoint: str,
        public_endpoint: str,
        bucket: str,
        region: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        is_cname: bool = False,
        timeout: float = 20.0,
    ) -> None:
        options: dict[str, Any] = {
            "region": region,
            "credentials": (access_key_id, access_key_secret, security_token),
            "timeout": timeout,
        }
        self._name = bucket
        self._bucket = bucket_of(endpoint, bucket, **options)
        self._public = bucket_of(public_endpoint, bucket, is_cname=is_cname, **options)

    def head(self, key: str) -> ObjectInfo:
        """The object without its bytes. Raises NotFoundError."""
        return _tried(f"HeadObject {key}", lambda: _headed(key, self._bucket.head_object(key)))

    def read(self, key: str, *, limit: int) -> bytes:
        """All bytes, checked against the object's CRC-64.

        Raises NotFoundError, RejectedError (more than *limit* bytes; they are not transferred).
        """
        return _tried(f"GetObject {key}", lambda: self._read(key, limit))

    def _read(self, key: str, limit: int) -> bytes:
        answer = self._bucket.get_object(key)
        try:
            data = _limited(answer, key, limit)
        finally:
            answer.resp.response.close()
        check(f"GetObject {key}", data, answer.headers)
        return data

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> ObjectInfo:
        """Write, replacing; OSS shows the whole object or none of it."""
        headers = {f"{_META}{name}": value for name, value in (metadata or {}).items()}
        headers["Content-Type"] = media_type
        with translated(f"PutObject {key}"):
            answer = self._bucket.put_object(key, data, headers=headers)
            modified_at = parsedate_to_datetime(answer.headers["date"]).timestamp()
        check(f"PutObject {key}", data, answer.headers)
        return ObjectInfo(key=key, etag=answer.etag, size=len(data), modified_at=modified_at)

    def copy(self, source: str, target: str, *, if_match: str) -> ObjectInfo:
        """Server-side copy of exactly the bytes whose eTag is *if_match*.

        Raises NotFoundError (no source), ConflictError (another eTag).
        """
        condition = {"x-oss-copy-source-if-match": f'"{if_match}"'}
        with translated(f"CopyObject {source}"):
            self._bucket.copy_object(self._name, source, target, headers=condition)
        return self.head(target)

    def delete(self, key: str) -> None:
        """Delete; a missing object is no error."""
        with translated(f"DeleteObject {key}"):
            self._bucket.delete_object(key)

    def sign(self, key: str, *, seconds: int, process: str = "") -> str:
        """A GET-only URL on the public endpoint, at most seven days long-lived; a bearer secret.

        With an STS token it also dies with the token.
        """
        if not 1 <= seconds <= LONGEST_URL_LIFE:
            raise ValueError(f"a signed URL lives 1 to {LONGEST_URL_LIFE} seconds, not {seconds}")
        params = {"x-oss-process": process} if process else None
        with translated(f"sign {key}"):
            url: str = self._public.sign_url("GET", key, seconds, params=params, slash_safe=True)
        return url

    def page(
        self, prefix: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[ObjectInfo], str | None]:
        """At most 1,000 objects in key order; the cursor is a key, so it never goes stale."""
        answer = _tried(
            f"ListObjectsV2 {prefix}",
            lambda: self._bucket.list_objects_v2(
                prefix=prefix, start_after=after or "", max_keys=min(limit, 1000)
            ),
        )
        found = [_listed(item) for item in answer.object_list]
        return found, found[-1].key if answer.is_truncated and found else None


def _tried(what: str, read: Callable[[], T]) -> T:
    """A read, tried again at once where the connection broke."""
    for left in reversed(range(_READ_TRIES)):
        try:
            with translated(what):
                return read()
        except UnavailableError as error:  # noqa: PERF203 - three tries
            if not left or isinstance(error, SilenceError):
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def bucket_of(
    endpoint: str,
    name: str,
    *,
    region: str,
    credentials: tuple[str, str, str | None],
    timeout: float,
    is_cname: bool = False,
) -> Any:
    """The vendor's client of one bucket, with V4 signatures and a time limit."""
    return oss2.Bucket(
        _auth(*credentials),
        _with_scheme(endpoint),
        name,
        region=region,
        connect_timeout=timeout,
        is_cname=is_cname,
        enable_crc=False,  # crcmod is a thousand times slower than our own check
    )


def _auth(key_id: str, secret: str, token: str | None) -> Any:
    if token:
        return oss2.StsAuth(key_id, secret, token, auth_version=oss2.AUTH_VERSION_4)
    return oss2.AuthV4(key_id, secret)


def _with_scheme(endpoint: str) -> str:
    """oss2 would speak plain HTTP to an endpoint without a scheme."""
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def _limited(answer: Any, key: str, limit: int) -> bytes:
    if (answer.content_length or 0) > limit:
        raise RejectedError(f"{key} has {answer.content_length} bytes, more than {limit}")
    chunks: list[bytes] = []
    size = 0
    while chunk := answer.read(1 << 16):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise RejectedError(f"{key} has more than {limit} bytes")
    if answer.content_length is not None and size != answer.content_length:
        raise UnavailableError(f"OSS GetObject {key}: {size} of {answer.content_length} bytes came")
    return b"".join(chunks)


def _headed(key: str, answer: Any) -> ObjectInfo:
    metadata = {
        name.lower()[len(_META) :]: value
        for name, value in answer.headers.items()
        if name.lower().startswith(_META)
    }
    return ObjectInfo(
        key=key,
        etag=answer.etag,
        size=answer.content_length or 0,
        modified_at=float(answer.last_modified),
        kind=answer.object_type or "Normal",
        metadata=metadata,
    )


def _listed(item: Any) -> ObjectInfo:
    return ObjectInfo(
        key=item.key,
        etag=item.etag,
        size=item.size,
        modified_at=float(item.last_modified),
        kind=item.type or "Normal",
    )
