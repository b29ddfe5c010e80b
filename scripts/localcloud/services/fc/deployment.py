"""Makes what a template describes: its service, functions, asynchronous configurations, triggers.

Resources of other services in the template (bucket, tables, topic) are those services' business.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceError, ResourceType
from scripts.localcloud.templates.document import load_template
from scripts.localcloud.templates.exceptions import TemplateError
from scripts.localcloud.templates.resolution import Account, Resource, resolve_template

SERVICE: Final = "ALIYUN::FC::Service"
FUNCTION: Final = "ALIYUN::FC::Function"
TRIGGER: Final = "ALIYUN::FC::Trigger"


class DeploymentError(Exception):
    """What the template describes cannot be made here."""


def local_parameters(cloud: Cloud, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Values of this cloud for those parameters that the template has."""
    identity = cloud.identity
    values = {
        "BucketName": identity.bucket,
        "CodeBucket": identity.bucket,
        "ServiceName": identity.fc_service,
        "TablestoreInstance": identity.tablestore_instance,
        "TopicName": identity.mns_topic,
        "DashScopeApiKey": identity.dashscope_api_key,
        "DashScopeBaseUrl": cloud.endpoints.get("dashscope", "") + "/api/v1",
        "Quota": "unlimited",
        "EraseQuota": "unlimited",
        "ResultHosts": "127.0.0.1",
        "Deployment": f"{cloud.clock.now():.0f}",
        "AbsenceSeconds": 20,  # this provider's list has no lag, and its network none either
        "OssEndpoint": cloud.endpoints.get("oss", ""),
        "OssPublicEndpoint": cloud.endpoints.get("oss", ""),
        "TablestoreEndpoint": cloud.endpoints.get("tablestore", ""),
        "FcEndpoint": cloud.endpoints.get("fc", ""),
        "MnsEndpoint": cloud.endpoints.get("mns", ""),
        "EventBridgeEndpoint": cloud.endpoints.get("eventbridge", ""),
    }
    return {name: value for name, value in values.items() if name in declared}


def resolve_locally(
    template: Path, cloud: Cloud, parameters: Mapping[str, Any] | None = None
) -> dict[str, Resource]:
    """The template's resources with the values of this cloud; `parameters` go before those.

    Raises:
        TemplateError: the template cannot be used.
    """
    document = load_template(template)
    values = local_parameters(cloud, document.get("Parameters") or {})
    account = Account(region=cloud.identity.region, account_id=cloud.identity.account_id)
    return resolve_template(document, {**values, **(parameters or {})}, account)


class Deployer:
    """Creates or updates, so that deploying twice is deploying once."""

    def __init__(self, types: Mapping[str, ResourceType]) -> None:
        self._types = types

    def deploy(self, resources: Mapping[str, Resource], packages: Mapping[str, bytes]) -> None:
        """Make everything of Function Compute in `resources`; `packages` are zips by function.

        Raises:
            DeploymentError: a package is missing, or a property is refused; the text names both.
        """
        for kind in (SERVICE, FUNCTION, TRIGGER):
            for resource in resources.values():
                if resource.type == kind:
                    self._guarded(resource, packages)

    def _guarded(self, resource: Resource, packages: Mapping[str, bytes]) -> None:
        place = f"{resource.type} {resource.name}"
        try:
            self._make(resource, packages)
        except ResourceError as error:
            raise DeploymentError(f"{place}: {error.message}") from error
        except TemplateError as error:
            raise DeploymentError(f"{place}: {error}") from error
        except KeyError as error:
            raise DeploymentError(f"{place}: property {error} is missing") from error

    def _make(self, resource: Resource, packages: Mapping[str, bytes]) -> None:
        properties, kind = resource.properties, self._types[resource.type]
        if resource.type == FUNCTION:
            name = properties["FunctionName"]
            if name not in packages:
                raise TemplateError(f"there is no package of function {name!r}: build it first")
            code = {"ZipFile": base64.b64encode(packages[name]).decode()}
            properties = {**properties, "Code": code}
        if kind.find(properties) is None:
            kind.create(properties)
        else:
            kind.update(properties, properties)


def event_functions(resources: Mapping[str, Resource]) -> list[tuple[str, str]]:
    """Service and name of the functions that no timer starts, in the template's order."""
    timed = {
        (r.properties["ServiceName"], r.properties["FunctionName"])
        for r in resources.values()
        if r.type == TRIGGER and r.properties["TriggerType"] == "timer"
    }
    declared = [
        (r.properties["ServiceName"], r.properties["FunctionName"])
        for r in resources.values()
        if r.type == FUNCTION
    ]
    return [function for function in declared if function not in timed]
