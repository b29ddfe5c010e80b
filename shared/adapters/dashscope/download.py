"""Result files: a GET of a signed URL, byte for byte, from a host that is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from shared.ports.errors import (
    NotFoundError,
    PortError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from shared.transport.http import (
    Answer,
    HttpClient,
    InterruptedExchangeError,
    TooLargeError,
    TransportError,
)

_OK: Final = 200
_GONE: Final = frozenset({403, 404, 410})
_CALM: Final = frozenset({429, 503})
_PLAIN: Final = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")
_SERVER_FAULT: Final = 500


class Downloader:
    """Callable: `downloader(url, limit=bytes)`. Messages name the host, never path or query.

    *hosts* are exact names or, with a leading dot, suffixes: the provider publishes no list and
    its hosts change (contracts/dashscope.md, 7). Plain `http` is allowed, as its samples use it.
    """

    def __init__(self, http: HttpClient, hosts: tuple[str, ...], *, timeout: float) -> None:
        self._http = http
        self._hosts = tuple(host.lower() for host in hosts)
        self._timeout = timeout

    def __call__(self, url: str, *, limit: int) -> bytes:
        """The bytes, at most *limit*.

        Raises NotFoundError (gone or expired), RejectedError (host not allowed, a redirect, more
        than *limit* bytes), ThrottledError, UnavailableError.
        """
        host = self._checked(url)
        get = partial(self._http.exchange, "GET", url, timeout=self._timeout, limit=limit)
        try:
            answer = _tried(get)
        except TooLargeError as error:
            raise RejectedError(f"the result on {host} has {error}") from error
        except TransportError as error:
            raise UnavailableError(f"the result on {host}: {error}") from error
        if answer.status == _OK:
            return answer.body
        raise _word_for(answer.status)(f"the result on {host}: HTTP {answer.status}")

    def _checked(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError as error:
            raise RejectedError("the result's URL cannot be read") from error
        if parts.scheme not in {"http", "https"} or not _PLAIN.fullmatch(parts.netloc):
            raise RejectedError("the result's URL is neither http nor https to a plain host")
        if not any(_allows(rule, host) for rule in self._hosts):
            text = f"results may not come from {host}: add it to DASHSCOPE_RESULT_HOSTS if they may"
            raise RejectedError(text)
        return host


def _tried(get: Callable[[], Answer]) -> Answer:
    """A file that comes cut short is asked for once more."""
    try:
        return get()
    except InterruptedExchangeError as error:
        if error.__cause__ is None:  # the time limit is spent
            raise
        return get()


def _allows(rule: str, host: str) -> bool:
    return host.endswith(rule) if rule.startswith(".") else host == rule


def _word_for(status: int) -> type[PortError]:
    if status in _GONE:
        return NotFoundError
    if status in _CALM:
        return ThrottledError
    return UnavailableError if status >= _SERVER_FAULT else RejectedError
