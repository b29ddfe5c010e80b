"""What the world does to us, in our words; each adapter translates its vendor's errors once.

PortError
├── RetryableError            trying again later may work
│   ├── ThrottledError        the service asked us to slow down
│   └── UnavailableError      it did not answer, or answered with its own fault; a write may
│                             or may not have happened
├── NotFoundError             there is no such thing
├── GoneError                 there was, and it asks not to be called any more
├── ConflictError             somebody else wrote first
├── ForbiddenError            our credentials are refused
├── RejectedError             it understood the request and will never accept it
└── SubmitError               a POST of a task did not give a task id
    ├── NotSentError          it surely never reached the provider
    ├── OutcomeUnknownError   it may have been performed, and paid for
    └── RefusedError          the provider said no; nothing was performed
"""

from __future__ import annotations

from shared.domain.failure import Failure


class PortError(Exception):
    """A service did not do what was asked. The message names the service and its own code."""


class RetryableError(PortError):
    """Trying again later may work; `retry_after` is in how many seconds, where the service said."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ThrottledError(RetryableError):
    """The service asked us to slow down."""


class UnavailableError(RetryableError):
    """The service did not answer, or failed by itself. A write may or may not have happened."""


class NotFoundError(PortError):
    """There is no such thing."""


class GoneError(PortError):
    """There was such a thing, and it asks not to be called any more (HTTP 410)."""


class ConflictError(PortError):
    """Somebody else wrote first, or a condition did not hold."""


class ForbiddenError(PortError):
    """Our credentials are refused; `failure` is the provider's own word for it, if it is it."""

    def __init__(self, message: str = "", *, failure: Failure | None = None) -> None:
        super().__init__(message)
        self.failure = failure


class RejectedError(PortError):
    """The service understood the request and will never accept it."""


class SubmitError(PortError):
    """A POST of a task did not give a task id."""


class NotSentError(SubmitError):
    """The POST surely never reached the provider (name, connect, TLS, or our own deadline)."""


class OutcomeUnknownError(SubmitError):
    """The POST may have been performed: reset, read timeout, 502, 504, unreadable answer."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class RefusedError(SubmitError):
    """The provider said no, and why; `retry_after`: in how many seconds to come again, if said."""

    def __init__(
        self, failure: Failure, *, throttled: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{failure.code}: {failure.message}")
        self.failure = failure
        self.throttled = throttled
        self.retry_after = retry_after
