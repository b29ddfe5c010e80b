"""The slot's figures as lines of the report, held against what is promised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from scripts.bench.peer import ABSENT, is_installed
from scripts.bench.report import Line, Section
from scripts.bench.slot import OURS, Outcome, rows

AIMS: Final = {"queue": 0.985, "reject": 0.96}
QUERIES: Final = 15.0
BEHIND: Final = 0.01


def section(outcomes: Sequence[Outcome]) -> Section:
    """A line for each setting: ours against the best peer that did every picture."""
    made = rows(outcomes)
    return Section(
        name="slot",
        lines=[_line(row, outcomes) for row in made if row["contender"] == OURS],
        rows=made,
        skipped=() if is_installed() else (ABSENT,),
    )


def _line(row: dict[str, Any], outcomes: Sequence[Outcome]) -> Line:
    aim, behind = AIMS[row["over_limit"]], row["behind_best"]
    met = (
        row["utilisation"] >= aim
        and row["queries_per_task"] <= QUERIES
        and row["done"] == row["images"]
        and (behind is None or behind <= BEHIND)
    )
    peers = [o for o in outcomes if o.contender != OURS and _same(o, row)]
    return Line(
        section="slot",
        what=f"{row['service']:g} s, {row['over_limit']}, {row['images']} pictures, {row['time']}",
        ours=f"{row['utilisation']:.3f} busy, {row['queries_per_task']:.1f} queries",
        against="; ".join(_told(peer) for peer in peers),
        ratio=None if behind is None else row["utilisation"] / (row["utilisation"] + behind),
        aim=f">= {aim}, <= {QUERIES:.0f} queries",
        met=met,
    )


def _same(outcome: Outcome, row: dict[str, Any]) -> bool:
    return all(
        getattr(outcome, name) == row[name] for name in ("service", "over_limit", "images", "time")
    )


def _told(peer: Outcome) -> str:
    lost = "" if peer.done == peer.images else f" ({peer.images - peer.done} undone)"
    return f"{peer.contender} {peer.utilisation:.3f}{lost}"
