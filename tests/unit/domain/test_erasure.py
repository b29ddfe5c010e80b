"""Which erasings are the same job, and which the same paid work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.effects import AcceptErasure
from shared.domain.erasure import erasure_content_id, erasure_job_id
from shared.domain.machine import decide, new_erasing, new_job
from shared.domain.signals import DerivationBegun, DerivationEnded, EffectsPerformed
from shared.domain.stage import Stage
from shared.domain.state import JobState
from tests.contract import records

ERASURE = records.erasure()
PARENT = replace(new_job(records.job().source, nonce="n", now=1.0), state=JobState.DONE)


def test_the_same_recipe_for_the_same_parent_is_the_same_job() -> None:
    again = replace(ERASURE, folder="results/elsewhere/", mask_sha256="9" * 64)

    assert erasure_job_id(again) == erasure_job_id(ERASURE)
    assert erasure_job_id(replace(ERASURE, parent_id="job-2")) != erasure_job_id(ERASURE)
    assert erasure_job_id(replace(ERASURE, line="erase:people=1")) != erasure_job_id(ERASURE)


@pytest.mark.parametrize(
    "change", [{"mask_sha256": "9" * 64}, {"keep_sha256": "9" * 64}, {"add_watermark": True}]
)
def test_another_mask_or_parameter_is_other_work(change: dict[str, object]) -> None:
    other = replace(ERASURE, **change)  # type: ignore[arg-type]  # names and types are above

    assert erasure_content_id("photo", other) != erasure_content_id("photo", ERASURE)
    assert erasure_content_id("other", ERASURE) != erasure_content_id("photo", ERASURE)


def test_equal_work_of_two_parents_is_paid_for_once() -> None:
    another = replace(ERASURE, parent_id="job-2", folder="results/b/")

    assert erasure_content_id("photo", another) == erasure_content_id("photo", ERASURE)


def test_an_erasing_begins_as_a_job_of_its_own_stage() -> None:
    child = new_erasing(PARENT, ERASURE, nonce="n", now=5.0, place=7)

    assert (child.state, child.stage, child.source) == (
        JobState.QUEUED,
        Stage.ERASE,
        PARENT.source,
    )
    assert (child.version, child.place, child.pin) == (1, 7, None)
    assert PARENT.stage is Stage.SEGMENT


def test_a_set_that_is_derived_again_asks_until_its_erasing_is_there() -> None:
    begun = decide(PARENT, DerivationBegun("erase", 99.0), nonce="a", now=2.0).job

    ended = decide(begun, DerivationEnded(2, "is whole", (ERASURE,)), nonce="b", now=3.0).job
    performed = decide(ended, EffectsPerformed(ended.pending), nonce="c", now=4.0).job

    assert ended.pending == (AcceptErasure(ERASURE),)
    assert ended.due_at is not None
    assert ended.due_at > 3.0
    assert (performed.pending, performed.due_at) == ((), None)
