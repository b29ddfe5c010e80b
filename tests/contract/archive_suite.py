"""What rows that may go promise: those of the archive, and the jobs' own.

A backend is a subclass that gives the fixtures `archive` and `jobs`; both must be empty.
"""

from __future__ import annotations

import pytest

from shared.domain.job import Job
from shared.ports.errors import ConflictError
from shared.ports.stores import ArchiveStore, JobStore
from tests.contract import records
from tests.contract.races import winners

OURS = records.job(version=5, nonce="ours")
OTHERS = (records.job(version=5, nonce="theirs"), records.job(version=4, nonce="ours"))


class ArchiveStoreSuite:
    @pytest.fixture
    def archive(self) -> ArchiveStore:
        raise NotImplementedError

    def test_every_field_comes_back_as_it_went(self, archive: ArchiveStore) -> None:
        archive.add(records.full_job())

        assert archive.get("job-full") == records.full_job()
        assert archive.get("nobody") is None

    def test_of_many_those_that_are_there_come(self, archive: ArchiveStore) -> None:
        for n in range(120):
            archive.add(records.job(f"job-{n}"))

        found = archive.get_many([f"job-{n}" for n in range(110, 130)])
        assert sorted(job.id for job in found) == [f"job-{n}" for n in range(110, 120)]

    def test_of_many_adds_one_wins(self, archive: ArchiveStore) -> None:
        won = winners(lambda n: archive.add(records.job(nonce=f"n{n}")))

        found = archive.get("job-1")
        assert found is not None
        assert [f"n{n}" for n in won] == [found.nonce]

    def test_only_the_row_that_is_meant_is_replaced(self, archive: ArchiveStore) -> None:
        archive.add(OURS)
        newer = records.job(version=9, nonce="newer")

        for other in (*OTHERS, records.job("nobody")):
            with pytest.raises(ConflictError):
                archive.replace(newer, expected_version=other.version, expected_nonce=other.nonce)
        assert archive.get("job-1") == OURS
        archive.replace(newer, expected_version=5, expected_nonce="ours")
        assert archive.get("job-1") == newer

    def test_only_the_row_that_is_meant_is_deleted(self, archive: ArchiveStore) -> None:
        deletes_what_is_meant(archive)

    def test_pages_hold_each_job_once(self, archive: ArchiveStore) -> None:
        wanted = [f"job-{n}" for n in range(7)]
        for name in wanted:
            archive.add(records.job(name))

        assert sorted(_all(archive)) == wanted


class PassingJobSuite:
    @pytest.fixture
    def jobs(self) -> JobStore:
        raise NotImplementedError

    def test_only_the_row_that_is_meant_is_deleted(self, jobs: JobStore) -> None:
        deletes_what_is_meant(jobs)

    def test_a_row_that_came_again_is_another_in_the_same_version(self, jobs: JobStore) -> None:
        jobs.add(records.job(nonce="first"))
        jobs.delete(records.job(nonce="first"))
        jobs.add(records.job(nonce="second"))
        late = records.job(version=2, nonce="late")

        with pytest.raises(ConflictError):
            jobs.replace(late, expected_version=1, expected_nonce="first")
        assert jobs.get("job-1") == records.job(nonce="second")
        jobs.replace(late, expected_version=1, expected_nonce="second")
        assert jobs.get("job-1") == late

    def test_who_was_deleted_is_due_no_more(self, jobs: JobStore) -> None:
        jobs.add(records.job())
        found = records.once(lambda: jobs.due(before=records.NOW, limit=9), bool)
        assert [job.id for job in found] == ["job-1"]

        jobs.delete(found[0])

        assert list(jobs.due(before=records.NOW, limit=9)) == []


def deletes_what_is_meant(store: ArchiveStore | JobStore) -> None:
    """A row goes only where version and nonce are still its own, and once."""
    store.add(OURS)

    for other in (*OTHERS, records.job("nobody")):
        with pytest.raises(ConflictError):
            store.delete(other)
    assert store.get("job-1") == OURS
    store.delete(OURS)
    assert store.get("job-1") is None
    with pytest.raises(ConflictError):
        store.delete(OURS)


def _all(archive: ArchiveStore) -> list[str]:
    found: list[Job] = []
    after: str | None = None
    for _ in range(20):
        jobs, after = archive.page(after=after, limit=3)
        assert len(jobs) <= 3
        found += jobs
        if after is None:
            return [job.id for job in found]
    pytest.fail("the pages never end")
