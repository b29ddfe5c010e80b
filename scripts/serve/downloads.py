"""Pictures from addresses that strangers name, without being sent where strangers may not go.

The guard stands where a socket is made: whatever a URL says, however a name resolves, wherever a
redirect leads, the address that is checked is the one that is connected to, and there is no second
resolution. TLS still checks the name. Every download has a session of its own, so that no
connection is used for another's picture.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from scripts.localcloud.services.dashscope.downloads import (
    HEADERS,
    InputError,
    content_of,
    not_downloaded,
)
from shared.transport.addresses import AddressPolicy

PATIENCE = 60.0
"""Seconds for a picture, name, redirects and all."""
CONNECTING = 10.0
MOST_REDIRECTS = 3
LONGEST_URL = 8192
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class GuardedDownloads:
    """Downloads over HTTP(S) from where `policy` permits."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        patience: float = PATIENCE,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._policy = policy
        self._patience = patience
        self._resolver = resolver

    async def get(self, url: str) -> bytes:
        """See Downloads; an address that must not be asked is an `InvalidURL`."""
        guard = _Guard(self._policy)
        try:
            return await asyncio.wait_for(self._followed(url, guard), self._patience)
        except asyncio.TimeoutError as error:
            raise InputError("InvalidURL.Timeout", "Download input_image timeout") from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            if guard.refused:
                raise forbidden() from error
            raise not_downloaded() from error

    async def close(self) -> None:
        """See Downloads; nothing stays open between two."""

    async def _followed(self, url: str, guard: _Guard) -> bytes:
        place = checked(URL(url, encoded=True))  # a signature covers the escapes as they are
        async with self._session(guard) as session:
            for _ in range(MOST_REDIRECTS + 1):
                async with session.get(place, headers=HEADERS, allow_redirects=False) as response:
                    onward = response.headers.get("Location")
                    if response.status not in REDIRECTS or onward is None:
                        return await content_of(response)
                    place = checked(place.join(URL(onward, encoded=True)))
        raise not_downloaded()

    def _session(self, guard: _Guard) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            socket_factory=guard.new_socket,
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECTING),
            auto_decompress=False,  # a few bytes can unfold to gigabytes
        )


class _Guard:
    """Makes the sockets of one download, and remembers whether it refused one."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self.refused = False

    def new_socket(self, address_info: Any) -> socket.socket:
        """A socket for `getaddrinfo`'s tuple, or an OSError, upon which the next one is tried."""
        family, kind, protocol, _, address = address_info
        if not self._policy.permits(str(address[0])):
            self.refused = True
            raise OSError("the address is not permitted")
        return socket.socket(family=family, type=kind, proto=protocol)


def checked(place: URL) -> URL:
    """The URL, if it is one that may be asked for at all.

    Raises:
        InputError: not HTTP(S), without a host, too long, not ASCII, or with a user or password.
    """
    text = str(place)
    if (
        place.scheme not in {"http", "https"}
        or not place.host
        or place.user is not None
        or place.password is not None
        or not text.isascii()
        or len(text) > LONGEST_URL
    ):
        raise forbidden()
    return place


def forbidden() -> InputError:
    """It will not be asked for, now or later; which rule says so is not the client's business."""
    return InputError("InvalidURL", "The request URL is invalid, please check it.")
