"""The sixth client: tasks of the provider, submitted, asked after, cancelled, through `httpx`."""

from __future__ import annotations

import random
from typing import Any, Final

import httpx

from tests.load.cast import Setting
from tests.load.tally import UNANSWERED, RefusedError, UnansweredError

MODEL: Final = "load-model"
FINAL: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELED"})
OPEN: Final = 20
"""Tasks that may be under way before no other is submitted."""


class CustomerRefusedError(Exception):
    """An answer of 400 and more; the text is its code."""


class Customer:
    """Knows the tasks that were acknowledged: each is known to the provider, and ends once."""

    name = "customer (dashscope)"
    expected = frozenset(
        {
            "dashscope.submit Throttling.RateQuota",
            "dashscope.fetch Throttling.RateQuota",
            "dashscope.cancel UnsupportedOperation",
        }
    )

    def __init__(self, setting: Setting, seed: int) -> None:
        self._tally = setting.tally
        self._dice = random.Random(seed)
        told = setting.description
        self._http = httpx.Client(
            base_url=told["dashscope_base_url"],
            headers={"Authorization": f"Bearer {told['dashscope_api_key']}"},
            timeout=20,
            trust_env=False,
        )
        self._open: dict[str, str] = {}
        self._ended: dict[str, str] = {}

    def step(self) -> None:
        """One call."""
        kind = self._dice.random()
        if kind < 0.2 and len(self._open) < OPEN:
            self._submit()
        elif kind < 0.9 and self._open:
            self._fetch(self._dice.choice(sorted(self._open)))
        elif kind < 0.95 and self._open:
            self._cancel(self._dice.choice(sorted(self._open)))
        elif self._ended:
            self._fetch(self._dice.choice(sorted(self._ended)))

    def verify(self) -> None:
        """Every task has its end, the one that was told; may be asked again and again."""
        for task in sorted(self._open):
            self._fetch(task)
        if self._open:
            raise UnansweredError(f"dashscope: {len(self._open)} tasks have no end")
        for task in self._dice.sample(sorted(self._ended), min(10, len(self._ended))):
            self._fetch(task)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def _submit(self) -> None:
        body = {"model": MODEL, "input": {"prompt": "nothing"}, "parameters": {}}
        answer = self._ask(
            "submit",
            "POST",
            "/services/aigc/image2image/image-synthesis",
            json=body,
            headers={"X-DashScope-Async": "enable"},
        )
        self._open[str(answer["output"]["task_id"])] = "PENDING"

    def _fetch(self, task: str) -> None:
        found = str(self._ask("fetch", "GET", f"/tasks/{task}")["output"]["task_status"])
        told = self._ended.get(task)
        if told is not None and told != found:
            self._tally.say_wrong(f"dashscope: task {task} was {told}, and is {found}")
        if found in FINAL:
            self._ended[task] = found
            self._open.pop(task, None)
        elif found not in {"PENDING", "RUNNING"}:
            self._tally.say_wrong(f"dashscope: task {task} is {found}")

    def _cancel(self, task: str) -> None:
        try:
            self._ask("cancel", "POST", f"/tasks/{task}/cancel")
        except RefusedError:
            return

    def _ask(self, operation: str, method: str, path: str, **more: Any) -> dict[str, Any]:
        def call() -> dict[str, Any]:
            answer = self._http.request(method, path.lstrip("/"), **more)
            found: dict[str, Any] = answer.json()
            if answer.status_code >= 400:
                raise CustomerRefusedError(found["code"])
            return found

        return self._tally.attempt(f"dashscope.{operation}", call, _code)


def _code(error: BaseException) -> str | None:
    if isinstance(error, CustomerRefusedError):
        return str(error)
    return UNANSWERED if isinstance(error, httpx.TransportError) else None
