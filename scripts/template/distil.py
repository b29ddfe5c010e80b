"""Distils ROS's rules of properties from the vendor's packages `ros-cdk-*` (Apache-2.0).

Each package is a wheel that carries JavaScript generated from ROS's resource specification: for
every resource type a validator (`required`, types, ranges, lengths, patterns, allowed values), a
renderer (how the properties are spelled in a template) and its attributes. Running them takes Node,
jsii and 60 MB; the facts that our resource types need are a small JSON file. Run by hand when ROS
or the template has something new:

    pip download --no-deps -d wheels ros-cdk-{core,fc,fc3,mns,oss,ots,ram,sls}==1.15.0
    python -m scripts.template distil wheels
"""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

TYPES: Final = (
    "ALIYUN::FC3::AsyncInvokeConfig",
    "ALIYUN::FC3::Function",
    "ALIYUN::FC3::Trigger",
    "ALIYUN::FC::Function",
    "ALIYUN::FC::Service",
    "ALIYUN::FC::Trigger",
    "ALIYUN::MNS::Queue",
    "ALIYUN::MNS::Topic",
    "ALIYUN::OSS::Bucket",
    "ALIYUN::OTS::Instance",
    "ALIYUN::OTS::Table",
    "ALIYUN::RAM::Role",
    "ALIYUN::SLS::Alert",
    "ALIYUN::SLS::Index",
    "ALIYUN::SLS::Logstore",
    "ALIYUN::SLS::Project",
    "ALIYUN::SLS::Savedsearch",
)
"""Resource types whose rules are kept."""

_TYPE: Final = re.compile(r'^(\w+)\.ROS_RESOURCE_TYPE_NAME = "([^"]+)";', re.MULTILINE)
_FUNCTION: Final = re.compile(r"^function (\w+)\([^)]*\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_CHECK: Final = re.compile(r"propertyValidator\('(\w+)', (.+?)\)\(properties\.\w+\)\);")
_BOUND: Final = re.compile(
    r"propertyValidator\('(\w+)', ros\.validate(Range|Length|AllowedValues|AllowedPattern)\)"
    r"\(\{\s*data: [^\n]+\n(.*?)\s*\}\)\);",
    re.DOTALL,
)
_SPELLED: Final = re.compile(r"^ +'?(\w+)'?: .+\(properties\.(\w+)\),$", re.MULTILINE)
_ATTRIBUTE: Final = re.compile(r"this\.getAtt\('(\w+)'\)")
_PLAIN: Final = {
    "ros.validateString": "string",
    "ros.validateNumber": "number",
    "ros.validateBoolean": "boolean",
    "ros.validateAny": "any",
    "ros.validateAnyDict": "map",
}


class DistillingError(Exception):
    """The packages do not hold what is looked for; the text names it."""


def distil(folder: Path, kinds: Sequence[str] = TYPES) -> dict[str, Any]:
    """The rules of *kinds* out of the wheels in *folder*, with the wheels' names as the source.

    Raises:
        DistillingError: a type is in none of the wheels, or its code is written in another way.
    """
    types: dict[str, Any] = {}
    wheels = sorted(folder.glob("ros_cdk_*.whl"))
    for wheel in wheels:
        for source in _sources(wheel):
            types |= _types_of(source, kinds)
    if missing := sorted(set(kinds) - set(types)):
        raise DistillingError(f"{folder}: no wheel has {', '.join(missing)}")
    return {
        "source": {"licence": "Apache-2.0", "wheels": [wheel.name for wheel in wheels]},
        "types": {name: types[name] for name in kinds},
    }


def _sources(wheel: Path) -> Iterator[str]:
    """The generated JavaScript within a wheel."""
    with zipfile.ZipFile(wheel) as outer:
        for name in outer.namelist():
            if not name.endswith(".jsii.tgz"):
                continue
            with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as inner:
                for member in inner:
                    if re.fullmatch(r"package/lib/\w+\.generated\.js", member.name):
                        found = inner.extractfile(member)
                        yield found.read().decode() if found else ""


def _types_of(source: str, kinds: Sequence[str]) -> dict[str, Any]:
    functions = dict(_FUNCTION.findall(source))
    return {
        name: {
            "attributes": sorted(_attributes(source, owner)),
            "properties": _properties(functions, f"{owner}Props"),
        }
        for owner, name in _TYPE.findall(source)
        if name in kinds
    }


def _attributes(source: str, owner: str) -> set[str]:
    found = re.search(rf"^class {owner} .*?^\}}", source, re.MULTILINE | re.DOTALL)
    return set(_ATTRIBUTE.findall(found.group(0))) if found else set()


def _properties(functions: Mapping[str, str], shape: str) -> dict[str, Any]:
    """The properties of one shape (`RosAlertProps`, `RosAlert_DetailProperty`), as spelled."""
    rules: dict[str, dict[str, Any]] = {}
    body = functions[f"{shape}Validator"]
    for name, check in _CHECK.findall(body):
        rules.setdefault(name, {}).update(_rule(functions, check))
    for name, kind, text in _BOUND.findall(body):
        rules.setdefault(name, {}).update(_bound(kind, text))
    renderer = shape[0].lower() + shape[1:].replace("_", "") + "ToRosTemplate"
    spelled = {inner: outer for outer, inner in _SPELLED.findall(functions[renderer])}
    if set(spelled) != set(rules):
        raise DistillingError(f"{shape}: validator and renderer name different properties")
    return {spelled[name]: rule for name, rule in sorted(rules.items())}


def _rule(functions: Mapping[str, str], check: str) -> dict[str, Any]:
    if check == "ros.requiredValidator":
        return {"required": True}
    if check in _PLAIN:
        return {"type": _PLAIN[check]}
    if found := re.fullmatch(r"ros\.(list|hash)Validator\((.+)\)", check):
        kind = "list" if found.group(1) == "list" else "map"
        return {"type": kind, "items": _rule(functions, found.group(2))}
    if found := re.fullmatch(r"(\w+Property)Validator", check):
        return {"type": "object", "properties": _properties(functions, found.group(1))}
    raise DistillingError(f"unknown check {check}")


def _bound(kind: str, text: str) -> dict[str, Any]:
    if kind == "AllowedPattern":
        return {"pattern": text.strip().removeprefix("reg: /").removesuffix("/")}
    if kind == "AllowedValues":
        return {"values": _values(text)}
    limits = dict(re.findall(r"(min|max): (-?[\d.]+)", text))
    prefix = "length_" if kind == "Length" else ""
    return {
        prefix + name: float(value) if "." in value else int(value)
        for name, value in limits.items()
    }


def _values(text: str) -> list[Any]:
    inside = text[text.index("[") + 1 : text.rindex("]")]
    words = re.findall(r'"([^"]*)"', inside)
    return words or [int(number) for number in re.findall(r"-?\d+", inside)]
