"""The error codes of ROS: status, code, sentence.

Source: the error tables of the API's pages, version 2019-09-10; `NotSupported` for an update that
changes nothing is what the vendor's own tools look for.
"""

from __future__ import annotations

from typing import Final

from scripts.localcloud.templates.exceptions import TemplateError

BAD_REQUEST, NOT_FOUND, CONFLICT = 400, 404, 409
SAME_STACK: Final = "Update the completely same stack is not supported."


class RosError(Exception):
    """A request that ROS refuses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def of_template(error: TemplateError) -> RosError:
    """What is wrong with a template, as an answer."""
    return RosError(BAD_REQUEST, error.code, str(error))


def validation_failed(reason: str) -> RosError:
    """The template is well formed, and yet cannot be made."""
    return RosError(BAD_REQUEST, "StackValidationFailed", reason)


def stack_not_found(name: str) -> RosError:
    """No stack has this id."""
    return RosError(NOT_FOUND, "StackNotFound", f"The Stack ({name}) could not be found.")


def stack_exists(name: str) -> RosError:
    """The name is taken."""
    return RosError(CONFLICT, "StackExists", f"The Stack ({name}) already exists.")


def resource_not_found(name: str, stack: str) -> RosError:
    """The stack has no such resource."""
    text = f"The Resource ({name}) could not be found in Stack {stack}."
    return RosError(NOT_FOUND, "ResourceNotFound", text)


def action_in_progress(name: str, action: str) -> RosError:
    """The stack is being changed."""
    text = f"Stack {name} already has an action ({action}) in progress."
    return RosError(CONFLICT, "ActionInProgress", text)


def not_supported(reason: str) -> RosError:
    """The stack is in a state in which this cannot be done."""
    return RosError(BAD_REQUEST, "NotSupported", reason)


def deletion_protected(stack_id: str) -> RosError:
    """The stack is not to be deleted."""
    text = f"Fail to delete stack {stack_id}, as deletion protection is enabled."
    return RosError(BAD_REQUEST, "InvalidOperation.DeletionProtection", text)


def token_reused() -> RosError:
    """The client token belongs to another request."""
    text = "The ClientToken was used by a request with other parameters."
    return RosError(BAD_REQUEST, "IdempotentParameterMismatch", text)
