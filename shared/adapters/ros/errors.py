"""The words of ROS into ours: one table by code, one rule by status, one context manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException

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
    "StackNotFound": NotFoundError,
    "ResourceNotFound": NotFoundError,
    "StackExists": ConflictError,
    "ActionInProgress": ConflictError,
    "NotSupported": RejectedError,
    "StackValidationFailed": RejectedError,
    "Throttling": ThrottledError,
    "Throttling.User": ThrottledError,
    "Throttling.Api": ThrottledError,
    "ServiceUnavailable": UnavailableError,
    "InternalError": UnavailableError,
}
STATUSES: Final[dict[int, type[PortError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: ThrottledError,
    503: ThrottledError,
}
_KEYS: Final = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurityToken", "Forbidden")
_CLIENT_FAULT: Final = range(400, 500)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Errors of the SDK and of the network below it become `PortError`s."""
    try:
        yield
    except ServerException as error:
        word = _word_for(error.get_error_code() or "", int(error.get_http_status() or 0))
        text = f"{error.get_error_code()}: {error.get_error_msg()}"
        raise word(f"ROS {what}: {text} (request {error.get_request_id()})") from error
    except (ClientException, OSError, ValueError) as error:
        code = getattr(error, "error_code", type(error).__name__)
        raise UnavailableError(f"ROS {what}: {code}") from error


def _word_for(code: str, status: int) -> type[PortError]:
    if code in CODES:
        return CODES[code]
    if code.startswith(_KEYS):
        return ForbiddenError
    otherwise = RejectedError if status in _CLIENT_FAULT else UnavailableError
    return STATUSES.get(status, otherwise)
