"""`WebInspector` over the house's own HTTP client. URLs may be signed and are never repeated."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Final

from shared.ports.errors import UnavailableError
from shared.transport.http import Answer, HttpClient, TransportError

_CODE: Final = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")


class HttpInspector:
    """Asks without credentials of its own."""

    def __init__(self, http: HttpClient, *, timeout: float = 10.0) -> None:
        self._http = http
        self._timeout = timeout

    def fetch(self, url: str) -> tuple[int, str]:
        """Status, and the code of an OSS error document."""
        answer = self._get(url)
        found = _CODE.search(answer.body)
        return answer.status, found.group(1).decode() if found else ""

    def time_at(self, url: str) -> float | None:
        """What the answer's `Date` says, whatever the answer."""
        try:
            return parsedate_to_datetime(self._get(url).headers["date"]).timestamp()
        except (KeyError, ValueError, TypeError):
            return None

    def _get(self, url: str) -> Answer:
        try:
            return self._http.exchange("GET", url, timeout=self._timeout)
        except TransportError as error:
            raise UnavailableError(f"the address does not answer: {error}") from error
