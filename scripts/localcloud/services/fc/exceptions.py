"""The error codes of Function Compute, as its clients meet them: status, `ErrorCode`, text."""

from __future__ import annotations


class FcError(Exception):
    """A request that Function Compute refuses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid_argument(message: str) -> FcError:
    """A parameter is missing or wrong."""
    return FcError(400, "InvalidArgument", message)


def missing_header(name: str) -> FcError:
    """A header that every request needs is not there."""
    return FcError(400, "MissingRequiredHeader", f"required HTTP header {name} was not specified")


def path_not_supported(method: str, path: str) -> FcError:
    """No operation has this path."""
    return FcError(404, "PathNotSupported", f"{method!r} against {path!r} is not supported")


def too_large(limit: int) -> FcError:
    """The payload of an invocation, or a package, is too big. `limit` in bytes."""
    text = f"payload size exceeds maximum allowed size ({limit} bytes)"
    return FcError(413, "EntityTooLarge", text)


def access_denied(message: str) -> FcError:
    """The credentials are not good for this."""
    return FcError(403, "AccessDenied", message)


def not_authorized(action: str, resource: str) -> FcError:
    """The credentials' role does not allow it."""
    text = f"the caller is not authorized to perform '{action}' on resource '{resource}'"
    return FcError(403, "AccessDenied", text)


def invalid_access_key(access_key_id: str) -> FcError:
    """Nobody has this access key."""
    return FcError(403, "InvalidAccessKeyID", f"invalid access key ID '{access_key_id}'")


def signature_mismatch() -> FcError:
    """The signature does not belong to the request."""
    return FcError(
        403,
        "SignatureNotMatch",
        "The request signature we calculated does not match the signature you provided."
        " Check your access key and signing method.",
    )


def not_found(kind: str, name: str) -> FcError:
    """There is no such thing; `kind` as in `Function`."""
    return FcError(404, f"{kind}NotFound", f"{kind.lower()} '{name}' does not exist")


def already_exists(kind: str, name: str) -> FcError:
    """The name is taken."""
    return FcError(409, f"{kind}AlreadyExists", f"{kind.lower()} '{name}' already exists")


def precondition_failed() -> FcError:
    """`If-Match` names another state than the present one."""
    return FcError(412, "PreconditionFailed", "the resource being modified has been changed")


def already_invoked(invocation_id: str) -> FcError:
    """The id of a stateful asynchronous invocation was used before."""
    return FcError(
        409,
        "StatefulAsyncInvocationAlreadyExists",
        f"stateful async invocation '{invocation_id}' already exists",
    )


def already_completed(invocation_id: str) -> FcError:
    """A stateful asynchronous invocation is over and cannot be stopped."""
    return FcError(
        412,
        "StatefulAsyncInvocationAlreadyCompleted",
        f"stateful async invocation '{invocation_id}' has already completed",
    )


def exhausted(message: str) -> FcError:
    """No instance became free in time."""
    return FcError(429, "ResourceExhausted", message)
