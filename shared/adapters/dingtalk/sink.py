r"""`EventSink` to a DingTalk group's robot, with its signature in the query.

`sign` is Base64 of HMAC-SHA256 by the robot's secret (`SEC...`) over `{timestamp}\n{secret}`, the
timestamp in milliseconds. A refusal comes with HTTP 200 and an `errcode` other than 0. A robot
takes twenty messages a minute; what is more is refused with 130101, and tried again in a minute.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Final
from urllib.parse import quote_plus, urlsplit

from shared.adapters.dingtalk.message import markdown
from shared.domain.events import CloudEvent
from shared.ports.clock import Clock
from shared.ports.errors import (
    ForbiddenError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.transport.http import Answer, HttpClient, TransportError

OK: Final = 200
MINUTE: Final = 60.0
_BUSY: Final = -1
_TOO_FAST: Final = frozenset({130101, 410100})
_NOT_OURS: Final = frozenset({310000, 300001})
"""The signature (or a keyword, or our address) does not fit the robot's settings; no such robot."""


class DingTalkSink:
    """Posts to one robot, whose address has its token in it. *clock* dates the signature."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        http: HttpClient,
        clock: Clock,
        name: str = "dingtalk",
        timeout: float = 10.0,
    ) -> None:
        self.name = name
        self._url = url
        self._secret = secret
        self._host = urlsplit(url).hostname or "?"
        self._http = http
        self._clock = clock
        self._timeout = timeout

    def publish(self, event: CloudEvent) -> str:
        """Post once. Raises PortError naming the host and the robot's code, never the address."""
        stamp = str(int(self._clock.now() * 1000))
        signed = f"timestamp={stamp}&sign={quote_plus(signature(self._secret, stamp))}"
        url = f"{self._url}{'&' if '?' in self._url else '?'}{signed}"
        body = json.dumps(markdown(event), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            answer = self._http.exchange(
                "POST", url, headers=headers, content=body, timeout=self._timeout
            )
        except TransportError as error:
            raise UnavailableError(f"{self._host}: {error}") from error
        return self._judged(answer)

    def _judged(self, answer: Answer) -> str:
        if answer.status != OK:
            word = RejectedError if answer.status < 500 else UnavailableError  # noqa: PLR2004 - HTTP
            raise word(f"{self._host}: HTTP {answer.status}")
        code = _errcode(answer.body)
        if code != 0:
            raise _trouble(f"{self._host}: errcode {code}", code)
        return f"{self._host}: errcode 0"


def signature(secret: str, timestamp: str) -> str:
    """The value of `sign`, before it is escaped."""
    text = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def _errcode(body: bytes) -> int | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    code = found.get("errcode") if isinstance(found, dict) else None
    return code if isinstance(code, int) else None


def _trouble(message: str, code: int | None) -> PortError:
    if code in _TOO_FAST:
        return ThrottledError(message, retry_after=MINUTE)
    if code is None or code == _BUSY:
        return UnavailableError(message)
    return ForbiddenError(message) if code in _NOT_OURS else RejectedError(message)
