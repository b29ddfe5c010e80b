"""Starts peers, each a process with the vendors' SDKs, and says why one cannot be started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from scripts.bench.cloud import ROOT, BenchError, RunningCloud

FOLDER: Final = ROOT / "build" / "peers"
"""Where `scripts/peers.sh` installs `scripts/bench/peers.lock`."""
ABSENT: Final = "the SDK `dashscope` is not installed (make bench installs it)"


def environment() -> dict[str, str]:
    """A peer's: the SDK found, no proxy between it and loopback."""
    named = {name: value for name, value in os.environ.items() if not name.endswith("_proxy")}
    return {**named, "PYTHONPATH": str(FOLDER), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@cache
def is_installed() -> bool:
    """Whether the vendor's SDK can be found."""
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('dashscope') is None)"
    found = subprocess.run([sys.executable, "-c", look], env=environment(), check=False)  # noqa: S603 - our own line
    return found.returncode == 0


def run_peer(name: str, cloud: RunningCloud, seconds: float, **job: Any) -> dict[str, Any]:
    """Let a peer do its job to the end; what it says of it. Raises BenchError."""
    told = cloud.description
    given: Mapping[str, Any] = {
        "base_url": told["dashscope_base_url"],
        "api_key": told["dashscope_api_key"],
        **job,
    }
    command = [sys.executable, "-m", f"scripts.bench.peers.{name}"]
    try:
        answer = subprocess.run(  # noqa: S603 - our own program
            command,
            cwd=ROOT,
            env=environment(),
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"peer {name} did not end within {seconds:.0f} s") from error
    if answer.returncode:
        raise BenchError(f"peer {name} failed: {answer.stderr[-500:]}")
    said: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return said
