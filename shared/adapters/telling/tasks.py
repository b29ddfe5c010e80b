"""`TaskService` that counts what the provider is asked."""

from __future__ import annotations

from shared.adapters.telling.meter import Meter
from shared.domain import metrics
from shared.ports.tasks import Accepted, Submission, TaskPage, TaskReport, TaskService


class ToldTaskService:
    """Passes on to another service; what fails was asked as well."""

    def __init__(self, tasks: TaskService, meter: Meter) -> None:
        self._tasks = tasks
        self._meter = meter

    def submit(self, submission: Submission, *, timeout: float) -> Accepted:
        """As the port says."""
        self._meter.count(metrics.SUBMISSIONS, model=submission.model)
        return self._tasks.submit(submission, timeout=timeout)

    def fetch(self, task_id: str) -> TaskReport:
        """As the port says."""
        self._meter.count(metrics.PROVIDER_QUERIES, operation="fetch")
        return self._tasks.fetch(task_id)

    def list(self, *, since: float, until: float, page: int) -> TaskPage:
        """As the port says."""
        self._meter.count(metrics.PROVIDER_QUERIES, operation="list")
        return self._tasks.list(since=since, until=until, page=page)

    def cancel(self, task_id: str) -> bool:
        """As the port says."""
        self._meter.count(metrics.PROVIDER_QUERIES, operation="cancel")
        return self._tasks.cancel(task_id)

    def download(self, url: str, *, limit: int) -> bytes:
        """As the port says."""
        return self._tasks.download(url, limit=limit)
