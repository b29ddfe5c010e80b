"""What an instance is made from, and what comes out of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

LATEST: Final = "LATEST"
UNHANDLED: Final = "UnhandledInvocationError"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpecification:
    """One function at one version. MB, seconds; `code_dir` is the unpacked package.

    `role` is the ARN of the role that it runs in, `logs` the resource that its lines go to, as
    access rules name it; empty for none.
    """

    service: str
    function: str
    qualifier: str
    version_id: str
    runtime: str
    handler: str
    initializer: str
    memory: int
    timeout: float
    initialization_timeout: float
    environment: Mapping[str, str]
    code_dir: Path
    role: str = ""
    logs: str = ""
    most_instances: int | None = None

    @property
    def revision(self) -> str:
        """Equal revisions may share instances."""
        facts = [self.version_id, self.runtime, self.handler, self.initializer, self.memory]
        facts += [self.timeout, dict(self.environment), str(self.code_dir)]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def context(self, *, region: str, account_id: str) -> dict[str, Any]:
        """The constant half of a handler's context, in the names of the Python 3.10 runtime."""
        return {
            "region": region,
            "account_id": account_id,
            "function": {
                "name": self.function,
                "handler": self.handler,
                "memory": self.memory,
                "timeout": int(self.timeout),
            },
            "service": {
                "name": self.service,
                "log_project": "",
                "log_store": "",
                "qualifier": self.qualifier,
                "version_id": self.version_id,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an invocation ended: the body, and the error type where the function failed."""

    body: bytes
    error_type: str | None = None
    seconds: float = 0.0
    log_tail: bytes = b""
    memory: float = field(default=0.0)

    @property
    def ok(self) -> bool:
        """Whether the function returned."""
        return self.error_type is None


def failure(message: str, kind: str = "") -> Outcome:
    """A run that the platform ended, in the vendor's form."""
    described = {"errorMessage": message} | ({"errorType": kind} if kind else {})
    return Outcome(body=json.dumps(described).encode(), error_type=UNHANDLED)
