"""Every history of a job and of a gate keeps the laws, and planted mistakes are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import gate as rules
from shared.domain import signals as s
from shared.domain.effects import ReleaseSlot
from shared.domain.gate import Denied, Gate, Permit
from shared.domain.job import Job
from shared.domain.machine import Decision, decide
from tests.property.histories import GateRules, walk_gate, walk_job

SEEDS = range(400)


@given(st.integers(min_value=0))
@settings(max_examples=300, deadline=None)
def test_every_history_of_a_job_keeps_the_laws(seed: int) -> None:
    walk_job(Random(seed))


@given(st.integers(min_value=0))
@settings(max_examples=300, deadline=None)
def test_every_history_of_a_gate_keeps_the_laws(seed: int) -> None:
    walk_gate(Random(seed))


def _changed(change: Callable[[Job, Any, Decision], Decision]) -> Callable[..., Decision]:
    def mutant(job: Job, signal: Any, *, nonce: str, now: float) -> Decision:
        return change(job, signal, decide(job, signal, nonce=nonce, now=now))

    return mutant


def _without_release(job: Job, signal: Any, made: Decision) -> Decision:
    kept = tuple(e for e in made.effects if not isinstance(e, ReleaseSlot))
    return replace(made, effects=kept)


def _same_attempt(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, attempt=job.attempt))


def _keeps_pin(job: Job, signal: Any, made: Decision) -> Decision:
    if isinstance(signal, s.AbsenceProved):
        return replace(made, job=replace(made.job, pin=job.pin))
    return made


def _no_event(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, outbox=job.outbox))


def _no_reason(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, failure=None))


def _never_due(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, due_at=None))


def _same_version(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, version=job.version))


def _old_nonce(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, nonce=job.nonce))


def _forgets_task(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, task=None))


def _old_task(job: Job, signal: Any, made: Decision) -> Decision:
    return replace(made, job=replace(made.job, task=made.job.task or job.task))


@pytest.mark.parametrize(
    "change",
    [
        _without_release,
        _same_attempt,
        _keeps_pin,
        _no_event,
        _no_reason,
        _never_due,
        _same_version,
        _old_nonce,
        _forgets_task,
        _old_task,
    ],
)
def test_a_mutant_of_the_machine_is_found(
    change: Callable[[Job, Any, Decision], Decision],
) -> None:
    assert any(_fails(partial(walk_job, Random(seed), _changed(change))) for seed in SEEDS)


def _ignores_intent(gate: Gate, **asked: Any) -> Permit | Denied:
    return rules.permit(replace(gate, intent=None), **asked)


def _ignores_pace(gate: Gate, **asked: Any) -> Permit | Denied:
    return rules.permit(replace(gate, posts=()), **asked)


def _ignores_window(gate: Gate, **asked: Any) -> Permit | Denied:
    made = rules.permit(replace(gate, window=99), **asked)
    if isinstance(made, Denied):
        return made
    return replace(made, gate=replace(made.gate, window=gate.window))


def _ignores_quota(gate: Gate, **asked: Any) -> Permit | Denied:
    made = rules.permit(replace(gate, quota=replace(gate.quota, budget=None)), **asked)
    if isinstance(made, Denied):
        return made
    return replace(made, gate=replace(made.gate, quota=replace(made.gate.quota, budget=12)))


def _double_spend(gate: Gate, job_id: str, attempt: int, *, billed: bool) -> Gate:
    made = rules.released(gate, job_id, attempt, billed=billed)
    return replace(made, quota=replace(made.quota, spent=gate.quota.spent + billed))


def _leaks_reservation(gate: Gate, job_id: str, attempt: int, *, billed: bool) -> Gate:
    made = rules.released(gate, job_id, attempt, billed=billed)
    return replace(made, quota=replace(made.quota, reserved=gate.quota.reserved))


def _leaves_intent(gate: Gate, job_id: str, attempt: int, *, task_id: str, now: float) -> Gate:
    made = rules.accepted(gate, job_id, attempt, task_id=task_id, now=now)
    return replace(made, intent=gate.intent)


@pytest.mark.parametrize(
    "using",
    [
        GateRules(permit=_ignores_intent),
        GateRules(permit=_ignores_pace),
        GateRules(permit=_ignores_window),
        GateRules(permit=_ignores_quota),
        GateRules(released=_double_spend),
        GateRules(released=_leaks_reservation),
        GateRules(accepted=_leaves_intent),
    ],
    ids=["intent", "pace", "window", "quota", "spend", "reservation", "answer"],
)
def test_a_mutant_of_the_gate_is_found(using: GateRules) -> None:
    assert any(_fails(partial(walk_gate, Random(seed), using)) for seed in SEEDS)


def _fails(walk: Callable[[], object]) -> bool:
    try:
        walk()
    except AssertionError:
        return True
    return False
