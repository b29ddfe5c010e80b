"""What is read from OSS and written to it is compared with the CRC-64 that the service tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from shared.adapters.oss.checksum import HEADER, check
from shared.adapters.oss.store import OssObjectStore
from shared.ports.errors import UnavailableError

DIGITS = b"123456789"
OF_DIGITS = "11051210869376104954"
"""The catalogued check value of this CRC-64: 0x995DC9BBDF1939FA."""


@contextmanager
def service(tells: str) -> Iterator[OssObjectStore]:
    """A store whose service has the digits in every object, and tells this checksum."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(DIGITS)

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            for name, value in ((HEADER, tells), ("ETag", '"0"'), ("Content-Length", len(body))):
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        yield OssObjectStore(
            endpoint=endpoint,
            public_endpoint=endpoint,
            bucket="bucket",
            region="cn-beijing",
            access_key_id="id",
            access_key_secret="secret",
        )
        server.shutdown()


def test_the_algorithm_is_that_of_the_service() -> None:
    check("GetObject", DIGITS, {HEADER: OF_DIGITS})


def test_an_answer_that_tells_none_passes() -> None:
    check("GetObject", DIGITS, {})


def test_whole_bytes_are_taken() -> None:
    with service(OF_DIGITS) as store:
        assert store.read("key", limit=100) == DIGITS
        assert store.put("key", DIGITS, media_type="text/plain").size == len(DIGITS)


def test_other_bytes_are_refused_in_both_directions() -> None:
    with service(str(int(OF_DIGITS) - 1)) as store:
        with pytest.raises(UnavailableError, match="GetObject key: the bytes are not those"):
            store.read("key", limit=100)
        with pytest.raises(UnavailableError, match="PutObject key: the bytes are not those"):
            store.put("key", DIGITS, media_type="text/plain")
