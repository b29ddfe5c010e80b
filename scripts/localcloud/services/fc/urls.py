"""Paths of the API, version 2016-08-15, and the vendor's name of what each does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

UNKNOWN: Final = "Unsupported"
PACKAGE: Final = "DownloadPackage"
INVOKE: Final = "InvokeFunction"
_VERSION: Final = r"/20\d\d-\d\d-\d\d"
_SERVICE: Final = r"/services/(?P<service>[^/.]+)(?:\.(?P<qualifier>[^/]+))?"
_FUNCTION: Final = _SERVICE + r"/functions/(?P<function>[^/]+)"
_NAME: Final = r"/(?P<name>[^/]+)"
_STATEFUL: Final = "/stateful-async-invocations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation and the parts of its path."""

    operation: str
    service: str = ""
    qualifier: str = ""
    function: str = ""
    name: str = ""


_TABLE: Final = (
    ("POST", "/services", "CreateService"),
    ("GET", "/services", "ListServices"),
    ("GET", _SERVICE, "GetService"),
    ("PUT", _SERVICE, "UpdateService"),
    ("DELETE", _SERVICE, "DeleteService"),
    ("POST", _SERVICE + "/versions", "PublishServiceVersion"),
    ("GET", _SERVICE + "/versions", "ListServiceVersions"),
    ("DELETE", _SERVICE + "/versions" + _NAME, "DeleteServiceVersion"),
    ("POST", _SERVICE + "/aliases", "CreateAlias"),
    ("GET", _SERVICE + "/aliases", "ListAliases"),
    ("GET", _SERVICE + "/aliases" + _NAME, "GetAlias"),
    ("PUT", _SERVICE + "/aliases" + _NAME, "UpdateAlias"),
    ("DELETE", _SERVICE + "/aliases" + _NAME, "DeleteAlias"),
    ("POST", _SERVICE + "/functions", "CreateFunction"),
    ("GET", _SERVICE + "/functions", "ListFunctions"),
    ("GET", _FUNCTION, "GetFunction"),
    ("PUT", _FUNCTION, "UpdateFunction"),
    ("DELETE", _FUNCTION, "DeleteFunction"),
    ("GET", _FUNCTION + "/code", "GetFunctionCode"),
    ("POST", _FUNCTION + "/invocations", INVOKE),
    ("POST", _FUNCTION + "/triggers", "CreateTrigger"),
    ("GET", _FUNCTION + "/triggers", "ListTriggers"),
    ("GET", _FUNCTION + "/triggers" + _NAME, "GetTrigger"),
    ("PUT", _FUNCTION + "/triggers" + _NAME, "UpdateTrigger"),
    ("DELETE", _FUNCTION + "/triggers" + _NAME, "DeleteTrigger"),
    ("PUT", _FUNCTION + "/async-invoke-config", "PutFunctionAsyncInvokeConfig"),
    ("GET", _FUNCTION + "/async-invoke-config", "GetFunctionAsyncInvokeConfig"),
    ("DELETE", _FUNCTION + "/async-invoke-config", "DeleteFunctionAsyncInvokeConfig"),
    ("GET", _FUNCTION + "/async-invoke-configs", "ListFunctionAsyncInvokeConfigs"),
    ("PUT", _FUNCTION + "/on-demand-config", "PutFunctionOnDemandConfig"),
    ("GET", _FUNCTION + "/on-demand-config", "GetFunctionOnDemandConfig"),
    ("DELETE", _FUNCTION + "/on-demand-config", "DeleteFunctionOnDemandConfig"),
    ("GET", "/on-demand-configs", "ListOnDemandConfigs"),
    ("PUT", _FUNCTION + "/provision-config", "PutProvisionConfig"),
    ("GET", _FUNCTION + "/provision-config", "GetProvisionConfig"),
    ("GET", "/provision-configs", "ListProvisionConfigs"),
    ("GET", "/reservedCapacities", "ListReservedCapacities"),
    ("POST", "/custom-domains", "CreateCustomDomain"),
    ("GET", "/custom-domains", "ListCustomDomains"),
    ("GET", "/custom-domains" + _NAME, "GetCustomDomain"),
    ("PUT", "/custom-domains" + _NAME, "UpdateCustomDomain"),
    ("DELETE", "/custom-domains" + _NAME, "DeleteCustomDomain"),
    ("GET", _FUNCTION + _STATEFUL, "ListStatefulAsyncInvocations"),
    ("GET", _FUNCTION + _STATEFUL + _NAME, "GetStatefulAsyncInvocation"),
    ("PUT", _FUNCTION + _STATEFUL + _NAME, "StopStatefulAsyncInvocation"),
    ("POST", "/tag", "TagResource"),
    ("DELETE", "/tag", "UntagResource"),
    ("GET", "/tag", "GetResourceTags"),
    ("GET", "/account-settings", "GetAccountSettings"),
)
_ROUTES: Final = [
    (method, re.compile(_VERSION + pattern), operation) for method, pattern, operation in _TABLE
]
OPERATIONS: Final = frozenset(operation for _, _, operation in _TABLE) | {PACKAGE}
_PACKAGE_PATH: Final = re.compile(r"/packages/(?P<name>[0-9a-f]{64})\.zip")


def route(method: str, raw_path: str) -> Route:
    """What a request asks for; its operation is `Unsupported` where nothing fits."""
    path = unquote(raw_path.partition("?")[0])
    if method == "GET" and (found := _PACKAGE_PATH.fullmatch(path)):
        return Route(operation=PACKAGE, name=found["name"])
    for wanted, pattern, operation in _ROUTES:
        if wanted == method and (found := pattern.fullmatch(path)):
            return Route(operation=operation, **{k: v or "" for k, v in found.groupdict().items()})
    return Route(operation=UNKNOWN)


def resource_of(found: Route) -> str:
    """What a request is about, as access rules name it: `services/s.LATEST/functions/f` and so on.

    Sub-resources (triggers, versions, aliases) are asked for on what they belong to.
    """
    if not found.service:
        return "*"
    service = f"services/{found.service}"
    if not found.function:
        return service
    return f"{service}.{found.qualifier or 'LATEST'}/functions/{found.function}"
