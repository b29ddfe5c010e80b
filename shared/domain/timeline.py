"""The job's time line: a line for every signal that was written, and a row that stays small.

What repeats is folded into its last line, which then says how often and since when; the counts of
all lines together are always the job's version.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import Any, Final

from shared.domain.effects import Effect
from shared.domain.events import event_type
from shared.domain.job import Source, Step
from shared.domain.outbox import Tried, Verdict
from shared.domain.signals import DeliveryTried, EffectsPerformed, Signal
from shared.domain.state import JobState

LINES: Final = 60
"""Lines kept; more than there are kinds of lines in any honest job."""


def begun(source: Source, state: JobState, now: float) -> tuple[Step, ...]:
    """The first line; its request is the upload's."""
    request_id = source.request_id or None
    return (Step(at=now, state=state, note="accepted", signal="Accepted", request_id=request_id),)


def line(
    signal: Signal, state: JobState, note: str, effects: tuple[Effect, ...], now: float
) -> Step:
    """What a signal that led to *state* leaves behind; *effects* are those that it asked for."""
    return Step(
        at=now,
        state=state,
        note=note or _bookkeeping(signal),
        signal=type(signal).__name__,
        effects=tuple(type(effect).__name__ for effect in effects),
        request_id=_request_id(signal),
    )


def _bookkeeping(signal: Signal) -> str:
    if isinstance(signal, EffectsPerformed):
        return f"done: {', '.join(type(effect).__name__ for effect in signal.effects)}"
    if isinstance(signal, DeliveryTried):
        return "; ".join(map(_tried, signal.tries))
    return ""


def _tried(tried: Tried) -> str:
    said = event_type(tried.event_id)
    if tried.verdict is Verdict.DELIVERED:
        return f"{tried.sink} took {said}"
    return f"{tried.sink} did not take {said}: {tried.outcome}"


def _request_id(signal: Any) -> str | None:
    """The request that a log elsewhere knows it by: the signal's own, its task's, its failure's."""
    holders = (signal, getattr(signal, "task", None), getattr(signal, "failure", None))
    found = (getattr(holder, "request_id", None) for holder in holders)
    return next((request_id for request_id in found if request_id), None)


def grown(lines: tuple[Step, ...], new: Step) -> tuple[Step, ...]:
    """The time line with one more line, or with one more repetition of its last."""
    last = lines[-1] if lines else None
    if last is not None and _is_repeated(last, new):
        return (*lines[:-1], _folded(last, new))
    return _shortened((*lines, new))


def entered_at(lines: tuple[Step, ...]) -> float:
    """When the state that the last line tells of was entered, however much was written since."""
    state = lines[-1].state
    *_, first = takewhile(lambda step: step.state is state, reversed(lines))
    return first.at


def _is_repeated(last: Step, new: Step) -> bool:
    unlike = replace(new, at=last.at, since=last.since, count=last.count)
    return unlike == last


def _folded(older: Step, newer: Step) -> Step:
    since = older.at if older.since is None else older.since
    return replace(newer, since=since, count=older.count + newer.count)


def _shortened(lines: tuple[Step, ...]) -> tuple[Step, ...]:
    """The oldest line that comes again goes into the next of its kind; the first one stays."""
    if len(lines) <= LINES:
        return lines
    kinds = [(step.signal, step.state) for step in lines]
    older = next((i for i in range(1, len(lines)) if kinds[i] in kinds[i + 1 :]), 1)
    later = kinds.index(kinds[older], older + 1) if kinds[older] in kinds[older + 1 :] else 2
    merged = _folded(lines[older], lines[later])
    return (*lines[:older], *lines[older + 1 : later], merged, *lines[later + 1 :])
