"""`EventSink` over HTTP: one signed POST per event, by Standard Webhooks 1.0.

`webhook-signature` is `v1,` and Base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.` and
the body; while a secret is exchanged for another one there is a signature by each, with spaces
between them. Only a 2xx is a delivery: a redirect is a failure, as the body would go where nobody
configured it. A 410 asks for no events any more. Trying again is the outbox's part.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from shared.domain.events import CloudEvent
from shared.ports.clock import Clock
from shared.ports.errors import (
    ForbiddenError,
    GoneError,
    NotFoundError,
    PortError,
    RejectedError,
    RetryableError,
    ThrottledError,
    UnavailableError,
)
from shared.transport.cloudevents import MEDIA_TYPE, structured
from shared.transport.http import Answer, HttpClient, TransportError

PREFIX: Final = "whsec_"
_SUCCESS: Final = range(200, 300)
_REDIRECT: Final = range(300, 400)
_WORDS: Final[dict[int, type[PortError]]] = {
    401: ForbiddenError,
    403: ForbiddenError,
    404: NotFoundError,
    410: GoneError,
    408: UnavailableError,
    429: ThrottledError,
    503: ThrottledError,
}
_SERVER_FAULT: Final = 500


class WebhookSink:
    """Posts to one receiver. A secret is `whsec_` and Base64, or any text, taken as it is.

    *clock* dates the signatures, which receivers compare with their own clocks: it is never a
    shifted one.
    """

    def __init__(
        self,
        url: str,
        secrets: Sequence[str],
        *,
        http: HttpClient,
        clock: Clock,
        name: str = "webhook",
        timeout: float = 10.0,
    ) -> None:
        self.name = name
        self._url = url
        self._host = urlsplit(url).hostname or "?"
        self._keys = [_key_of(secret) for secret in secrets]
        self._http = http
        self._clock = clock
        self._timeout = timeout

    def publish(self, event: CloudEvent) -> str:
        """Deliver once. Raises PortError naming the receiver's host, never its path or query."""
        body = structured(event).encode()
        stamp = str(int(self._clock.now()))
        signatures = (signature(key, event.id, stamp, body) for key in self._keys)
        headers = {
            "Content-Type": MEDIA_TYPE,
            "webhook-id": event.id,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(signatures),
        }
        try:
            answer = self._http.exchange(
                "POST", self._url, headers=headers, content=body, timeout=self._timeout
            )
        except TransportError as error:
            raise UnavailableError(f"{self._host}: {error}") from error
        if answer.status not in _SUCCESS:
            raise _trouble(self._host, answer)
        return f"{self._host}: HTTP {answer.status}"


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """One value of `webhook-signature` (Standard Webhooks, "Signature scheme", symmetric)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key_of(secret: str) -> bytes:
    try:
        if secret.startswith(PREFIX):
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        pass
    return secret.encode()


def _trouble(host: str, answer: Answer) -> PortError:
    otherwise = UnavailableError if answer.status >= _SERVER_FAULT else RejectedError
    word = _WORDS.get(answer.status, otherwise)
    message = f"{host}: HTTP {answer.status}"
    if answer.status in _REDIRECT:
        message += ", a redirect, which is not followed: configure the address that it leads to"
    if issubclass(word, RetryableError):
        return word(message, retry_after=_seconds(answer.headers.get("retry-after", "")))
    return word(message)


def _seconds(text: str) -> float | None:
    """`Retry-After` in seconds; a date there is as good as nothing said."""
    return float(text) if text.isascii() and text.isdigit() else None
