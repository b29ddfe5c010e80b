"""One HTTP exchange within one total deadline, and the truth about whether it was sent.

httpx limits connecting, writing and each read separately, so a peer that drips bytes can hold a
call for ever. Here the exchange runs in a thread of its own and the caller waits for it until the
deadline. A call that was given up before its first byte went out is fenced: it can no longer send.

TransportError
├── NotConnectedError   no byte of the request was sent, and none will be
├── InterruptedExchangeError  it was sent, in whole or in part; no complete answer came
└── TooLargeError       the answer is bigger than asked for
"""

from __future__ import annotations

import logging
import re
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import httpx

MEGABYTE: Final = 1 << 20
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_SENDING: Final = "send_request_headers.started"

for _name in ("httpx", "httpcore"):  # they would log whole URLs, and with them what signs them
    logging.getLogger(_name).setLevel(logging.WARNING)


class TransportError(Exception):
    """An exchange gave no answer. Messages name the kind of trouble, never URL or headers."""


class NotConnectedError(TransportError):
    """No byte of the request was sent, and none will be."""


class InterruptedExchangeError(TransportError):
    """The request was sent, in whole or in part. `partial` is what came of the answer's body."""

    def __init__(self, message: str, *, partial: bytes = b"") -> None:
        super().__init__(message)
        self.partial = partial


class TooLargeError(TransportError):
    """The answer is bigger than asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(slots=True)
class _Exchange:
    """What caller and worker share. The lock orders "sending begins" and "given up"."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Event = field(default_factory=threading.Event)
    sent: bool = False
    abandoned: bool = False
    chunks: list[bytes] = field(default_factory=list)
    answer: Answer | None = None
    error: Exception | None = None

    def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Take httpcore's word that something begins; sending is the last moment to stop."""
        if not event.endswith(_SENDING):
            return
        with self.lock:
            if self.abandoned:
                raise NotConnectedError("given up before sending")
            self.sent = True

    def abandon(self) -> None:
        with self.lock:
            self.abandoned = True


class HttpClient:
    """A keep-alive client without redirects, retries or (unless *trust_env*) proxies."""

    def __init__(
        self,
        *,
        trust_env: bool = False,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._trust_env = trust_env
        self._headers = dict(headers or {})
        self._transport = transport

    @cached_property
    def _client(self) -> httpx.Client:
        """Made by the first exchange: certificates and httpcore are a sixth of a cold start."""
        return httpx.Client(
            trust_env=self._trust_env,
            headers=self._headers,
            follow_redirects=False,
            transport=self._transport,
            limits=httpx.Limits(max_connections=16, keepalive_expiry=15.0),
        )

    def close(self) -> None:
        """Close the pooled connections, if there were any."""
        if "_client" in self.__dict__:
            self._client.close()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        timeout: float,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limit: int = MEGABYTE,
    ) -> Answer:
        """One request, sent once, answered in full within *timeout* seconds or not at all.

        The URL's path and query go out byte for byte. Raises the errors drawn above.
        """
        exchange = _Exchange()
        request = self._request(method, url, timeout, headers, content)
        request.extensions["trace"] = exchange.trace
        worker = threading.Thread(
            target=_run, args=(self._client, request, exchange, limit), daemon=True
        )
        worker.start()
        if not exchange.done.wait(timeout):
            exchange.abandon()
        return _outcome(exchange)

    def _request(
        self,
        method: str,
        url: str,
        timeout: float,
        headers: Mapping[str, str] | None,
        content: bytes | None,
    ) -> httpx.Request:
        if not _PRINTABLE.fullmatch(url):
            raise NotConnectedError("the URL holds characters that no URL may hold")
        try:
            request = self._client.build_request(
                method, url, headers=headers, content=content, timeout=max(timeout, 0.001)
            )
        except httpx.InvalidURL as error:
            raise NotConnectedError("the URL cannot be read") from error
        if not self._trust_env:  # a proxy needs the absolute form, which httpcore then makes
            request.extensions["target"] = _target_of(url)
        return request


def _outcome(exchange: _Exchange) -> Answer:
    with exchange.lock:
        answer, error, sent = exchange.answer, exchange.error, exchange.sent
    if answer is not None:
        return answer
    if isinstance(error, TooLargeError):
        raise error
    reason = "no answer in time" if error is None else _words(error)
    if not sent:
        raise NotConnectedError(reason) from error
    raise InterruptedExchangeError(reason, partial=b"".join(exchange.chunks)) from error


def _words(error: BaseException) -> str:
    """The kind of trouble; of TLS also what is wrong with it, as only a person can mend that."""
    if isinstance(error, TransportError):
        return str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {getattr(cause, 'verify_message', None) or cause.reason}"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _run(client: httpx.Client, request: httpx.Request, exchange: _Exchange, limit: int) -> None:
    try:
        answer = _perform(client, request, exchange, limit)
        with exchange.lock:
            exchange.answer = answer
    except Exception as error:  # noqa: BLE001 - carried to the caller's thread, which judges it
        with exchange.lock:
            exchange.error = error
    finally:
        exchange.done.set()


def _perform(
    client: httpx.Client, request: httpx.Request, exchange: _Exchange, limit: int
) -> Answer:
    response = client.send(request, stream=True)
    try:
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > limit:
                raise TooLargeError(f"more than {limit} bytes")
            exchange.chunks.append(chunk)
            if exchange.abandoned:  # nobody waits any more: let the connection go
                raise InterruptedExchangeError("given up")
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status_code, headers=headers, body=b"".join(exchange.chunks))


def _target_of(url: str) -> bytes:
    """Path and query as they were given: a signed URL must not be decoded and encoded again."""
    rest = url.partition("://")[2].partition("#")[0]
    start = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
    target = rest[start:] or "/"
    return (target if target.startswith("/") else f"/{target}").encode("ascii")
