"""Measures that functions print, summed up as OpenMetrics text (openmetrics.io, 1.0).

A line counts that is a JSON object with `metric`, `kind` (`counter`, `gauge` or `summary`) and a
number as `value`; its other texts are labels, but for ids, of which there would be no end.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PREFIX: Final = "maskline_"
MEDIA_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
KINDS: Final = frozenset({"counter", "gauge", "summary"})
MOST_SERIES: Final = 1000
"""Combinations of labels of one metric; what would be more is left out."""

_MARK: Final = b'"metric"'
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_NO_LABELS: Final = frozenset(
    {"time", "level", "logger", "message", "metric", "kind", "value", "error"}
)

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Series:
    count: int = 0
    total: float = 0.0
    last: float = 0.0


@dataclass(slots=True)
class _Family:
    kind: str
    series: dict[Labels, _Series] = field(default_factory=dict)


class Metrics:
    """Everything since the start; counters begin at zero again, as their readers expect."""

    def __init__(self) -> None:
        self._families: dict[str, _Family] = {}

    def read(self, line: bytes) -> None:
        """Take in a line, if it measures anything."""
        if _MARK not in line:
            return
        try:
            said = json.loads(line)
        except ValueError:
            return
        if isinstance(said, dict) and _is_measure(said):
            self.add(said["metric"], said["kind"], float(said["value"]), _labels(said))

    def text(self, counts: Mapping[str, Mapping[str, int]] | None = None) -> str:
        """All of it; *counts* are the calls that came in, by service and operation, if any did."""
        lines: list[str] = []
        for name, family in sorted(self._families.items()):
            lines += _family_lines(f"{PREFIX}{name}", family)
        lines += _call_lines(counts) if counts else ()
        return "\n".join([*lines, "# EOF"]) + "\n"

    def add(self, name: str, kind: str, value: float, labels: Labels) -> None:
        """Take in a measure; *labels* are in the order of their names."""
        family = self._families.setdefault(name, _Family(kind))
        if labels not in family.series and len(family.series) >= MOST_SERIES:
            return
        series = family.series.setdefault(labels, _Series())
        series.count += 1
        series.total += value
        series.last = float(value)  # whole numbers come as int


def _is_measure(said: Mapping[str, Any]) -> bool:
    value, name = said.get("value"), said.get("metric")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    named = isinstance(name, str) and _NAME.fullmatch(name) is not None
    return number and named and said.get("kind") in KINDS and math.isfinite(float(value or 0))


def _labels(said: Mapping[str, Any]) -> Labels:
    return tuple(
        sorted(
            (name, value)
            for name, value in said.items()
            if isinstance(value, str) and name not in _NO_LABELS and not name.endswith("_id")
        )
    )


def _family_lines(name: str, family: _Family) -> Iterable[str]:
    yield f"# TYPE {name} {family.kind}"
    if name.endswith("_seconds"):
        yield f"# UNIT {name} seconds"
    for labels, series in sorted(family.series.items()):
        shown = _shown(labels)
        if family.kind == "gauge":
            yield f"{name}{shown} {_number(series.last)}"
        elif family.kind == "counter":
            yield f"{name}_total{shown} {_number(series.total)}"
        else:
            yield f"{name}_count{shown} {series.count}"
            yield f"{name}_sum{shown} {_number(series.total)}"


def _call_lines(counts: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    name = f"{PREFIX}localcloud_calls"
    yield f"# TYPE {name} counter"
    for service, operations in sorted(counts.items()):
        for operation, count in sorted(operations.items()):
            labels = (("operation", operation), ("service", service))
            yield f"{name}_total{_shown(labels)} {count}"


def _shown(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(round(value, 6))
