"""ROS's rules of properties (`rules.json`, see `distil.py`), and a template's resources checked.

What the rules do not hold, the vendor checks only online: names of runtimes and triggers, what
stands in `TriggerConfig`, whether indexed columns are declared (contracts/alibaba-cloud.md, 5.2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

RULES: Final = Path(__file__).with_name("rules.json")
Rule = Mapping[str, Any]

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
}


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Any]:
    """The file's `types`: attributes and properties by resource type."""
    document: dict[str, Any] = json.loads(RULES.read_text(encoding="utf-8"))
    types: Mapping[str, Any] = document["types"]
    return types


def findings(name: str, kind: str, properties: Mapping[str, Any]) -> list[str]:
    """What ROS would refuse of one resource, its properties resolved: `Topic.TopicName: ...`."""
    known = rules().get(kind)
    if known is None:
        return [f"{name}: no rules of {kind}; add it to scripts/template/distil.py and distil"]
    return list(_object(known["properties"], properties, name))


def _object(shape: Mapping[str, Rule], value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in sorted(set(value) - set(shape)):
        yield f"{path}.{name}: ROS has no such property"
    for name, rule in shape.items():
        if name in value:
            yield from _value(rule, value[name], f"{path}.{name}")
        elif rule.get("required"):
            yield f"{path}.{name}: is required"


def _value(rule: Rule, value: Any, path: str) -> Iterator[str]:
    kind = rule.get("type", "any")
    wanted = _TYPES.get(kind)
    flag_for_number = kind == "number" and isinstance(value, bool)
    if wanted is not None and (not isinstance(value, wanted) or flag_for_number):
        yield f"{path}: {value!r} is no {kind}"
        return
    yield from _bounds(rule, value, path)
    if kind == "object" and "properties" in rule:
        yield from _object(rule["properties"], value, path)
    elif kind == "list" and "items" in rule:
        for at, item in enumerate(value):
            yield from _value(rule["items"], item, f"{path}[{at}]")
    elif kind == "map" and "items" in rule:
        for name, item in value.items():
            yield from _value(rule["items"], item, f"{path}.{name}")


def _bounds(rule: Rule, value: Any, path: str) -> Iterator[str]:
    if "values" in rule and value not in rule["values"]:
        yield f"{path}: {value!r} is not one of {rule['values']}"
    if "pattern" in rule and re.search(rule["pattern"], str(value)) is None:
        yield f"{path}: {value!r} does not match {rule['pattern']}"
    sizes = (("min", "max", value), ("length_min", "length_max", _length(value)))
    for least, most, size in sizes:
        if least in rule and size < rule[least]:
            yield f"{path}: {size} is less than {rule[least]}"
        if most in rule and size > rule[most]:
            yield f"{path}: {size} is more than {rule[most]}"


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0
