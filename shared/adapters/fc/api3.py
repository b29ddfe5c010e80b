"""Requests of API 2023-03-30 (FC 3.0), signed here, every answer in one of our words.

FC 3.0 has no services: the functions of a deployment share the beginning of their names,
`maskline-poller`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Final
from urllib.parse import quote, urlsplit

from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.patience import word_for
from shared.ports.clock import Clock
from shared.ports.errors import ForbiddenError, UnavailableError
from shared.ports.ids import IdSource
from shared.transport.http import Answer, HttpClient, TransportError

VERSION: Final = "2023-03-30"
BYTES: Final = "application/octet-stream"
_SUCCESS: Final = range(200, 300)
_OF_KEYS: Final = (
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidSecurityToken",
    "InvalidTimeStamp",
    "SignatureDoesNotMatch",
)
"""Beginnings of codes by which the vendor's gateway refuses a key, with 400 or 404."""


class Api3:
    """The functions whose names begin with *service* and a hyphen.

    *signing* is the machine's own time, which signatures are judged by.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        service: str,
        signer: Signer,
        http: HttpClient,
        signing: Clock,
        ids: IdSource,
        timeout: float = 10.0,
    ) -> None:
        self._endpoint = endpoint.strip().rstrip("/")
        self._service = service
        self._signer = signer
        self._http = http
        self._signing = signing
        self._ids = ids
        self._timeout = timeout

    def ask(
        self,
        action: str,
        method: str,
        place: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, not repeated; *place* is the function without the service's name, and what
        follows it in the path (`poller/aliases/live`).

        Raises:
            ForbiddenError, NotFoundError, ConflictError, ThrottledError, RejectedError,
            UnavailableError.
        """
        path = f"/{VERSION}/functions/{quote(f'{self._service}-{place}', safe='/~')}"
        asked = "&".join(f"{k}={quote(v, safe='~')}" for k, v in sorted((query or {}).items()))
        named = self._headers(action, headers or {})
        what = f"Function Compute {action} {self._service}-{place.partition('/')[0]}"
        try:
            answer = self._http.exchange(
                method,
                f"{self._endpoint}{path}{'?' if asked else ''}{asked}",
                headers=self._signer.signed(method, path, named, body, query=asked),
                content=body,
                timeout=self._timeout,
            )
        except TransportError as error:
            raise UnavailableError(f"{what}: {error}") from error
        if answer.status not in _SUCCESS:
            code = _code(answer)
            word = ForbiddenError if code.startswith(_OF_KEYS) else word_for(answer.status)
            raise word(f"{what}: {code} (request {answer.headers.get('x-fc-request-id', '')})")
        return answer

    def _headers(self, action: str, given: Mapping[str, str]) -> dict[str, str]:
        now = datetime.fromtimestamp(self._signing.now(), timezone.utc)
        return {
            "host": urlsplit(self._endpoint).netloc,
            "content-type": BYTES,
            "x-acs-action": action,
            "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self._ids.new(),
            "x-acs-version": VERSION,
            **given,
        }


def _code(answer: Answer) -> str:
    """The vendor's code, of an answer in whatever form it comes."""
    try:
        body: Any = json.loads(answer.body)
    except ValueError:
        body = None
    said = body.get("Code") if isinstance(body, dict) else None
    return str(said or f"HTTP {answer.status}")
