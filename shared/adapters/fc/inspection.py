"""`FunctionInspector` through `aliyun-fc2`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.adapters.fc.client import connect
from shared.adapters.fc.errors import translated
from shared.adapters.fc.facts import (
    LATEST,
    alias_of,
    asynchronous_facts,
    function_facts,
    trigger_facts,
)
from shared.ports.errors import NotFoundError, UnavailableError
from shared.ports.inspection import AsynchronousFacts, FunctionFacts, TriggerFacts


class FcInspector:
    """Looks at the functions of one service, in the version that their triggers start."""

    def __init__(self, *, service: str, **options: Any) -> None:
        """*options* are those of `client.connect`."""
        self._client = connect(**options)
        self._service = service
        self._qualifier: str | None = None

    def role(self) -> str | None:
        """The service's role; None where there is no such service."""
        told = self._asked("GetService", lambda: self._client.get_service(self._service))
        return None if told is None else str(told.get("role") or "")

    def function(self, name: str) -> FunctionFacts | None:
        """The function with its triggers; None where there is none of that name."""
        triggers = self._triggers(name)
        self._qualifier = alias_of(triggers) or self._qualifier
        told = self._asked(
            f"GetFunction {name}",
            lambda: self._client.get_function(self._service, name, qualifier=self._qualifier),
        )
        if told is None:
            return None
        return function_facts(
            told,
            initializer=told.get("initializer") or "",
            asynchronous=self._asynchronous(name),
            triggers=triggers,
        )

    def answer_of(self, function: str, payload: bytes) -> bytes | None:
        """One synchronous run; None where it fails, as one does that has no such answer."""
        try:
            with translated(f"InvokeFunction {self._service}/{function}"):
                told = self._client.invoke_function(
                    self._service, function, payload, qualifier=self._qualifier
                )
        except (NotFoundError, UnavailableError):
            return None
        return bytes(told.data)

    def _triggers(self, function: str) -> list[TriggerFacts]:
        told = self._asked(
            f"ListTriggers {function}",
            lambda: self._client.list_triggers(self._service, function, limit=100),
        )
        return [
            trigger_facts(one, one.get("triggerConfig") or {})
            for one in (told or {}).get("triggers") or ()
        ]

    def _asynchronous(self, function: str) -> AsynchronousFacts | None:
        told = self._asked(
            f"GetFunctionAsyncInvokeConfig {function}",
            lambda: self._client.get_function_async_invoke_config(
                self._service, self._qualifier or LATEST, function
            ),
        )
        if told is None:
            return None
        return asynchronous_facts(told, stateful=bool(told.get("statefulInvocation")))

    def _asked(self, what: str, ask: Callable[[], Any]) -> Mapping[str, Any] | None:
        try:
            with translated(f"{what} of {self._service}"):
                found: Mapping[str, Any] = ask().data
        except NotFoundError:
            return None
        return found
