"""`FunctionInvoker` through FC 3.0 (API 2023-03-30), by a request of our own.

The vendor's SDK for it, `alibabacloud-fc20230330` 4.8.3, takes 43 MB with its own (`aliyun-fc2`: 5)
and 0.4 s of a processor's time at import (`aliyun-fc2`: 0.05), a third more of a cold start, for
one POST with a signature of twenty lines over the HTTP client that is loaded anyway.

FC 3.0 has no services: the functions of a deployment share the beginning of their names,
`maskline-poller`. An id makes a repeated invocation harmless where the function keeps asynchronous
tasks (`asyncTask`); the vendor answers 409 to one that it knows (contracts, 3.3).
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Final
from urllib.parse import quote, urlsplit

from shared.adapters.fc.acs3 import Signer
from shared.adapters.fc.patience import PatientInvoker, word_for
from shared.ports.clock import Clock
from shared.ports.errors import ForbiddenError, UnavailableError
from shared.ports.ids import IdSource
from shared.transport.http import Answer, HttpClient, TransportError

VERSION: Final = "2023-03-30"
_SUCCESS: Final = range(200, 300)
_OF_KEYS: Final = (
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidSecurityToken",
    "InvalidTimeStamp",
    "SignatureDoesNotMatch",
)
"""Beginnings of codes by which the vendor's gateway refuses a key, with 400 or 404."""


class Fc3Invoker(PatientInvoker):
    """Asynchronous invocations of the functions whose names begin with *service* and a hyphen, at a
    version or an alias.

    *signing* is the machine's own time, which signatures are judged by; *clock* may be shifted.
    """

    def __init__(
        self,
        *,
        endpoint: str,
        service: str,
        signer: Signer,
        http: HttpClient,
        clock: Clock,
        signing: Clock,
        ids: IdSource,
        qualifier: str = "LATEST",
        timeout: float = 10.0,
    ) -> None:
        super().__init__(clock)
        self._endpoint = endpoint.strip().rstrip("/")
        self._service = service
        self._query = f"qualifier={quote(qualifier, safe='~')}"
        self._signer = signer
        self._http = http
        self._signing = signing
        self._ids = ids
        self._timeout = timeout

    def _once(self, function: str, body: bytes, invocation_id: str) -> None:
        name = f"{self._service}-{function}"
        path = f"/{VERSION}/functions/{quote(name, safe='~')}/invocations"
        named = self._headers(invocation_id)
        headers = self._signer.signed("POST", path, named, body, query=self._query)
        try:
            answer = self._http.exchange(
                "POST",
                f"{self._endpoint}{path}?{self._query}",
                headers=headers,
                content=body,
                timeout=self._timeout,
            )
        except TransportError as error:
            raise UnavailableError(f"Function Compute InvokeFunction {name}: {error}") from error
        if answer.status not in _SUCCESS:
            code = _code(answer)
            word = ForbiddenError if code.startswith(_OF_KEYS) else word_for(answer.status)
            raise word(_sentence(name, code, answer))

    def _headers(self, invocation_id: str) -> dict[str, str]:
        now = datetime.fromtimestamp(self._signing.now(), timezone.utc)
        return {
            "host": urlsplit(self._endpoint).netloc,
            "content-type": "application/octet-stream",
            "x-acs-action": "InvokeFunction",
            "x-acs-date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": self._ids.new(),
            "x-acs-version": VERSION,
            "x-fc-async-task-id": invocation_id,
            "x-fc-invocation-type": "Async",
        }


def _code(answer: Answer) -> str:
    """The vendor's code, of an answer in whatever form it comes."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    said = body.get("Code") if isinstance(body, dict) else None
    return str(said or f"HTTP {answer.status}")


def _sentence(name: str, code: str, answer: Answer) -> str:
    request = answer.headers.get("x-fc-request-id", "")
    return f"Function Compute InvokeFunction {name}: {code} (request {request})"
