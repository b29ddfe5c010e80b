"""One client's connection, as aiohttp serves it, but orderly where the bytes are no HTTP.

aiohttp answers a malformed request with its own words and logs a traceback that quotes the request,
keys and all. Here the refusal is the service's, and the log gets one line without a word of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

LOG = logging.getLogger("scripts.localcloud")
BAD_REQUEST = 400
CROWDED = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
Refuse = Callable[[web.BaseRequest], web.Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What a server lets its clients do.

    `patience` is how many seconds a connection may take for the head of its next request,
    `connections` how many may be open, `longest_line` bytes of a request line or header: a key of
    1023 bytes, escaped, beside a signed query. Where all are open, who comes is sent off, or takes
    the place of the one that has been idle longest where `idle_ones_yield`.
    """

    patience: float = 3630.0
    connections: int | None = None
    idle_ones_yield: bool = False
    longest_line: int = 64 * 1024


def refuse_plainly(_request: web.BaseRequest) -> web.Response:
    """A refusal that belongs to no vendor."""
    return web.Response(status=BAD_REQUEST, text="Bad Request")


class Connection(web.RequestHandler):
    """Answers what is no HTTP with `refuse`; keeps to the number of connections."""

    __slots__ = ("_manners", "_refuse", "_server")

    def __init__(self, server: web.Server, manners: Manners, refuse: Refuse) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=manners.patience,
            max_line_size=manners.longest_line,
            max_field_size=manners.longest_line,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own runner passes None as well
            auto_decompress=False,  # an upload with Content-Encoding is stored as it comes
        )
        self._server = server
        self._manners = manners
        self._refuse = refuse

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; where the server is full, somebody has to go."""
        super().connection_made(transport)
        most = self._manners.connections
        if most is None or len(self._server.connections) <= most:
            return
        if idle := self._longest_idle():
            idle.force_close()
            return
        if isinstance(transport, asyncio.Transport):
            transport.write(CROWDED)
        self.force_close()

    def _longest_idle(self) -> web.RequestHandler | None:
        """Of those without a request under way the oldest, be it silent or slow with its head."""
        if not self._manners.idle_ones_yield:
            return None
        others = [other for other in self._server.connections if other is not self]
        return next((other for other in others if _is_idle(other)), None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse a malformed request in the service's words, and say nothing of a client that left;
        anything else is aiohttp's affair.
        """
        if isinstance(exc, ConnectionError):
            return self._farewell()
        if status != BAD_REQUEST or not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        LOG.info("malformed request from %s: %s", request.remote, type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionResetError("an answer was under way when the request broke")
        response = self._refuse(request)
        response.force_close()
        return response

    @staticmethod
    def _farewell() -> web.StreamResponse:
        """For nobody: aiohttp wants an answer, and gives up writing it."""
        response = web.Response(status=BAD_REQUEST)
        response.force_close()
        return response


def _is_idle(connection: web.RequestHandler) -> bool:
    """Open, and with no request under way; one that was told to go has no transport any more."""
    return connection.transport is not None and connection._current_request is None  # noqa: SLF001 - aiohttp tells nowhere else


class Site(web.BaseSite):
    """A TCP address whose clients get a `Connection`."""

    __slots__ = ("_host", "_manners", "_port", "_refuse")

    def __init__(
        self, runner: web.AppRunner, host: str, port: int, *, manners: Manners, refuse: Refuse
    ) -> None:
        super().__init__(runner, backlog=min(512, manners.connections or 512))
        self._host = host
        self._port = port
        self._manners = manners
        self._refuse = refuse

    @property
    def name(self) -> str:
        """The address."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen; OSError where the port is taken."""
        await super().start()
        server = self._runner.server
        if server is None:
            raise RuntimeError("the runner is not set up")
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(server, self._manners, self._refuse),
            self._host,
            self._port,
            backlog=self._backlog,
        )
