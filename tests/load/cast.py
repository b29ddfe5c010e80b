"""What every client of the load is given, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.load.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A running cloud. `control` calls `/_control/`; `folder` is for a client's own files."""

    description: Mapping[str, Any]
    control: Callable[..., Any]
    folder: Path
    tally: Tally


class Client(Protocol):
    """One user of the cloud; calls one after the other."""

    name: str
    expected: frozenset[str]
    """Refusals that it brings about itself: `service.Operation Code`."""

    def step(self) -> None:
        """Something at random. RefusedError and UnansweredError end it early."""

    def verify(self) -> None:
        """Once all is quiet: everything that was acknowledged is there."""

    def close(self) -> None:
        """Let the connections go."""
