"""MNS's error codes, HTTP statuses and sentences (the vendor's error table)."""

from __future__ import annotations

from collections.abc import Mapping


class MnsError(Exception):
    """An answer with an error in it.

    Attributes:
        status: the HTTP status.
        code: the vendor's code.
        message: a sentence.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


class InvalidArgumentError(MnsError):
    """A value is missing or out of its range."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "InvalidArgument", message)


class MalformedXmlError(MnsError):
    """The body is no XML."""

    def __init__(self) -> None:
        super().__init__(400, "MalformedXML", "The XML you provided was not well-formed.")


class InvalidUrlError(MnsError):
    """No operation has this method and path."""

    def __init__(self) -> None:
        super().__init__(400, "InvalidRequestURL", "Http request URL format invalid.")


class NotExistError(MnsError):
    """No queue, topic or subscription has this name."""

    def __init__(self, kind: str) -> None:
        word = kind.lower()
        message = f"The {word} name you provided is not exist."
        super().__init__(404, f"{kind}NotExist", message)


class AlreadyExistError(MnsError):
    """The name is taken by one with other attributes."""

    def __init__(self, kind: str) -> None:
        word = kind.lower()
        message = f"The {word} you want to create is already exist, with other attributes."
        super().__init__(409, f"{kind}AlreadyExist", message)


class MessageNotExistError(MnsError):
    """Nothing to receive, or the message is gone."""

    def __init__(self) -> None:
        super().__init__(404, "MessageNotExist", "Message not exist.")


class ReceiptHandleError(MnsError):
    """The handle was never given out, or its time is over."""

    def __init__(self) -> None:
        message = "The receipt handle you provide is not valid."
        super().__init__(400, "ReceiptHandleError", message)


class AccessError(MnsError):
    """Who asks is not known, or the signature is not theirs."""

    def __init__(self, code: str, message: str, status: int = 403) -> None:
        super().__init__(status, code, message)


class ForbiddenError(AccessError):
    """The role of whoever asks does not allow it."""

    def __init__(self) -> None:
        message = (
            "The OwnerId that your Access Key Id associated to is forbidden for this operation."
        )
        super().__init__("AccessDenied", message)


class BatchDeleteError(MnsError):
    """Some handles of a batch failed; the others' messages are gone."""

    def __init__(self, failures: Mapping[str, MnsError]) -> None:
        first = next(iter(failures.values()))
        super().__init__(404, first.code, first.message)
        self.failures = dict(failures)
