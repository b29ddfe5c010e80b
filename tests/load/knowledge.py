"""What a client may find: each thing's possible values, given what was acknowledged."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

V = TypeVar("V", bound=Hashable)


class Knowledge(Generic[V]):
    """One writer's knowledge of its own things; None is a thing that is not there.

    An acknowledged write leaves one possibility, an unanswered one adds its own to those before.
    """

    def __init__(self) -> None:
        self._possible: dict[str, frozenset[V | None]] = {}

    def known(self, name: str) -> V | None:
        """The value, where there is but one possibility; any of them otherwise."""
        possible = self.possible(name)
        return next(iter(possible))

    def certain(self, name: str) -> bool:
        """Whether there is but one possibility."""
        return len(self.possible(name)) == 1

    def possible(self, name: str) -> frozenset[V | None]:
        """What a reader may find."""
        return self._possible.get(name, frozenset({None}))

    def wrote(self, name: str, value: V | None) -> None:
        """It was acknowledged."""
        self._possible[name] = frozenset({value})

    def may_have_written(self, name: str, value: V | None) -> None:
        """No answer came."""
        self._possible[name] = self.possible(name) | {value}

    def read(self, name: str, value: V | None) -> bool:
        """Whether this could be found; from now on it is what is there."""
        fits = value in self.possible(name)
        self.wrote(name, value)
        return fits

    def names(self) -> Iterator[str]:
        """All that were ever written."""
        return iter(sorted(self._possible))
