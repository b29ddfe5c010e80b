"""`maskline engine serve` as a process, for tests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.localcloud.dashscope_client import Client

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "scripts", "engine", "serve")


@dataclass
class Server:
    """A running server and what it said of itself."""

    process: subprocess.Popen[str]
    said: dict[str, Any]

    @property
    def client(self) -> Client:
        return Client(self.said["listening"], self.said["dashscope_api_key"])


@contextmanager
def served(data: Path, port: int, *more: str) -> Iterator[Server]:
    arguments = ("--data", str(data), "--port", str(port), "--json", *more)
    with (data.parent / "requests.log").open("a") as log:
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (data.parent / "requests.log").read_text()
            yield Server(process, json.loads(line))
        finally:
            process.kill()
            process.wait(20)
            if process.stdout is not None:
                process.stdout.close()
