"""A shop's receiver of webhooks, built on the specification's own library."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass
class Shop:
    """Verifies by `secret`, and answers a share of all requests with an error: before it keeps
    the event, or after, as a receiver does that dies at either time.
    """

    secret: str
    failing: float
    random: Random
    kept: list[dict[str, Any]] = field(default_factory=list)
    verified: int = 0
    forged: int = 0
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer."""
        with self.lock:
            try:
                event = Webhook(self.secret).verify(body, headers)
            except WebhookVerificationError:
                self.forged += 1
                return 400
            self.verified += 1
            if self.random.random() >= self.failing:
                self.kept.append(event)
                return 204
            self.failed += 1
            if self.random.random() < 0.5:
                self.kept.append(event)
            return self.random.choice([500, 502, 503, 429])


@contextlib.contextmanager
def listening(shop: Shop) -> Iterator[str]:
    """The shop's address while it is open."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            json.loads(body)
            self.send_response(shop.take(body, dict(self.headers.items())))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
