"""Documents of FC 3.0: asked for, listed, changed, deleted; trouble waited out where it may be."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any, Final

from shared.adapters.fc.api3 import Api3
from shared.adapters.fc.patience import DELAYS
from shared.ports.clock import Clock
from shared.ports.errors import NotFoundError, RetryableError, UnavailableError
from shared.transport.http import Answer

PAGE: Final = "100"
JSON: Final = {"content-type": "application/json"}
_REPEATABLE: Final = frozenset({"GET", "PUT", "DELETE"})

Document = dict[str, Any]
Query = Mapping[str, str]


class Documents3:
    """What is said of a deployment's functions. Everything raises PortError.

    An `action` is the vendor's name of what is done, a `place` as in `Api3.ask`.
    """

    def __init__(self, api: Api3, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    def find(self, action: str, place: str, *, query: Query | None = None) -> Document | None:
        """The document; None where there is none."""
        try:
            return self._asked(action, "GET", place, query=query)
        except NotFoundError:
            return None

    def list(self, action: str, place: str, what: str) -> list[Document]:
        """All pages of a listing; nothing of a function that is not there."""
        found: list[Document] = []
        query = {"limit": PAGE}
        while True:
            page = self.find(action, place, query=query) or {}
            found += page.get(what) or ()
            if not page.get("nextToken"):
                return found
            query["nextToken"] = str(page["nextToken"])

    def change(
        self,
        action: str,
        method: str,
        place: str,
        body: Mapping[str, object],
        *,
        query: Query | None = None,
    ) -> Document:
        """What has come of it; a POST is not repeated."""
        return self._asked(action, method, place, json.dumps(body).encode(), query=query)

    def delete(self, action: str, place: str, *, query: Query | None = None) -> None:
        """Forget it; a missing one is no error."""
        with contextlib.suppress(NotFoundError):
            self._asked(action, "DELETE", place, query=query)

    def _asked(
        self,
        action: str,
        method: str,
        place: str,
        body: bytes = b"",
        *,
        query: Query | None = None,
    ) -> Document:
        def once() -> Answer:
            return self._api.ask(action, method, place, query=query, body=body, headers=JSON)

        for delay in DELAYS if method in _REPEATABLE else ():
            try:
                return _read(action, once())
            except RetryableError:  # noqa: PERF203 - three tries of what may be repeated
                self._clock.sleep(delay)
        return _read(action, once())


def _read(action: str, answer: Answer) -> Document:
    try:
        found = json.loads(answer.body or b"{}")
    except ValueError as error:
        raise UnavailableError(f"Function Compute {action}: the answer is no JSON") from error
    if not isinstance(found, dict):
        raise UnavailableError(f"Function Compute {action}: the answer is no object")
    return found
