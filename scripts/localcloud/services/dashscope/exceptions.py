"""DashScope's refusals: HTTP status, code and message, as contracts and samples show them."""

from __future__ import annotations


class DashScopeError(Exception):
    """A request that is answered by an error body and changes nothing."""

    def __init__(self, http: int, code: str, message: str) -> None:
        super().__init__(message)
        self.http = http
        self.code = code
        self.message = message


def no_such_key() -> DashScopeError:
    """The bearer token is missing or is not this account's key."""
    return DashScopeError(401, "InvalidApiKey", "Invalid API-key provided.")


def synchronous_call() -> DashScopeError:
    """The header `X-DashScope-Async: enable` is missing."""
    return DashScopeError(
        403, "AccessDenied", "current user api does not support synchronous calls."
    )


def unreadable_body() -> DashScopeError:
    """The body is not a JSON object."""
    return DashScopeError(400, "InvalidParameter.JsonPhrase", "input json error")


def invalid(what: str) -> DashScopeError:
    """A parameter is missing or wrong; `what` says which."""
    return DashScopeError(
        400, "InvalidParameter", f"Required parameter(s) missing or invalid: {what}"
    )


def unresolved_resource() -> DashScopeError:
    """An `oss://` address without the header that asks for its resolution."""
    return DashScopeError(
        400,
        "InvalidParameter.DataInspection",
        "The media format is not supported or incorrect for the data inspection.",
    )


def too_large() -> DashScopeError:
    """The body is larger than the gateway takes."""
    return DashScopeError(413, "BadRequest.TooLarge", "Payload Too Large")


def model_not_found(model: str) -> DashScopeError:
    """The model is on the deny list."""
    return DashScopeError(
        404, "ModelNotFound", f"The model `{model}` does not exist or you do not have access to it."
    )


def too_fast() -> DashScopeError:
    """More requests in a second than the account may send."""
    return DashScopeError(
        429,
        "Throttling.RateQuota",
        "Requests rate limit exceeded, please try again later.",
    )


def too_many_tasks() -> DashScopeError:
    """The slots are full and `over_limit` is `reject`."""
    return DashScopeError(429, "Throttling", "Requests throttling triggered.")


def quota_exhausted() -> DashScopeError:
    """The trial's images are used up."""
    return DashScopeError(
        403, "AllocationQuota.FreeTierOnly", "The free tier of the model has been exhausted."
    )


def too_slow() -> DashScopeError:
    """The body did not arrive in time."""
    return DashScopeError(408, "RequestTimeOut", MESSAGES["RequestTimeOut"])


def unavailable() -> DashScopeError:
    """There is no room for more results."""
    return DashScopeError(503, "ModelUnavailable", MESSAGES["ModelUnavailable"])


def not_cancellable() -> DashScopeError:
    """Only a PENDING task can be cancelled."""
    return DashScopeError(
        400,
        "UnsupportedOperation",
        "Failed to cancel the task, please confirm if the task is in PENDING status.",
    )


def no_such_path() -> DashScopeError:
    """Nothing answers at this path."""
    return DashScopeError(404, "NotFound", "Not found!")


MESSAGES = {
    "BadRequest": "Bad Request",
    "InvalidApiKey": "Invalid API-key provided.",
    "AccessDenied": "Access denied.",
    "Arrearage": "Access denied, please make sure your account is in good standing.",
    "AllocationQuota.FreeTierOnly": "The free tier of the model has been exhausted.",
    "Throttling": "Requests throttling triggered.",
    "Throttling.RateQuota": "Requests rate limit exceeded, please try again later.",
    "Throttling.BurstRate": "Request rate increased too quickly",
    "Throttling.AllocationQuota": "Free allocated quota exceeded.",
    "InternalError.Algo": "algorithm process error",
    "InternalError.FileUpload": "oss upload error",
    "ModelUnavailable": "Model is unavailable, please try again later.",
    "RequestTimeOut": "Request timed out, please try again later.",
    "UnsupportedOperation": not_cancellable().message,
}
"""What the service says beside a code that a fault orders; any other code is its own message."""
