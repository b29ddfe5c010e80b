"""`template.fc3.yml`: the same deployment on Function Compute 3.0, written from `template.yml`.

FC 3.0 has no services: what stood in the service (role, logs, network) stands in each function,
and the service's name begins the functions' names. Asynchronous configuration is a resource of its
own. The inner keys of `TriggerConfig` are lower camel case, as in the API; no page of ROS tells
them (contracts/alibaba-cloud.md, 5.2 and 12).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

TEMPLATE: Final = Path(__file__).parents[2] / "template.yml"
VARIANT: Final = TEMPLATE.with_name("template.fc3.yml")
RUNTIME: Final = "python3.12"
DISK: Final = 512
"""Megabytes; the smaller of the two sizes that there are."""
MEMORY_OF_A_CPU: Final = 1536
"""Megabytes that 2.0 gives a whole vCPU with; 3.0 wants both, in steps of a twentieth."""
_HEADER: Final = """\
# Maskline on Function Compute 3.0. Written from template.yml by `python -m scripts.template fc3`:
# change that file, which also says what each statement of a policy is for, and write this one anew.

"""
_SERVICE_NAME: Final = {
    "Label": {"en": "Names of functions", "zh-cn": "函数名称前缀"},
    "Description": {
        "en": "Beginning of the names of functions and roles",
        "zh-cn": "函数与角色名称的开头",
    },
}

Tree = dict[str, Any]


def variant() -> str:
    """The text of `template.fc3.yml`."""
    document = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    text = yaml.dump(
        mapped(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return _HEADER + text


def mapped(document: Mapping[str, Any]) -> Tree:
    """The template with every resource of FC 2.0 replaced by those of 3.0."""
    made = copy.deepcopy(dict(document))
    made["Description"] = {
        "en": f"{made['Description']['en']} (Function Compute 3.0)",
        "zh-cn": f"{made['Description']['zh-cn']}（函数计算 3.0）",
    }
    made["Parameters"]["ServiceName"] |= _SERVICE_NAME
    environment = made["Locals"]["Environment"]["Value"]
    environment["FC_API"] = "3.0"
    environment["FC_ENDPOINT"]["Fn::If"][2] = {
        "Fn::Sub": "https://fcv3.${ALIYUN::Region}.aliyuncs.com"
    }
    service = made["Resources"].pop("Service")["Properties"]
    resources: Tree = {}
    for name, resource in made["Resources"].items():
        resources |= _resource(name, resource, service)
    made["Resources"] = resources
    return made


def _resource(name: str, resource: Tree, service: Tree) -> Tree:
    if resource["Type"] == "ALIYUN::FC::Function":
        return _function(name, resource, service)
    if resource["Type"] == "ALIYUN::FC::Trigger":
        return {name: _trigger(resource)}
    if resource["Type"] == "ALIYUN::RAM::Role":
        return {name: _with_names_of_3(resource)}
    return {name: resource}


def _function(name: str, resource: Tree, service: Tree) -> Tree:
    given = resource["Properties"]
    properties = {
        "FunctionName": {"Fn::Sub": f"${{ServiceName}}-{given['FunctionName']}"},
        "Runtime": RUNTIME,
        "Handler": given["Handler"],
        "InstanceLifecycleConfig": {
            "Initializer": {
                "Handler": given["Initializer"],
                "Timeout": given["InitializationTimeout"],
            }
        },
        "Cpu": math.ceil(given["MemorySize"] / MEMORY_OF_A_CPU * 20) / 20,
        "MemorySize": given["MemorySize"],
        "DiskSize": DISK,
        "Timeout": given["Timeout"],
        "Code": given["Code"],
        "EnvironmentVariables": given["EnvironmentVariables"],
        **{key: service[key] for key in ("Role", "InternetAccess", "LogConfig")},
    }
    function = {**resource, "Type": "ALIYUN::FC3::Function", "Properties": properties}
    return {name: function, f"{name}Async": _async(name, given["AsyncConfiguration"])}


def _async(name: str, given: Tree) -> Tree:
    properties = {
        "FunctionName": _name_of(name),
        "MaxAsyncRetryAttempts": given["MaxAsyncRetryAttempts"],
        "MaxAsyncEventAgeInSeconds": given["MaxAsyncEventAgeInSeconds"],
        "AsyncTask": given["StatefulInvocation"],
    }
    if destinations := given.get("Destination"):
        properties["DestinationConfig"] = {
            outcome: {"Destination": arn} for outcome, arn in destinations.items()
        }
    return {"Type": "ALIYUN::FC3::AsyncInvokeConfig", "Properties": properties}


def _trigger(resource: Tree) -> Tree:
    given = dict(resource["Properties"])
    del given["ServiceName"]
    config = {key: value for key, value in given["TriggerConfig"].items() if key != "BucketName"}
    given["FunctionName"] = _name_of(given["FunctionName"].capitalize())
    given["TriggerConfig"] = _lower(config)
    return {**resource, "Type": "ALIYUN::FC3::Trigger", "Properties": given}


def _name_of(logical: str) -> Tree:
    return {"Fn::GetAtt": [logical, "FunctionName"]}


def _lower(value: Any) -> Any:
    """Keys with their first letter small, but for those that call a function of ROS."""
    if isinstance(value, list):
        return [_lower(item) for item in value]
    if not isinstance(value, dict) or {"Ref"} == set(value) or "Fn::" in next(iter(value), ""):
        return value
    return {key[:1].lower() + key[1:]: _lower(item) for key, item in value.items()}


def _with_names_of_3(role: Tree) -> Tree:
    """The resources of policies: a function has no service, and its qualifier comes after it."""
    made = copy.deepcopy(role)
    for policy in made["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            statement["Resource"] = [
                named for given in statement["Resource"] for named in _named(given)
            ]
    return made


def _named(given: Tree) -> list[Tree]:
    text = given["Fn::Sub"]
    before, found, function = (
        text.partition("services/${ServiceName}.*/functions/")
        if isinstance(text, str)
        else ("", "", "")
    )
    if not found:
        return [given]
    name = f"{before}functions/${{ServiceName}}-{function}"
    return [{"Fn::Sub": name}, {"Fn::Sub": f"{name}/*"}]


class _Dumper(yaml.SafeDumper):
    """Writes what stands twice twice: ROS is not known to read anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the same for all
        """Always."""
        return True
