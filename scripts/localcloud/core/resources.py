"""What a service offers to be made from a template, without knowing who asks for it.

Resources are known by the names in their properties, so a resource can be looked for before it is
made and after a kill. Every method may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource that exists: its physical id, and what `Fn::GetAtt` may ask of it."""

    identifier: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceError(Exception):
    """A service refuses to make, change or remove a resource; code and text are the service's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ResourceType(Protocol):
    """One type of resource, by the property names of ROS."""

    @property
    def required(self) -> frozenset[str]:
        """Properties without which there is no resource."""

    @property
    def optional(self) -> frozenset[str]:
        """Properties that may be given beside those."""

    @property
    def fixed(self) -> frozenset[str]:
        """Properties that cannot be changed: another value means another resource."""

    @property
    def attributes(self) -> frozenset[str]:
        """What `Fn::GetAtt` may ask for once it is made."""

    def find(self, properties: Properties) -> Made | None:
        """The resource that has these properties' names, whoever made it."""

    def create(self, properties: Properties) -> Made:
        """Make it. Raises ResourceError."""

    def update(self, before: Properties, after: Properties) -> Made:
        """Change it, again if need be: what a kill left half changed. Raises ResourceError."""

    def delete(self, properties: Properties) -> None:
        """Remove it; one that is gone already is fine. Raises ResourceError."""
