"""One control-plane request, decoded; and the places in the registry that it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.localcloud.services.fc.exceptions import FcError, invalid_argument
from scripts.localcloud.services.fc.registry import Document, Registry
from scripts.localcloud.services.fc.specification import LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who asks for what. `name` is the trigger, version, alias ... at the end of the path."""

    operation: str
    now: float
    service: str = ""
    qualifier: str = ""
    function: str = ""
    name: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: Document = field(default_factory=dict)
    if_match: str = ""

    @property
    def service_path(self) -> str:
        """Where the service is, as it may be changed."""
        return f"services/{self.service}"

    @property
    def function_path(self) -> str:
        """Where the function is, as it may be changed."""
        return f"{self.service_path}/functions/{self.function}"

    def text(self, name: str, default: str | None = None) -> str:
        """A field of the body that must be a text.

        Raises:
            FcError: it is none, or it is missing and has no default.
        """
        value = self.body.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (default is None and not value):
            raise invalid_argument(f"{name} is needed, as a text")
        return value

    def mapping(self, name: str) -> Document:
        """A field of the body that must be an object; an empty one where it is missing or null.

        Raises:
            FcError: it is something else.
        """
        return needed_mapping(self.body.get(name), name)

    def number(self, name: str, lowest: int, highest: int, default: int) -> int:
        """A field of the body that must be a whole number within bounds.

        Raises:
            FcError: it is not.
        """
        value: Any = self.body.get(name, default)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)  # as some clients send it
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise invalid_argument(f"{name} is {value!r}; it must be from {lowest} to {highest}")
        return value


def needed_mapping(value: Any, name: str) -> Document:
    """A value that must be an object; an empty one for null.

    Raises:
        FcError: it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid_argument(f"{name} must be an object")
    return value


def needed_text(value: Any, name: str) -> str:
    """A value that must be a text; an empty one for null.

    Raises:
        FcError: it is something else.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid_argument(f"{name} must be a text")
    return value


def resolve_version(registry: Registry, service: str, qualifier: str) -> tuple[str, str]:
    """The path of a service at a qualifier (a version, an alias, LATEST or ""), and the version id.

    Raises:
        FcError: there is no such service, version or alias.
    """
    path = f"services/{service}"
    registry.get(path)
    if qualifier in ("", LATEST):
        return path, LATEST
    version = qualifier
    if not qualifier.isdecimal():
        alias = registry.find(f"{path}/aliases/{qualifier}")
        if alias is None:
            text = f"alias '{qualifier}' of service '{service}' does not exist"
            raise FcError(404, "AliasNotFound", text)
        version = str(alias["versionId"])
    frozen = f"frozen/{service}@{version}"
    if registry.find(frozen) is None:
        text = f"version '{version}' of service '{service}' does not exist"
        raise FcError(404, "VersionNotFound", text)
    return frozen, version
