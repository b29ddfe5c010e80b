"""Accidents on order: which request or event meets which fault. Kept in memory only.

A fault is named `kind` or `kind:argument`. Faults of the wire: `error:<http>:<code>`,
`drop-before`, `drop-after`, `delay:<seconds>`, `truncate`, and `stale-index:<seconds>` for reads of
a Tablestore index. Faults of an OSS event's delivery (operation `event`): `duplicate-event`,
`reorder-events`, `lose-event`, and `error`, `drop-before`, `drop-after`, `delay` in their sense.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

SERVICES = ("oss", "fc", "tablestore", "mns", "dashscope", "ros", "eventbridge")
EVENT = "event"
EVERY = "*"
EVENT_ONLY = frozenset({"duplicate-event", "reorder-events", "lose-event"})
WIRE_ONLY = frozenset({"truncate", "stale-index"})
PLAIN = frozenset({"drop-before", "drop-after", "truncate"}) | EVENT_ONLY
TIMED = frozenset({"delay", "stale-index"})
FIELDS = frozenset({"service", "operation", "fault", "count", "probability", "seed"})
LOWEST_ERROR, HIGHEST_ERROR = 300, 599


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One accident. `seconds` belongs to delay and stale-index, `http` and `code` to error."""

    kind: str
    seconds: float = 0.0
    http: int = 0
    code: str = ""


@dataclass(slots=True, kw_only=True)
class _Order:
    """A fault waiting for its victims; `drawn` counts how often it has struck."""

    service: str
    operation: str
    fault: Fault
    count: int | None
    probability: float
    dice: random.Random = field(repr=False)
    drawn: int = 0

    def concerns(self, service: str, operation: str) -> bool:
        if service != self.service:
            return False
        return self.operation == operation or (self.operation == EVERY and operation != EVENT)

    def strikes(self) -> bool:
        if self.count is not None and self.drawn >= self.count:
            self.drawn += 1
            return False
        if self.probability < 1 and self.dice.random() >= self.probability:
            return False
        self.drawn += 1
        return True

    def in_force(self) -> bool:
        """Whether the request that drew last, if any, still met it (see `FaultPlan.active`)."""
        return self.count is None or self.drawn <= self.count


class FaultPlan:
    """The faults in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._lock = threading.Lock()
        self._operations: dict[str, frozenset[str]] = {}

    def know(self, service: str, operations: frozenset[str]) -> None:
        """Take faults on these operations of a service alone; before, any name is taken."""
        self._operations[service] = operations

    def add(self, spec: dict[str, Any]) -> None:
        """Put one fault in force: `{service, operation, fault, count?, probability?, seed?}`.

        Raises:
            ValueError: a field is missing, unknown or wrong; the text names it and the remedy.
        """
        order = _parse_order(spec)
        self._check_operation(order.service, order.operation)
        with self._lock:
            self._orders.append(order)

    def _check_operation(self, service: str, operation: str) -> None:
        known = self._operations.get(service)
        if known is None or operation in known or operation in {EVERY, EVENT}:
            return
        letters = {name.lower(): name for name in known}
        near = get_close_matches(operation.lower(), letters, n=3, cutoff=0.5)
        meant = " or ".join(letters[name] for name in near)
        remedy = f"did you mean {meant}?" if meant else f"it has {', '.join(sorted(known))}"
        raise ValueError(f"service {service!r} has no operation {operation!r}; {remedy}")

    def clear(self) -> None:
        """Lift every fault."""
        with self._lock:
            self._orders.clear()

    def draw(self, service: str, operation: str) -> list[Fault]:
        """The faults that this request (or event delivery) meets; each is drawn by itself."""
        if not self._orders:
            return []
        with self._lock:
            concerned = [order for order in self._orders if order.concerns(service, operation)]
            return [order.fault for order in concerned if order.strikes()]

    def active(self, service: str, operation: str, kind: str) -> float | None:
        """Seconds of the longest fault of `kind` in force for a request, without drawing it.

        A counted one is drawn by the server as the request arrives, and stays in force while that
        request is served: it ends with the first request beyond its count.
        """
        with self._lock:
            seconds = [
                order.fault.seconds
                for order in self._orders
                if order.fault.kind == kind
                and order.concerns(service, operation)
                and order.in_force()
            ]
        return max(seconds, default=None)


def _parse_order(spec: dict[str, Any]) -> _Order:
    if unknown := sorted(set(spec) - FIELDS):
        raise ValueError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(FIELDS))}")
    service, operation = _parse_place(spec)
    fault = parse_fault(_text(spec, "fault"))
    _check_place(fault, service, operation)
    return _Order(
        service=service,
        operation=operation,
        fault=fault,
        count=_parse_count(spec),
        probability=_parse_probability(spec),
        dice=random.Random(_parse_seed(spec)),  # noqa: S311 - accidents for tests, not secrets
    )


def _parse_place(spec: dict[str, Any]) -> tuple[str, str]:
    service = _text(spec, "service")
    if service not in SERVICES:
        raise ValueError(f"service {service!r} is not one of {', '.join(SERVICES)}")
    return service, _text(spec, "operation")


def _check_place(fault: Fault, service: str, operation: str) -> None:
    if fault.kind in EVENT_ONLY and operation != EVENT:
        raise ValueError(f"fault {fault.kind!r} touches deliveries: use operation 'event'")
    if fault.kind in WIRE_ONLY and operation == EVENT:
        raise ValueError(f"fault {fault.kind!r} touches requests: name a wire operation or '*'")
    if operation == EVENT and service != "oss":
        raise ValueError("operation 'event' means OSS trigger deliveries: use service 'oss'")
    if fault.kind == "stale-index" and service != "tablestore":
        raise ValueError("fault 'stale-index' needs service 'tablestore'")


def parse_fault(text: str) -> Fault:
    """Read `kind` or `kind:argument`.

    Raises:
        ValueError: it is not a fault of this cloud; the text says which there are.
    """
    kind, _, argument = text.partition(":")
    if kind in PLAIN and not argument:
        return Fault(kind=kind)
    if kind in TIMED:
        return Fault(kind=kind, seconds=_parse_seconds(kind, argument))
    if kind == "error":
        return _parse_error(argument)
    known = sorted(PLAIN | {f"{timed}:<seconds>" for timed in TIMED} | {"error:<http>:<code>"})
    raise ValueError(f"fault {text!r} is not one of {', '.join(known)}")


def _parse_seconds(kind: str, argument: str) -> float:
    try:
        seconds = float(argument)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"fault {kind!r} needs seconds of 0 or more, as in '{kind}:1.5'")
    return seconds


def _parse_error(argument: str) -> Fault:
    status, _, code = argument.partition(":")
    if not (status.isdecimal() and LOWEST_ERROR <= int(status) <= HIGHEST_ERROR and code):
        raise ValueError("fault 'error' needs a status and a code, as in 'error:500:InternalError'")
    return Fault(kind="error", http=int(status), code=code)


def _text(spec: dict[str, Any], name: str) -> str:
    value = spec.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"field {name!r} is needed, as a text")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _parse_count(spec: dict[str, Any]) -> int | None:
    count = spec.get("count")
    if count is None:
        return None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError("field 'count' must be a whole number of 1 or more")
    return count


def _parse_probability(spec: dict[str, Any]) -> float:
    probability = spec.get("probability", 1.0)
    if probability is None:
        return 1.0
    if not _is_number(probability) or not 0 <= probability <= 1:
        raise ValueError("field 'probability' must be a number from 0 to 1")
    return float(probability)


def _parse_seed(spec: dict[str, Any]) -> int | None:
    seed = spec.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise ValueError("field 'seed' must be a whole number")
    return seed
