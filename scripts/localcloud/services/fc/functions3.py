"""The control plane of 3.0 in terms of 2.0: functions, versions, aliases and triggers.

A function of 3.0 is the only one of a service of its own, so its versions and aliases are that
service's. Here are the forms of 3.0 (`alibabacloud-fc20230330`): what a service says in 2.0 stands
in the function, hooks are nested, `triggerConfig` is a text, and `asyncTask` has another name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from scripts.localcloud.core.identity import Identity
from scripts.localcloud.services.fc.call import Call
from scripts.localcloud.services.fc.exceptions import FcError, already_exists, invalid_argument
from scripts.localcloud.services.fc.models import Operation
from scripts.localcloud.services.fc.registry import Document
from scripts.localcloud.services.fc.version3 import HOME, home_of

OF_THE_SERVICE: Final = ("internetAccess", "logConfig", "role")
"""What 2.0 says of a service, and 3.0 of each function."""
OF_2_ONLY: Final = ("initializer", "initializationTimeout", "instanceType")
SAME: Final = {
    "DeleteAlias": "DeleteAlias",
    "DeleteAsyncInvokeConfig": "DeleteFunctionAsyncInvokeConfig",
    "DeleteFunctionVersion": "DeleteServiceVersion",
    "DeleteTrigger": "DeleteTrigger",
    "CreateAlias": "CreateAlias",
    "GetAlias": "GetAlias",
    "GetFunctionCode": "GetFunctionCode",
    "ListAliases": "ListAliases",
    "ListFunctionVersions": "ListServiceVersions",
    "PublishFunctionVersion": "PublishServiceVersion",
    "UpdateAlias": "UpdateAlias",
}
"""Operations that differ by name alone, given the service that holds the function."""


class Functions3:
    """The operations of 3.0 over those of 2.0."""

    def __init__(self, below: Mapping[str, Operation], identity: Identity) -> None:
        self._below = below
        self._identity = identity

    def operations(self) -> dict[str, Operation]:
        """By the vendor's names; None as an answer means that there is no body."""
        return {
            **{name: self._below[same] for name, same in SAME.items()},
            "CreateFunction": self.create,
            "GetFunction": self.get,
            "UpdateFunction": self.update,
            "DeleteFunction": self.delete,
            "ListFunctions": self.list,
            "PutAsyncInvokeConfig": self.put_async_config,
            "GetAsyncInvokeConfig": self.get_async_config,
            "CreateTrigger": self.put_trigger,
            "UpdateTrigger": self.put_trigger,
            "GetTrigger": self.get_trigger,
            "ListTriggers": self.list_triggers,
        }

    def create(self, call: Call) -> Document:
        """Create a function, and the service that holds it."""
        name = call.text("functionName")
        home = home_of(name)
        inside = replace(call, service=home, body=_function_of_2(call.body))
        try:
            self._do("CreateService", replace(call, body={**_held(call.body), "serviceName": home}))
        except FcError as error:
            taken = error.code == "ServiceAlreadyExists"
            raise already_exists("Function", name) if taken else error from None
        try:
            self._do("CreateFunction", inside)
        except FcError:
            self._do("DeleteService", replace(inside, body={}))
            raise
        return self.get(replace(inside, function=name))

    def get(self, call: Call) -> Document:
        """A function at a qualifier."""
        owner, found = self._do("GetService", call), self._do("GetFunction", call)
        kept = {key: value for key, value in found.items() if key not in OF_2_ONLY}
        return {
            **kept,
            **{key: owner.get(key) for key in OF_THE_SERVICE},
            "functionArn": self._identity.arn("fc", f"functions/{call.function}"),
            "instanceLifecycleConfig": _hooks(found),
            "lastUpdateStatus": "Successful",
            "state": "Active",
        }

    def update(self, call: Call) -> Document:
        """Change some fields, or the package."""
        self._do("UpdateFunction", replace(call, body=_function_of_2(call.body)))
        if held := _held(call.body):
            self._do("UpdateService", replace(call, body=held))
        return self.get(call)

    def delete(self, call: Call) -> None:
        """Remove a function with its triggers, versions and aliases, and what held it."""
        self._do("DeleteFunction", call)
        for alias in self._do("ListAliases", call)["aliases"]:
            self._do("DeleteAlias", replace(call, name=alias["aliasName"]))
        for version in self._do("ListServiceVersions", call)["versions"]:
            self._do("DeleteServiceVersion", replace(call, name=version["versionId"]))
        self._do("DeleteService", call)

    def list(self, call: Call) -> Document:
        """Functions of 3.0 in the order of their names."""
        prefix = home_of(call.query.get("prefix", ""))
        token = call.query.get("nextToken", "")
        query = {**call.query, "prefix": prefix, "nextToken": home_of(token) if token else ""}
        found = self._do("ListServices", replace(call, query=query))
        names = [service["serviceName"].removeprefix(HOME) for service in found["services"]]
        shown = [self.get(replace(call, service=home_of(n), function=n)) for n in names]
        return {"functions": shown, "nextToken": found["nextToken"].removeprefix(HOME)}

    def put_async_config(self, call: Call) -> Document:
        """Say how asynchronous invocations of a qualifier are retried and reported."""
        given = {key: value for key, value in call.body.items() if key != "asyncTask"}
        body = {**given, "statefulInvocation": call.body.get("asyncTask") is True}
        return self._async(call, self._do("PutFunctionAsyncInvokeConfig", replace(call, body=body)))

    def get_async_config(self, call: Call) -> Document:
        """The asynchronous configuration of a qualifier."""
        return self._async(call, self._do("GetFunctionAsyncInvokeConfig", call))

    def put_trigger(self, call: Call) -> Document:
        """Make a trigger, or change some fields of one."""
        body = dict(call.body)
        if body.get("triggerConfig") is not None:
            body["triggerConfig"] = _parsed(body["triggerConfig"])
        return self._trigger(call, self._do(call.operation, replace(call, body=body)))

    def get_trigger(self, call: Call) -> Document:
        """A trigger."""
        return self._trigger(call, self._do("GetTrigger", call))

    def list_triggers(self, call: Call) -> Document:
        """The triggers of a function."""
        found = self._do("ListTriggers", call)
        return {**found, "triggers": [self._trigger(call, each) for each in found["triggers"]]}

    def _do(self, operation: str, call: Call) -> Document:
        return self._below[operation](call) or {}

    def _async(self, call: Call, found: Document) -> Document:
        kept = ("createdTime", "destinationConfig", "lastModifiedTime")
        limits = ("maxAsyncEventAgeInSeconds", "maxAsyncRetryAttempts")
        return {
            **{key: found[key] for key in (*kept, *limits)},
            "asyncTask": found["statefulInvocation"],
            "functionArn": self._identity.arn("fc", f"functions/{call.function}"),
        }

    def _trigger(self, call: Call, found: Document) -> Document:
        qualifier = found["qualifier"] or "LATEST"
        return {
            **found,
            "qualifier": qualifier,
            "targetArn": self._identity.arn("fc", f"functions/{call.function}"),
            "triggerConfig": json.dumps(found["triggerConfig"], ensure_ascii=False),
        }


def _held(body: Document) -> Document:
    """What the service is told of a function."""
    return {key: body[key] for key in OF_THE_SERVICE if body.get(key) is not None}


def _function_of_2(body: Document) -> Document:
    """The function's own half, as 2.0 spells it."""
    hidden = (*OF_THE_SERVICE, "instanceLifecycleConfig")
    kept = {key: value for key, value in body.items() if key not in hidden}
    hooks: Mapping[str, Any] = body.get("instanceLifecycleConfig") or {}
    if first := hooks.get("initializer"):
        kept["initializer"] = first.get("handler") or ""
        kept["initializationTimeout"] = first.get("timeout") or 3
    return kept


def _hooks(found: Document) -> Document:
    """The hooks of a function of 2.0, as 3.0 nests them."""
    if not found.get("initializer"):
        return {}
    seconds = found["initializationTimeout"]
    return {"initializer": {"handler": found["initializer"], "timeout": seconds}}


def _parsed(config: Any) -> Any:
    """A trigger's configuration, which 3.0 takes as a text of JSON.

    Raises:
        FcError: it is none.
    """
    try:
        found = json.loads(config)
    except (TypeError, ValueError):
        raise invalid_argument("triggerConfig must be a text of JSON") from None
    if not isinstance(found, dict):
        raise invalid_argument("triggerConfig must be a JSON object")
    return found
