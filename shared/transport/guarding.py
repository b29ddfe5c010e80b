"""Requests to addresses that a setting names, without being sent where nobody may be sent.

The name is resolved once, the addresses are judged, and the connection is made to one of those
that were judged: no second resolution can lead elsewhere. TLS and the Host header still speak of
the name.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Final

import httpx

from shared.transport.addresses import AddressPolicy
from shared.transport.http import NotConnectedError

Resolve = Callable[[str, int], Sequence[str]]

_REFUSED: Final = (
    "its name leads to an address of a private, local or cloud-internal network; allow the network "
    "in MASKLINE_SINK_NETWORKS if that is meant"
)


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedTransport(httpx.BaseTransport):
    """Connects to what *policy* permits; for one host each, whose connections it keeps."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        resolve: Resolve = resolved,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        self._policy = policy
        self._resolve = resolve
        self._inner = inner or httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it to the first permitted address of its host. Raises NotConnectedError."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = self._addresses(url.host, port)
        permitted = next((a for a in addresses if self._policy.permits(a)), None)
        if permitted is None:
            raise NotConnectedError(_REFUSED)
        if url.host != permitted:
            request.extensions["sni_hostname"] = url.host
        request.url = url.copy_with(host=permitted.partition("%")[0])
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            return self._resolve(host, port)
        except OSError as error:
            raise NotConnectedError("its name is not known") from error
