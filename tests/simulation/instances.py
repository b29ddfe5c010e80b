"""One function instance in the weather: its ports, its clock, and the ways in which it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from shared.adapters.memory.clock import ManualClock
from shared.ports.errors import (
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
    UnavailableError,
)
from tests.simulation.weather import Weather

LIMITS: Final = {"submit": 120.0, "poller": 600.0, "finalizer": 300.0, "operator": 3600.0}
"""Seconds after which Function Compute ends an invocation (template.yml), and a person gives up."""

STORES: Final = ("jobs", "archive", "gates", "flows", "claims", "objects")


class KilledError(BaseException):
    """The instance is gone; nothing in it may catch this."""


class Surroundings(Protocol):
    """What an instance needs of the storm that it runs in."""

    weather: Weather

    def time(self) -> ManualClock:
        """The world's true time."""

    def sleep(self, seconds: float) -> None:
        """Time passes, and others work."""

    def spend(self) -> None:
        """One call more; endless work ends here."""

    def overtake(self) -> None:
        """Somebody else's invocation runs from start to end, if one is due."""

    def say(self, line: str) -> None:
        """A line of the time line."""


@dataclass
class Instance:
    """One invocation. `skew` is how far its clock is off, seconds."""

    function: str
    storm: Surroundings
    began: float
    skew: float

    def now(self) -> float:
        return self.storm.time().now() + self.skew

    def monotonic(self) -> float:
        return self.storm.time().now()

    def sleep(self, seconds: float) -> None:
        self.storm.sleep(seconds)
        self._end_in_time()

    def wrap(self, target: Any, name: str) -> Any:
        """The port *target* as this instance sees it."""
        return Port(target, name, self)

    def before(self, operation: str) -> None:
        """What happens before a call is performed."""
        weather = self.storm.weather
        self.storm.time().advance(0.005)
        self.storm.spend()
        if weather.raging:
            if weather.strikes("overtaken"):
                self.storm.overtake()
            self._pause(operation)
            self._struck(operation, "before")
        self._end_in_time()

    def after(self, operation: str) -> None:
        """What happens after it was performed."""
        if self.storm.weather.raging:
            self._struck(operation, "after")

    def _pause(self, operation: str) -> None:
        weather = self.storm.weather
        if weather.strikes("frozen"):
            self.storm.say(f"{self.function} frozen before {operation}")
            self.storm.sleep(weather.pick("frozen", (2.0, 15.0, 40.0, 150.0, 400.0)))
        if self.function == "finalizer" and weather.strikes("slow finalizer"):
            self.storm.sleep(weather.between("slow finalizer", 20.0, 200.0))

    def _struck(self, operation: str, when: str) -> None:
        if self.storm.weather.strikes("killed"):
            self.storm.say(f"{self.function} killed {when} {operation}")
            raise KilledError
        port = operation.partition(".")[0]
        if when == "before":
            self._refused(port, operation)
        lost = "request lost" if when == "before" else "answer lost"
        if self.storm.weather.strikes(lost):
            self.storm.say(f"{self.function}: {lost} at {operation}")
            raise self._lost(operation, when)

    def _refused(self, port: str, operation: str) -> None:
        weather, now = self.storm.weather, self.monotonic()
        if port in STORES and weather.strikes("store away"):
            weather.away[port] = now + weather.between("store away", 0.5, 60.0)
        if now < weather.away.get(port, 0.0):
            raise UnavailableError(operation)
        if port in STORES and weather.strikes("store throttles"):
            raise ThrottledError(operation)
        if port == "sink" and weather.strikes("sink fails"):
            raise UnavailableError(operation)

    def _lost(self, operation: str, when: str) -> Exception:
        if operation != "tasks.submit":
            return UnavailableError(f"{operation} ({when})")
        if when == "before" and self.storm.weather.pick("request lost", (True, False)):
            return NotSentError(operation)
        return OutcomeUnknownError(operation)

    def _end_in_time(self) -> None:
        if self.monotonic() - self.began > LIMITS[self.function]:
            self.storm.say(f"{self.function} ended by its time limit")
            raise KilledError


class Port:
    """A port in the storm: trouble before and after every call."""

    def __init__(self, target: Any, name: str, instance: Instance) -> None:
        self._target, self._name, self._instance = target, name, instance

    def __getattr__(self, verb: str) -> Any:
        found = getattr(self._target, verb)
        return self._guarded(found, f"{self._name}.{verb}") if callable(found) else found

    def _guarded(self, found: Callable[..., Any], operation: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._instance.before(operation)
            answer = found(*args, **kwargs)
            self._instance.after(operation)
            return answer

        return call
