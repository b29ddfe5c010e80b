"""OSS's words into ours: one table by code, one rule by status, one context manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from oss2.exceptions import ClientError, OssError
from urllib3.exceptions import HTTPError

from shared.ports.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

CODES: Final[dict[str, type[PortError]]] = {
    "NoSuchKey": NotFoundError,
    "SymlinkTargetNotExist": NotFoundError,
    # Nothing follows about an object from a bucket that is not there: no upload may be rejected.
    "NoSuchBucket": UnavailableError,
    "PreconditionFailed": ConflictError,
    "NotModified": ConflictError,
    "FileAlreadyExists": ConflictError,
    "InvalidObjectState": RejectedError,
    "RequestTimeout": UnavailableError,
    "QpsLimitExceeded": ThrottledError,
    "TotalQpsLimitExceeded": ThrottledError,
    "DownloadTrafficRateLimitExceeded": ThrottledError,
    "UploadTrafficRateLimitExceeded": ThrottledError,
    "SlowDown": ThrottledError,
}
"""Codes whose status alone would mislead; the others go by status (contracts, 7)."""

STATUSES: Final[dict[int, type[PortError]]] = {
    304: ConflictError,
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    429: ThrottledError,
    503: ThrottledError,
}

_CLIENT_FAULT: Final = range(400, 500)


class SilenceError(UnavailableError):
    """The time limit was spent waiting; a caller has no time for the same again."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Vendor and network errors inside become `PortError`s; *what* names operation and key."""
    try:
        yield
    except OssError as error:
        word = SilenceError if _is_silence(error) else _word_for(error)
        raise word(_sentence(what, error)) from error
    except (HTTPError, OSError) as error:  # a body cut short surfaces from below the SDK
        raise UnavailableError(f"OSS {what}: {type(error).__name__}") from error


def _is_silence(error: OssError) -> bool:
    """Time limits come from below as `requests` errors, whose names say it."""
    return "Timeout" in type(getattr(error, "exception", None)).__name__


def _word_for(error: OssError) -> type[PortError]:
    if isinstance(error, ClientError):
        return RejectedError
    by_code = CODES.get(error.code)
    if by_code is not None:
        return by_code
    otherwise = RejectedError if error.status in _CLIENT_FAULT else UnavailableError
    return STATUSES.get(error.status, otherwise)


def _sentence(what: str, error: OssError) -> str:
    """Code and message only: bodies and URLs may hold what was signed."""
    if error.status < 0:
        cause = type(getattr(error, "exception", error)).__name__
        return f"OSS {what}: {cause}"
    code = error.code or f"HTTP {error.status}"
    return f"OSS {what}: {code}: {error.message} (request {error.request_id})"
