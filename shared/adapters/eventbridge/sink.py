"""`EventSink` on EventBridge: PutEvents, signed here (contracts/alibaba-cloud.md, 8).

The vendor's client for it is of 2022, speaks plain HTTP unless told otherwise, retries by itself
and brings the whole of `tea`; one signed POST over our own transport does the same. An event that
was refused is told of in an answer with HTTP 200.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import urlsplit

from shared.domain.events import CloudEvent
from shared.ports.clock import Clock
from shared.ports.errors import (
    ForbiddenError,
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.ports.ids import IdSource
from shared.transport.cloudevents import document_of
from shared.transport.http import Answer, HttpClient, TransportError

PATH: Final = "/openapi/putEvents"
MEDIA_TYPE: Final = "application/cloudevents-batch+json; charset=utf-8"
LARGEST_EVENT: Final = 64 * 1024
BUS: Final = "aliyuneventbusname"
_OK: Final = range(200, 300)
_SERVER_FAULT: Final = 500
_WORDS: Final[dict[int, type[PortError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    408: UnavailableError,
    429: ThrottledError,
    503: ThrottledError,
}
_THROTTLED: Final = ("Throttling", "FlowControl", "LimitExceeded")
_OURS: Final = ("SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied", "Forbidden")


class EventBridgeSink:
    """Puts each event on one bus. *clock* dates the signatures: it is never a shifted one."""

    def __init__(
        self,
        endpoint: str,
        bus: str,
        *,
        access_key_id: str,
        access_key_secret: str,
        security_token: str | None = None,
        http: HttpClient,
        clock: Clock,
        ids: IdSource,
        name: str = "eventbridge",
        timeout: float = 10.0,
    ) -> None:
        self.name = name
        self._url = endpoint.rstrip("/") + PATH
        self._host = urlsplit(endpoint).netloc
        self._bus = bus
        self._key = (access_key_id, access_key_secret, security_token)
        self._http, self._clock, self._ids = http, clock, ids
        self._timeout = timeout

    def publish(self, event: CloudEvent) -> str:
        """Put it. Raises PortError; RejectedError where it is over 64 KB."""
        document = {**document_of(event), BUS: self._bus}
        body = json.dumps([document], ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) > LARGEST_EVENT:
            raise RejectedError(f"{event.id} is larger than the 64 KB of an EventBridge event")
        try:
            answer = self._http.exchange(
                "POST", self._url, headers=self._headers(), content=body, timeout=self._timeout
            )
        except TransportError as error:
            raise UnavailableError(f"EventBridge {self._host}: {error}") from error
        return self._judged(answer)

    def _headers(self) -> dict[str, str]:
        key_id, secret, token = self._key
        headers = {
            "date": formatdate(self._clock.now(), usegmt=True),
            "host": self._host,
            "accept": "application/json",
            "content-type": MEDIA_TYPE,
            "x-acs-signature-nonce": self._ids.new(),
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
            "x-eventbridge-version": "2015-06-06",
        }
        if token:
            headers |= {"x-acs-accesskey-id": key_id, "x-acs-security-token": token}
        return {**headers, "authorization": f"acs:{key_id}:{signature(secret, headers)}"}

    def _judged(self, answer: Answer) -> str:
        said = _object(answer.body)
        where = f"EventBridge {self._host}"
        if answer.status not in _OK:
            code = str(said.get("code") or said.get("Code") or "")
            raise _word_for(answer.status, code)(f"{where}: HTTP {answer.status} {code}".rstrip())
        entries = said.get("EntryList") or said.get("entryList") or [{}]
        entry = entries[0] if isinstance(entries[0], dict) else {}
        if said.get("FailedEntryCount") or entry.get("ErrorCode"):
            code = str(entry.get("ErrorCode") or "unknown")
            raise _word_for(answer.status, code)(f"{where}: the event was refused: {code}")
        return f"{where}: event {entry.get('EventId') or 'taken'}"


def signature(secret: str, headers: Mapping[str, str], *, path: str = PATH) -> str:
    """Base64 of HMAC-SHA1 over method, digest (none), type, date, `x-acs-` headers and path."""
    own = "".join(f"{n}:{headers[n]}\n" for n in sorted(headers) if n.startswith("x-acs"))
    text = f"POST\n\n{headers['content-type']}\n{headers['date']}\n{own}{path}"
    return base64.b64encode(
        hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    ).decode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _word_for(status: int, code: str) -> type[PortError]:
    if any(part in code for part in _THROTTLED):
        return ThrottledError
    if any(part in code for part in _OURS):
        return ForbiddenError
    otherwise = UnavailableError if status >= _SERVER_FAULT else RejectedError
    return _WORDS.get(status, otherwise)
