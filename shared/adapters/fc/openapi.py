"""`FunctionInvoker` through FC 3.0 (API 2023-03-30), by a request of our own.

The vendor's SDK for it, `alibabacloud-fc20230330` 4.8.3, takes 43 MB with its own (`aliyun-fc2`: 5)
and 0.4 s of a processor's time at import (`aliyun-fc2`: 0.05), a third more of a cold start, for
one POST with a signature of twenty lines over the HTTP client that is loaded anyway.

An id makes a repeated invocation harmless where the function keeps asynchronous tasks
(`asyncTask`); the vendor answers 409 to one that it knows (contracts, 3.3).
"""

from __future__ import annotations

from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.patience import PatientInvoker
from shared.ports.clock import Clock


class Fc3Invoker(PatientInvoker):
    """Asynchronous invocations of a deployment's functions, at a version or an alias."""

    def __init__(self, api: Api3, *, clock: Clock, qualifier: str = "LATEST") -> None:
        """*clock* may be shifted; the API has its own."""
        super().__init__(clock)
        self._api = api
        self._qualifier = qualifier

    def _once(self, function: str, body: bytes, invocation_id: str) -> None:
        self._api.ask(
            "InvokeFunction",
            "POST",
            f"{function}/invocations",
            query={"qualifier": self._qualifier},
            body=body,
            headers={"x-fc-async-task-id": invocation_id, "x-fc-invocation-type": "Async"},
        )
