"""Tablestore's words into ours: one table, one context manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError

from shared.adapters.tablestore.sdk import NOT_PERFORMED, OTSClientError, OTSServiceError
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
    "OTSConditionCheckFail": ConflictError,
    "OTSObjectAlreadyExist": ConflictError,
    "OTSObjectNotExist": NotFoundError,
    "OTSAuthFailed": ForbiddenError,
    "OTSNoPermissionAccess": ForbiddenError,
    "OTSInvalidAuthorization": ForbiddenError,
    "OTSServerBusy": ThrottledError,
    "OTSNotEnoughCapacityUnit": ThrottledError,
    "OTSCapacityUnitExhausted": ThrottledError,
    "OTSQuotaExhausted": ThrottledError,
    "OTSOperationThrottled": ThrottledError,
    "OTSTooFrequentReservedThroughputAdjustment": ThrottledError,
    "OTSRowOperationConflict": UnavailableError,
    "OTSOperationConflict": UnavailableError,
    "OTSTableNotReady": UnavailableError,
    "OTSPartitionUnavailable": UnavailableError,
    "OTSTimeout": UnavailableError,
    "OTSRequestTimeout": UnavailableError,
    "OTSServerUnavailable": UnavailableError,
    "OTSInternalServerError": UnavailableError,
    "OTSParameterInvalid": RejectedError,
    "OTSInvalidPK": RejectedError,
    "OTSOutOfColumnCountLimit": RejectedError,
    "OTSOutOfRowSizeLimit": RejectedError,
    "OTSRequestBodyTooLarge": RejectedError,
    "OTSMethodNotAllowed": RejectedError,
}
"""docs-ots' error page (contracts/alibaba-cloud.md, 6.3) and what its SDK knows besides."""

_SERVER_FAULT: Final = 500


class SilenceError(UnavailableError):
    """The time limit was spent waiting; a caller has no time for the same again."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Vendor and network errors inside become `PortError`s; *what* names the table and the act."""
    try:
        yield
    except OTSServiceError as error:
        raise _of_service(error)(_sentence(what, error)) from error
    except OTSClientError as error:
        # An answer that could not be believed (its signature, its date): the write may stand.
        raise UnavailableError(f"Tablestore {what}: {error}") from error
    except (HTTPError, OSError) as error:
        word = SilenceError if _is_silence(error) else UnavailableError
        raise word(f"Tablestore {what}: {type(error).__name__}") from error


def _is_silence(error: Exception) -> bool:
    reason = error.reason if isinstance(error, MaxRetryError) else error
    return isinstance(reason, urllib3.exceptions.TimeoutError)


def _of_service(error: OTSServiceError) -> type[PortError]:
    known = CODES.get(error.code)
    if known is not None:
        return known
    if error.code in NOT_PERFORMED or int(error.http_status or 0) >= _SERVER_FAULT:
        return UnavailableError
    return RejectedError


def _sentence(what: str, error: OTSServiceError) -> str:
    return f"Tablestore {what}: {error.code}: {error.message} (request {error.request_id})"
