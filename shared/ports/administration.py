"""What deploying needs of an account: stacks, functions' code and versions, buckets, tables.

Only the command line uses these; the functions know none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """A stack as ROS tells it; secret parameters are masked by ROS."""

    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    template: str = ""

    @property
    def busy(self) -> bool:
        """Whether it is being worked on."""
        return self.status.endswith("_IN_PROGRESS")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPart:
    """A resource of a stack, or what an update would do to it (`action`: Add, Modify, ...)."""

    name: str
    type: str
    identifier: str = ""
    action: str = ""
    status: str = ""


class StackService(Protocol):
    """Stacks of one region. Everything raises PortError."""

    def find(self, name: str) -> StackState | None:
        """The stack of this name that is not deleted."""

    def create(self, name: str, template: str, parameters: Mapping[str, str]) -> str:
        """Begin a stack; its id. Raises ConflictError where the name is taken."""

    def update(self, stack_id: str, template: str, parameters: Mapping[str, str]) -> bool:
        """Begin a change; False where there is nothing to change."""

    def delete(self, stack_id: str) -> None:
        """Begin to take it down; what the template retains stays."""

    def preview(
        self, stack_id: str, template: str, parameters: Mapping[str, str]
    ) -> Sequence[StackPart]:
        """What an update would add, change or remove."""

    def parts(self, stack_id: str) -> Sequence[StackPart]:
        """Its resources."""

    def complaint(self, stack_id: str) -> str:
        """The first thing that went wrong in the last action, in the service's words; may be ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name for a version of all functions.

    `whole` is False where it has not come to every function yet: API 3.0 switches one after
    another. `version` and `description` are then what it is on its way to.
    """

    version: str
    description: str = ""
    whole: bool = True


Facts = Mapping[str, object]
"""A document of the service, without its times and etags."""


class FunctionService(Protocol):
    """The functions of a deployment with their versions and aliases. Everything raises PortError.

    A version is of all of them at once: the service's in API 2.0; in 3.0, where each function has
    versions of its own, the numbers of all in the order of the functions' names (`2.2.3`), or one
    where they are the same.
    """

    def there(self) -> bool:
        """Whether anything of the deployment is there."""

    def function(self, name: str, qualifier: str = "") -> Facts | None:
        """What a function is, at an alias; None where there is none."""

    def set_code(self, function: str, bucket: str, key: str, description: str) -> None:
        """Take the package from a bucket, and the description with it, at once."""

    def publish(self, description: str) -> str:
        """Freeze what is there as a version. May raise ConflictError: nothing has changed."""

    def state(self, version: str = "") -> Facts | None:
        """What a version is made of, or the next one would be: equal where publishing would change
        nothing. None where there is no such version.
        """

    def newest(self) -> str | None:
        """The newest version; None where there is none, or not of every function."""

    def has(self, version: str) -> bool:
        """Whether there is such a version, whole."""

    def versions(self) -> Sequence[str]:
        """What there is of versions, in words, the newest first."""

    def forget_versions(self, kept: Collection[str]) -> Sequence[str]:
        """Delete every version but these; what went, in words. One that an alias has stays."""

    def alias(self, name: str) -> Alias | None:
        """Where the alias points to; None where no function has it."""

    def set_alias(self, name: str, alias: Alias) -> None:
        """Make it, or point it elsewhere. Broken off and repeated, it goes on."""

    def delete_alias(self, name: str) -> None:
        """Forget it; a missing one is no error."""

    def async_config(self, function: str, qualifier: str) -> Facts | None:
        """How asynchronous invocations are retried and where failures go; None by default."""

    def set_async_config(self, function: str, qualifier: str, config: Facts) -> None:
        """Say so."""

    def forget_async_config(self, function: str, qualifier: str) -> None:
        """Return to the defaults; none is no error."""

    def triggers(self, function: str) -> Mapping[str, str]:
        """The qualifier of each trigger, by its name; "" is the latest code."""

    def point_trigger(self, function: str, trigger: str, qualifier: str) -> None:
        """Have a trigger start a version or an alias."""


class BucketService(Protocol):
    """Buckets and the objects in them. Everything raises PortError."""

    def exists(self, bucket: str) -> bool:
        """Whether the account has the bucket. Raises ForbiddenError where it is another's."""

    def make(self, bucket: str) -> None:
        """A private bucket; one that is there already is no error."""

    def has(self, bucket: str, key: str) -> bool:
        """Whether there is such an object."""

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Write an object."""

    def keys(self, bucket: str, prefix: str = "") -> Iterator[str]:
        """Keys with a prefix; nothing where the bucket is gone."""

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete objects, at most 1000."""

    def remove(self, bucket: str) -> None:
        """Delete the empty bucket; a missing one is no error."""


class TableService(Protocol):
    """Tables of one instance. Everything raises PortError."""

    def names(self) -> Sequence[str] | None:
        """The tables; None where there is no such instance, or it cannot be reached."""

    def delete(self, name: str) -> None:
        """Delete a table and its indexes; a missing one is no error."""
