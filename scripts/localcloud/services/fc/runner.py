"""The inside of a function instance: a process that loads one handler and answers invocations.

Started by path and with `-I`, so that nothing of the project is importable but what the package
holds. It speaks with its parent over one socket, in frames: two big-endian 32-bit lengths, a JSON
object, raw bytes.

    -> {"kind": "initialize", "handler", "initializer", "context"}      <- {"ok": bool} + error body
    -> {"kind": "invoke", "context"} + event                            <- {"ok": bool} + result
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import os
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

PR_SET_PDEATHSIG = 1
LENGTHS = struct.Struct(">II")
CREDENTIALS = {
    "access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "access_key_secret": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "security_token": "ALIBABA_CLOUD_SECURITY_TOKEN",
}


class RequestFormatter(logging.Formatter):
    """The vendor's line: time in UTC, request id, level, text."""

    converter = staticmethod(time.gmtime)
    request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        """Prefix the text with what tells one run from another."""
        stamp = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z"
        return f"{stamp} {self.request_id} [{record.levelname}] {super().format(record)}"


class Channel:
    """Frames over the socket to the parent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next frame; SystemExit when the parent has closed the socket."""
        head, body = LENGTHS.unpack(self._exactly(LENGTHS.size))
        return json.loads(self._exactly(head)), self._exactly(body)

    def send(self, head: dict[str, Any], body: bytes) -> None:
        """Write one frame."""
        text = json.dumps(head).encode()
        self._connection.sendall(LENGTHS.pack(len(text), len(body)) + text + body)

    def _exactly(self, size: int) -> bytes:
        buffer = bytearray(size)
        view = memoryview(buffer)
        filled = 0
        while filled < size:
            count = self._connection.recv_into(view[filled:])
            if count == 0:
                raise SystemExit(0)
            filled += count
        return bytes(buffer)


class Instance:
    """One loaded function."""

    def __init__(self, channel: Channel, code_dir: str) -> None:
        self._channel = channel
        self._code_dir = code_dir
        self._handler: Callable[[bytes, Any], Any] | None = None
        self._formatter = RequestFormatter()
        output = logging.StreamHandler(sys.stdout)
        output.setFormatter(self._formatter)
        logging.getLogger().addHandler(output)
        logging.getLogger().setLevel(logging.INFO)

    def serve(self) -> None:
        """Answer frames until the parent goes."""
        while True:
            head, body = self._channel.receive()
            context = self._context(head["context"])
            if head["kind"] == "initialize":
                self._answer(lambda: self._initialize(head, context))  # noqa: B023 - called at once
            else:
                self._invoke(body, context)

    def _initialize(self, head: dict[str, Any], context: SimpleNamespace) -> None:
        self._handler = load(head["handler"])
        if head["initializer"]:
            load(head["initializer"])(context)

    def _invoke(self, event: bytes, context: SimpleNamespace) -> None:
        assert self._handler is not None  # noqa: S101 - the parent initializes first
        handler = self._handler
        print(f"FC Invoke Start RequestId: {context.request_id}", flush=True)
        self._answer(
            lambda: handler(event, context),
            before=lambda: print(f"FC Invoke End RequestId: {context.request_id}", flush=True),
        )

    def _answer(self, call: Callable[[], Any], before: Callable[[], None] | None = None) -> None:
        try:
            ok, result = True, encoded(call())
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its answer
            ok, result = False, json.dumps(self._described(error)).encode()
            sys.stdout.write(result.decode() + "\n")
        sys.stdout.flush()
        sys.stderr.flush()
        if before is not None:
            before()
        self._channel.send({"ok": ok}, result)

    def _context(self, given: dict[str, Any]) -> SimpleNamespace:
        self._formatter.request_id = given["request_id"]
        for name, variable in CREDENTIALS.items():
            os.environ[variable] = given["credentials"][name]
        nested = {
            name: SimpleNamespace(**value) if isinstance(value, dict) else value
            for name, value in given.items()
        }
        return SimpleNamespace(logger=logging.getLogger(), **nested)

    def _described(self, error: Exception) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        return {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "stackTrace": [
                [
                    f'File "{frame.filename.replace(self._code_dir, "/code")}"',
                    f"line {frame.lineno}",
                    f"in {frame.name}",
                    frame.line or "",
                ]
                for frame in frames
                if frame.filename != __file__
            ],
        }


def encoded(result: Any) -> bytes:
    """What a handler returns, as bytes: itself, its UTF-8, or its JSON."""
    if isinstance(result, bytes):
        return result
    if isinstance(result, str):
        return result.encode()
    return json.dumps(result).encode()


def load(path: str) -> Callable[..., Any]:
    """The callable named `package.module.function` (or `folder/module.function`)."""
    module, _, name = path.replace("/", ".").rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def isolate(code_dir: str, project: str) -> None:
    """Let imports find the package first and the project's working copy not at all."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not _is_editable(finder)]
    sys.path_hooks[:] = [hook for hook in sys.path_hooks if not _is_editable(hook)]
    kept = [entry for entry in sys.path if entry and os.path.realpath(entry) != project]
    sys.path[:] = [code_dir, *kept]


def _is_editable(hook: Any) -> bool:
    # Where setuptools' editable installs put themselves.
    return str(getattr(hook, "__module__", "")).startswith("__editable__")


def die_with(parent: int) -> None:
    """Have this process killed when its parent ends, however that comes about."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """`runner.py SOCKET PARENT CODE_DIR PROJECT`."""
    descriptor, parent, code_dir, project = sys.argv[1:]
    die_with(int(parent))
    isolate(code_dir, project)
    connection = socket.socket(fileno=int(descriptor))
    connection.set_inheritable(False)
    Instance(Channel(connection), code_dir).serve()


if __name__ == "__main__":
    main()
