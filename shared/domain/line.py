"""The line before the slot: priorities by upload prefix, and fair turns within one priority.

A job's place is given once, when it comes in (start-time fair queueing): its folder's last tag
plus a step, but never behind the tag that is being served. A folder with a million uploads thus
has tags a million steps ahead, another's first upload stands next to the head, and the order is
read off one index: what a job costs depends neither on the backlog nor on the number of folders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

HIGHEST: Final = 99
"""Priorities reach from -99 to 99; what is not named has 0."""

MOST_PREFIXES: Final = 50
"""As many upload prefixes may be named in one setting: what is counted for them stands in the
gate's row, which stays small."""

LONGEST_PREFIX: Final = 200
"""Characters of a prefix that may be named."""

SPAN: Final = 10**12
"""Places of one priority; tags grow by less than that in the life of an account."""

STEP: Final = 1000
"""What one job adds to its folder's tag at weight 1; at weight 4 it is a quarter of that."""

SLACK: Final = 64 * STEP
"""How far before the head the line is read: an upload whose row was written late stands there."""

Heads = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A folder's row: the last tag that one of its uploads was given. `version` guards it."""

    id: str
    version: int
    nonce: str
    last: int
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a deployment says about upload prefixes; the longest that fits a key counts."""

    uploads: str = ""
    priorities: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)

    def priority(self, key: str) -> int:
        """The priority of an upload: the higher goes first, always."""
        return named(self.priorities, key, 0)

    def step(self, key: str) -> int:
        """What an upload adds to its folder's tag."""
        return max(1, STEP // named(self.weights, key, 1))

    def folder(self, key: str) -> str:
        """The unit of fairness: the first folder below the upload prefix ("" for none)."""
        inside = key.removeprefix(self.uploads)
        return inside.partition("/")[0] if "/" in inside else ""


def numbers_by_prefix(text: str, *, least: int, most: int) -> tuple[dict[str, int], list[str]]:
    """`uploads/vip/=10,uploads/batch/=-5` as numbers by prefix; and the parts that are none."""
    found: dict[str, int] = {}
    bad: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        prefix, _, value = part.rpartition("=")
        digits = value.removeprefix("-")
        fits = 0 < len(prefix) <= LONGEST_PREFIX and digits.isascii() and digits.isdigit()
        if fits and least <= int(value) <= most:
            found[prefix] = int(value)
        else:
            bad.append(part)
    return found, bad


def named(values: Mapping[str, int], key: str, otherwise: int) -> int:
    """The value of the longest prefix that *key* begins with."""
    fits = [prefix for prefix in values if key.startswith(prefix)]
    return values[max(fits, key=len)] if fits else otherwise


def place_of(priority: int, tag: int) -> int:
    """Where a job stands in the line; lower goes first."""
    return (HIGHEST - priority) * SPAN + tag


def priority_of(place: int) -> int:
    """The priority that a place belongs to."""
    return HIGHEST - place // SPAN


def head_of(heads: Heads, priority: int) -> int:
    """The tag that is being served in a priority."""
    return dict(heads).get(priority, 0)


def served(heads: Heads, place: int) -> Heads:
    """The heads after the job at *place* was let through."""
    priority, tag = priority_of(place), place % SPAN
    moved = {**dict(heads), priority: max(tag, head_of(heads, priority))}
    return tuple(sorted(moved.items(), reverse=True))
