"""`FunctionInspector` on FC 3.0, where each function has a role of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.documents3 import Document, Documents3
from shared.adapters.fc.facts import (
    LATEST,
    alias_of,
    asynchronous_facts,
    function_facts,
    trigger_facts,
)
from shared.ports.errors import NotFoundError, UnavailableError
from shared.ports.inspection import AsynchronousFacts, FunctionFacts, TriggerFacts

FAILED: Final = "x-fc-error-type"
"""Stands in the answer, which is a success to HTTP, where the function raised."""


class Fc3Inspector:
    """Looks at a deployment's functions, in the version that their triggers start."""

    def __init__(self, api: Api3, documents: Documents3, *, functions: Sequence[str]) -> None:
        self._api = api
        self._documents = documents
        self._functions = functions
        self._qualifier = LATEST

    def role(self) -> str | None:
        """The functions' role, "" where one of them has none; None where there is no function."""
        found = [self._documents.find("GetFunction", name) for name in self._functions]
        roles = [str(each.get("role") or "") for each in found if each is not None]
        return min(roles, default=None)

    def function(self, name: str) -> FunctionFacts | None:
        """The function with its triggers; None where there is none of that name."""
        triggers = self._triggers(name)
        self._qualifier = alias_of(triggers) or self._qualifier
        told = self._documents.find("GetFunction", name, query=self._at)
        if told is None:
            return None
        hooks: Mapping[str, Any] = told.get("instanceLifecycleConfig") or {}
        return function_facts(
            told,
            initializer=(hooks.get("initializer") or {}).get("handler") or "",
            asynchronous=self._asynchronous(name),
            triggers=triggers,
        )

    def answer_of(self, function: str, payload: bytes) -> bytes | None:
        """One synchronous run; None where it fails, as one does that has no such answer."""
        place = f"{function}/invocations"
        try:
            answer = self._api.ask("InvokeFunction", "POST", place, query=self._at, body=payload)
        except (NotFoundError, UnavailableError):
            return None
        return None if FAILED in answer.headers else answer.body

    @property
    def _at(self) -> dict[str, str]:
        return {"qualifier": self._qualifier}

    def _triggers(self, function: str) -> list[TriggerFacts]:
        return [
            trigger_facts(one, _parsed(one))
            for one in self._documents.list("ListTriggers", f"{function}/triggers", "triggers")
        ]

    def _asynchronous(self, function: str) -> AsynchronousFacts | None:
        place = f"{function}/async-invoke-config"
        told = self._documents.find("GetAsyncInvokeConfig", place, query=self._at)
        if told is None:
            return None
        return asynchronous_facts(told, stateful=bool(told.get("asyncTask")))


def _parsed(trigger: Document) -> dict[str, Any]:
    """The configuration, which is a text of JSON in this API."""
    try:
        found = json.loads(trigger.get("triggerConfig") or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
