"""A line for every signal; what repeats is folded, nothing is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.effects import InvokeFinalizer, ReleaseSlot
from shared.domain.failure import Failure, FailureKind
from shared.domain.job import Step, Task
from shared.domain.outbox import Tried, Verdict
from shared.domain.signals import (
    DeliveryTried,
    EffectsPerformed,
    OutcomeUnknown,
    PutOff,
    Signal,
    SubmitRefused,
    TaskAccepted,
)
from shared.domain.state import JobState
from shared.domain.timeline import LINES, entered_at, grown, line

RUNNING, QUEUED = JobState.RUNNING, JobState.QUEUED
FIRST = Step(at=0.0, state=QUEUED, note="accepted", signal="Accepted", request_id="OSS-1")
REFUSED = Failure(kind=FailureKind.TERMINAL, code="X", message="no", request_id="req-3")
TASK = Task(task_id="t", request_id="req-1", accepted_at=0.0, deadline=9.0)


def tried(sink: str, verdict: Verdict, outcome: str) -> Tried:
    event = "id:maskline.job.done:1"
    return Tried(event_id=event, sink=sink, at=1.0, verdict=verdict, outcome=outcome)


def put_off(at: float, state: JobState = RUNNING) -> Step:
    return line(PutOff(at + 1), state, "", (), at)


@pytest.mark.parametrize(
    ("signal", "request_id"),
    [
        (TaskAccepted(TASK), "req-1"),
        (OutcomeUnknown(1.0, "req-2"), "req-2"),
        (SubmitRefused(REFUSED), "req-3"),
        (PutOff(1.0), None),
    ],
)
def test_a_line_names_the_request_that_its_signal_is_about(
    signal: Signal, request_id: str | None
) -> None:
    assert line(signal, RUNNING, "note", (), 1.0).request_id == request_id


def test_a_line_tells_what_was_asked_for_and_what_was_done() -> None:
    asked = (ReleaseSlot(1, billed=True), InvokeFinalizer(1))

    assert line(PutOff(1.0), RUNNING, "n", asked, 1.0).effects == ("ReleaseSlot", "InvokeFinalizer")
    done = line(EffectsPerformed(asked), RUNNING, "", (), 1.0)
    assert done.note == "done: ReleaseSlot, InvokeFinalizer"
    tries = (tried("mns", Verdict.DELIVERED, "message 7"), tried("hook", Verdict.OWED, "HTTP 503"))
    took = line(DeliveryTried(tries, ()), RUNNING, "", (), 1.0)
    assert took.note == (
        "mns took maskline.job.done; hook did not take maskline.job.done: HTTP 503"
    )


def test_what_comes_again_at_once_is_one_line_with_its_count() -> None:
    lines: tuple[Step, ...] = (FIRST,)
    for at in (1.0, 2.0, 3.0):
        lines = grown(lines, put_off(at))

    assert lines == (FIRST, replace(put_off(3.0), since=1.0, count=3))


def test_repetitions_in_turn_stay_bounded_and_counted_and_the_first_and_last_stay() -> None:
    lines: tuple[Step, ...] = (FIRST,)
    for at in range(1, 1001):
        lines = grown(lines, put_off(float(at), (RUNNING, QUEUED)[at % 2]))

    assert len(lines) == LINES
    assert lines[0] == FIRST
    assert lines[-1] == put_off(1000.0)
    assert sum(step.count for step in lines) == 1001
    assert [step.at for step in lines] == sorted(step.at for step in lines)


def test_even_lines_that_all_differ_stay_bounded() -> None:
    lines: tuple[Step, ...] = (FIRST,)
    for at in range(1, 200):
        lines = grown(lines, Step(at=float(at), state=RUNNING, note="n", signal=f"Signal{at}"))

    assert len(lines) == LINES
    assert sum(step.count for step in lines) == 200
    assert lines[0] == FIRST


def test_a_state_was_entered_with_its_first_line_whatever_was_written_since() -> None:
    lines = (FIRST, put_off(5.0), put_off(6.0, QUEUED), put_off(7.0), put_off(8.0))
    skewed = (*lines, put_off(6.5))  # by another machine's clock

    assert entered_at(lines) == entered_at(skewed) == 7.0
    assert entered_at(lines[:3]) == 6.0
    assert entered_at((FIRST,)) == 0.0
