"""The breaker: who opens it, who may close it, and what is announced."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.breaker import PAUSED, answered, closed, paused, resumed, tripped, warned
from shared.domain.failure import Failure, FailureKind
from shared.domain.gate import Denied, Gate, Permit, permit, refusal
from shared.domain.quota import Quota

ARREARS = Failure(kind=FailureKind.STOP, code="Arrearage", message="the account is in arrears")
FRESH = Gate(id="g", version=1, nonce="n")


def told(gate: Gate) -> list[str]:
    return [outgoing.event_id for outgoing in gate.outbox]


def test_a_pause_lets_nobody_through_however_long_it_lasts() -> None:
    gate = paused(FRESH, "closed for today", now=100.0)

    assert gate.breaker is not None
    assert (gate.breaker.code, gate.breaker.message) == (PAUSED, "closed for today")
    assert refusal(gate, 1e12) == Denied(reason="stopped", retry_at=None)
    assert isinstance(permit(gate, job_id="j", attempt=1, nonce="x", now=1e12), Denied)


def test_only_a_person_ends_a_pause() -> None:
    gate = paused(FRESH, "closed", now=100.0)

    assert closed(gate, ("j", 1), now=200.0) == gate
    assert tripped(gate, ARREARS, now=200.0) == gate
    assert resumed(gate, now=300.0).breaker is None


def test_stopping_and_resuming_are_announced_once_per_opening() -> None:
    gate = paused(paused(FRESH, "a", now=1.0), "b", now=2.0)
    gate = resumed(resumed(gate, now=3.0), now=4.0)
    gate = paused(gate, "c", now=5.0)

    assert told(gate) == [
        "g:maskline.pipeline.stopped:1",
        "g:maskline.pipeline.resumed:1",
        "g:maskline.pipeline.stopped:2",
    ]


def test_pausing_what_an_error_stopped_announces_nothing_twice_and_lasts() -> None:
    stopped = tripped(FRESH, ARREARS, now=1.0)
    gate = paused(stopped, "looking into it", now=2.0)

    assert told(gate) == ["g:maskline.pipeline.stopped:1"]
    assert refusal(stopped, 1e6) is None
    assert refusal(gate, 1e6) is not None
    assert told(resumed(gate, now=3.0))[-1] == "g:maskline.pipeline.resumed:1"


def test_a_person_ends_a_stop_before_its_time_and_missed_uploads_are_looked_for() -> None:
    gate = tripped(replace(FRESH, swept_at=50.0), ARREARS, now=100.0)
    assert refusal(gate, 101.0) is not None

    gate = resumed(gate, now=101.0)

    assert refusal(gate, 101.0) is None
    assert gate.swept_at == 0.0


def test_the_half_open_attempt_ends_a_stop_and_no_other() -> None:
    gate = tripped(FRESH, ARREARS, now=100.0)
    half_open = permit(gate, job_id="j", attempt=2, nonce="x", now=200.0)

    assert isinstance(half_open, Permit)
    assert closed(half_open.gate, ("j", 2), now=201.0).breaker is None
    # These were on their way when the breaker opened; the news of them came late.
    assert closed(half_open.gate, ("j", 1), now=201.0).breaker is not None
    assert closed(gate, ("j", 2), now=201.0).breaker is not None
    assert closed(FRESH, ("j", 1), now=200.0) == FRESH


def test_a_query_answered_ends_the_stop_that_was_seen_before_it_was_asked() -> None:
    seen = tripped(FRESH, ARREARS, now=100.0, by_query=True)
    later = tripped(seen, ARREARS, now=130.0, by_query=True)

    assert answered(seen, seen, now=140.0).breaker is None
    assert answered(seen, FRESH, now=140.0).breaker is not None
    assert answered(later, seen, now=140.0).breaker is not None


def test_each_failed_half_open_attempt_doubles_the_wait() -> None:
    gate, now, waits = FRESH, 0.0, []
    for _ in range(7):
        gate = tripped(gate, ARREARS, now=now)
        assert gate.breaker is not None
        waits.append(gate.breaker.retry_at - now)
        now = gate.breaker.retry_at
        gate = replace(gate, breaker=replace(gate.breaker, probe=("j", 1)))

    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    assert told(gate) == ["g:maskline.pipeline.stopped:1"]


def test_a_low_budget_is_said_once() -> None:
    gate = replace(FRESH, quota=Quota(budget=100, spent=90))

    assert told(warned(warned(gate, now=1.0), now=2.0)) == ["g:maskline.quota.low:1"]
    assert warned(replace(gate, quota=Quota(budget=100, spent=89)), now=1.0).outbox == ()
    assert warned(replace(gate, quota=Quota(spent=10**6)), now=1.0).outbox == ()
