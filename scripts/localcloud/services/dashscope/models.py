"""The provider's rules: what is accepted, refused, shown and forgotten. It knows no HTTP."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from scripts.localcloud.core.calls import SlidingWindow
from scripts.localcloud.core.clock import CloudClock
from scripts.localcloud.services.dashscope import exceptions
from scripts.localcloud.services.dashscope.outcomes import VANISH, Outcome
from scripts.localcloud.services.dashscope.settings import (
    REJECT,
    Settings,
    changed,
    restored_settings,
)
from scripts.localcloud.services.dashscope.tasks import (
    CANCELED,
    FAILED,
    PENDING,
    SUCCEEDED,
    UNFINISHED,
    UNKNOWN,
    Search,
    Task,
    TaskStore,
)
from scripts.localcloud.services.dashscope.terms import DAY

POLICY_QPS = 100
"""Upload policies a second."""
MOST_WINDOWS = 100
"""Limits that are remembered without having been asked for within the last second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a client asks for: `function` is the path after `/services/`, `body` the whole JSON."""

    model: str
    function: str
    body: dict[str, Any]
    request_id: str


class Provider:
    """One account at the provider."""

    def __init__(
        self,
        store: TaskStore,
        clock: CloudClock,
        *,
        models: frozenset[str] | None = None,
        lifetime: float = DAY,
    ) -> None:
        """`models`: those that exist, None for any; `lifetime`: see Terms."""
        self._models = models
        self._store = store
        self._clock = clock
        self._lifetime = lifetime
        self._windows: dict[str, SlidingWindow] = defaultdict(SlidingWindow)
        kept = store.setting("settings")
        self.settings = Settings() if kept is None else restored_settings(kept)

    def configure(self, change: dict[str, Any]) -> Settings:
        """Change the settings that are named, and keep them.

        Raises:
            ValueError: a field is unknown or wrong.
        """
        self._keep(changed(self.settings, change))
        return self.settings

    def submit(self, submission: Submission) -> Task:
        """Accept a task, or refuse it.

        Raises:
            DashScopeError: denied, too fast, out of quota, or no slot where slots reject.
        """
        model = submission.model
        self._admit_submission(model)
        url = _image_url(submission.body)
        script, playbook = self.settings.playbook.next(url=url or "", model=model)
        task = self._new_task(submission, url, script)
        with self._store.transaction():
            self._store.add(task)
            self._keep(replace(self.settings, playbook=playbook))
        return task

    def fetch(self, task_id: str) -> Task | None:
        """The task as its owner sees it; None where it is unknown or its day is over.

        Raises:
            DashScopeError: too fast.
        """
        self._take_turn("fetch", self.settings.query_qps)
        return self._visible(task_id)

    def cancel(self, task_id: str) -> None:
        """Cancel a waiting task.

        Raises:
            DashScopeError: too fast, or it does not wait.
        """
        self._take_turn("cancel", self.settings.query_qps)
        if not self._store.cancel(task_id, self._clock.now()):
            raise exceptions.not_cancellable()

    def search(self, search: Search) -> tuple[int, list[Task]]:
        """How many tasks match, and one page of them.

        Raises:
            DashScopeError: too fast.
        """
        self._take_turn("list", self.settings.query_qps)
        return self._store.search(search)

    def admit_upload(self) -> None:
        """Let a client have an upload policy.

        Raises:
            DashScopeError: too fast.
        """
        self._take_turn("upload-policy", POLICY_QPS)

    def refuse(self, code: str) -> None:
        """Count a refusal for the ledger."""
        self._store.refuse(code)

    def ledger(self) -> dict[str, Any]:
        """What the provider saw: tasks, refusals, totals."""
        tasks = [
            {**{name: row[name] for name in row.keys()}, "billed": row["state"] == SUCCEEDED}  # noqa: SIM118 - a Row iterates values
            for row in self._store.ledger_rows()
        ]
        states = [task["state"] for task in tasks]
        totals = {
            "accepted": len(tasks),
            "billed": states.count(SUCCEEDED),
            "failed": states.count(FAILED),
        }
        return {"tasks": tasks, "refused": self._store.refusals(), "totals": totals}

    def _admit_submission(self, model: str) -> None:
        settings = self.settings
        if model in settings.deny or not (self._models is None or model in self._models):
            raise exceptions.model_not_found(model)
        self._take_turn(f"submit {model}", settings.submit_qps)
        unfinished = self._store.count(model, UNFINISHED)
        quota = settings.quota
        if quota is not None and self._store.billed(model) + unfinished >= quota:
            raise exceptions.quota_exhausted()
        if settings.over_limit == REJECT and unfinished >= settings.concurrency:
            raise exceptions.too_many_tasks()
        if settings.queue is not None and unfinished >= settings.concurrency + settings.queue:
            raise exceptions.too_many_tasks()

    def _take_turn(self, limit: str, most: int) -> None:
        now = self._clock.now()
        if len(self._windows) > MOST_WINDOWS:  # clients name models as they like
            self._windows = _still_open(self._windows, now)
        if self._windows[limit].count(now) >= most:
            raise exceptions.too_fast()
        self._windows[limit].add(now)

    def _visible(self, task_id: str) -> Task | None:
        task = self._store.get(task_id)
        if task is None or task.state == UNKNOWN:
            return None
        over = task.end_time is not None and task.end_time + self._lifetime <= self._clock.now()
        return None if over else task

    def _new_task(self, submission: Submission, url: str | None, script: Outcome | None) -> Task:
        now = self._clock.now()
        vanished = script is not None and script.outcome == VANISH
        return Task(
            task_id=str(uuid.uuid4()),
            model=submission.model,
            function=submission.function,
            body=submission.body,
            image_url=url,
            submit_request_id=submission.request_id,
            submit_time=now,
            end_time=now if vanished else None,
            state=UNKNOWN if vanished else PENDING,
            script=None if script is None else asdict(script),
        )

    def _keep(self, settings: Settings) -> None:
        if settings != self.settings:
            self._store.keep_setting("settings", settings.as_dict())
        self.settings = settings


def _still_open(windows: Mapping[str, SlidingWindow], now: float) -> dict[str, SlidingWindow]:
    """Those in which something happened within the last second."""
    kept = {limit: window for limit, window in windows.items() if window.count(now)}
    return defaultdict(SlidingWindow, kept)


def _image_url(body: dict[str, Any]) -> str | None:
    inputs = body.get("input")
    url = inputs.get("image_url") if isinstance(inputs, dict) else None
    if not isinstance(url, str):
        return None
    if url.startswith("data:"):
        return "data:"
    return url.encode(errors="replace").decode()  # half a surrogate pair is no text to SQLite


FINAL = frozenset({SUCCEEDED, FAILED, CANCELED})
"""States that do not change any more."""
