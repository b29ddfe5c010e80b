"""Makes what a template describes: its service, functions, asynchronous configurations, triggers.

Resources of other services in the template (bucket, tables, topic) are those services' business.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.services.fc.call import Call
from scripts.localcloud.services.fc.exceptions import FcError
from scripts.localcloud.services.fc.functions import lower_keys
from scripts.localcloud.services.fc.models import Operation
from scripts.localcloud.services.fc.registry import Document
from scripts.localcloud.templates.document import load_template
from scripts.localcloud.templates.exceptions import TemplateError
from scripts.localcloud.templates.resolution import Account, Resource, resolve_template

SERVICE: Final = "ALIYUN::FC::Service"
FUNCTION: Final = "ALIYUN::FC::Function"
TRIGGER: Final = "ALIYUN::FC::Trigger"
NOT_FOUND: Final = 404


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

    def __init__(self, operations: Mapping[str, Operation], now: Callable[[], float]) -> None:
        self._operations = operations
        self._now = now

    def deploy(self, resources: Mapping[str, Resource], packages: Mapping[str, bytes]) -> None:
        """Make everything of Function Compute in `resources`; `packages` are zips by function.

        Raises:
            DeploymentError: a package is missing, or a property is refused; the text names both.
        """
        makers = ((SERVICE, self._service), (FUNCTION, self._function), (TRIGGER, self._trigger))
        for kind, make in makers:
            for resource in resources.values():
                if resource.type == kind:
                    self._guarded(make, resource, packages)

    @staticmethod
    def _guarded(
        make: Callable[[Resource, Mapping[str, bytes]], None],
        resource: Resource,
        packages: Mapping[str, bytes],
    ) -> None:
        try:
            make(resource, packages)
        except (FcError, TemplateError) as error:
            raise DeploymentError(f"{resource.type} {resource.name}: {error}") from error
        except KeyError as error:
            text = f"{resource.type} {resource.name}: property {error} is missing"
            raise DeploymentError(text) from error

    def _service(self, resource: Resource, _: Mapping[str, bytes]) -> None:
        body = lower_keys(resource.properties)
        self._put("Service", body, service=body["serviceName"])

    def _function(self, resource: Resource, packages: Mapping[str, bytes]) -> None:
        given = resource.properties
        name = given["FunctionName"]
        if name not in packages:
            raise TemplateError(f"there is no package of function {name!r}: build it first")
        body = {
            "functionName": name,
            "runtime": given["Runtime"],
            "handler": given["Handler"],
            "initializer": given.get("Initializer", ""),
            "initializationTimeout": given.get("InitializationTimeout", 30),
            "memorySize": given.get("MemorySize", 128),
            "timeout": given.get("Timeout", 3),
            "description": given.get("Description", ""),
            "environmentVariables": {
                key: _as_text(value) for key, value in given.get("EnvironmentVariables", {}).items()
            },
            "code": {"zipFile": base64.b64encode(packages[name]).decode()},
        }
        self._put("Function", body, service=given["ServiceName"], function=name)
        if "AsyncConfiguration" in given:
            config = async_config(given["AsyncConfiguration"])
            self._call(
                "PutFunctionAsyncInvokeConfig",
                config,
                service=given["ServiceName"],
                function=name,
            )

    def _trigger(self, resource: Resource, _: Mapping[str, bytes]) -> None:
        given = resource.properties
        body = {
            "triggerName": given["TriggerName"],
            "triggerType": given["TriggerType"],
            "triggerConfig": lower_keys(given["TriggerConfig"]),
            "sourceArn": given.get("SourceArn", ""),
            "invocationRole": given.get("InvocationRole", ""),
            "description": given.get("Description", ""),
        }
        service, function = given["ServiceName"], given["FunctionName"]
        self._put("Trigger", body, service=service, function=function, name=given["TriggerName"])

    def _put(
        self, kind: str, body: Document, *, service: str, function: str = "", name: str = ""
    ) -> None:
        try:
            self._call(f"Update{kind}", body, service=service, function=function, name=name)
        except FcError as error:
            if error.status != NOT_FOUND:
                raise
            self._call(f"Create{kind}", body, service=service, function=function, name=name)

    def _call(
        self, operation: str, body: Document, *, service: str, function: str = "", name: str = ""
    ) -> None:
        self._operations[operation](
            Call(
                operation=operation,
                now=self._now(),
                service=service,
                function=function,
                name=name,
                body=body,
            )
        )


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


def async_config(given: Mapping[str, Any]) -> Document:
    """`AsyncConfiguration` of a template as the API takes it: destinations are nested there."""
    config: Document = {key: value for key, value in given.items() if key != "Destination"}
    destination = given.get("Destination") or {}
    config["DestinationConfig"] = {
        which: {"Destination": arn} for which, arn in destination.items()
    }
    return config


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
