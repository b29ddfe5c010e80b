"""What every store of rows promises, whoever keeps them.

A backend is a subclass that gives the fixture `store`; it must be empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from shared.domain.effects import DropPin
from shared.domain.job import Job, RawResult
from shared.domain.line import Flow
from shared.domain.stage import Stage
from shared.domain.state import JobState
from shared.ports.errors import ConflictError, NotFoundError
from shared.ports.stores import ClaimStore, FlowStore, GateStore, JobStore
from tests.contract import records
from tests.contract.races import winners

NOW = records.NOW
AT_PROVIDER = (JobState.SUBMITTING, JobState.UNCERTAIN, JobState.RUNNING, JobState.FINALIZING)


def _ids(jobs: Sequence[Job]) -> list[str]:
    return [job.id for job in jobs]


class JobStoreSuite:
    @pytest.fixture
    def store(self) -> JobStore:
        raise NotImplementedError

    def test_what_is_not_there_is_none(self, store: JobStore) -> None:
        assert store.get("nobody") is None

    def test_every_field_comes_back_as_it_went(self, store: JobStore) -> None:
        store.add(records.full_job())

        assert store.get("job-full") == records.full_job()

    def test_of_many_those_that_exist_come(self, store: JobStore) -> None:
        for n in range(120):
            store.add(records.job(f"job-{n}"))

        found = _ids(store.get_many([f"job-{n}" for n in range(10, 130)] + ["job-10"]))
        assert sorted(found) == sorted(f"job-{n}" for n in range(10, 120))

    def test_a_second_add_conflicts_and_changes_nothing(self, store: JobStore) -> None:
        store.add(records.job())

        with pytest.raises(ConflictError):
            store.add(records.job(nonce="other"))
        assert store.get("job-1") == records.job()

    def test_replace_writes_when_the_version_is_as_expected(self, store: JobStore) -> None:
        store.add(records.job())
        changed = records.job(version=2, state=JobState.SUBMITTING, pending=(DropPin("pins/a"),))

        store.replace(changed, expected_version=1)

        assert store.get("job-1") == changed

    def test_a_stale_replace_conflicts_and_changes_nothing(self, store: JobStore) -> None:
        store.add(records.job(version=5))

        with pytest.raises(ConflictError):
            store.replace(records.job(version=5, nonce="stale"), expected_version=4)
        assert store.get("job-1") == records.job(version=5)

    def test_a_replace_of_nothing_conflicts_and_makes_no_row(self, store: JobStore) -> None:
        with pytest.raises(ConflictError):
            store.replace(records.job(), expected_version=1)
        assert store.get("job-1") is None

    def test_of_many_adds_one_wins(self, store: JobStore) -> None:
        won = winners(lambda n: store.add(records.job(nonce=f"n{n}")))

        found = store.get("job-1")
        assert found is not None
        assert [f"n{n}" for n in won] == [found.nonce]

    def test_of_many_replaces_one_wins(self, store: JobStore) -> None:
        store.add(records.job())

        won = winners(
            lambda n: store.replace(records.job(version=2, nonce=f"n{n}"), expected_version=1)
        )

        found = store.get("job-1")
        assert found is not None
        assert [f"n{n}" for n in won] == [found.nonce]

    def test_due_misses_nothing_and_is_in_order(self, store: JobStore) -> None:
        names = [f"job-{n}" for n in range(12)]
        for n, name in enumerate(names):
            store.add(records.job(name, due_at=NOW - 12 + n))

        found = records.once(lambda: store.due(before=NOW, limit=50), lambda jobs: len(jobs) == 12)

        assert _ids(found) == names

    def test_due_gives_the_earliest_of_many(self, store: JobStore) -> None:
        for n in range(8):
            store.add(records.job(f"job-{n}", due_at=NOW - n))
        records.once(lambda: store.due(before=NOW, limit=9), lambda f: len(f) == 8)

        assert _ids(store.due(before=NOW, limit=3)) == ["job-7", "job-6", "job-5"]
        assert _ids(store.due(before=NOW, limit=0)) == []

    def test_due_stops_at_its_time_to_the_fraction(self, store: JobStore) -> None:
        store.add(records.job("in-time", due_at=NOW + 0.0001))
        store.add(records.job("too-late", due_at=NOW + 0.0003))
        records.once(lambda: store.due(before=NOW + 9, limit=9), lambda f: len(f) == 2)

        assert _ids(store.due(before=NOW + 0.0002, limit=9)) == ["in-time"]

    def test_the_line_is_in_order_of_places_whatever_was_due_first(self, store: JobStore) -> None:
        for n in range(8):
            store.add(records.standing(f"job-{n}", place=100 - n, due_at=NOW - n))
        whole = partial(store.line, after=0, before=1000, limit=9)
        records.once(whole, lambda found: len(found) == 8)

        assert _ids(store.line(after=0, before=1000, limit=3)) == ["job-7", "job-6", "job-5"]
        assert _ids(store.line(after=97, before=99, limit=9)) == ["job-3", "job-2"]
        assert _ids(store.line(after=0, before=1000, limit=0)) == []
        assert _ids(store.due(before=NOW + 9, limit=9)) == []

    def test_who_is_put_off_or_tries_again_leaves_the_line(self, store: JobStore) -> None:
        for name in ("later", "again", "stays"):
            store.add(records.standing(name))
        whole = partial(store.line, after=0, before=1000, limit=9)
        records.once(whole, lambda found: len(found) == 3)

        store.replace(records.standing("later", version=2, due_at=NOW + 60), expected_version=1)
        store.replace(records.standing("again", version=2, attempt=2), expected_version=1)

        assert _ids(whole()) == ["stays"]
        found = records.once(lambda: store.due(before=NOW + 99, limit=9), lambda f: len(f) == 2)
        assert _ids(found) == ["again", "later"]

    def test_lanes_do_not_mix(self, store: JobStore) -> None:
        store.add(records.standing("queued"))
        store.add(records.standing("follower", waits_for="queued"))
        store.add(records.standing("running", state=JobState.RUNNING))
        whole = partial(store.line, after=0, before=1000, limit=9)
        unsaved = partial(store.unsaved, before=NOW, limit=9)
        records.once(lambda: store.due(before=NOW, limit=9), bool)
        records.once(unsaved, bool)
        records.once(whole, lambda f: len(f) == 1)

        assert _ids(whole()) == ["queued"]
        assert _ids(store.due(before=NOW, limit=9)) == ["follower"]
        assert _ids(unsaved()) == ["running"]

    def test_what_is_unsaved_is_found_whatever_else_is_due(self, store: JobStore) -> None:
        raw = RawResult(mask_key="m", vis_key=None, mask_sha256="0")
        for n in range(60):
            store.add(records.job(f"chore-{n}", due_at=NOW - 100 - n))
        for n, state in enumerate(AT_PROVIDER):
            store.add(records.job(f"unsaved-{n}", state=state, due_at=NOW - n))
        store.add(records.job("saved", state=JobState.FINALIZING, raw=raw))
        store.add(records.job("later", state=JobState.RUNNING, due_at=NOW + 60))
        erasing = records.erasure()
        store.add(records.job("erasing", state=JobState.RUNNING, erasure=erasing))
        unsaved = partial(store.unsaved, before=NOW, limit=50)
        records.once(unsaved, lambda found: len(found) == len(AT_PROVIDER))

        assert _ids(unsaved()) == [f"unsaved-{n}" for n in reversed(range(len(AT_PROVIDER)))]
        assert _ids(store.unsaved(before=NOW, limit=1)) == [f"unsaved-{len(AT_PROVIDER) - 1}"]
        assert _ids(unsaved(stage=Stage.ERASE)) == ["erasing"]

    def test_stages_do_not_mix(self, store: JobStore) -> None:
        erasing = records.erasure()
        store.add(records.standing("upload"))
        store.add(records.job("upload-chore"))
        store.add(records.standing("erasing", erasure=erasing))
        store.add(records.job("erasing-chore", erasure=erasing))
        line, due = partial(store.line, after=0, before=9, limit=9), partial(store.due, limit=9)
        for stage, name in ((Stage.SEGMENT, "upload"), (Stage.ERASE, "erasing")):
            records.once(partial(line, stage=stage), bool)
            records.once(partial(due, before=NOW, stage=stage), bool)

            assert _ids(line(stage=stage)) == [name]
            assert _ids(due(before=NOW, stage=stage)) == [f"{name}-chore"]

    def test_what_changed_never_stands_where_it_stood(self, store: JobStore) -> None:
        """At once, not only when the index has settled: entries are re-read on the base row."""
        for name in ("done", "later", "moved"):
            store.add(records.standing(name))
        whole = partial(store.line, after=0, before=1000, limit=9)
        records.once(whole, lambda f: len(f) == 3)

        changes = {
            "done": records.standing("done", version=2, state=JobState.DONE, due_at=None),
            "later": records.standing("later", version=2, due_at=NOW + 60),
            "moved": records.standing("moved", version=2, state=JobState.RUNNING),
        }
        for changed in changes.values():
            store.replace(changed, expected_version=1)

        assert _ids(whole()) == []
        unsaved = records.once(lambda: store.unsaved(before=NOW, limit=9), bool)
        assert _ids(unsaved) == ["moved"]

    def test_pages_of_a_state_hold_each_job_once(self, store: JobStore) -> None:
        for n in range(7):
            store.add(records.job(f"done-{n}", state=JobState.DONE, changed_at=NOW + n // 2))
        store.add(records.job("failed", state=JobState.FAILED))

        wanted = [f"done-{n}" for n in range(7)]
        found = records.once(lambda: self._all(store, JobState.DONE), lambda f: len(f) == 7)
        assert sorted(found) == wanted
        assert self._all(store, JobState.LOST) == []

    def test_pages_of_all_hold_each_job_once(self, store: JobStore) -> None:
        wanted = [f"job-{n}" for n in range(5)]
        for name in wanted:
            store.add(records.job(name))

        assert sorted(self._all(store, None)) == wanted

    def _all(self, store: JobStore, state: JobState | None) -> list[str]:
        found: list[str] = []
        after: str | None = None
        for _ in range(20):
            jobs, after = store.page(state, after=after, limit=3)
            assert len(jobs) <= 3
            found += _ids(jobs)
            if after is None:
                return found
        pytest.fail("the pages never end")


class GateStoreSuite:
    @pytest.fixture
    def store(self) -> GateStore:
        raise NotImplementedError

    def test_every_field_comes_back_as_it_went(self, store: GateStore) -> None:
        store.add(records.full_gate())

        assert store.get("gate-1") == records.full_gate()
        assert store.get("nobody") is None

    def test_a_second_add_conflicts(self, store: GateStore) -> None:
        store.add(records.gate())

        with pytest.raises(ConflictError):
            store.add(records.gate(nonce="other"))
        assert store.get("gate-1") == records.gate()

    def test_add_begins_with_wake_0(self, store: GateStore) -> None:
        store.add(records.gate(wake=7))

        assert store.get("gate-1") == records.gate(wake=0)

    def test_a_stale_replace_conflicts_and_changes_nothing(self, store: GateStore) -> None:
        store.add(records.gate(version=5))

        for expected in (4, 6):
            with pytest.raises(ConflictError):
                store.replace(records.gate(version=6, window=9), expected_version=expected)
        assert store.get("gate-1") == records.gate(version=5)

    def test_a_replace_of_nothing_conflicts_and_makes_no_row(self, store: GateStore) -> None:
        with pytest.raises(ConflictError):
            store.replace(records.gate(), expected_version=1)
        assert store.get("gate-1") is None

    def test_waking_counts_and_leaves_the_version_alone(self, store: GateStore) -> None:
        store.add(records.gate())

        store.wake("gate-1")
        store.wake("gate-1")

        assert store.get("gate-1") == records.gate(wake=2)

    def test_many_wake_and_none_is_lost(self, store: GateStore) -> None:
        store.add(records.gate())

        won = winners(lambda _: store.wake("gate-1"))

        assert len(won) == 8
        assert store.get("gate-1") == records.gate(wake=8)

    def test_waking_nobody_is_not_found(self, store: GateStore) -> None:
        with pytest.raises(NotFoundError):
            store.wake("nobody")
        assert store.get("nobody") is None

    def test_replace_never_writes_the_counter(self, store: GateStore) -> None:
        store.add(records.gate())
        store.wake("gate-1")

        store.replace(records.gate(version=2, wake=0, window=4), expected_version=1)

        assert store.get("gate-1") == records.gate(version=2, wake=1, window=4)

    def test_a_replace_that_saw_no_wake_up_conflicts_after_one(self, store: GateStore) -> None:
        store.add(records.gate())
        store.wake("gate-1")

        with pytest.raises(ConflictError):
            store.replace(records.gate(version=2), expected_version=1, expected_wake=0)
        store.replace(records.gate(version=2), expected_version=1, expected_wake=1)

        assert store.get("gate-1") == records.gate(version=2, wake=1)

    def test_the_right_wake_does_not_excuse_a_stale_version(self, store: GateStore) -> None:
        store.add(records.gate(version=3))

        with pytest.raises(ConflictError):
            store.replace(records.gate(version=3), expected_version=2, expected_wake=0)

    def test_of_many_replaces_one_wins(self, store: GateStore) -> None:
        store.add(records.gate())

        won = winners(
            lambda n: store.replace(records.gate(version=2, nonce=f"n{n}"), expected_version=1)
        )

        found = store.get("gate-1")
        assert found is not None
        assert [f"n{n}" for n in won] == [found.nonce]


class FlowStoreSuite:
    @pytest.fixture
    def store(self) -> FlowStore:
        raise NotImplementedError

    def test_every_field_comes_back_as_it_went(self, store: FlowStore) -> None:
        full = Flow(id="f", version=1, nonce="n", last=10**12 - 1, extra={"from_the_future": 1})
        store.add(full)

        assert store.get("f") == full
        assert store.get("nobody") is None

    def test_of_many_adds_one_wins_and_a_stale_replace_conflicts(self, store: FlowStore) -> None:
        won = winners(lambda n: store.add(Flow(id="f", version=1, nonce=f"n{n}", last=n)))
        store.replace(Flow(id="f", version=2, nonce="x", last=9), expected_version=1)

        with pytest.raises(ConflictError):
            store.replace(Flow(id="f", version=2, nonce="late", last=8), expected_version=1)
        assert len(won) == 1
        assert store.get("f") == Flow(id="f", version=2, nonce="x", last=9)


class ClaimStoreSuite:
    @pytest.fixture
    def store(self) -> ClaimStore:
        raise NotImplementedError

    def test_every_field_comes_back_as_it_went(self, store: ClaimStore) -> None:
        raw = RawResult(mask_key="raw/m", vis_key="raw/v", mask_sha256="e" * 64)
        full = records.claim(outcome="stored", raw=raw)
        store.add(full)

        assert store.get(full.id) == full
        assert store.get("task#nobody") is None
        assert list(store.get_many(["task#nobody", full.id])) == [full]

    def test_of_many_adds_one_wins(self, store: ClaimStore) -> None:
        won = winners(lambda n: store.add(records.claim(job_id=f"job-{n}")))

        found = store.get("task#t-1")
        assert found is not None
        assert [f"job-{n}" for n in won] == [found.job_id]

    def test_replace_is_conditional(self, store: ClaimStore) -> None:
        store.add(records.claim())
        second = replace(records.claim(), version=2, outcome="released")

        store.replace(second, expected_version=1)
        with pytest.raises(ConflictError):
            store.replace(replace(second, job_id="late"), expected_version=1)
        with pytest.raises(ConflictError):
            store.replace(records.claim(id="task#nobody"), expected_version=1)

        assert store.get("task#t-1") == second
