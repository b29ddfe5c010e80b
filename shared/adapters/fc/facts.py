"""What a deployment's functions are like, from the documents of either API: most fields of theirs
have the same names in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.ports.inspection import AsynchronousFacts, FunctionFacts, TriggerFacts

LATEST: Final = "LATEST"
"""The qualifier of what is not a version yet."""


def alias_of(triggers: Sequence[TriggerFacts]) -> str | None:
    """What the triggers start, other than the latest code; the first by name. None: nothing."""
    return min({trigger.qualifier for trigger in triggers} - {"", LATEST}, default=None)


def trigger_facts(told: Mapping[str, Any], config: Mapping[str, Any]) -> TriggerFacts:
    """A trigger; *config* is its configuration, which each API writes in a way of its own."""
    return TriggerFacts(
        name=told.get("triggerName", ""),
        kind=told.get("triggerType", ""),
        qualifier=told.get("qualifier") or "",
        config=dict(config),
    )


def function_facts(
    told: Mapping[str, Any],
    *,
    initializer: str,
    asynchronous: AsynchronousFacts | None,
    triggers: list[TriggerFacts],
) -> FunctionFacts:
    """A function with what hangs on it."""
    return FunctionFacts(
        runtime=told.get("runtime", ""),
        handler=told.get("handler", ""),
        initializer=initializer,
        memory=int(told.get("memorySize") or 0),
        timeout=int(told.get("timeout") or 0),
        environment=dict(told.get("environmentVariables") or {}),
        asynchronous=asynchronous,
        triggers=triggers,
    )


def asynchronous_facts(told: Mapping[str, Any], *, stateful: bool) -> AsynchronousFacts:
    """How often and how long asynchronous events are tried, and where those go that failed."""
    failure = (told.get("destinationConfig") or {}).get("onFailure") or {}
    return AsynchronousFacts(
        retries=told.get("maxAsyncRetryAttempts"),
        age=told.get("maxAsyncEventAgeInSeconds"),
        stateful=stateful,
        on_failure=failure.get("destination") or "",
    )
