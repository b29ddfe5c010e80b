"""Services and aliases as resources of a template (`ALIYUN::FC::Service`, `Alias`)."""

from __future__ import annotations

from scripts.localcloud.core.resources import Made, Properties
from scripts.localcloud.services.fc.functions import lower_keys
from scripts.localcloud.services.fc.making import Maker
from scripts.localcloud.services.fc.registry import Document


class ServiceType:
    """A service."""

    required = frozenset({"ServiceName"})
    optional = frozenset(
        {
            *("DeletionForce", "Description", "InternetAccess", "LogConfig", "Role", "Tags"),
            *("TracingConfig", "VpcConfig", "NasConfig"),
        }
    )
    fixed = frozenset({"ServiceName"})
    attributes = frozenset(
        {"InternetAccess", "LogProject", "Logstore", "Role", "ServiceId", "ServiceName"}
    )

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def find(self, properties: Properties) -> Made | None:
        """The service of this name."""
        found = self._maker.find("GetService", service=str(properties["ServiceName"]))
        return None if found is None else _service_made(found)

    def create(self, properties: Properties) -> Made:
        """Make the service."""
        return _service_made(self._maker.call("CreateService", self._body(properties)))

    def update(self, before: Properties, after: Properties) -> Made:
        """Change the service."""
        del before  # it is set to what it is to be, whatever it was
        name = str(after["ServiceName"])
        return _service_made(self._maker.call("UpdateService", self._body(after), service=name))

    def delete(self, properties: Properties) -> None:
        """Remove the service with its versions and aliases; functions must be gone."""
        name = str(properties["ServiceName"])
        if self._maker.find("GetService", service=name) is None:
            return
        for alias in self._maker.call("ListAliases", service=name)["aliases"]:
            self._maker.call("DeleteAlias", service=name, name=alias["aliasName"])
        for version in self._maker.call("ListServiceVersions", service=name)["versions"]:
            self._maker.call("DeleteServiceVersion", service=name, name=version["versionId"])
        self._maker.call("DeleteService", service=name)

    @staticmethod
    def _body(properties: Properties) -> Document:
        body: Document = lower_keys(dict(properties))
        defaults = {"description": "", "role": "", "internetAccess": True}
        logs = {"logConfig": {"project": "", "logstore": ""}}
        return {**defaults, **logs, **body}


class AliasType:
    """A name for a version of a service."""

    required = frozenset({"AliasName", "ServiceName"})
    optional = frozenset({"Description", "VersionId"})
    fixed = required
    attributes = frozenset({"AliasName", "ServiceName", "VersionId"})

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def find(self, properties: Properties) -> Made | None:
        """The alias of this name."""
        service, name = str(properties["ServiceName"]), str(properties["AliasName"])
        found = self._maker.find("GetAlias", service=service, name=name)
        return None if found is None else _alias_made(properties, found)

    def create(self, properties: Properties) -> Made:
        """Make the alias; without a version it is LATEST's."""
        service = str(properties["ServiceName"])
        found = self._maker.call("CreateAlias", self._body(properties), service=service)
        return _alias_made(properties, found)

    def update(self, before: Properties, after: Properties) -> Made:
        """Point it elsewhere."""
        del before  # it is set to what it is to be, whatever it was
        service, name = str(after["ServiceName"]), str(after["AliasName"])
        found = self._maker.call("UpdateAlias", self._body(after), service=service, name=name)
        return _alias_made(after, found)

    def delete(self, properties: Properties) -> None:
        """Remove the alias."""
        if self.find(properties) is not None:
            service, name = str(properties["ServiceName"]), str(properties["AliasName"])
            self._maker.call("DeleteAlias", service=service, name=name)

    @staticmethod
    def _body(properties: Properties) -> Document:
        return {
            "aliasName": str(properties["AliasName"]),
            "description": str(properties.get("Description", "")),
            "versionId": str(properties.get("VersionId") or "LATEST"),
        }


def _service_made(found: Document) -> Made:
    logs = found.get("logConfig") or {}
    attributes = {
        "ServiceName": found["serviceName"],
        "ServiceId": found["serviceId"],
        "Role": found.get("role", ""),
        "InternetAccess": found.get("internetAccess", True),
        "LogProject": logs.get("project", ""),
        "Logstore": logs.get("logstore", ""),
    }
    return Made(identifier=found["serviceName"], attributes=attributes)


def _alias_made(properties: Properties, found: Document) -> Made:
    attributes = {
        "AliasName": properties["AliasName"],
        "ServiceName": properties["ServiceName"],
        "VersionId": found.get("versionId", ""),
    }
    return Made(identifier=str(properties["AliasName"]), attributes=attributes)
