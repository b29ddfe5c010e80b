"""Functions, their code and their asynchronous configuration: the state and its rules."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from scripts.localcloud.core.resources import ResourceError
from scripts.localcloud.services.fc.call import (
    Call,
    needed_mapping,
    needed_text,
    resolve_version,
)
from scripts.localcloud.services.fc.capacities import ON_DEMAND, config_path
from scripts.localcloud.services.fc.exceptions import FcError, invalid_argument, not_found
from scripts.localcloud.services.fc.making import ReadObject
from scripts.localcloud.services.fc.models import Operation, check_name, stamped
from scripts.localcloud.services.fc.packages import PackageStore
from scripts.localcloud.services.fc.registry import Document, Registry, parse_page
from scripts.localcloud.services.fc.specification import LATEST, FunctionSpecification

RUNTIME: Final = re.compile(r"(python|nodejs|java|php|dotnetcore|go|custom)[-a-z0-9.]*")
MEMORY: Final = (128, 32768)
TIMEOUT: Final = (1, 86400)
INITIALIZATION: Final = (1, 300)
RETRIES: Final = (0, 8)
EVENT_AGE: Final = (1, 2_592_000)
OF_3: Final = ("cpu", "diskSize")
"""What 3.0 alone says of a function; kept as it is said, as nothing here depends on it."""
ASYNC: Final = "async-invoke-configs"
CODE_KEY: Final = "packageSha256"
"""Where a function's document says which package it runs; not shown to clients."""


class Functions:
    """The operations on functions."""

    def __init__(
        self,
        registry: Registry,
        packages: PackageStore,
        endpoint: Callable[[], str],
        read_object: ReadObject,
    ) -> None:
        """`read_object` fetches a package that is named by its bucket and key."""
        self._registry = registry
        self._read_object = read_object
        self._packages = packages
        self._endpoint = endpoint

    def operations(self) -> dict[str, Operation]:
        """By the vendor's names; None as an answer means that there is no body."""
        return {
            "CreateFunction": self.create,
            "GetFunction": self.get,
            "GetFunctionCode": self.code,
            "UpdateFunction": self.update,
            "DeleteFunction": self.delete,
            "ListFunctions": self.list,
            "PutFunctionAsyncInvokeConfig": self.put_async_config,
            "GetFunctionAsyncInvokeConfig": self.get_async_config,
            "DeleteFunctionAsyncInvokeConfig": self.delete_async_config,
            "ListFunctionAsyncInvokeConfigs": self.list_async_configs,
        }

    def create(self, call: Call) -> Document:
        """Create a function from a package."""
        self._registry.get(call.service_path)
        name = check_name(call.text("functionName"), "functionName")
        if not isinstance(call.body.get("code"), dict):
            raise invalid_argument("code is needed: a zipFile in base64")
        number = hashlib.md5(f"{name}{call.now}".encode(), usedforsecurity=False).hexdigest()
        defaults = {"description": "", "initializer": "", "instanceType": "e1"}
        facts = {"functionName": name, "functionId": number, "instanceConcurrency": 1, **defaults}
        document = facts | {"environmentVariables": {}} | self._changes(call, complete=True)
        call.text("runtime")
        call.text("handler")
        path = f"{call.service_path}/functions/{name}"
        return shown(self._registry.create(path, document, call.now))

    def get(self, call: Call) -> Document:
        """A function at a qualifier."""
        return shown(self._document(call))

    def code(self, call: Call) -> Document:
        """Where the package can be fetched, and its checksum."""
        document = self._document(call)
        url = f"{self._endpoint()}/packages/{document[CODE_KEY]}.zip"
        return {"url": url, "checksum": document["codeChecksum"]}

    def update(self, call: Call) -> Document:
        """Change some fields, or the package."""
        changes = self._changes(call, complete=False)
        path = call.function_path
        self._registry.get(call.service_path)
        return shown(self._registry.change(path, changes, call.now, if_match=call.if_match))

    def delete(self, call: Call) -> None:
        """Remove a function with its triggers."""
        self._registry.get(call.service_path)
        self._registry.delete(call.function_path, if_match=call.if_match)

    def list(self, call: Call) -> Document:
        """Functions in the order of their names."""
        path, _ = resolve_version(self._registry, call.service, call.qualifier)
        documents, token = self._registry.page(f"{path}/functions", parse_page(call.query))
        return {"functions": [shown(document) for document in documents], "nextToken": token}

    def put_async_config(self, call: Call) -> Document:
        """Say how asynchronous invocations of a qualifier are retried and reported."""
        self._document(call)
        given = lower_keys(call.body)
        checked = Call(operation=call.operation, now=call.now, body=given)
        config = {
            "service": call.service,
            "function": call.function,
            "qualifier": call.qualifier or LATEST,
            "destinationConfig": _checked_destinations(given.get("destinationConfig")),
            "maxAsyncRetryAttempts": checked.number("maxAsyncRetryAttempts", *RETRIES, 3),
            "maxAsyncEventAgeInSeconds": checked.number(
                "maxAsyncEventAgeInSeconds", *EVENT_AGE, 86400
            ),
            "statefulInvocation": given.get("statefulInvocation") is True,
        }
        return self._registry.put(self._async_path(call), stamped(config, call.now))

    def get_async_config(self, call: Call) -> Document:
        """The asynchronous configuration of a qualifier."""
        return self._registry.get(self._async_path(call))

    def delete_async_config(self, call: Call) -> None:
        """Return to the defaults."""
        self._registry.delete(self._async_path(call))

    def list_async_configs(self, call: Call) -> Document:
        """The asynchronous configurations of a function, of every qualifier."""
        self._document(call)
        collection = f"{call.function_path}/{ASYNC}"
        documents, token = self._registry.page(collection, parse_page(call.query))
        return {"configs": documents, "nextToken": token}

    def forget_unused_packages(self) -> None:
        """Remove the code that no function runs, in no version. Not while instances run."""
        documents = self._registry.everywhere("functions").values()
        self._packages.keep_only({document[CODE_KEY] for document in documents})

    def async_config(self, service: str, function: str, qualifier: str) -> Document:
        """What holds for asynchronous invocations, the vendor's defaults included."""
        path = config_path(service, function, ASYNC, qualifier)
        default = {"maxAsyncRetryAttempts": 3, "maxAsyncEventAgeInSeconds": 86400}
        return default | (self._registry.find(path) or {})

    def specification(self, service: str, function: str, qualifier: str) -> FunctionSpecification:
        """What to run.

        Raises:
            FcError: there is no such function, or its runtime cannot run here.
        """
        call = Call(
            operation="InvokeFunction",
            now=0,
            service=service,
            function=function,
            qualifier=qualifier,
        )
        document = self._document(call)
        if not document["runtime"].startswith("python"):
            text = f"the local cloud runs Python functions only, not {document['runtime']}"
            raise FcError(400, "UnsupportedRuntime", text)
        path, version = resolve_version(self._registry, service, qualifier)
        owner = self._registry.get(path)
        bound = self._registry.find(config_path(service, function, ON_DEMAND, qualifier)) or {}
        return FunctionSpecification(
            service=service,
            function=function,
            qualifier=qualifier or LATEST,
            version_id=version,
            runtime=document["runtime"],
            handler=document["handler"],
            initializer=document.get("initializer", ""),
            memory=document["memorySize"],
            timeout=float(document["timeout"]),
            initialization_timeout=float(document["initializationTimeout"]),
            environment=document["environmentVariables"],
            code_dir=self._packages.directory(document[CODE_KEY]),
            role=owner.get("role") or "",
            logs=log_resource(owner.get("logConfig") or {}),
            most_instances=bound.get("maximumInstanceCount"),
        )

    def _document(self, call: Call) -> Document:
        path, _ = resolve_version(self._registry, call.service, call.qualifier)
        document = self._registry.find(f"{path}/functions/{call.function}")
        if document is None:
            raise not_found("Function", call.function)
        return document

    @staticmethod
    def _async_path(call: Call) -> str:
        return config_path(call.service, call.function, ASYNC, call.qualifier)

    def _changes(self, call: Call, *, complete: bool) -> Document:
        changes = {**_text_changes(call), **_number_changes(call, complete=complete)}
        environment = call.body.get("environmentVariables")
        if environment is not None:
            changes["environmentVariables"] = _checked_environment(environment)
        if isinstance(call.body.get("code"), dict):
            checksum, size = self._packages.add(self._package(call.body["code"]))
            number = str(int(checksum[:16], 16))
            changes |= {CODE_KEY: checksum, "codeSize": size, "codeChecksum": number}
        return changes

    def _package(self, code: Document) -> bytes:
        bucket, key = code.get("ossBucketName"), code.get("ossObjectName")
        if not bucket or not key:
            return _decoded(code)
        try:
            return self._read_object(str(bucket), str(key))
        except ResourceError as error:
            raise invalid_argument(f"code: oss://{bucket}/{key}: {error.message}") from error


def log_resource(config: Document) -> str:
    """`project/p/logstore/l` of a service's log configuration; empty for none."""
    project, logstore = config.get("project"), config.get("logstore")
    return f"project/{project}/logstore/{logstore}" if project and logstore else ""


def _text_changes(call: Call) -> Document:
    names = ("description", "runtime", "handler", "initializer", "instanceType")
    if not isinstance(call.body.get("runtime", ""), str):
        raise invalid_argument(f"Runtime is set to an invalid value: {call.body['runtime']!r}")
    changes: Document = {n: call.text(n) for n in names if call.body.get(n) not in (None, "")}
    if "runtime" in changes and RUNTIME.fullmatch(changes["runtime"]) is None:
        raise invalid_argument(f"Runtime is set to an invalid value: {changes['runtime']!r}")
    return changes


def _number_changes(call: Call, *, complete: bool) -> Document:
    bounds = {
        "memorySize": (*MEMORY, 128),
        "timeout": (*TIMEOUT, 3),
        "initializationTimeout": (*INITIALIZATION, 30),
        "instanceConcurrency": (1, 200, 1),
    }
    found: Document = {
        name: call.number(name, *bound)
        for name, bound in bounds.items()
        if complete or name in call.body
    }
    return found | {name: call.body[name] for name in OF_3 if call.body.get(name) is not None}


def _checked_environment(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise invalid_argument("environmentVariables must map names to texts")
    for name, value in given.items():
        if not name or "=" in name or "\0" in name + value:  # no process could be started with it
            raise invalid_argument(f"environmentVariables: {name!r} cannot be set")
    return dict(given)


def _checked_destinations(given: Any) -> Document:
    config = needed_mapping(given, "destinationConfig")
    for which in ("onSuccess", "onFailure"):
        place = f"destinationConfig.{which}"
        destination = needed_mapping(config.get(which), place).get("destination")
        needed_text(destination, f"{place}.destination")
    return config


def _decoded(code: Document) -> bytes:
    if "zipFile" not in code:
        raise invalid_argument("code needs zipFile in base64, or ossBucketName and ossObjectName")
    try:
        return base64.b64decode(code["zipFile"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise invalid_argument("code.zipFile is not base64") from error


def shown(document: Document) -> Document:
    """A function as clients see it."""
    return {name: value for name, value in document.items() if name != CODE_KEY}


def lower_keys(value: Any) -> Any:
    """The same, with every key's first letter lower-case: templates and old clients capitalise."""
    if isinstance(value, list):
        return [lower_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key[:1].lower() + key[1:]: lower_keys(item) for key, item in value.items()}
