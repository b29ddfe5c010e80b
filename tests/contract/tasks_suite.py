"""What every provider of tasks promises. A backend is a subclass that gives `world`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shared.domain.failure import FailureKind
from shared.ports.errors import NotFoundError, RefusedError, RejectedError
from shared.ports.tasks import (
    Accepted,
    ListedTask,
    Submission,
    TaskReport,
    TaskService,
    TaskStatus,
)

MODEL = "image-instance-segmentation"
ENDED = {TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELED}


@dataclass(frozen=True, kw_only=True)
class World:
    """A provider whose tasks take a tenth of a second, one at a time, and its surroundings.

    `pictures` are two URLs of fit pictures, `nothing` one of no picture; `now` is the provider's
    time, and `wait` lets some of it pass.
    """

    service: TaskService
    pictures: tuple[str, str]
    nothing: str
    now: Callable[[], float]
    wait: Callable[[float], None]

    def submit(self, url: str | None = None) -> Accepted:
        """A submission that waits out the rate limit."""
        self.wait(1.1)
        inputs = {"image_url": url or self.pictures[0]}
        return self.service.submit(Submission(model=MODEL, inputs=inputs), timeout=10)

    def ended(self, task_id: str) -> TaskReport:
        """How the task ended."""
        for _ in range(300):
            report = self.service.fetch(task_id)
            if report.status in ENDED:
                return report
            self.wait(0.1)
        pytest.fail(f"{task_id} never ended")

    def listed(self, since: float, until: float) -> list[ListedTask]:
        """Every page of the list, filtered as its users do."""
        found: list[ListedTask] = []
        page, pages = 1, 1
        while page <= pages:
            part = self.service.list(since=since, until=until, page=page)
            assert part.page == page
            pages, page = part.pages, page + 1
            found += part.tasks
        return [task for task in found if since <= task.created_at <= until]


class TaskServiceSuite:
    @pytest.fixture
    def world(self) -> World:
        raise NotImplementedError

    def test_a_task_succeeds_and_its_result_can_be_fetched(self, world: World) -> None:
        before = world.now()
        accepted = world.submit()

        report = world.ended(accepted.task_id)

        assert report.status is TaskStatus.SUCCEEDED
        assert report.failure is None
        assert report.submitted_at is not None
        assert report.scheduled_at is not None
        assert report.ended_at is not None
        assert before - 1 <= report.submitted_at <= report.scheduled_at <= report.ended_at
        assert report.expires_at is not None
        assert report.expires_at > world.now() + 3600
        mask = world.service.download(report.outputs["output_image_url"], limit=10_000_000)
        assert mask
        with pytest.raises(RejectedError):
            world.service.download(report.outputs["output_image_url"], limit=len(mask) - 1)

    def test_the_list_knows_a_submission_by_its_request_id(self, world: World) -> None:
        since = world.now() - 1
        accepted = [world.submit() for _ in range(2)]
        for one in accepted:
            world.ended(one.task_id)

        found = {task.task_id: task for task in world.listed(since, world.now() + 1)}

        assert found.keys() == {one.task_id for one in accepted}
        for one in accepted:
            task = found[one.task_id]
            assert task.request_id == one.request_id
            assert task.model == MODEL
            assert task.api_key_id
            assert task.status is TaskStatus.SUCCEEDED

    def test_the_list_of_an_hour_without_tasks_is_empty(self, world: World) -> None:
        world.submit()

        assert world.listed(world.now() - 7200, world.now() - 3600) == []

    def test_more_than_a_page_is_listed_whole(self, world: World) -> None:
        since = world.now() - 1
        accepted = {world.submit().task_id for _ in range(12)}

        assert {task.task_id for task in world.listed(since, world.now() + 1)} == accepted

    def test_a_task_that_is_not_there_is_unknown(self, world: World) -> None:
        report = world.service.fetch("00000000-0000-4000-8000-000000000000")

        assert report.status is TaskStatus.UNKNOWN
        assert report.outputs == {}

    def test_a_picture_that_cannot_be_fetched_fails_and_says_why(self, world: World) -> None:
        report = world.ended(world.submit(world.nothing).task_id)

        assert report.status is TaskStatus.FAILED
        assert report.failure is not None
        assert report.failure.code == "InvalidParameter.FileDownload"
        assert report.failure.kind is FailureKind.RETRY
        assert report.outputs == {}

    def test_three_at_once_are_too_many(self, world: World) -> None:
        world.wait(1.1)
        submission = Submission(model=MODEL, inputs={"image_url": world.pictures[0]})
        world.service.submit(submission, timeout=10)
        world.service.submit(submission, timeout=10)

        with pytest.raises(RefusedError) as caught:
            world.service.submit(submission, timeout=10)
        assert caught.value.throttled
        assert caught.value.failure.kind is FailureKind.RETRY

    def test_a_waiting_task_can_be_cancelled_and_a_finished_one_cannot(self, world: World) -> None:
        submission = Submission(model=MODEL, inputs={"image_url": world.pictures[0]})
        world.wait(1.1)
        first = world.service.submit(submission, timeout=10)
        second = world.service.submit(submission, timeout=10)

        assert world.service.cancel(second.task_id) is True

        assert world.ended(second.task_id).status is not TaskStatus.SUCCEEDED
        assert world.ended(first.task_id).status is TaskStatus.SUCCEEDED
        assert world.service.cancel(first.task_id) is False

    def test_a_result_that_is_not_there_is_not_found(self, world: World) -> None:
        report = world.ended(world.submit().task_id)
        url = report.outputs["output_image_url"]

        with pytest.raises(NotFoundError):
            world.service.download(url.replace(report.task_id, "nobody"), limit=10_000_000)
