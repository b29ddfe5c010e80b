"""Version 3.0 of the API (2023-03-30): functions without services, asked for by ACS3 signatures.

A function of 3.0 is kept as the only one of a service of its own, which holds what 3.0 says of each
function: role, logs, network. It is addressed by its name, one of 2.0 as `service$function`
(contracts/alibaba-cloud.md, 5.1), which can be invoked and looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, unquote

from aiohttp import web

from scripts.localcloud.core.acs import AcsError, AcsRequest
from scripts.localcloud.services.fc.exceptions import FcError
from scripts.localcloud.services.fc.responses import REQUEST_ID
from scripts.localcloud.services.fc.urls import INVOKE, UNKNOWN, Route

VERSION: Final = "/2023-03-30/"
HOME: Final = "_3_"
"""Begins the names of the services that hold a function of 3.0 each."""
GET_TASK: Final = "GetAsyncTask"

_FUNCTION: Final = "functions/(?P<function>[^/]+)"
_NAME: Final = "/(?P<name>[^/]+)"
_OPERATIONS: Final = (
    ("POST", "functions", "CreateFunction"),
    ("GET", "functions", "ListFunctions"),
    ("GET", _FUNCTION, "GetFunction"),
    ("PUT", _FUNCTION, "UpdateFunction"),
    ("DELETE", _FUNCTION, "DeleteFunction"),
    ("GET", _FUNCTION + "/code", "GetFunctionCode"),
    ("POST", _FUNCTION + "/invocations", INVOKE),
    ("POST", _FUNCTION + "/versions", "PublishFunctionVersion"),
    ("GET", _FUNCTION + "/versions", "ListFunctionVersions"),
    ("DELETE", _FUNCTION + "/versions" + _NAME, "DeleteFunctionVersion"),
    ("POST", _FUNCTION + "/aliases", "CreateAlias"),
    ("GET", _FUNCTION + "/aliases", "ListAliases"),
    ("GET", _FUNCTION + "/aliases" + _NAME, "GetAlias"),
    ("PUT", _FUNCTION + "/aliases" + _NAME, "UpdateAlias"),
    ("DELETE", _FUNCTION + "/aliases" + _NAME, "DeleteAlias"),
    ("POST", _FUNCTION + "/triggers", "CreateTrigger"),
    ("GET", _FUNCTION + "/triggers", "ListTriggers"),
    ("GET", _FUNCTION + "/triggers" + _NAME, "GetTrigger"),
    ("PUT", _FUNCTION + "/triggers" + _NAME, "UpdateTrigger"),
    ("DELETE", _FUNCTION + "/triggers" + _NAME, "DeleteTrigger"),
    ("PUT", _FUNCTION + "/async-invoke-config", "PutAsyncInvokeConfig"),
    ("GET", _FUNCTION + "/async-invoke-config", "GetAsyncInvokeConfig"),
    ("DELETE", _FUNCTION + "/async-invoke-config", "DeleteAsyncInvokeConfig"),
    ("GET", _FUNCTION + "/async-tasks" + _NAME, GET_TASK),
)
_ROUTES: Final = [(m, re.compile(VERSION + path), what) for m, path, what in _OPERATIONS]
OPERATIONS: Final = frozenset(operation for _, _, operation in _OPERATIONS)


def home_of(function: str) -> str:
    """The service that holds a function of 3.0."""
    return f"{HOME}{function}"


def is_of_3(raw_path: str) -> bool:
    """Whether a request speaks 3.0."""
    return raw_path.startswith(VERSION)


def route(method: str, raw_path: str) -> Route:
    """What a request asks for; its operation is `Unsupported` where nothing fits."""
    path, _, query = raw_path.partition("?")
    for wanted, pattern, operation in _ROUTES:
        found = pattern.fullmatch(path)
        if found is None or wanted != method:
            continue
        names = {key: unquote(value) for key, value in found.groupdict().items()}
        service, dollar, function = names.pop("function", "").partition("$")
        if not dollar:
            service, function = home_of(service) if service else "", service
        qualifier = parse_qs(query).get("qualifier", [""])[0]
        return Route(
            operation=operation, service=service, function=function, qualifier=qualifier, **names
        )
    return Route(operation=UNKNOWN)


def signed(request: web.Request, body: bytes) -> AcsRequest:
    """The request as its signature is checked."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return AcsRequest(method=request.method, raw_path=request.raw_path, headers=headers, body=body)


def error_response(error: FcError | AcsError, request_id: str) -> web.Response:
    """An error in the form of 3.0."""
    known = error.code != "ServiceNotFound"  # 3.0 knows of none
    said: Mapping[str, str] = {
        "Code": error.code if known else "FunctionNotFound",
        "Message": error.message.replace(f"service '{HOME}", "function '"),
        "RequestId": request_id,
    }
    return web.json_response(said, status=error.status, headers={REQUEST_ID: request_id})
