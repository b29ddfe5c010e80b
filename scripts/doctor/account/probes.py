"""Points that can be looked at from here, harmlessly: each probe gives an answer, or None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from scripts.doctor.addresses import signed_url
from scripts.doctor.patient import Patient
from shared.ports.errors import PortError, RejectedError
from shared.ports.tasks import TaskStatus

DAY: Final = 24 * 3600.0
MADE_UP: Final = "00000000-0000-4000-8000-000000000000"

Probe = Callable[[Patient], str | None]


def _service(patient: Patient) -> str | None:
    facts = patient.inspection.functions.function("submit")
    return "yes" if facts is not None and facts.runtime == "python3.10" else None


def _signed_url(patient: Patient) -> str | None:
    return "no" if list(signed_url(patient)) else "yes"


def _timer_key(patient: Patient) -> str | None:
    facts = patient.inspection.functions.function("poller")
    timers = [t for t in facts.triggers if t.kind == "timer"] if facts is not None else []
    return "Enable" if timers and timers[0].config.get("enable") is True else None


def _retries(patient: Patient) -> str | None:
    for wanted in patient.declared.functions:
        facts = patient.inspection.functions.function(wanted.name)
        if facts is None or facts.asynchronous is None:
            return None
        there = facts.asynchronous
        if any(getattr(there, name) != value for name, value in wanted.tries.items()):
            return "no"
    return "yes"


def _listing(patient: Patient) -> str | None:
    patient.objects.page(patient.settings.prefixes.uploads, after=None, limit=1)
    return "yes"


def _task_list(patient: Patient) -> str | None:
    now = patient.clock.now()
    page = patient.tasks.list(since=now - DAY / 2, until=now, page=1)
    model = patient.settings.dashscope_model
    return "yes" if any(task.model == model for task in page.tasks) else None


def _unknown_task(patient: Patient) -> str | None:
    try:
        status = patient.tasks.fetch(MADE_UP).status
    except RejectedError:
        return "error"
    return "UNKNOWN" if status is TaskStatus.UNKNOWN else None


PROBES: Final[Mapping[str, Probe]] = {
    "fc2": _service,
    "signed-url": _signed_url,
    "timer-key": _timer_key,
    "retries": _retries,
    "list-namespace": _listing,
    "task-list": _task_list,
    "unknown-task": _unknown_task,
}


def probed(patient: Patient) -> dict[str, str]:
    """What could be seen; a probe that fails says nothing."""
    found = dict[str, str]()
    for point, probe in PROBES.items():
        try:
            answer = probe(patient)
        except PortError:
            continue
        if answer is not None:
            found[point] = answer
    return found
