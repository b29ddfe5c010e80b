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

FUNCTION: Final = "ALIYUN::FC::Function"
TABLE: Final = "ALIYUN::OTS::Table"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFacts:
    """Of `template.yml`: parameters, their setting, the package of each function, the tables."""

    text: str
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
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise DeployError(f"the template cannot be read: {type(error).__name__} {error}") from error
    found = {name: _parameter(value, declared) for name, value in environment.items()}
    return TemplateFacts(
        text=text,
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


def _packages(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in resources.values():
        if resource["Type"] == FUNCTION:
            properties = resource["Properties"]
            yield properties["FunctionName"], properties["Code"]["OssObjectName"]["Ref"]


def _parameter(value: Any, declared: Mapping[str, Any]) -> str:
    """The parameter that a value of the environment is, or may be; "" for none."""
    if not isinstance(value, dict):
        return ""
    choices = value.get("Fn::If")
    if isinstance(choices, list):
        return next((p for p in (_parameter(each, declared) for each in choices[1:]) if p), "")
    name = value.get("Ref")
    return name if isinstance(name, str) and name in declared else ""
