"""A client of the local DashScope for its tests, a server of pictures, and their surroundings."""

from __future__ import annotations

import http.server
import io
import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

MODEL = "image-instance-segmentation"
ENGINE = (sys.executable, str(Path(__file__).with_name("tiny_engine.py")))
T = TypeVar("T")
Configure = Callable[..., dict[str, Any]]
Answer = tuple[int, dict[str, Any]]


def picture(width: int = 600, height: int = 520, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (10, 90, 40)).save(buffer, form)
    return buffer.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    pictures: dict[str, bytes]

    def do_GET(self) -> None:
        data = self.pictures.get(self.path)
        self.send_response(200 if data else 404)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def picture_server(pictures: dict[str, bytes]) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"pictures": pictures})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Client:
    """Speaks to `endpoint`/api/v1 as the pipeline does."""

    def __init__(self, endpoint: str, key: str) -> None:
        self.endpoint = endpoint
        self.key = key

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        data = json.dumps(body).encode() if body is not None else None
        url = f"{self.endpoint}/api/v1{path}"
        sent = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        request = urllib.request.Request(url, data, sent, method=method)  # noqa: S310 - loopback
        status, content = read(request)
        return status, json.loads(content)

    def submit(self, url: str, *, model: str = MODEL, **more: Any) -> Answer:
        body = {"model": model, "input": {"image_url": url}, "parameters": more}
        return self.ask(
            "POST",
            "/services/aigc/image2image/image-synthesis",
            body,
            {"X-DashScope-Async": "enable", "Content-Type": "application/json"},
        )

    def accepted(self, url: str, **more: Any) -> str:
        """Submit, waiting out the rate limit; the task's id."""
        return str(self.accepted_answer(url, **more)["output"]["task_id"])

    def accepted_answer(self, url: str, **more: Any) -> dict[str, Any]:
        def attempt() -> dict[str, Any] | None:
            status, body = self.submit(url, **more)
            assert status in {200, 429}, body
            return body if status == 200 else None

        return until(attempt)

    def fetch(self, task_id: str) -> dict[str, Any]:
        def attempt() -> dict[str, Any] | None:
            status, body = self.ask("GET", f"/tasks/{task_id}")
            assert status in {200, 429}, body
            return body if status == 200 else None

        return until(attempt)

    def status(self, task_id: str) -> str:
        return str(self.fetch(task_id)["output"]["task_status"])

    def ended(self, task_id: str) -> dict[str, Any]:
        """The answer once the task is final."""

        def attempt() -> dict[str, Any] | None:
            body = self.fetch(task_id)
            final = body["output"]["task_status"] in {"SUCCEEDED", "FAILED", "CANCELED"}
            return body if final else None

        return until(attempt)


def read(request: urllib.request.Request | str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - loopback
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def until(attempt: Callable[[], T | None], seconds: float = 30) -> T:
    """The first answer that is not None or False; polls with a deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := attempt():
            return answer
        time.sleep(0.06)
    raise AssertionError(f"nothing within {seconds} s")
