"""What is wrong with a template or the values given for it, by the codes and sentences of ROS.

Source: the error tables of CreateStack and UpdateStack, API 2019-09-10.
"""

from __future__ import annotations


class TemplateError(ValueError):
    """The template, or a value given for it, cannot be used; the text says where and why."""

    def __init__(self, message: str, code: str = "InvalidSchema") -> None:
        super().__init__(message)
        self.code = code


def refused(reason: str) -> TemplateError:
    """It is well formed, and yet not to be made."""
    return TemplateError(reason, "StackValidationFailed")


def unknown_parameter(name: str) -> TemplateError:
    """A value for a parameter that the template does not have."""
    text = f"The Parameter ({name}) was not defined in template."
    return TemplateError(text, "UnknownUserParameter")


def missing_parameter(name: str) -> TemplateError:
    """No value for a parameter without a default."""
    return TemplateError(f"The Parameter {name} was not provided.", "UserParameterMissing")


def wrong_reference(name: object, place: str) -> TemplateError:
    """`Ref` to nothing."""
    text = f'The specified reference "{name}" (in {place}) is incorrect.'
    return TemplateError(text, "InvalidTemplateReference")


def wrong_attribute(resource: str, attribute: str) -> TemplateError:
    """`Fn::GetAtt` of what a resource does not have."""
    text = f"The Referenced Attribute ({resource} {attribute}) is incorrect."
    return TemplateError(text, "InvalidTemplateAttribute")


def circular(names: list[str]) -> TemplateError:
    """Resources that wait for each other."""
    text = f"Circular Dependency Found: {' -> '.join(names)}."
    return TemplateError(text, "CircularDependency")


def wrong_version(reason: str) -> TemplateError:
    """Another language than this one."""
    return TemplateError(f"The template version is invalid: {reason}.", "InvalidTemplateVersion")


def wrong_section(name: str) -> TemplateError:
    """A part of a template that there is not."""
    return TemplateError(f"The template section is invalid: {name}.", "InvalidTemplateSection")
