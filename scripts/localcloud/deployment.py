"""Deploys `template.yml` into this cloud when it starts: as a stack, as anybody would.

The stack takes over what is there already (the bucket of a folder from before, its tables), and
what goes wrong is not rolled back but told. Packages are read from where they were built, under
names that follow from their bytes, so that a function changes when its code does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from scripts.localcloud.core.context import Cloud
from scripts.localcloud.core.resources import ResourceError
from scripts.localcloud.services.ros.exceptions import RosError
from scripts.localcloud.services.ros.models import Stack, Wanted
from scripts.localcloud.services.ros.stacks import Options, Stacks
from scripts.localcloud.templates.document import parse_template
from scripts.localcloud.templates.exceptions import TemplateError
from scripts.localcloud.templates.resolution import Account, resolve_template

CODE_BUCKET: Final = "maskline-local-packages"
"""Where the template is told to find packages; no bucket of OSS, but the folder of built ones."""
CODE: Final = "Code"
FUNCTIONS: Final = frozenset({"ALIYUN::FC::Function", "ALIYUN::FC3::Function"})
ReadObject = Callable[[str, str], bytes]


class DeploymentError(Exception):
    """What the template describes cannot be made here."""


class Packages:
    """The built packages (zip by function), as objects of a bucket that only templates see."""

    def __init__(self, otherwise: ReadObject) -> None:
        """`otherwise` reads objects of real buckets."""
        self._otherwise = otherwise
        self._paths: dict[str, Path] = {}

    def offer(self, packages: Mapping[str, Path]) -> dict[str, str]:
        """Offer packages; answers the object's name for each function."""
        names = {
            function: f"{function}-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.zip"
            for function, path in packages.items()
        }
        self._paths = {names[function]: path for function, path in packages.items()}
        return names

    def read(self, bucket: str, key: str) -> bytes:
        """The bytes of an object.

        Raises:
            ResourceError: there is none.
        """
        if bucket != CODE_BUCKET:
            return self._otherwise(bucket, key)
        if key not in self._paths:
            text = f"there is no package {key}: build it first"
            raise ResourceError("NoSuchKey", text)
        return self._paths[key].read_bytes()


def deploy(
    stacks: Stacks,
    cloud: Cloud,
    template: Path,
    names: Mapping[str, str],
    parameters: Mapping[str, Any] | None = None,
) -> Stack:
    """Make the template's stack, or make it as it is wanted now; `names` are the packages'.

    Values for the template's parameters come from this cloud, `parameters` go before them.

    Raises:
        TemplateError: the template cannot be used.
        DeploymentError: a package is missing, or something is refused; the text says what.
    """
    text = read_text(template)
    declared = parse_template(text).get("Parameters") or {}
    values = {**local_parameters(cloud, declared, names), **(parameters or {})}
    wanted = Wanted(template=text, parameters=values)
    try:
        stack = stacks.ensure(cloud.identity.fc_service, wanted, Options(adopt=True))
    except RosError as error:
        raise DeploymentError(str(error)) from error
    stacks.engine.advance(stack.id)
    stack = stacks.get(stack.id)
    if not stack.status.endswith("_COMPLETE"):
        raise DeploymentError(f"{template.name} cannot be deployed: {stack.reason}")
    return stack


def read_text(template: Path) -> str:
    """The template's text.

    Raises:
        TemplateError: it cannot be read.
    """
    try:
        return template.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"cannot read {template}: {error}") from error


def local_parameters(
    cloud: Cloud, declared: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """Values of this cloud for those parameters that the template has."""
    identity = cloud.identity
    values = {
        "BucketName": identity.bucket,
        "CodeBucket": CODE_BUCKET,
        "ServiceName": identity.fc_service,
        "TablestoreInstance": identity.tablestore_instance,
        "TopicName": identity.mns_topic,
        "DashScopeApiKey": identity.dashscope_api_key,
        "DashScopeBaseUrl": cloud.endpoints.get("dashscope", "") + "/api/v1",
        "Quota": "unlimited",
        "EraseQuota": "unlimited",
        "ResultHosts": "127.0.0.1",
        "Deployment": f"{cloud.clock.now():.0f}",
        "Qualifier": "LATEST" if cloud.stocked else "live",  # as `maskline deploy` will have it
        "AbsenceSeconds": 20,  # this provider's list has no lag, and its network none either
        "OssEndpoint": cloud.endpoints.get("oss", ""),
        "OssPublicEndpoint": cloud.endpoints.get("oss", ""),
        "TablestoreEndpoint": cloud.endpoints.get("tablestore", ""),
        "FcEndpoint": cloud.endpoints.get("fc", ""),
        "MnsEndpoint": cloud.endpoints.get("mns", ""),
        "EventBridgeEndpoint": cloud.endpoints.get("eventbridge", ""),
        **{f"{function.capitalize()}{CODE}": name for function, name in names.items()},
    }
    return {name: value for name, value in values.items() if name in declared}


def variables_of(
    cloud: Cloud, template: Path, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The environment that the template gives, or would give, the functions of this cloud.

    Raises:
        TemplateError: the template cannot be used.
    """
    document = parse_template(read_text(template))
    values = local_parameters(cloud, document.get("Parameters") or {}, names or {})
    account = Account(region=cloud.identity.region, account_id=cloud.identity.account_id)
    found: dict[str, Any] = {}
    for resource in resolve_template(document, values, account).values():
        if resource.type in FUNCTIONS:
            found.update(resource.properties.get("EnvironmentVariables") or {})
    return found
