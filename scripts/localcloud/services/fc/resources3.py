"""What Function Compute 3.0 offers to templates (`ALIYUN::FC3::*`), in terms of 2.0."""

from __future__ import annotations

from typing import Any

from scripts.localcloud.core.resources import Made, Properties
from scripts.localcloud.services.fc.function_resources import FunctionType, TriggerType
from scripts.localcloud.services.fc.making import Maker
from scripts.localcloud.services.fc.service_resources import ServiceType
from scripts.localcloud.services.fc.version3 import home_of

_OF_A_SERVICE = ("InternetAccess", "LogConfig", "Role")


class Function3Type:
    """A function; its role, logs and network are those of the service that holds it."""

    required = frozenset({"FunctionName", "Handler", "Runtime"})
    optional = frozenset(
        {
            *("Code", "Cpu", "Description", "DiskSize", "EnvironmentVariables"),
            *("InstanceConcurrency", "InstanceLifecycleConfig", "MemorySize", "Timeout"),
            *_OF_A_SERVICE,
        }
    )
    fixed = frozenset({"FunctionName"})
    attributes = frozenset({"ARN", "FunctionId", "FunctionName"})

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._service = ServiceType(maker)
        self._function = FunctionType(maker)

    def find(self, properties: Properties) -> Made | None:
        """The function of this name."""
        found = self._function.find(_placed(properties))
        return None if found is None else self._made(found)

    def create(self, properties: Properties) -> Made:
        """Make the function, in a service of its own."""
        home = _home(properties)
        if self._service.find(home) is None:
            self._service.create(home)
        return self._made(self._function.create(_function_of_2(properties)))

    def update(self, before: Properties, after: Properties) -> Made:
        """Change the function; its package is read again only where another is named."""
        self._service.update(_home(before), _home(after))
        old = _function_of_2(before)
        new = old if before is after else _function_of_2(after)
        return self._made(self._function.update(old, new))

    def delete(self, properties: Properties) -> None:
        """Remove the function with its triggers, and what held it."""
        self._function.delete(_function_of_2(properties))
        self._service.delete(_home(properties))

    def _made(self, found: Made) -> Made:
        name = found.attributes["FunctionName"]
        attributes = {
            "FunctionName": name,
            "FunctionId": found.identifier,
            "ARN": self._maker.arn(f"functions/{name}"),
        }
        return Made(identifier=str(name), attributes=attributes)


class AsyncInvokeConfigType:
    """How asynchronous invocations of a function are retried and reported."""

    required = frozenset({"FunctionName"})
    optional = frozenset(
        {"AsyncTask", "DestinationConfig", "MaxAsyncEventAgeInSeconds", "MaxAsyncRetryAttempts"}
    )
    fixed = required
    attributes = frozenset[str]()

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def find(self, properties: Properties) -> Made | None:
        """The configuration of this function."""
        found = self._maker.find("GetFunctionAsyncInvokeConfig", **_place(properties))
        return None if found is None else _named(properties)

    def create(self, properties: Properties) -> Made:
        """Set it."""
        given = {key: value for key, value in properties.items() if key != "AsyncTask"}
        body = {**given, "statefulInvocation": properties.get("AsyncTask") is True}
        self._maker.call("PutFunctionAsyncInvokeConfig", body, **_place(properties))
        return _named(properties)

    def update(self, before: Properties, after: Properties) -> Made:
        """Set it anew."""
        del before  # it is set to what it is to be, whatever it was
        return self.create(after)

    def delete(self, properties: Properties) -> None:
        """Return to the defaults."""
        if self.find(properties) is not None:
            self._maker.call("DeleteFunctionAsyncInvokeConfig", **_place(properties))


class Trigger3Type:
    """A trigger of a function."""

    required = frozenset({"FunctionName", "TriggerConfig", "TriggerName", "TriggerType"})
    optional = TriggerType.optional
    fixed = TriggerType.fixed - {"ServiceName"}
    attributes = frozenset({"FunctionName", "TriggerName"})

    def __init__(self, maker: Maker) -> None:
        self._trigger = TriggerType(maker)

    def find(self, properties: Properties) -> Made | None:
        """The trigger of this name."""
        return self._trigger.find(_placed(properties))

    def create(self, properties: Properties) -> Made:
        """Make the trigger."""
        return self._trigger.create(_placed(properties))

    def update(self, before: Properties, after: Properties) -> Made:
        """Change the trigger."""
        return self._trigger.update(_placed(before), _placed(after))

    def delete(self, properties: Properties) -> None:
        """Remove the trigger."""
        self._trigger.delete(_placed(properties))


def _home(properties: Properties) -> dict[str, Any]:
    held = {key: properties[key] for key in _OF_A_SERVICE if key in properties}
    return {"ServiceName": home_of(str(properties["FunctionName"])), **held}


def _placed(properties: Properties) -> dict[str, Any]:
    return {**properties, "ServiceName": home_of(str(properties["FunctionName"]))}


def _place(properties: Properties) -> dict[str, str]:
    function = str(properties["FunctionName"])
    return {"service": home_of(function), "function": function}


def _named(properties: Properties) -> Made:
    return Made(identifier=str(properties["FunctionName"]))


def _function_of_2(properties: Properties) -> dict[str, Any]:
    """The function's own half, as 2.0 spells it."""
    kept = {key: value for key, value in _placed(properties).items() if key not in _OF_A_SERVICE}
    hooks = kept.pop("InstanceLifecycleConfig", None) or {}
    if first := hooks.get("Initializer"):
        kept |= {"Initializer": first.get("Handler", "")}
        kept |= {"InitializationTimeout": first.get("Timeout", 3)}
    return kept
