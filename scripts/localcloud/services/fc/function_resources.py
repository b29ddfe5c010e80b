"""Functions and triggers as resources of a template (`ALIYUN::FC::Function`, `Trigger`)."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from scripts.localcloud.core.resources import Made, Properties, ResourceError
from scripts.localcloud.services.fc.functions import lower_keys
from scripts.localcloud.services.fc.making import Maker, ReadObject, function_place
from scripts.localcloud.services.fc.registry import Document


class FunctionType:
    """A function with its package and its asynchronous configuration."""

    required = frozenset({"FunctionName", "Handler", "Runtime", "ServiceName"})
    optional = frozenset(
        {
            *("AsyncConfiguration", "Code", "Description", "EnvironmentVariables"),
            *("InitializationTimeout", "Initializer", "InstanceConcurrency", "InstanceType"),
            *("MemorySize", "Timeout"),
        }
    )
    fixed = frozenset({"FunctionName", "ServiceName"})
    attributes = frozenset({"Arn", "FunctionId", "FunctionName", "ServiceId", "ServiceName"})

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def find(self, properties: Properties) -> Made | None:
        """The function of this name."""
        found = self._maker.find("GetFunction", **function_place(properties))
        return None if found is None else self._made(found, properties)

    def create(self, properties: Properties) -> Made:
        """Make the function."""
        body = function_body(properties, self._code(properties))
        found = self._maker.call("CreateFunction", body, service=str(properties["ServiceName"]))
        self._configure(properties)
        return self._made(found, properties)

    def update(self, before: Properties, after: Properties) -> Made:
        """Change the function; its package is read again only where another is named."""
        same_code = before is not after and before.get("Code") == after.get("Code")
        body = function_body(after, None if same_code else self._code(after))
        found = self._maker.call("UpdateFunction", body, **function_place(after))
        self._configure(after)
        return self._made(found, after)

    def delete(self, properties: Properties) -> None:
        """Remove the function with its triggers."""
        if self._maker.find("GetFunction", **function_place(properties)) is None:
            return
        self._forget_configuration(properties)
        self._maker.call("DeleteFunction", **function_place(properties))

    def _code(self, properties: Properties) -> bytes:
        return package_of(properties.get("Code") or {}, self._maker.read_object)

    def _configure(self, properties: Properties) -> None:
        given = properties.get("AsyncConfiguration")
        if given:
            place = function_place(properties)
            self._maker.call("PutFunctionAsyncInvokeConfig", async_config(given), **place)
        else:
            self._forget_configuration(properties)

    def _forget_configuration(self, properties: Properties) -> None:
        place = function_place(properties)
        if self._maker.find("GetFunctionAsyncInvokeConfig", **place) is not None:
            self._maker.call("DeleteFunctionAsyncInvokeConfig", **place)

    def _made(self, found: Document, properties: Properties) -> Made:
        service, name = str(properties["ServiceName"]), str(found["functionName"])
        owner = self._maker.find("GetService", service=service) or {}
        attributes = {
            "FunctionName": name,
            "FunctionId": found["functionId"],
            "ServiceName": service,
            "ServiceId": owner.get("serviceId", ""),
            "Arn": self._maker.arn(f"services/{service}.LATEST/functions/{name}"),
        }
        return Made(identifier=found["functionId"], attributes=attributes)


class TriggerType:
    """A trigger of a function."""

    required = frozenset(
        {"FunctionName", "ServiceName", "TriggerConfig", "TriggerName", "TriggerType"}
    )
    optional = frozenset({"Description", "InvocationRole", "Qualifier", "SourceArn"})
    fixed = frozenset({"FunctionName", "ServiceName", "SourceArn", "TriggerName", "TriggerType"})
    attributes = frozenset({"FunctionName", "ServiceName", "TriggerName"})

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def find(self, properties: Properties) -> Made | None:
        """The trigger of this name."""
        name = str(properties["TriggerName"])
        found = self._maker.find("GetTrigger", **function_place(properties), name=name)
        return None if found is None else _trigger_made(properties)

    def create(self, properties: Properties) -> Made:
        """Make the trigger."""
        self._maker.call("CreateTrigger", trigger_body(properties), **function_place(properties))
        return _trigger_made(properties)

    def update(self, before: Properties, after: Properties) -> Made:
        """Change the trigger."""
        del before  # it is set to what it is to be, whatever it was
        name = str(after["TriggerName"])
        self._maker.call("UpdateTrigger", trigger_body(after), **function_place(after), name=name)
        return _trigger_made(after)

    def delete(self, properties: Properties) -> None:
        """Remove the trigger."""
        if self.find(properties) is not None:
            name = str(properties["TriggerName"])
            self._maker.call("DeleteTrigger", **function_place(properties), name=name)


def function_body(given: Properties, package: bytes | None) -> Document:
    """A function of a template as the API takes it; None leaves the package as it is."""
    environment: Mapping[str, Any] = given.get("EnvironmentVariables") or {}
    body: Document = {
        "functionName": given["FunctionName"],
        "runtime": given["Runtime"],
        "handler": given["Handler"],
        "initializer": given.get("Initializer", ""),
        "initializationTimeout": given.get("InitializationTimeout", 30),
        "memorySize": given.get("MemorySize", 128),
        "timeout": given.get("Timeout", 3),
        "description": given.get("Description", ""),
        "environmentVariables": {key: as_text(value) for key, value in environment.items()},
    }
    for name in ("InstanceConcurrency", "Cpu", "DiskSize"):
        if name in given:
            body[name[:1].lower() + name[1:]] = given[name]
    if package is not None:
        body["code"] = {"zipFile": base64.b64encode(package).decode()}
    return body


def trigger_body(given: Properties) -> Document:
    """A trigger of a template as the API takes it."""
    return {
        "triggerName": given["TriggerName"],
        "triggerType": given["TriggerType"],
        "triggerConfig": lower_keys(given["TriggerConfig"]),
        "sourceArn": given.get("SourceArn", ""),
        "invocationRole": given.get("InvocationRole", ""),
        "qualifier": given.get("Qualifier", ""),
        "description": given.get("Description", ""),
    }


def async_config(given: Mapping[str, Any]) -> Document:
    """`AsyncConfiguration` of a template as the API takes it: destinations are nested there."""
    config: Document = {key: value for key, value in given.items() if key != "Destination"}
    destination = given.get("Destination") or {}
    config["DestinationConfig"] = {
        which: {"Destination": arn} for which, arn in destination.items()
    }
    return config


def package_of(code: Mapping[str, Any], read_object: ReadObject) -> bytes:
    """The package that a template names: in a bucket, as base64, or as one file's text.

    Raises:
        ResourceError: it names none, or there is none.
    """
    if "OssBucketName" in code and "OssObjectName" in code:
        return read_object(str(code["OssBucketName"]), str(code["OssObjectName"]))
    if "ZipFile" in code:
        try:
            return base64.b64decode(str(code["ZipFile"]), validate=True)
        except ValueError as error:
            raise ResourceError("InvalidArgument", "Code.ZipFile is not base64") from error
    if "SourceCode" in code:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo("index.py"), str(code["SourceCode"]))
        return buffer.getvalue()
    text = "Code must name OssBucketName and OssObjectName, or hold ZipFile or SourceCode"
    raise ResourceError("InvalidArgument", text)


def as_text(value: Any) -> str:
    """A value of a template as an environment variable."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _trigger_made(properties: Properties) -> Made:
    names = ("ServiceName", "FunctionName", "TriggerName")
    attributes = {name: properties[name] for name in names}
    return Made(identifier=str(properties["TriggerName"]), attributes=attributes)
