"""The provider's task list, whole or not at all: what is to prove something must be complete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.ports.errors import RetryableError
from shared.ports.tasks import ListedTask, TaskService

PAGES: Final = 50
"""A list of more pages than this is not read to its end, and proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    """Reads the list of one model's tasks."""

    tasks: TaskService
    model: str

    def between(self, since: float, until: float) -> list[ListedTask] | None:
        """Our model's tasks created in the window; None where the list was not complete.

        Pages are put together without repeats, and thrown away where the total moved meanwhile;
        the window is applied again here, as the provider's bounds may be read in any time zone.
        """
        found: dict[str, ListedTask] = {}
        page, pages, total = 1, 1, -1
        try:
            while page <= pages:
                part = self.tasks.list(since=since, until=until, page=page)
                if total not in (-1, part.total) or part.pages > PAGES:
                    return None
                total, pages = part.total, part.pages
                found |= {task.task_id: task for task in part.tasks}
                page += 1
        except RetryableError:
            return None
        return [task for task in found.values() if self._fits(task, since, until)]

    def newest(self, since: float, until: float, *, pages: int) -> Iterator[ListedTask]:
        """Some of our model's tasks in the window: of so many pages, as long as they come."""
        for page in range(1, pages + 1):
            try:
                part = self.tasks.list(since=since, until=until, page=page)
            except RetryableError:
                return
            yield from (task for task in part.tasks if self._fits(task, since, until))
            if page >= part.pages:
                return

    def _fits(self, task: ListedTask, since: float, until: float) -> bool:
        return task.model == self.model and since <= task.created_at <= until
