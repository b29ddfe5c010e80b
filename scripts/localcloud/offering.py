"""What templates may have made here: the resource types of all services together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceType
from scripts.localcloud.services.ram.resources import resource_types as ram_types


class Offering(Protocol):
    """A service in which templates may have something made."""

    def resource_types(self) -> Mapping[str, ResourceType]:
        """What, by the names of ROS."""


def offered_types(cloud: Cloud, services: Iterable[Offering]) -> dict[str, ResourceType]:
    """Every resource type that the services and the account's access rules offer."""
    found = ram_types(cloud.access, cloud.identity)
    for service in services:
        found.update(service.resource_types())
    return found
