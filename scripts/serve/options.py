"""What the operator asks of a server, checked before anything starts."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from shared.transport.addresses import Network

SHORTEST_KEY = 20
"""Characters of a key that strangers may try to guess."""
HIGHEST_PORT = 65535


class OptionError(Exception):
    """An option, or two together, cannot be served under; the text names the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The provider's limits, per model except `query_qps`; None means no end."""

    concurrency: int = 1
    submit_qps: int = 2
    query_qps: int = 20
    queue: int | None = 1000
    over_limit: str = "queue"
    quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where to listen, for whom, over which engine, and how much is kept.

    `keys` may be empty on loopback, where a key is made; `allowed` are networks that pictures may
    come from although they are not public.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8765
    keys: tuple[str, ...] = ()
    public_url: str | None = None
    engine: str = "composite"
    keep_hours: float = 24.0
    most_gigabytes: float = 20.0
    allowed: tuple[Network, ...] = ()
    limits: Limits = Limits()

    def checked(self) -> Options:
        """Itself.

        Raises:
            OptionError: it cannot be served under.
        """
        self._check_keys()
        if not 1 <= self.port <= HIGHEST_PORT:
            raise OptionError(f"--port {self.port} must be from 1 to {HIGHEST_PORT}")
        if self.public_url is not None:
            _check_public(self.public_url)
        elif ip_address(self.host).is_unspecified:
            raise OptionError(
                f"--host {self.host} is no address that clients can ask for their results: say"
                " with --public-url https://... how they reach this server"
            )
        return self

    def origin(self) -> str:
        """Where it listens, as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def reached_at(self) -> str:
        """Where clients reach it."""
        return (self.public_url or self.origin()).rstrip("/")

    def _check_keys(self) -> None:
        for key in self.keys:
            if not key.isascii() or not key.isprintable() or " " in key or not key:
                raise OptionError("an API key must be of printable ASCII characters, not spaces")
        if _is_loopback(self.host):
            return
        if not self.keys:
            raise OptionError(
                f"--host {self.host} lets strangers in: give an --api-key, or set"
                " MASKLINE_ENGINE_API_KEY"
            )
        if min(len(key) for key in self.keys) < SHORTEST_KEY:
            raise OptionError(
                f"beyond loopback an API key needs at least {SHORTEST_KEY} characters;"
                " `openssl rand -hex 24` makes one"
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError as error:
        raise OptionError(f"--host {host} must be an IP address of this machine") from error


def _check_public(url: str) -> None:
    parts = urlsplit(url)
    plain = parts.hostname and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in {"http", "https"} or not plain:
        raise OptionError(f"--public-url {url} must be like https://engine.example.com")
