"""Judges a policy by what was asked of it in a run: what it lacks, and what it grants in vain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from typing_extensions import Self


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, as a policy's words have it."""

    role: str
    action: str
    resource: str

    def covers(self, asked: Grant) -> bool:
        """Whether it allows this."""
        return (
            self.role == asked.role
            and fnmatchcase(asked.action.lower(), self.action.lower())
            and fnmatchcase(asked.resource, self.resource.replace("[", "[[]"))
        )

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is granted and what was asked, refused or not."""

    granted: tuple[Grant, ...]
    asked: tuple[Grant, ...]

    @classmethod
    def of(cls, report: Mapping[str, Any], *, role: str = "") -> Self:
        """What `/_control/permissions` tells, of one role or of all."""

        def told(what: str) -> tuple[Grant, ...]:
            found = (Grant(g["role"], g["action"], g["resource"]) for g in report[what])
            return tuple(grant for grant in found if role in ("", grant.role))

        return cls(told("permissions"), told("asked") + told("refused"))

    def missing(self) -> list[str]:
        """What was asked for and is not granted."""
        return sorted({str(a) for a in self.asked if not any(g.covers(a) for g in self.granted)})

    def unused(self, elsewhere: Sequence[str] = ()) -> list[str]:
        """What is granted and was not asked for; of actions that are needed elsewhere, nothing."""
        return [
            str(grant)
            for grant in self.granted
            if grant.action not in elsewhere and not any(grant.covers(a) for a in self.asked)
        ]

    def without(self, grant: Grant) -> Judgement:
        """The same run of a policy that lacks this."""
        return replace(self, granted=tuple(g for g in self.granted if g != grant))

    def having(self, grant: Grant) -> Judgement:
        """The same run of a policy that grants this, too."""
        return replace(self, granted=(*self.granted, grant))


def taken_out_in_turn(judgement: Judgement, elsewhere: Sequence[str] = ()) -> list[Grant]:
    """The grants whose absence nothing would name, which ought to be none.

    Each is taken out of the policy, and what the run then lacks must be of its action, on what it
    was for.
    """
    silent = []
    for grant in judgement.granted:
        lacking = set(judgement.without(grant).missing()) - set(judgement.missing())
        named = [str(a) for a in judgement.asked if grant.covers(a)]
        if grant.action not in elsewhere and not (lacking and lacking <= set(named)):
            silent.append(grant)
    return silent
