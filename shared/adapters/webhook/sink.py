"""`EventSink` named `webhook`: one signed POST per event, by Standard Webhooks 1.0.

`webhook-signature` is `v1,` and Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.` and
the body. Only a 2xx is a delivery: a redirect is a failure, as the body would go where nobody
configured it. Trying again, with growing and spread pauses, is the outbox's part.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final
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
from shared.transport.cloudevents import MEDIA_TYPE, structured
from shared.transport.http import HttpClient, TransportError

PREFIX: Final = "whsec_"
_SUCCESS: Final = range(200, 300)
_WORDS: Final[dict[int, type[PortError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    410: NotFoundError,
    408: UnavailableError,
    429: ThrottledError,
    503: ThrottledError,
}
_SERVER_FAULT: Final = 500


class WebhookSink:
    """Posts to one receiver. *secret* is `whsec_` and Base64, or any text, taken as it is."""

    name = "webhook"

    def __init__(
        self, url: str, secret: str, *, http: HttpClient, clock: Clock, timeout: float = 10.0
    ) -> None:
        self._url = url
        self._host = urlsplit(url).hostname or "?"
        self._key = _key_of(secret)
        self._http = http
        self._clock = clock
        self._timeout = timeout

    def publish(self, event: CloudEvent) -> None:
        """Deliver once. Raises PortError naming the receiver's host, never its path or query."""
        body = structured(event).encode()
        stamp = str(int(self._clock.now()))
        headers = {
            "Content-Type": MEDIA_TYPE,
            "webhook-id": event.id,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._key, event.id, stamp, body),
        }
        try:
            answer = self._http.exchange(
                "POST", self._url, headers=headers, content=body, timeout=self._timeout
            )
        except TransportError as error:
            raise UnavailableError(f"webhook {self._host}: {error}") from error
        if answer.status not in _SUCCESS:
            raise _word_for(answer.status)(f"webhook {self._host}: HTTP {answer.status}")


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """The value of `webhook-signature` (Standard Webhooks, "Signature scheme", symmetric)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key_of(secret: str) -> bytes:
    try:
        if secret.startswith(PREFIX):
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        pass
    return secret.encode()


def _word_for(status: int) -> type[PortError]:
    otherwise = UnavailableError if status >= _SERVER_FAULT else RejectedError
    return _WORDS.get(status, otherwise)
