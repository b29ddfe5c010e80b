"""Which sinks are not to be called any more: they said so, and it is remembered in the gate's row.

It holds for the settings that the sink had then: another address or secret opens it again, and so
does a person (`maskline events enable`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from shared.domain.gate import Gate
from shared.domain.outbox import Disabled, Subscription
from shared.usecases.gatekeeper import Gatekeeper

REMEMBERED: Final = 30.0
"""Seconds for which the row is not read again: a sink that has just been disabled elsewhere is
called once more at most."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class SinkDoors:
    """Those of one stage's gate."""

    gatekeeper: Gatekeeper
    subscriptions: Sequence[Subscription]
    _shut: frozenset[str] = frozenset()
    _read_at: float | None = field(default=None)

    def are_shut(self) -> frozenset[str]:
        """Names of the sinks that are not to be called. Raises RetryableError."""
        now = self.gatekeeper.clock.monotonic()
        if self._read_at is None or now - self._read_at >= REMEMBERED:
            self._remember(self.gatekeeper.load())
        return self._shut

    def shut(self, name: str, why: str) -> None:
        """The sink asked not to be called any more."""
        own = next(each for each in self.subscriptions if each.name == name)
        at = self.gatekeeper.clock.now()
        shut = Disabled(name=name, fingerprint=own.fingerprint, at=at, why=why)
        _log.warning("sink %s is disabled: %s", name, why, extra={"facts": {"sink": name}})
        self._remember(self.gatekeeper.change(lambda gate: _with(gate, shut)))

    def _remember(self, gate: Gate) -> None:
        self._read_at = self.gatekeeper.clock.monotonic()
        self._shut = frozenset(each.name for each in shut_sinks(gate, self.subscriptions))


def shut_sinks(gate: Gate, subscriptions: Sequence[Subscription]) -> list[Disabled]:
    """Those whose settings are still the ones that they were disabled with."""
    prints = {each.name: each.fingerprint for each in subscriptions}
    return [each for each in gate.disabled if prints.get(each.name) == each.fingerprint]


def _with(gate: Gate, shut: Disabled) -> Gate:
    mine = next((each for each in gate.disabled if each.name == shut.name), None)
    if mine is not None and mine.fingerprint == shut.fingerprint:
        return gate
    others = tuple(each for each in gate.disabled if each.name != shut.name)
    return replace(gate, disabled=(*others, shut))


def opened(gate: Gate, name: str) -> Gate:
    """The gate without a word about the sink."""
    return replace(gate, disabled=tuple(d for d in gate.disabled if d.name != name))
