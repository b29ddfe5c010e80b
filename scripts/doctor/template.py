"""What the template declares: of each value what stands there literally; parameters are chosen
by each deployment and say nothing about what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from scripts.deploy.template import FUNCTIONS, TEMPLATES, name_of

PROJECT: Final = Path(__file__).resolve().parents[2]
TRIGGERS: Final = frozenset({"ALIYUN::FC::Trigger", "ALIYUN::FC3::Trigger"})
ASYNC: Final = frozenset({"ALIYUN::FC3::AsyncInvokeConfig"})
TABLES: Final = frozenset({"ALIYUN::OTS::Table"})

_MEASURES: Final = {
    "Runtime": "runtime",
    "Handler": "handler",
    "Initializer": "initializer",
    "MemorySize": "memory",
    "Timeout": "timeout",
}
_TRIES: Final = {
    "MaxAsyncRetryAttempts": "retries",
    "MaxAsyncEventAgeInSeconds": "age",
    "StatefulInvocation": "stateful",
    "AsyncTask": "stateful",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFunction:
    """A function: its measures by the names of `FunctionFacts`, its tries by those of
    `AsynchronousFacts`, and the names of its variables.
    """

    name: str
    measures: Mapping[str, Any]
    tries: Mapping[str, Any]
    variables: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTable:
    """A table's shape."""

    name: str
    key: tuple[tuple[str, str], ...]
    columns: frozenset[str]
    indexes: Mapping[str, tuple[str, ...]]
    time_to_live: int
    max_versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The template, as far as an examination compares with it."""

    functions: tuple[DeclaredFunction, ...]
    tables: tuple[DeclaredTable, ...]
    upload_events: frozenset[str]


def declared(api: str) -> Declared:
    """What the template of an API of Function Compute declares."""
    document = yaml.safe_load((PROJECT / TEMPLATES[api]).read_text(encoding="utf-8"))
    resources, parts = document["Resources"], document.get("Locals") or {}
    return Declared(
        functions=tuple(_functions(resources, parts)),
        tables=tuple(_table(p) for p in _of_type(resources, TABLES)),
        upload_events=frozenset(
            event
            for trigger in _of_type(resources, TRIGGERS)
            if trigger["TriggerType"] == "oss"
            for name in ("Events", "events")
            for event in trigger["TriggerConfig"].get(name) or ()
        ),
    )


def _of_type(resources: Mapping[str, Any], kinds: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    return (r["Properties"] for r in resources.values() if r["Type"] in kinds)


def _functions(
    resources: Mapping[str, Any], parts: Mapping[str, Any]
) -> Iterator[DeclaredFunction]:
    """Each; *parts* are the template's `Locals`, which several may refer to."""
    tries = {p["FunctionName"]["Fn::GetAtt"][0]: p for p in _of_type(resources, ASYNC)}
    for logical, resource in resources.items():
        if resource["Type"] not in FUNCTIONS:
            continue
        given = resource["Properties"]
        variables = given.get("EnvironmentVariables") or {}
        if set(variables) == {"Ref"}:
            variables = parts[variables["Ref"]]["Value"]
        hooks = (given.get("InstanceLifecycleConfig") or {}).get("Initializer") or {}
        first = {"Initializer": hooks["Handler"]} if hooks else {}
        yield DeclaredFunction(
            name=name_of(given["FunctionName"]),
            measures=_literals({**given, **first}, _MEASURES),
            tries=_literals(tries.get(logical) or given.get("AsyncConfiguration") or {}, _TRIES),
            variables=frozenset(variables),
        )


def _literals(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {ours: given[n] for n, ours in names.items() if isinstance(given.get(n), str | int)}


def _table(given: Mapping[str, Any]) -> DeclaredTable:
    return DeclaredTable(
        name=given["TableName"],
        key=tuple((column["Name"], column["Type"]) for column in given["PrimaryKey"]),
        columns=frozenset(column["Name"] for column in given.get("Columns") or ()),
        indexes={
            index["IndexName"]: tuple(index["PrimaryKeys"])
            for index in given.get("SecondaryIndices") or ()
        },
        time_to_live=given.get("TimeToLive", -1),
        max_versions=given.get("MaxVersions", 1),
    )
