"""Function Compute's words into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests
from fc2.fc_exceptions import FcError

from shared.ports.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

STATUSES: Final[dict[int, type[PortError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
    503: ThrottledError,
}
_CLIENT_FAULT: Final = range(400, 500)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Errors of the SDK and of `requests` below it become `PortError`s."""
    try:
        yield
    except FcError as error:
        raise _word_for(int(error.status_code))(_sentence(what, error)) from error
    except (requests.RequestException, OSError, ValueError) as error:
        # ValueError: the SDK reads an error's body as JSON before it looks whether it is.
        raise UnavailableError(f"Function Compute {what}: {type(error).__name__}") from error


def _word_for(status: int) -> type[PortError]:
    otherwise = RejectedError if status in _CLIENT_FAULT else UnavailableError
    return STATUSES.get(status, otherwise)


def _sentence(what: str, error: FcError) -> str:
    code = error.err_code or f"HTTP {error.status_code}"
    return f"Function Compute {what}: {code} (request {error.request_id})"
