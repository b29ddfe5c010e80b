"""The fourth client: functions, called at once and by order, through `fc2`."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

import fc2
import requests

from tests.load.cast import Setting
from tests.load.tally import UNANSWERED, RefusedError, UnansweredError

SERVICE: Final = "load"
FUNCTION: Final = "echo"
CODE: Final = """
import json, os

def handler(event, context):
    order = json.loads(event)
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(order["token"] + "\\n")
    return order["token"]
"""
ASYNC: Final = {"x-fc-invocation-type": "Async"}


class Caller:
    """Knows the orders that were acknowledged: each is performed, be it more than once."""

    name = "caller (fc2)"
    expected = frozenset({"fc.InvokeFunction ResourceExhausted", "fc.GetFunction FunctionNotFound"})

    def __init__(self, setting: Setting, seed: int) -> None:
        self._tally = setting.tally
        self._dice = random.Random(seed)
        self._notes = setting.folder / "notes"
        told = setting.description
        self._client = fc2.Client(
            endpoint=told["fc_endpoint"],
            accessKeyID=told["access_key_id"],
            accessKeySecret=told["access_key_secret"],
        )
        self._ordered: set[str] = set()
        self._count = 0
        self._make_function(setting.folder / "code")

    def step(self) -> None:
        """One call."""
        self._count += 1
        token = f"{self._count}-{self._dice.randrange(10**9)}"
        kind = self._dice.random()
        if kind < 0.4:
            self._invoke(token)
        elif kind < 0.8:
            self._order(token)
        else:
            self._look()

    def verify(self) -> None:
        """Every order that was acknowledged has been performed; may be asked again and again."""
        done = set(self._notes.read_text().split()) if self._notes.exists() else set()
        if missing := self._ordered - done:
            raise UnansweredError(f"fc: {len(missing)} orders not performed: {sorted(missing)[:5]}")

    def close(self) -> None:
        """The SDK opens a connection for each call."""

    def _make_function(self, code: Path) -> None:
        code.mkdir()
        (code / "index.py").write_text(CODE)
        self._call("fc.CreateService", lambda: self._client.create_service(SERVICE))
        self._call(
            "fc.CreateFunction",
            lambda: self._client.create_function(
                SERVICE,
                FUNCTION,
                runtime="python3.10",
                handler="index.handler",
                codeDir=str(code),
                timeout=20,
                memorySize=256,
                environmentVariables={"NOTES": str(self._notes)},
            ),
        )

    def _invoke(self, token: str) -> None:
        answer = self._call("fc.InvokeFunction", lambda: self._invoked(token, {}))
        if answer.data.decode() != token:
            self._tally.say_wrong(f"fc: {token} was answered with {answer.data[:50]!r}")

    def _order(self, token: str) -> None:
        self._call("fc.InvokeFunction", lambda: self._invoked(token, ASYNC))
        self._ordered.add(token)

    def _look(self) -> None:
        name = self._dice.choice((FUNCTION, "nobody"))
        try:
            self._call("fc.GetFunction", lambda: self._client.get_function(SERVICE, name))
        except RefusedError:
            if name == FUNCTION:
                self._tally.say_wrong("fc: the function is gone")

    def _invoked(self, token: str, headers: dict[str, str]) -> Any:
        payload = json.dumps({"token": token})
        return self._client.invoke_function(SERVICE, FUNCTION, payload=payload, headers=headers)

    def _call(self, operation: str, call: Any) -> Any:
        return self._tally.attempt(operation, call, _code)


def _code(error: BaseException) -> str | None:
    if isinstance(error, fc2.FcError):
        return str(error.err_code)
    return UNANSWERED if isinstance(error, requests.RequestException) else None
