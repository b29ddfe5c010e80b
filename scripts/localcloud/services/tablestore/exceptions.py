"""Tablestore's error codes, HTTP statuses and sentences.

The sentences are those that the vendor's own test suites assert; the codes and statuses are the
error table's (contracts: Tablestore, 6.3).
"""

from __future__ import annotations


class TablestoreError(Exception):
    """An answer with an error in it.

    Attributes:
        status: the HTTP status.
        code: the vendor's code, `OTS...`.
        message: the vendor's sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


class ParameterInvalidError(TablestoreError):
    """The request says something that cannot be."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "OTSParameterInvalid", message)


class InvalidKeyError(TablestoreError):
    """The primary key does not fit the table's."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "OTSInvalidPK", message)


class ConditionCheckFailError(TablestoreError):
    """The row is not as the writer expected: the lost side of a race."""

    def __init__(self) -> None:
        super().__init__(403, "OTSConditionCheckFail", "Condition check failed.")


class AuthFailedError(TablestoreError):
    """Who asks is not known, or the signature is not theirs."""

    def __init__(self, message: str) -> None:
        super().__init__(403, "OTSAuthFailed", message)


class NoPermissionError(TablestoreError):
    """The role of whoever asks does not allow it."""

    def __init__(self) -> None:
        message = (
            "You have no permission to access the requested resource, please contact the resource"
            " owner."
        )
        super().__init__(403, "OTSNoPermissionAccess", message)


class ObjectNotExistError(TablestoreError):
    """No such table, index or instance."""

    def __init__(self, message: str = "Requested table does not exist.") -> None:
        super().__init__(404, "OTSObjectNotExist", message)


class ObjectAlreadyExistError(TablestoreError):
    """The name is taken."""

    def __init__(self, message: str = "Requested table already exists.") -> None:
        super().__init__(409, "OTSObjectAlreadyExist", message)


class QuotaExhaustedError(TablestoreError):
    """More tables than an instance may have."""

    def __init__(self) -> None:
        super().__init__(403, "OTSQuotaExhausted", "Number of tables exceeded the quota.")


class BodyTooLargeError(TablestoreError):
    """More than 5 MB in one request."""

    def __init__(self) -> None:
        super().__init__(413, "OTSRequestBodyTooLarge", "The size of POST data is too large.")


class MethodNotAllowedError(TablestoreError):
    """Anything but POST."""

    def __init__(self) -> None:
        message = "Only POST method for requests is supported."
        super().__init__(405, "OTSMethodNotAllowed", message)
