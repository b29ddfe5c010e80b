"""What a deployment looks like from outside: read only, for `maskline doctor`.

What is not there is None, so that a check can tell it from what could not be looked at, which
raises a PortError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRule:
    """A rule of the bucket that is switched on; `deletes`: objects, not only parts of uploads."""

    prefix: str
    deletes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketFacts:
    """The bucket. `region` has no `oss-` before it; `versioning` is "" where it never was on;
    `lifecycle` is None where the service does not tell.
    """

    region: str
    acl: str
    versioning: str
    lifecycle: Sequence[LifecycleRule] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """A table. Types are the service's words; an index is its key columns; life in seconds."""

    key: Sequence[tuple[str, str]]
    columns: Mapping[str, str]
    indexes: Mapping[str, tuple[str, ...]]
    time_to_live: int
    max_versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFacts:
    """A trigger; names inside of `config` are those of the API (lower camel case)."""

    name: str
    kind: str
    qualifier: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsynchronousFacts:
    """How asynchronous invocations are tried; `on_failure` is where those given up on go."""

    retries: int | None
    age: int | None
    stateful: bool
    on_failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFacts:
    """A function as it is deployed. The environment holds secrets."""

    runtime: str
    handler: str
    initializer: str
    memory: int
    timeout: int
    environment: Mapping[str, str] = field(repr=False)
    asynchronous: AsynchronousFacts | None
    triggers: Sequence[TriggerFacts]


class BucketInspector(Protocol):
    """The bucket, looked at."""

    def bucket(self) -> BucketFacts | None:
        """The bucket, or None. Raises PortError."""


class TableInspector(Protocol):
    """The tables, looked at."""

    def table(self, name: str) -> TableFacts | None:
        """A table, or None. Raises PortError."""


class FunctionInspector(Protocol):
    """The functions, looked at."""

    def role(self) -> str | None:
        """The functions' role ("" where one of them has none); None: nothing is there."""

    def function(self, name: str) -> FunctionFacts | None:
        """A function, or None. Raises PortError."""

    def answer_of(self, function: str, payload: bytes) -> bytes | None:
        """What the function answers to a payload; None where it fails. Raises PortError."""


class MessageInspector(Protocol):
    """Topic and queue, looked at."""

    def has_topic(self, name: str) -> bool:
        """Whether the topic is there. Raises PortError."""

    def waiting(self, queue: str) -> int | None:
        """How many messages wait in the queue; None: no such queue. Raises PortError."""


class WebInspector(Protocol):
    """Addresses, asked as anybody on the internet would."""

    def fetch(self, url: str) -> tuple[int, str]:
        """Status and OSS error code ("" without) of a GET. Raises PortError without the URL."""

    def time_at(self, url: str) -> float | None:
        """The server's clock, epoch seconds, from any answer of it; None where it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All of them."""

    buckets: BucketInspector
    tables: TableInspector
    functions: FunctionInspector
    messages: MessageInspector
    web: WebInspector
