"""What the template asks for, and which settings answer it.

The functions' environment in the template says which parameter each setting comes from; read the
other way round, settings give the parameters, so that a profile is all that has to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from scripts.deploy.errors import DeployError

TEMPLATES: Final[Mapping[str, str]] = {"2.0": "template.yml", "3.0": "template.fc3.yml"}
"""The file that is deployed, by the API of Function Compute that the settings choose (`FC_API`)."""
FUNCTIONS: Final = frozenset({"ALIYUN::FC::Function", "ALIYUN::FC3::Function"})
OF_THE_DEPLOYMENT: Final = "${ServiceName}-"
"""Begins the names of functions in 3.0; what follows is the name that the code knows."""
TABLE: Final = "ALIYUN::OTS::Table"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFacts:
    """Of a template: parameters, their setting, the package of each function, the tables."""

    text: str
    runtime: str
    """What the functions run on."""
    required: frozenset[str]
    optional: frozenset[str]
    secret: frozenset[str]
    settings: Mapping[str, str]
    """The parameter that each environment variable comes from."""
    packages: Mapping[str, str]
    """The parameter that names the package of each function."""
    tables: tuple[str, ...]
    retained: frozenset[str]
    """Logical names of what outlives the stack."""

    @property
    def names(self) -> frozenset[str]:
        """Every parameter."""
        return self.required | self.optional


def read_template(text: str) -> TemplateFacts:
    """Raises DeployError where it is no template with functions and their environment."""
    try:
        document = yaml.safe_load(text)
        declared: Mapping[str, Any] = document["Parameters"]
        resources: Mapping[str, Any] = document["Resources"]
        environment: Mapping[str, Any] = document["Locals"]["Environment"]["Value"]
        packages = dict(_packages(resources))
        (runtime,) = {str(properties["Runtime"]) for properties in _functions(resources)}
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DeployError(f"the template cannot be read: {type(error).__name__} {error}") from error
    found = {name: _parameter(value, declared) for name, value in environment.items()}
    return TemplateFacts(
        text=text,
        runtime=runtime,
        required=frozenset(n for n, d in declared.items() if "Default" not in d),
        optional=frozenset(n for n, d in declared.items() if "Default" in d),
        secret=frozenset(n for n, d in declared.items() if d.get("NoEcho")),
        settings={name: parameter for name, parameter in found.items() if parameter},
        packages=packages,
        tables=tuple(
            str(r["Properties"]["TableName"]) for r in resources.values() if r["Type"] == TABLE
        ),
        retained=frozenset(n for n, r in resources.items() if r.get("DeletionPolicy") == "Retain"),
    )


def _functions(resources: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (r["Properties"] for r in resources.values() if r["Type"] in FUNCTIONS)


def _packages(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for properties in _functions(resources):
        yield name_of(properties["FunctionName"]), properties["Code"]["OssObjectName"]["Ref"]


def name_of(given: Any) -> str:
    """The name that the code knows a function by, of what the template calls it."""
    text = given["Fn::Sub"] if isinstance(given, dict) else given
    return str(text).removeprefix(OF_THE_DEPLOYMENT)


def _parameter(value: Any, declared: Mapping[str, Any]) -> str:
    """The parameter that a value of the environment is, or may be; "" for none."""
    if not isinstance(value, dict):
        return ""
    choices = value.get("Fn::If")
    if isinstance(choices, list):
        return next((p for p in (_parameter(each, declared) for each in choices[1:]) if p), "")
    name = value.get("Ref")
    return name if isinstance(name, str) and name in declared else ""
