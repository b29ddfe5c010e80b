"""`FunctionInvoker` through `aliyun-fc2`, with its defects contained (contracts, 4).

| defect | what is done here |
|---|---|
| a, h: raw `requests` errors, `JSONDecodeError` | one table (`errors.py`) |
| b: request headers in the root logger's ERROR records | a filter (`client.py`) |
| c: POST is never retried | bounded retries here; the invocation id makes them harmless |
| d: a crashed function is an error with status 200 | counts as unavailable, like any 5xx |
| e: a trailing slash of the endpoint leaks into `Host` | cut off (`client.py`) |
| f: header values must be text | they are |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from shared.adapters.fc.client import connect
from shared.adapters.fc.errors import translated
from shared.ports.clock import Clock
from shared.ports.errors import ConflictError, RejectedError, RetryableError

LARGEST_PAYLOAD: Final = 128 * 1024
"""Bytes that an asynchronous invocation takes (contracts, 3.2)."""

INVOCATION_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
DELAYS: Final = (0.1, 0.3, 0.9)
"""Seconds before each further try."""


class FcInvoker:
    """Asynchronous invocations of the functions of one service."""

    def __init__(
        self,
        *,
        endpoint: str,
        service: str,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        clock: Clock,
        timeout: float = 10.0,
    ) -> None:
        self._client = connect(
            endpoint=endpoint,
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            security_token=security_token,
            timeout=timeout,
        )
        self._service = service
        self._clock = clock

    def invoke(self, function: str, payload: Mapping[str, object], *, invocation_id: str) -> bool:
        """Ask for one run; False where this id was asked for before (never proof that it ran).

        A try whose answer was lost may make the next one answer False, too.
        Raises UnavailableError, ThrottledError, ForbiddenError, NotFoundError, RejectedError.
        """
        body = json.dumps(dict(payload), separators=(",", ":")).encode()
        if not INVOCATION_ID.fullmatch(invocation_id):
            raise RejectedError(f"no invocation id of Function Compute: {invocation_id!r}")
        if len(body) > LARGEST_PAYLOAD:
            raise RejectedError(f"{len(body)} bytes are more than an invocation takes")
        for delay in DELAYS:
            try:
                return self._once(function, body, invocation_id)
            except RetryableError:  # noqa: PERF203 - three tries; the id makes a repeat harmless
                self._clock.sleep(delay)
        return self._once(function, body, invocation_id)

    def _once(self, function: str, body: bytes, invocation_id: str) -> bool:
        headers = {
            "x-fc-invocation-type": "Async",
            "x-fc-stateful-async-invocation-id": invocation_id,
        }
        try:
            with translated(f"InvokeFunction {self._service}/{function}"):
                self._client.invoke_function(self._service, function, body, headers)
        except ConflictError:
            return False
        return True
