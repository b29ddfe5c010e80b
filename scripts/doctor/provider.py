"""The provider's key, the budget, and whether anything stops the pipeline. Nothing is submitted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scripts.doctor.finding import Finding, found
from scripts.doctor.patient import Patient, host_of
from shared.domain.claim import task_claim_id
from shared.domain.gate import Gate
from shared.ports.errors import ForbiddenError
from shared.ports.tasks import ListedTask
from shared.usecases.task_list import TaskList

DAY: Final = 24 * 3600.0
SETTLED: Final = 120.0
"""A task younger than this may be one whose answer is being stored."""

_PAGES: Final = 3
_LOW: Final = 10
_TRIAL: Final = ".aliyuncs.com"
_REMEDY: Final = "Check DASHSCOPE_API_KEY, then `maskline resume`."
_REMEDY_ZH: Final = "请检查 DASHSCOPE_API_KEY，然后执行 `maskline resume`。"


def key(patient: Patient) -> Iterator[Finding]:
    """Whether the key is taken: the task list is asked for, which costs nothing."""
    host = host_of(patient.settings.dashscope_base_url)
    if host.endswith(_TRIAL) and not patient.settings.dashscope_api_key.startswith("sk-"):
        yield found("key_form")
    now = patient.clock.now()
    try:
        patient.tasks.list(since=now - DAY / 2, until=now, page=1)
    except ForbiddenError as error:
        failure = error.failure
        yield found(
            "key_refused",
            said=str(error),
            advice=(failure and failure.remedy) or _REMEDY,
            advice_zh=(failure and failure.remedy_zh) or _REMEDY_ZH,
        )
        return
    yield from _sharing(patient)


def _sharing(patient: Patient) -> Iterator[Finding]:
    """Tasks that were made with our key and that no job of ours claims (protocol 3)."""
    gate = patient.gate()
    if gate is None:
        return
    old = [slot for slot in gate.slots if _has_old_key(patient, slot.job_id)]
    if old:
        yield found("key_changed", count=len(old))
    if gate.api_key_id is None or gate.api_key_of != patient.key_fingerprint:
        return
    if gate.intent is not None:  # its task, if there is one, is not claimed yet
        return
    strange = [task for task in _newest(patient) if _is_strange(patient, gate, task)]
    if strange:
        yield found("key_shared", count=len(strange), task=strange[0].task_id)


def _has_old_key(patient: Patient, job_id: str) -> bool:
    job = patient.jobs.get(job_id)
    known = None if job is None else job.key_fingerprint
    return known is not None and known != patient.key_fingerprint


def _newest(patient: Patient) -> Iterator[ListedTask]:
    listing = TaskList(tasks=patient.tasks, model=patient.settings.dashscope_model)
    now = patient.clock.now()
    return listing.newest(now - DAY / 2, now - SETTLED, pages=_PAGES)


def _is_strange(patient: Patient, gate: Gate, task: ListedTask) -> bool:
    if task.api_key_id != gate.api_key_id:
        return False
    return patient.claims.get(task_claim_id(task.task_id)) is None


def budget(patient: Patient) -> Iterator[Finding]:
    """What is left of the images, and whether the gate lets anything through."""
    gate = patient.gate()
    quota = None if gate is None else gate.quota
    total = patient.settings.quota if quota is None else quota.budget
    trial = host_of(patient.settings.dashscope_base_url).endswith(_TRIAL)
    if total is None:
        if trial:
            yield found("no_budget")
    elif quota is not None and quota.left == 0:
        yield found("quota_gone", spent=quota.spent, budget=total)
    elif quota is not None and quota.left is not None and quota.left * 100 <= total * _LOW:
        yield found("quota_low", left=quota.left, budget=total)
    if gate is not None and gate.breaker is not None:
        stopped = gate.breaker
        code = "paused" if stopped.paused else "stopped"
        yield found(code, said=f"{stopped.code}: {stopped.message}")
