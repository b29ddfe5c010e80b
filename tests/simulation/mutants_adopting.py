"""Planted bugs about tasks that are found in the list, and about what is made of the unknown."""

from __future__ import annotations

from shared.domain.job import Job
from shared.usecases.own_tasks import OwnTasks
from tests.simulation.pictures import QuickSaveRaw


class TrustsAdopted(QuickSaveRaw):
    """An adopted result is taken for the picture's without a look."""

    __slots__ = ()

    def _is_ours(self, job: Job, mask: bytes, vis: bytes | None) -> bool:
        return True


class AnyKey(OwnTasks):
    """Whose key made a task is not asked."""

    __slots__ = ()

    def key_id(self, job: Job, tasks: object) -> str | None:
        OwnTasks.key_id(self, job, tasks)  # type: ignore[arg-type]  # passed on
        return None
