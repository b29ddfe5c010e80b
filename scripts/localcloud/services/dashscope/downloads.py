"""How a task's pictures are downloaded: whole, within the rule's size, not waiting for ever."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

LARGEST = 10 * 1024 * 1024
PATIENCE = aiohttp.ClientTimeout(total=60, connect=10)
HEADERS = {"Accept-Encoding": "identity"}


class InputError(Exception):
    """The task fails with this code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_downloaded() -> InputError:
    """It could not be had; another try may go better."""
    return InputError("InvalidParameter.FileDownload", "download for input_image error")


def not_conforming(what: str) -> InputError:
    """It breaks a rule of the model."""
    return InputError(
        "InvalidParameter", f"the parameters must conform to the specification: {what}"
    )


class Downloads(Protocol):
    """Brings files from where clients say they are."""

    async def get(self, url: str) -> bytes:
        """The file behind `url`.

        Raises:
            InputError: it cannot be had, must not be asked for, or is larger than `LARGEST`.
        """

    async def close(self) -> None:
        """End open connections."""


class LoopbackDownloads:
    """From this machine only, and straight: the local cloud calls nobody else."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str) -> bytes:
        """See Downloads."""
        if not _is_on_loopback(url):
            raise not_downloaded()
        try:
            async with self._opened().get(
                URL(url, encoded=True),  # a signature covers the escapes as they are
                timeout=PATIENCE,
                headers=HEADERS,
                allow_redirects=False,
            ) as response:
                return await content_of(response)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, OSError) as error:
            raise not_downloaded() from error

    async def close(self) -> None:
        """See Downloads."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def content_of(response: aiohttp.ClientResponse) -> bytes:
    """The whole body of a 200.

    Raises:
        InputError: it is none, or larger than `LARGEST`.
    """
    if response.status != 200:  # noqa: PLR2004 - HTTP's own number
        raise not_downloaded()
    data = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        data += chunk
        check_length(data)
    return bytes(data)


def check_length(data: bytes | bytearray) -> None:
    """Refuse what is larger than the rule (`InputError`)."""
    if len(data) > LARGEST:
        raise not_conforming("the size of the input image must not exceed 10 MB")


def _is_on_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not url.isascii() or parts.scheme not in {"http", "https"}:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
