"""A small account in memory: just as much of each service as deploying asks of it.

The same steps are run against the local cloud in tests/e2e/test_deploy.py; here are the cases that
it does not come to by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.deploy.template import read_template
from scripts.deploy.wanted import Code, Wanted
from shared.adapters.memory.clock import ManualClock
from shared.bootstrap.administration import Administration
from shared.ports.administration import Alias, Facts, StackPart, StackState
from shared.ports.errors import ConflictError, RejectedError

TEMPLATE = (Path(__file__).parents[3] / "template.yml").read_text(encoding="utf-8")
FACTS = read_template(TEMPLATE)


@dataclass
class MemoryStacks:
    """One stack; `states` are told one after another, the last of them for ever."""

    states: list[StackState | None] = field(default_factory=lambda: [None])
    created: list[Mapping[str, str]] = field(default_factory=list)
    deleted: int = 0
    taken: bool = False
    busy: bool = False
    refuses: str = ""
    previewed: Sequence[StackPart] = ()

    def find(self, name: str) -> StackState | None:
        self.busy = bool(self.states[0] and self.states[0].busy)
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def create(self, name: str, template: str, parameters: Mapping[str, str]) -> str:
        if self.taken:
            raise ConflictError("StackExists")
        self.created.append(parameters)
        return "id"

    def update(self, stack_id: str, template: str, parameters: Mapping[str, str]) -> bool:
        if self.busy:
            raise ConflictError("ActionInProgress")
        if self.refuses:
            raise RejectedError(self.refuses)
        return False

    def delete(self, stack_id: str) -> None:
        self.deleted += 1

    def preview(
        self, stack_id: str, template: str, parameters: Mapping[str, str]
    ) -> Sequence[StackPart]:
        if not self.previewed:
            raise RejectedError("NotSupported: nothing would change")
        return self.previewed

    def parts(self, stack_id: str) -> Sequence[StackPart]:
        return [
            StackPart(name="Bucket", type="ALIYUN::OSS::Bucket", identifier="photos"),
            StackPart(name="Tables", type="ALIYUN::OTS::Instance", identifier="maskline"),
            StackPart(name="Submit", type="ALIYUN::FC::Function", identifier="submit"),
        ]

    def complaint(self, stack_id: str) -> str:
        return "FailureQueue: it exists already"


@dataclass
class MemoryFunctions:
    """A service with versions and one alias; an empty description is not sent, as by the SDK."""

    numbers: list[str] = field(default_factory=list)
    live: Alias | None = None

    def function(self, name: str, qualifier: str = "") -> Facts | None:
        return {"functionName": name, "description": "by hand", "codeSize": 1}

    def set_code(self, function: str, bucket: str, key: str, description: str) -> None:
        raise AssertionError("nothing here sets code")

    def publish(self, description: str) -> str:
        raise AssertionError("nothing here publishes")

    def there(self) -> bool:
        return True

    def state(self, version: str = "") -> Facts | None:
        return {"serviceName": "maskline"}

    def newest(self) -> str | None:
        return next(iter(self.versions()), None)

    def has(self, version: str) -> bool:
        return version in self.numbers

    def versions(self) -> Sequence[str]:
        return sorted(self.numbers, key=int, reverse=True)

    def forget_versions(self, kept: Collection[str]) -> Sequence[str]:
        gone = [number for number in self.versions() if number not in kept]
        self.numbers = [number for number in self.numbers if number in kept]
        return gone

    def alias(self, name: str) -> Alias | None:
        return self.live

    def set_alias(self, name: str, alias: Alias) -> None:
        before = self.live.description if self.live else ""
        self.live = replace(alias, description=alias.description or before)

    def delete_alias(self, name: str) -> None:
        self.live = None

    def async_config(self, function: str, qualifier: str) -> Facts | None:
        return None

    def set_async_config(self, function: str, qualifier: str, config: Facts) -> None:
        raise AssertionError("nothing here configures")

    def forget_async_config(self, function: str, qualifier: str) -> None:
        return

    def triggers(self, function: str) -> Mapping[str, str]:
        return {}

    def point_trigger(self, function: str, trigger: str, qualifier: str) -> None:
        raise AssertionError("there are no triggers here")


@dataclass
class MemoryBuckets:
    """Buckets as sets of keys."""

    found: dict[str, set[str]] = field(default_factory=dict)

    def exists(self, bucket: str) -> bool:
        return bucket in self.found

    def make(self, bucket: str) -> None:
        self.found.setdefault(bucket, set())

    def has(self, bucket: str, key: str) -> bool:
        return key in self.found[bucket]

    def put(self, bucket: str, key: str, data: bytes) -> None:
        self.found[bucket].add(key)

    def keys(self, bucket: str, prefix: str = "") -> Iterator[str]:
        return iter(sorted(k for k in self.found.get(bucket, ()) if k.startswith(prefix)))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        self.found[bucket] -= set(keys)

    def remove(self, bucket: str) -> None:
        assert not self.found.pop(bucket), "the service refuses a bucket with content"


@dataclass
class MemoryTables:
    """Names only; None where there is no instance."""

    found: list[str] | None = None

    def names(self) -> Sequence[str] | None:
        return self.found

    def delete(self, name: str) -> None:
        assert self.found is not None
        self.found.remove(name)


@dataclass
class Account:
    """The services, each to be prepared by a test."""

    stacks: MemoryStacks = field(default_factory=MemoryStacks)
    functions: MemoryFunctions = field(default_factory=MemoryFunctions)
    buckets: MemoryBuckets = field(default_factory=MemoryBuckets)
    tables: MemoryTables = field(default_factory=MemoryTables)
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def cloud(self) -> Administration:
        return Administration(
            stacks=self.stacks,
            functions=self.functions,
            buckets=self.buckets,
            tables=self.tables,
            clock=self.clock,
        )


def wanted(**given: str) -> Wanted:
    return Wanted(
        stack="maskline",
        service="maskline",
        bucket="photos",
        folders=("uploads/", "results/"),
        template=FACTS,
        given={"BucketName": "photos", "DashScopeApiKey": "sk-secret", **given},
        codes=(Code(function="submit", sha256="0" * 64, path=Path(__file__)),),
    )


class Silent:
    """Progress that nobody hears."""

    def begins(self, step: str) -> None:
        """Nothing."""

    def ended(self, step: str, what: str) -> None:
        """Nothing."""
