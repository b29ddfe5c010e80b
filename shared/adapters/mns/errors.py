"""SMQ's words into ours, by its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mns.mns_exception import MNSClientNetworkException, MNSExceptionBase, MNSServerException

from shared.ports.errors import (
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

CODES: Final[dict[str, type[PortError]]] = {
    "AccessDenied": ForbiddenError,
    "InvalidAccessKeyId": ForbiddenError,
    "SignatureDoesNotMatch": ForbiddenError,
    "InvalidSecurityToken": ForbiddenError,
    "SecurityTokenExpired": ForbiddenError,
    "TimeExpired": ForbiddenError,
    "TopicNotExist": NotFoundError,
    "QueueNotExist": NotFoundError,
    "MessageNotExist": NotFoundError,
    "QpsLimitExceeded": ThrottledError,
    "TooManyRequests": ThrottledError,
    "InternalError": UnavailableError,
    "InternalServerError": UnavailableError,
    "ServiceUnavailable": UnavailableError,
    "InvalidArgument": RejectedError,
    "MalformedXML": RejectedError,
    "MessageTooLarge": RejectedError,
    "ReceiptHandleError": NotFoundError,
}


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Errors of the SDK inside become `PortError`s; *what* names the act and its place."""
    try:
        yield
    except MNSServerException as error:
        word = CODES.get(error.type, UnavailableError)
        raise word(f"SMQ {what}: {error.type} (request {error.req_id})") from error
    except MNSClientNetworkException as error:
        raise UnavailableError(f"SMQ {what}: the connection failed") from error
    except MNSExceptionBase as error:
        # Either our argument or an answer that is no XML; the latter may pass, the former shows.
        raise UnavailableError(f"SMQ {what}: {error.type}") from error
    except OSError as error:
        raise UnavailableError(f"SMQ {what}: {type(error).__name__}") from error
