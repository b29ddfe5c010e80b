"""What the tests of Function Compute share: the vendor's client, a handler to invoke, waiting."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fc2
from typing_extensions import Self

from scripts.localcloud.core.access import Role
from scripts.localcloud.core.context import Cloud, assemble
from scripts.localcloud.core.identity import load_identity
from tests.integration.localcloud.conftest import free_port

HANDLER = '''
import json, logging, os, sys, time

state = {"initialized": 0, "count": 0}

def initialize(context):
    state["initialized"] += 1

def handler(event, context):
    state["count"] += 1
    note(event.decode(), context)
    order = json.loads(event or b"{}")
    return globals()[order.get("do", "echo")](order, context)

def note(text, context):
    """One line for each run, in a file that outlives the instance."""
    if "NOTES" in os.environ:
        with open(os.environ["NOTES"], "a") as file:
            file.write(json.dumps({"event": text, "request_id": context.request_id}) + "\\n")

def echo(order, context):
    return {"order": order, "state": state, "pid": os.getpid()}

def describe(order, context):
    return {
        "request_id": context.request_id, "region": context.region, "account": context.account_id,
        "function": vars(context.function), "service": vars(context.service),
        "credentials": vars(context.credentials),
        "environment": {k: os.environ.get(k) for k in (
            "GREETING", "FC_FUNCTION_NAME",
            "ALIBABA_CLOUD_SECURITY_TOKEN", "MASKLINE_CLOCK_OFFSET_FILE",
        )},
        "cwd": os.getcwd(), "path": sys.path,
    }

def fail(order, context):
    raise ValueError("something is wrong")

def quit(order, context):
    os._exit(3)

def nap(order, context):
    time.sleep(order["seconds"])
    return "slept"

def gorge(order, context):
    held = []
    while True:
        held.append(bytearray(b"x") * (16 << 20))
        time.sleep(0.02)

def log(order, context):
    print("from print")
    context.logger.warning("from logger")
    return b"\\x00\\xff"

def find(order, context):
    import importlib.util
    return [name for name in order["names"] if importlib.util.find_spec(name)]
'''
RAISED = '    raise ValueError("something is wrong")'


def client_of(cloud: Cloud, **changes: str) -> fc2.Client:
    """The vendor's client with the account's own key."""
    given = {
        "endpoint": cloud.endpoints["fc"],
        "accessKeyID": cloud.identity.access_key_id,
        "accessKeySecret": cloud.identity.access_key_secret,
    }
    return fc2.Client(**{**given, **changes})


def allowing(*permissions: tuple[str, str], effect: str = "Allow") -> dict[str, Any]:
    """A policy of (action, resource) pairs."""
    statements = [{"Effect": effect, "Action": a, "Resource": r} for a, r in permissions]
    return {"Version": "1", "Statement": statements}


def trusting(service: str) -> dict[str, Any]:
    """Says that a service may take the role."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": [service]},
    }
    return {"Version": "1", "Statement": [statement]}


def give_role(
    cloud: Cloud,
    client: fc2.Client,
    *permissions: tuple[str, str],
    trusted: str = "fc.aliyuncs.com",
) -> str:
    """Have service `s` work in a role that allows (action, resource) pairs; answers its ARN."""
    policies = {"runner": allowing(*permissions)} if permissions else {}
    cloud.access.put(Role(name="runner", trust=trusting(trusted), policies=policies))
    arn = f"acs:ram::{cloud.identity.account_id}:role/runner"
    client.update_service("s", role=arn)
    return arn


def create_function(
    client: fc2.Client, folder: Path, name: str = "f", *, source: str = HANDLER, **settings: Any
) -> None:
    """Create function `name` in service `s` from one module of source."""
    code = folder / name
    code.mkdir(parents=True, exist_ok=True)
    (code / "index.py").write_text(source)
    facts = {
        "runtime": "python3.10",
        "handler": "index.handler",
        "initializer": "index.initialize",
        "codeDir": str(code),
        "timeout": 20,
        "memorySize": 256,
    }
    client.create_function("s", name, **{**facts, **settings})


def invoke(client: fc2.Client, name: str = "f", **order: Any) -> Any:
    """Invoke a function synchronously with an order, and decode what it returns."""
    return json.loads(client.invoke_function("s", name, payload=json.dumps(order)).data)


def enqueue(
    client: fc2.Client, order: dict[str, Any], name: str = "f", **headers: str
) -> dict[str, str]:
    """Invoke a function asynchronously; answers the headers of the answer."""
    sent = {"x-fc-invocation-type": "Async"}
    sent |= {key.replace("_", "-"): value for key, value in headers.items()}
    answer = client.invoke_function("s", name, payload=json.dumps(order), headers=sent)
    assert answer.data == b""
    return dict(answer.headers)


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` answers as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come true in time"
        threading.Event().wait(0.02)
    return found


def process_exists(process_id: int) -> bool:
    """Whether the process still runs (a dead one that nobody has waited for does not)."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] != "Z"


SERVER = """
import asyncio, sys
from pathlib import Path
from scripts.localcloud.core.context import assemble
from scripts.localcloud.core.identity import load_identity
from scripts.localcloud.core.server import serve
from scripts.localcloud.services.fc.service import FcService

async def main(folder, port):
    cloud = assemble(folder, load_identity(folder))
    cloud.endpoints["fc"] = f"http://127.0.0.1:{port}"
    service = FcService(cloud)
    await service.start()
    await serve(service, "127.0.0.1", port,
                faults=cloud.faults, calls=cloud.calls, clock=cloud.clock)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


class CloudProcess:
    """Function Compute in a process of its own, to be killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.cloud = assemble(folder, load_identity(folder))
        port = free_port()
        self.cloud.endpoints["fc"] = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder), str(port)], stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.cloud.close()

    def kill(self) -> None:
        """SIGKILL, and wait."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def children(self) -> list[int]:
        """Function instances that this process started and that still run."""
        found = []
        for status in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = status.read_bytes().split(b"\0")
                if b"runner.py" in b" ".join(words) and str(self._process.pid).encode() in words:
                    found.append(int(status.parent.name))
        return found


class Notes:
    """What a function noted down, run by run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def runs(self) -> list[dict[str, Any]]:
        """Every run so far: event and request id."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def events(self) -> list[Any]:
        """Every event so far, decoded."""
        return [json.loads(run["event"]) for run in self.runs()]

    def wait_for(self, count: int) -> list[Any]:
        """The events, once there are so many."""
        eventually(lambda: len(self.runs()) >= count)
        return self.events()
