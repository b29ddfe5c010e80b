"""Which of the listed tasks are ours: by their claims, and by the API key that made them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shared.domain.claim import Claim, task_claim_id
from shared.domain.gate import Gate
from shared.domain.job import Job
from shared.ports.stores import ClaimStore, JobReader
from shared.ports.tasks import ListedTask
from shared.usecases.gatekeeper import Gatekeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTasks:
    """Tells our tasks from those of others who use the same account (protocol 3)."""

    gatekeeper: Gatekeeper
    claims: ClaimStore
    jobs: JobReader

    def claim_of(self, task: ListedTask) -> Claim | None:
        """Whose the task is, if it is known."""
        return self.claims.get(task_claim_id(task.task_id))

    def made_with(self, fingerprint: str | None, tasks: Iterable[ListedTask]) -> ListedTask | None:
        """The first task that a job of ours made with this very key.

        A list that shows one is a list of the account that the key belongs to: that makes it the
        positive control of a proof of absence (protocol 4). A key that was exchanged for one of
        another account sees that account's tasks, and none of these.
        """
        return next((task for task in tasks if self._is_made_with(fingerprint, task)), None)

    def _is_made_with(self, fingerprint: str | None, task: ListedTask) -> bool:
        claim = self.claim_of(task)
        if claim is None or claim.by_likeness:
            return False
        job = self.jobs.get(claim.job_id)
        return job is not None and job.key_fingerprint == fingerprint

    def key_id(self, job: Job, tasks: Iterable[ListedTask]) -> str | None:
        """The provider's name for the key that made the job's POST; learned once, kept in the gate.

        *tasks* are looked through only where it is not known yet.
        """
        gate = self.gatekeeper.load()
        if gate.api_key_id is not None and gate.api_key_of == job.key_fingerprint:
            return gate.api_key_id
        task = self.made_with(job.key_fingerprint, tasks)
        if task is None or task.api_key_id is None:
            return None
        self.gatekeeper.change(lambda g: _knowing(g, task.api_key_id, job.key_fingerprint))
        return task.api_key_id


def _knowing(gate: Gate, key_id: str | None, fingerprint: str | None) -> Gate:
    return replace(gate, api_key_id=key_id, api_key_of=fingerprint)
